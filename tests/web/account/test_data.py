"""« Mes données »: shown, and downloaded after the password was typed once more."""

import json

import pytest

from educonnect.accounts.models import Account
from educonnect.journal.models import Connection, Entry
from educonnect.journal.rules import Event
from tests.sessions.browser import Browser
from tests.web.account.test_home import text
from tests.web.people import OWN, activated, pupil

pytestmark = pytest.mark.django_db(transaction=True)  # a wrong password is counted in a transaction of its own
PAGE = "/mon-compte/donnees"


@pytest.fixture
def account() -> Account:
    return activated(pupil())


@pytest.fixture
def browser(account: Account) -> Browser:
    browser = Browser()
    browser.signs_in(account)
    return browser


def test_the_file_comes_after_the_right_password(browser: Browser, account: Account) -> None:
    response = browser.post(PAGE, {"current": OWN})

    found = json.loads(b"".join(response.streaming_content))
    assert found["compte"]["identifiant"] == account.username
    assert response.headers["Content-Disposition"] == 'attachment; filename="educonnect-mes-donnees.json"'
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert int(response.headers["Content-Length"]) > 500
    assert Entry.objects.filter(event=Event.DATA_EXPORTED, account_id=account.pk).count() == 1
    assert Connection.objects.get().outcome == "proved-again"


@pytest.mark.parametrize("typed", ["", "pas le bon mot de passe", "x" * 2000])
def test_without_it_nothing_is_handed_over(browser: Browser, typed: str) -> None:
    response = browser.post(PAGE, {"current": typed})

    assert response.headers["Content-Type"].startswith("text/html")
    assert not Entry.objects.filter(event=Event.DATA_EXPORTED).exists()


def test_a_wrong_password_is_counted_as_at_sign_in(browser: Browser, account: Account) -> None:
    page = browser.post(PAGE, {"current": "pas le bon mot de passe"}).content.decode()

    account.refresh_from_db()
    assert account.failures_since_sign_in == 1
    assert Connection.objects.get().outcome == "wrong-pair"
    assert "celui-ci n’est pas le bon" in text(page)


def test_guessing_here_is_slowed_down_too(browser: Browser) -> None:
    answers = [browser.post(PAGE, {"current": f"essai numéro {n}"}).status_code for n in range(8)]

    assert answers[-1] == 429
    assert browser.post(PAGE, {"current": OWN}).status_code == 429


def test_looking_at_the_page_hands_nothing_over(browser: Browser) -> None:
    assert "Télécharger mes données" in browser.get(PAGE).content.decode()
    assert not Entry.objects.filter(event=Event.DATA_EXPORTED).exists()
