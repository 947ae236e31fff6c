"""« Historique »: sign-ins of a year, and what changed."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from educonnect.accounts.models import Account
from educonnect.journal.models import Connection
from educonnect.journal.recording import record, record_connection
from educonnect.journal.rules import Event
from tests.sessions.browser import Browser
from tests.web.account.test_home import text
from tests.web.people import activated, pupil

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return activated(pupil())


def read(account: Account, address: str) -> str:
    browser = Browser()
    browser.signs_in(account)
    response = browser.get(address)
    assert response.status_code == 200
    return text(response.content.decode())


def tried(account: Account, outcome: str, at: datetime, address: str = "203.0.113.7") -> None:
    with time_machine.travel(at, tick=False):
        record_connection(outcome, account_id=account.pk, address=address, device="PC, Firefox")


def test_T22_right_and_wrong_tries_are_told_with_device_and_address(account: Account) -> None:
    now = timezone.now()
    tried(account, "signed-in", now - timedelta(days=1))
    tried(account, "wrong-pair", now - timedelta(hours=1), "2001:db8::7")
    tried(account, "throttled", now - timedelta(minutes=30))

    page = read(account, "/mon-compte/historique")

    order = [page.index(words) for words in ("Essai arrêté", "Mot de passe faux", "Connexion réussie")]
    assert order == sorted(order)
    assert "2001:db8::7" in page
    assert "PC, Firefox" in page
    assert "Ce n’était pas vous ?" in page


def test_whoever_sees_a_stranger_finds_what_to_do_one_link_away(account: Account) -> None:
    browser = Browser()
    browser.signs_in(account)

    page = browser.get("/mon-compte/historique").content.decode()

    for address in (reverse("account:devices"), reverse("account:password")):
        assert browser.get(address).status_code == 200
        assert f'href="{address}"' in page.split("<main")[1].split("Ce n’était pas vous")[1]


def test_the_address_is_its_holders_alone(account: Account) -> None:
    tried(account, "signed-in", timezone.now(), "203.0.113.99")

    assert "203.0.113.99" not in read(activated(pupil()), "/mon-compte/historique")


def test_nothing_older_than_a_year_is_shown(account: Account) -> None:
    tried(account, "wrong-pair", timezone.now() - timedelta(days=366))

    assert "Mot de passe faux" not in read(account, "/mon-compte/historique")


def test_a_long_history_is_read_page_by_page(account: Account) -> None:
    now = timezone.now()
    Connection.objects.bulk_create(
        Connection(at=now - timedelta(hours=n), account_id=account.pk, outcome="signed-in", device=f"appareil {n:03}")
        for n in range(60)
    )
    last = Connection.objects.get(device="appareil 049").pk

    first = read(account, "/mon-compte/historique")
    second = read(account, f"/mon-compte/historique?avant={last}")

    assert "appareil 049" in first
    assert "appareil 050" not in first
    assert "appareil 049" not in second
    assert "appareil 059" in second


@pytest.mark.parametrize("avant", ["x", "-1", "99999999999999999999999", "²", "1 OR 1=1"])
@pytest.mark.parametrize("page", ["historique", "historique/compte", "qui-a-recu-quoi"])
def test_a_cursor_that_is_none_is_no_failure(account: Account, page: str, avant: str) -> None:
    read(account, f"/mon-compte/{page}?avant={avant}")


def test_what_changed_is_told_in_words_with_who_did_it(account: Account) -> None:
    record(Event.ACCOUNT_RESET, actor="staff:12", account_id=account.pk)
    record(Event.EMAIL_CONFIRMED, actor=f"account:{account.pk}", account_id=account.pk)
    record(Event.ACCOUNT_LOCKED, actor="system", account_id=account.pk)

    page = read(account, "/mon-compte/historique/compte")

    assert "Le compte a été bloqué. ÉduConnect, automatiquement" in page
    assert "L’adresse e-mail a été confirmée. Vous" in page
    assert "Le mot de passe a été remplacé par un mot de passe provisoire. Votre établissement" in page
    assert "staff" not in page


def test_another_persons_changes_are_not_told(account: Account) -> None:
    record(Event.ACCOUNT_RESET, actor="staff:12", account_id=activated(pupil()).pk)

    assert "provisoire" not in read(account, "/mon-compte/historique/compte")
