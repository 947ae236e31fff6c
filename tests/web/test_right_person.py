"""A waiting request reaches the right person's service, or nobody's."""

import html
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from educonnect.accounts import passwords
from educonnect.accounts.models import Account, Kind
from educonnect.accounts.turns import Turns
from educonnect.federation.models import Provider
from educonnect.sessions import sso
from educonnect.sessions.models import Waiting
from tests.sessions.browser import Browser, number
from tests.web import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_wing_answers_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a sign-in brings is the wing's affair: here it is enough to see that it was asked, and for which request."""

    def answer(request: HttpRequest, found: Waiting) -> HttpResponse:
        return sso.SeeOther(sso.resumption(found))

    monkeypatch.setitem(sso._answers, "saml", answer)


@pytest.fixture
def provider() -> Provider:
    return people.provider()


@pytest.fixture
def camille() -> Account:
    return people.activated(people.pupil())


@pytest.fixture
def sacha() -> Account:
    return people.activated(people.pupil(pupil__first_name="Sacha", pupil__family_name="MOREL"))


def asks(browser: Browser, provider: Provider, **more: bool) -> str:
    """The service sends this browser to us: where we send it."""

    def gesture(request: HttpRequest) -> HttpResponse:
        return sso.ask(request, provider=provider, payload={}, **more)

    return str(browser.does(gesture).headers["Location"])


def signs_in(browser: Browser, account: Account, address: str = "/connexion", **more: str) -> str:
    typed = {"username": account.username, "password": people.OWN, **more}
    return str(browser.post(address, typed).headers["Location"])


def test_the_sign_in_page_names_the_service_that_waits(provider: Provider) -> None:
    browser = Browser()

    page = browser.get(asks(browser, provider)).content.decode()

    assert "pour continuer vers <strong>Service fictif</strong>" in page


def test_a_right_pair_leads_back_to_the_service_that_waits(provider: Provider, camille: Account) -> None:
    browser = Browser()

    destination = signs_in(browser, camille, asks(browser, provider))

    assert urlsplit(destination).path.startswith("/idp/")
    assert number(destination)


