"""Fields: what is accepted, what is refused, what is said."""

from datetime import date

import pytest
from django import forms

from educonnect.ui import fields


class Form(forms.Form):
    birthdate = fields.Birthdate()


def typed(day: str, month: str, year: str) -> Form:
    return Form({"birthdate_jour": day, "birthdate_mois": month, "birthdate_annee": year})


@pytest.mark.parametrize("parts", [("14", "5", "2009"), (" 14", "05 ", "2009"), ("14", "05", "2009")])
def test_a_date_is_read_with_or_without_its_zeros(parts: tuple[str, str, str]) -> None:
    form = typed(*parts)

    assert form.is_valid()
    assert form.cleaned_data["birthdate"] == date(2009, 5, 14)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (("", "", ""), "required"),
        (("14", "", "2009"), "required"),
        (("30", "2", "2009"), "invalid"),
        (("14", "mai", "2009"), "invalid"),
        (("14", "5", "9"), "year"),
        (("14", "5", "0009"), "year"),
        (("14", "5", "2999"), "future"),
        (("14", "5", "99999"), "invalid"),
        (("-1", "5", "2009"), "invalid"),
    ],
)
def test_what_is_no_date_of_birth_is_refused_with_its_cure(parts: tuple[str, str, str], code: str) -> None:
    form = typed(*parts)

    form.is_valid()

    sentences = fields.Birthdate().error_messages
    assert form.errors["birthdate"] == [str(sentences[code])]


def test_a_username_is_read_without_its_capitals_and_spaces() -> None:
    assert fields.Username().clean("  C.Duverger2 ") == "c.duverger2"


def test_a_password_keeps_every_character() -> None:
    assert fields.Password(autocomplete="new-password").clean(" é 漢字 ") == " é 漢字 "


def test_T02_a_long_password_is_not_cut_by_its_field() -> None:
    field = fields.Password(autocomplete="new-password")

    assert field.clean("é" * 128) == "é" * 128
    assert "maxlength" not in field.widget.attrs
