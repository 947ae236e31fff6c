"""A session that ends: told in time, extended, and what was typed comes back to its author alone."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import override_settings
from django.urls import include, path

from educonnect.accounts.models import Account
from educonnect.sessions import ending, rules
from educonnect.ui import fields
from educonnect.web.forms import Form, posted
from tests.sessions.browser import Browser
from tests.web.people import OWN, activated, pupil

NOON = datetime(2026, 10, 6, 10, 0, tzinfo=UTC)
DONE: list[dict[str, object]] = []


class LongForm(Form):
    email = fields.Email()
    birthdate = fields.Birthdate()
    password = fields.Password(autocomplete="current-password")
    number = forms.CharField(required=False, widget=forms.HiddenInput)


def view(request: HttpRequest) -> HttpResponse:
    form = LongForm(posted(request))
    if form.is_valid():
        DONE.append(form.cleaned_data)
    return render(request, "public/new_password.html", {"form": form, "waiting": None, "username": "x"})


urlpatterns = [path("", include("educonnect.web.urls")), path("formulaire", view, name="form")]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]
TYPED = {
    "email": "lea+classe@exemple.fr",
    "birthdate_jour": "14",
    "birthdate_mois": "5",
    "birthdate_annee": "2009",
    "password": OWN,
    "inconnu": "jamais gardé",
}


@pytest.fixture
def account() -> Account:
    DONE.clear()
    return activated(pupil())


def inputs(page: str) -> dict[str, str]:
    found = (dict(re.findall(r'(\w+)="([^"]*)"', one)) for one in re.findall(r"<input[^>]*>", page))
    return {one["name"]: html.unescape(one.get("value", "")) for one in found if "name" in one}


def opened(account: Account) -> tuple[Browser, str]:
    """A browser signed in, and the mark of the form it shows."""
    browser = Browser()
    browser.signs_in(account)
    return browser, inputs(browser.get("/formulaire?de=ici").content.decode())["auteur"]


def signs_in(browser: Browser, account: Account) -> HttpResponse:
    return browser.post("/connexion", {"username": account.username, "password": OWN})


def left_too_long(account: Account, **more: str) -> Browser:
    """The form is sent once the session is over."""
    browser, mark = opened(account)
    ending.end_all(account.pk)
    response = browser.post("/formulaire?de=ici", {**TYPED, "auteur": mark, **more})
    assert (response.status_code, response.headers["Location"]) == (303, "/connexion")
    return browser


def test_T82_what_was_typed_comes_back_after_signing_in_again(account: Account) -> None:
    browser = left_too_long(account)
    assert "ce que vous avez écrit est gardé" in browser.get("/connexion").content.decode()

    response = signs_in(browser, account)

    assert response.headers["Location"] == "/formulaire?de=ici"
    page = browser.get("/formulaire?de=ici").content.decode()
    back = inputs(page)
    assert {name: back[name] for name in TYPED if name not in {"password", "inconnu"}} == {
        name: value for name, value in TYPED.items() if name not in {"password", "inconnu"}
    }
    assert "Ce que vous aviez écrit est revenu" in page
    assert DONE == []


def test_a_password_never_comes_back(account: Account) -> None:
    browser = left_too_long(account)
    signs_in(browser, account)

    page = browser.get("/formulaire?de=ici").content.decode()

    assert OWN not in page
    assert OWN not in browser.cookies["typed"].value


def test_once_sent_it_is_forgotten(account: Account) -> None:
    browser = left_too_long(account)
    signs_in(browser, account)

    browser.post("/formulaire?de=ici", TYPED)

    assert len(DONE) == 1
    assert inputs(browser.get("/formulaire?de=ici").content.decode())["email"] == ""


def test_whoever_signs_in_next_on_this_computer_reads_nothing_of_it(account: Account) -> None:
    browser, other = left_too_long(account), activated(pupil())

    response = signs_in(browser, other)

    assert response.headers["Location"] == "/mes-services"
    assert inputs(browser.get("/formulaire?de=ici").content.decode())["email"] == ""
    browser.post("/deconnexion")
    assert signs_in(browser, account).headers["Location"] == "/mes-services"


def test_signing_out_forgets_it(account: Account) -> None:
    browser = left_too_long(account)
    browser.post("/deconnexion")

    assert signs_in(browser, account).headers["Location"] == "/mes-services"


def test_it_waits_half_an_hour_and_no_longer(account: Account) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        browser = left_too_long(account)
        clock.shift(rules.TYPED_LIFETIME + timedelta(seconds=1))

        assert signs_in(browser, account).headers["Location"] == "/mes-services"


@pytest.mark.parametrize(
    "more",
    [{"auteur": "forgé"}, {"auteur": ""}, {"email": "x" * 5000}, {"auteur": "\x00"}],
    ids=["forged", "none", "too long for a cookie", "nul"],
)
def test_what_no_form_of_ours_vouches_for_is_not_kept(account: Account, more: dict[str, str]) -> None:
    browser = left_too_long(account, **more)

    assert "typed" not in browser.cookies
    assert signs_in(browser, account).headers["Location"] == "/mes-services"


@pytest.mark.parametrize("value", ["x", "é", "e30=", "A" * 4000])
def test_a_cookie_that_is_none_of_ours_is_no_failure(account: Account, value: str) -> None:
    browser = Browser()
    browser.cookies["typed"] = value

    assert signs_in(browser, account).headers["Location"] == "/mes-services"


def test_T82_each_page_says_how_long_the_session_lasts(account: Account) -> None:
    browser = Browser()
    browser.signs_in(account)
    shared = Browser()
    shared.signs_in(account, shared=True)

    assert re.search(r"se ferme dans (29|30) minutes", browser.get("/mes-services").content.decode())
    assert re.search(r"se ferme dans (9|10) minutes", shared.get("/mes-services").content.decode())


def test_nobody_is_told_of_a_session_they_do_not_have() -> None:
    assert "data-session" not in Browser().get("/aide").content.decode()


def left(browser: Browser) -> int:
    answer = browser.post("/mon-compte/rester-connecte", headers={"accept": "application/json"})
    assert answer.status_code == 200
    return int(answer.json()["left"])


def test_T82_staying_extends_the_session(account: Account) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        browser = Browser()
        browser.signs_in(account)
        clock.shift(timedelta(minutes=28))

        assert left(browser) == 30 * 60
        clock.shift(timedelta(minutes=28))
        assert browser.get("/mes-services").status_code == 200


def test_T31_nothing_extends_a_session_beyond_its_absolute_limit(account: Account) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        browser = Browser()
        browser.signs_in(account)
        for _ in range(23):
            clock.shift(timedelta(minutes=20))
            left(browser)
        clock.shift(timedelta(minutes=18))

        assert left(browser) == 2 * 60
        clock.shift(timedelta(minutes=2))
        assert browser.get("/mes-services").headers["Location"] == "/connexion"


@override_settings(SESSION_SHARED=300)
def test_T31_a_shared_computer_is_held_to_its_own_limit(account: Account) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        browser = Browser()
        browser.signs_in(account, shared=True)
        clock.shift(timedelta(minutes=4))
        assert left(browser) == 300
        clock.shift(timedelta(minutes=5))

        assert browser.get("/mes-services").headers["Location"] == "/connexion"


def test_without_a_session_there_is_nothing_to_extend() -> None:
    assert Browser().post("/mon-compte/rester-connecte").headers["Location"] == "/connexion"
