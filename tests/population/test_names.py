"""Names as they are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educonnect.population.names import fold, searchable


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("D'Œuvre-Noël", "d oeuvre noel"),
        ("  ÉLOÏSE   Anne ", "eloise anne"),
        ("l’Été", "l ete"),
        ("Straße Ærø Łódź Þor", "strasse aero lodz thor"),
        ("ﬁ", "fi"),
        ("İpek", "ipek"),
        ("Мария", "мария"),
        ("--''", ""),
        ("", ""),
    ],
)
def test_a_name_is_folded(name, folded):
    assert fold(name) == folded


@given(st.text())
def test_folding_twice_is_folding_once(name):
    assert fold(fold(name)) == fold(name)


@given(st.text(max_size=100), st.text(max_size=100), st.text(max_size=100))
def test_what_a_search_looks_in_fits_its_column(family, first, used):
    assert len(searchable(family, first, used)) <= 310


def test_the_used_name_is_searchable_once():
    assert searchable("Le Goff", "Anaïs", "LE GOFF") == "le goff anais"
    assert searchable("Le Goff", "Anaïs", "Rivière") == "le goff anais riviere"
