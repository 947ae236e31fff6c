"""« Mon compte »: its pages, and what they say of the person."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from educonnect.accounts.models import Account
from educonnect.web.account import navigation
from educonnect.web.account.home import masked
from tests.sessions.browser import Browser
from tests.web.people import activated, guardian, pupil

pytestmark = pytest.mark.django_db


def signed_in(account: Account) -> Client:
    browser = Browser()
    browser.signs_in(account)
    return browser


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_pupil_reads_who_the_account_says_they_are() -> None:
    account = activated(pupil(email="camille@exemple.fr"))
    account.pupil.enrolments.update(year=2026)

    page = text(signed_in(account).get("/mon-compte").content.decode())

    for said in (account.username, "Élève", "DUVERGER", "14 mai 2009", "Lycée fictif des Alizés, Le Diamant"):
        assert said in page
    assert account.pupil.enrolments.get().division.code in page


def test_the_address_is_masked_for_whoever_looks_over_a_shoulder() -> None:
    account = activated(pupil(email="camille@exemple.fr", email_to_confirm="lou@exemple.fr"))

    page = signed_in(account).get("/mon-compte").content.decode()

    assert "camille@" not in page
    assert "c•••@exemple.fr" in page
    assert "l•••@exemple.fr" in page


def test_an_address_of_one_letter_is_masked_too() -> None:
    assert (masked("c@exemple.fr"), masked("")) == ("c•••@exemple.fr", "")


def test_what_the_school_gave_is_the_schools_to_correct() -> None:
    page = text(signed_in(activated(pupil())).get("/mon-compte").content.decode())

    assert "Demandez à votre établissement de le corriger dans sa base" in page
    assert "Téléphone : 0596000000" in page


def test_a_guardian_has_neither_class_nor_birth_date() -> None:
    page = text(signed_in(activated(guardian())).get("/mon-compte").content.decode())

    assert "Responsable légal" in page
    assert "Date de naissance" not in page
    assert "Classe" not in page


def test_a_pupil_without_a_school_is_told_so() -> None:
    account = activated(pupil())
    account.pupil.enrolments.all().delete()

    assert "Aucun en ce moment" in text(signed_in(account).get("/mon-compte").content.decode())


@pytest.mark.parametrize("make", [pupil, guardian])
def test_each_page_is_one_link_away_and_says_where_one_is(make) -> None:
    account = activated(make())
    reader = signed_in(account)

    for entry in navigation.entries(account.kind):
        page = reader.get(reverse(entry.view)).content.decode()

        menu = re.search(r'<nav class="menu".*?</nav>', page, re.S)
        assert menu is not None
        links = re.findall(r'<a href="([^"]+)"( aria-current="page")?>', menu[0])
        assert links == [
            (reverse(other.view), ' aria-current="page"' if other == entry else "")
            for other in navigation.entries(account.kind)
        ]


def test_the_name_on_top_of_each_page_leads_to_the_account() -> None:
    page = signed_in(activated(pupil())).get("/aide").content.decode()

    assert re.search(r'<a href="/mon-compte"><span class="only-spoken">Mon compte : </span>Camille DUVERGER</a>', page)
