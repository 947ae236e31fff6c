"""Usernames: readable, unique, never given twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educonnect.accounts.models import UsernameStem
from educonnect.accounts.usernames import allot, stem_of, username


@pytest.mark.parametrize(
    ("first", "family", "stem"),
    [
        ("Émile", "Durand", "e.durand"),
        ("Éloïse", "D'Œuvre-Noël", "e.doeuvrenoel"),
        ("Jean-Paul", "de La Tour", "j.delatour"),
        ("anne", "LE GOFF", "a.legoff"),
        ("Łukasz", "Straße", "l.strasse"),
        ("?", "Martin2", "x.martin"),
        ("Мария", "Иванова", "x.x"),
        ("", "", "x.x"),
        ("Zoé", "A" * 100, "z." + "a" * 40),
    ],
)
def test_a_stem_is_the_initial_and_the_family_name(first, family, stem):
    assert stem_of(first, family) == stem


@given(st.text(max_size=100), st.text(max_size=100))
def test_a_stem_is_short_lower_case_and_never_ends_in_a_digit(first, family):
    stem = stem_of(first, family)

    assert len(stem) <= 42
    assert stem.replace(".", "", 1).isascii()
    assert stem.replace(".", "", 1).isalpha()
    assert stem.islower()


def test_homonyms_are_numbered_with_digits_that_look_like_no_letter():
    given_names = [username("e.durand", rank) for rank in range(1, 75)]

    assert given_names[:10] == ["e.durand", *(f"e.durand{digit}" for digit in range(2, 10)), "e.durand22"]
    assert given_names[-1] == "e.durand222"
    assert len(set(given_names)) == len(given_names)
    assert not set("01") & set("".join(given_names))


def test_the_longest_username_fits_its_column():
    assert len(username("z." + "a" * 40, 2_000_000_000)) <= 64


@pytest.mark.django_db
def test_names_are_allotted_in_order_and_numbers_go_on(django_assert_num_queries):
    with django_assert_num_queries(1):
        first = allot(["e.durand", "a.legoff", "e.durand"])

    assert first == ["e.durand", "a.legoff", "e.durand2"]
    assert allot(["e.durand"]) == ["e.durand3"]
    assert UsernameStem.objects.get(pk="e.durand").allotted == 3
