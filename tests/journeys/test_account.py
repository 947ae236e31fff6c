"""« Mon compte »: each page looked at, narrow and wide, by keyboard, and without script."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from educonnect.accounts.models import Account
from educonnect.federation.models import Release
from educonnect.journal.recording import record, record_connection
from educonnect.journal.rules import Event
from educonnect.sessions import ending
from tests.journeys.conftest import WIDTHS, Reader
from tests.sessions.browser import Browser
from tests.web import people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def signs_in(someone: Reader, username: str) -> None:
    someone.open("/connexion")
    someone.write("Identifiant", username)
    someone.write("Mot de passe", people.OWN)
    someone.press("Se connecter")
    someone.see("Mes services", "compte-services")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_pupil_finds_the_account_behind_their_name(width: int, reader) -> None:
    account = people.activated(people.pupil(email="camille@exemple.fr"))
    someone = reader(width=width)
    signs_in(someone, account.username)

    someone.press("Mon compte : Camille DUVERGER")

    someone.see("Mon compte", "compte")
    assert "c•••@exemple.fr" in someone.text()


PAGES = {
    "Mon compte : Camille DUVERGER": ("Mon compte", "compte"),
    "Appareils connectés": ("Appareils connectés", "compte-appareils"),
    "Historique": ("Historique", "compte-historique"),
    "Voir ce qui a changé sur votre compte": ("Ce qui a changé", "compte-changements"),
    "Qui a reçu quoi": ("Qui a reçu quoi", "compte-qui-a-recu-quoi"),
    "Voir chaque envoi à Service fictif": ("Envois à Service fictif", "compte-envois"),
    "Mes données": ("Mes données", "compte-donnees"),
}


def lived(account: Account) -> None:
    """Somebody with a past: a wrong try, another device, a service that was told something."""
    now = timezone.now()
    record_connection("wrong-pair", account_id=account.pk, address="2001:db8:203:113::7", device="iPhone, Safari")
    record(Event.ACCOUNT_RESET, actor="operator:command-line", account_id=account.pk)
    elsewhere = Browser()
    elsewhere.signs_in(account, shared=True)
    provider = people.provider(certifies_identity=False)
    for days in (3, 1):
        keys = ["birthdate", "uai", "first_name"]
        Release.objects.create(account=account, provider=provider, at=now - timedelta(days=days), attributes=keys)


@pytest.mark.parametrize("width", WIDTHS)
def test_T79_each_page_of_the_account_is_reached_by_keyboard(width: int, reader) -> None:
    account = people.activated(people.pupil(email="camille@exemple.fr"))
    lived(account)
    someone = reader(width=width, keyboard=True)
    signs_in(someone, account.username)

    for link, (title, name) in PAGES.items():
        if width < 800 and not link.startswith(("Voir", "Mon compte")):
            someone.press("Mon compte : Camille DUVERGER")
        someone.press(link)
        someone.see(title, name)


def test_without_script_everything_is_there(reader) -> None:
    account = people.activated(people.pupil())
    lived(account)
    someone = reader(width=360, javascript=False)
    signs_in(someone, account.username)

    for link, (title, name) in PAGES.items():
        if not link.startswith(("Voir", "Mon compte")):
            someone.press("Mon compte : Camille DUVERGER")
        someone.press(link)
        someone.see(title, f"{name}-sans-script")
    with someone.page.expect_download() as download:
        someone.write("Votre mot de passe", people.OWN)
        someone.press("Télécharger mes données")

    assert download.value.suggested_filename == "educonnect-mes-donnees.json"
    assert json.loads(download.value.path().read_text())["compte"]["identifiant"] == account.username


@pytest.mark.parametrize("width", WIDTHS)
def test_T82_the_end_of_a_session_is_warned_of_and_put_off(width: int, reader, settings, monkeypatch) -> None:
    settings.SESSION_IDLE = 155
    monkeypatch.setattr("educonnect.sessions.rules.SEEN_EVERY", timedelta(0))
    account = people.activated(people.pupil())
    someone = reader(width=width)
    signs_in(someone, account.username)
    warning = someone.page.get_by_role("alertdialog", name="Êtes-vous encore là ?")

    expect(warning).to_be_visible(timeout=30_000)
    expect(warning).to_contain_text("votre connexion se ferme dans 3 min")
    someone.see("Mes services", "compte-avis")
    settings.SESSION_IDLE = 1800
    someone.page.keyboard.press("Enter")

    expect(warning).to_be_hidden()
    assert someone.complaints == []


def test_T82_an_end_that_nobody_put_off_is_told(reader, settings) -> None:
    account = people.activated(people.pupil())
    someone = reader(width=360)
    signs_in(someone, account.username)
    ending.end_all(account.pk)
    settings.SESSION_IDLE = 1

    someone.page.evaluate("ends = Date.now()")

    warning = someone.page.get_by_role("alertdialog", name="Êtes-vous encore là ?")
    expect(warning).to_contain_text("Votre connexion est fermée", timeout=30_000)