def test_T86_too_many_at_once_get_a_page_that_keeps_username_and_request_and_says_when_to_come_back(
    provider: Provider, camille: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser()
    asked = asks(browser, provider)
    full = Turns(0, line=0, burst=-1, patience=0)

    with monkeypatch.context() as crowded:
        crowded.setattr(passwords, "_turns", full)
        response = browser.post(asked, {"username": camille.username, "password": people.OWN})

    assert response.status_code == 503
    assert 5 <= int(response.headers["Retry-After"]) <= 30
    page = response.content.decode()
    assert "Attendez une minute puis réessayez" in page
    assert f'value="{camille.username}"' in page
    assert people.OWN not in page
    again = re.search(r'<form method="post" action="([^"]*)"', page)
    assert again
    assert urlsplit(signs_in(browser, camille, html.unescape(again[1]))).path.startswith("/idp/")


def test_an_activation_leads_back_to_the_service_that_waits(provider: Provider) -> None:
    browser = Browser()
    account = people.pupil()
    printed = people.notified(account)
    asked = asks(browser, provider)

    browser.post(asked, {"username": account.username, "password": printed})
    first = browser.get("/activation/mot-de-passe").content.decode()
    browser.post("/activation/mot-de-passe", {"password": people.OWN})
    born = {"birthdate_jour": "14", "birthdate_mois": "5", "birthdate_annee": "2009"}
    browser.post("/activation/identite", {**born, "terms": "on"})
    done = browser.get("/activation/terminee").content.decode()

    assert "pour continuer vers <strong>Service fictif</strong>" in first
    assert "Continuer vers Service fictif" in done
    assert "/idp/" in done.split("Continuer vers Service fictif")[0].rsplit("href=", 1)[1]


def test_an_activation_left_for_three_quarters_of_an_hour_still_leads_back_to_its_service(provider: Provider) -> None:
    browser = Browser()
    account = people.pupil()
    letter = {"username": account.username, "password": people.notified(account)}
    born = {"birthdate_jour": "14", "birthdate_mois": "5", "birthdate_annee": "2009", "terms": "on"}
    start = timezone.now()
    browser.post(asks(browser, provider), letter)
    browser.post("/activation/mot-de-passe", {"password": people.OWN})

    with time_machine.travel(start + timedelta(minutes=45)):
        too_late = browser.post("/activation/identite", born).headers["Location"]
        browser.post(too_late, letter)
        browser.post("/activation/mot-de-passe", {"password": people.OWN})
        browser.post("/activation/identite", born)
        done = browser.get("/activation/terminee").content.decode()

    assert too_late == "/connexion"
    assert "Continuer vers Service fictif" in done


def test_what_one_left_halfway_is_dropped_when_another_signs_in_beside_it(
    provider: Provider, camille: Account, sacha: Account
) -> None:
    browser = Browser()
    asked = asks(browser, provider)
    browser.post(asked, {"username": camille.username, "password": "pas le bon du tout"})

    other = signs_in(browser, sacha)
    right = signs_in(browser, camille)

    assert (other, right) == ("/mes-services", "/mes-services")
    assert not Waiting.objects.exists()


def test_a_request_begun_by_one_is_dropped_when_another_signs_in(
    provider: Provider, camille: Account, sacha: Account
) -> None:
    browser = Browser()
    asked = asks(browser, provider)
    browser.post(asked, {"username": camille.username, "password": "pas le bon du tout"})

    destination = signs_in(browser, sacha, asked)
    page = browser.get(destination).content.decode()

    assert urlsplit(destination).path == "/mes-services"
    assert "sa demande est oubliée" in page
    assert not Waiting.objects.exists()


def test_who_slipped_into_a_homonym_s_name_is_told_at_the_end_that_the_service_is_to_be_opened_again(
    provider: Provider, camille: Account
) -> None:
    browser = Browser()
    asked = asks(browser, provider)
    account = people.pupil()
    letter = {"username": account.username, "password": people.notified(account)}
    browser.post(asked, {**letter, "username": camille.username})
    browser.post(asked, letter)
    browser.post("/activation/mot-de-passe", {"password": people.OWN})
    born = {"birthdate_jour": "14", "birthdate_mois": "5", "birthdate_annee": "2009", "terms": "on"}

    end = browser.post("/activation/identite", born).headers["Location"]
    page = browser.get(end).content.decode()

    assert "sa demande est oubliée" in page
    assert "Aller à mes services" in page
    assert "sa demande est oubliée" not in browser.get("/activation/terminee").content.decode()


def test_after_a_reset_too_a_dropped_request_is_told(provider: Provider, camille: Account, sacha: Account) -> None:
    browser = Browser()
    asked = asks(browser, provider)
    letter = {"username": sacha.username, "password": people.reset(sacha)}
    browser.post(asked, {**letter, "username": camille.username})
    browser.post(asked, letter)

    end = browser.post("/nouveau-mot-de-passe", {"password": "une autre phrase bien longue"}).headers["Location"]

    assert "sa demande est oubliée" in browser.get(end).content.decode()


def test_a_request_is_worth_nothing_in_another_browser(provider: Provider, camille: Account) -> None:
    asked = asks(Browser(), provider)

    destination = signs_in(Browser(), camille, asked)

    assert destination == "/mes-services"


def test_signing_out_drops_the_request(provider: Provider, camille: Account) -> None:
    browser = Browser()
    signs_in(browser, camille, asks(browser, provider))

    browser.post("/deconnexion")

    assert not Waiting.objects.exists()
    assert "browser" not in browser.cookies or not browser.cookies["browser"].value


def test_with_a_session_open_identity_is_certified_only_after_continue_as(provider: Provider, camille: Account) -> None:
    browser = Browser()
    signs_in(browser, camille)

    asked = asks(browser, provider)
    page = browser.get(asked).content.decode()
    confirmed = browser.post(asked, {"me": ""})

    assert urlsplit(asked).path == "/continuer"
    assert "Continuer en tant que Camille DUVERGER" in page
    assert "Ce n’est pas moi" in page
    assert confirmed.status_code == 303
    assert urlsplit(confirmed.headers["Location"]).path.startswith("/idp/")


def test_not_me_ends_the_session_and_the_request_goes_on_with_who_signs_in(
    provider: Provider, camille: Account, sacha: Account
) -> None:
    browser = Browser()
    signs_in(browser, camille)
    asked = asks(browser, provider)

    left = browser.post(asked, {"not-me": ""}).headers["Location"]
    nobody = browser.current()
    destination = signs_in(browser, sacha, left)

    assert nobody is None
    assert urlsplit(destination).path.startswith("/idp/")
    found = browser.current()
    assert found is not None
    assert found.account_id == sacha.pk


def test_a_pupils_service_is_refused_to_a_guardian_after_the_right_pair_only(provider: Provider) -> None:
    browser = Browser()
    account = people.activated(people.guardian())
    asked = asks(browser, provider)

    right = browser.post(asked, {"username": account.username, "password": people.OWN}).content.decode()
    wrong = browser.post(asked, {"username": account.username, "password": "pas le bon du tout"}).content.decode()

    assert "E-1214" in right
    assert "réservé aux élèves" in right
    assert "E-1211" in wrong


def test_a_guardian_already_signed_in_is_told_that_the_service_is_for_pupils(provider: Provider) -> None:
    browser = Browser()
    signs_in(browser, people.activated(people.guardian()))

    asked = asks(browser, provider)
    response = browser.get(asked)

    assert response.status_code == 403
    assert "réservé aux élèves" in response.content.decode()


def test_a_fresh_sign_in_is_asked_where_the_service_wants_one(provider: Provider, camille: Account) -> None:
    browser = Browser()
    signs_in(browser, camille)

    asked = asks(browser, provider, force=True)
    page = browser.get(asked)
    destination = signs_in(browser, camille, asked)

    assert urlsplit(asked).path == "/connexion"
    assert page.status_code == 200
    assert urlsplit(destination).path.startswith("/idp/")


def test_my_services_shows_those_open_to_my_kind_of_account(provider: Provider, camille: Account) -> None:
    people.provider(identifier="b", name="Réservé aux responsables", populations=[Kind.GUARDIAN])
    people.provider(identifier="c", name="Sans adresse", home="")
    browser = Browser()
    signs_in(browser, camille)

    page = browser.get("/mes-services").content.decode()

    assert "Service fictif" in page
    assert "Réservé aux responsables" not in page
    assert "Sans adresse" not in page


def test_nothing_personal_stands_in_titles_or_addresses(provider: Provider, camille: Account) -> None:
    browser = Browser()
    signs_in(browser, camille)
    asked = asks(browser, provider)

    pages = [browser.get(address).content.decode() for address in (asked, "/mes-services", "/deconnexion")]

    titles = [page.split("<title>")[1].split("</title>")[0].lower() for page in pages]
    assert not any("camille" in title or "duverger" in title for title in titles)
    assert "duverger" not in asked
