"""« Mot de passe », in « Mon compte »."""

import re

import pytest

from educonnect.accounts.models import Account
from tests.sessions.browser import Browser
from tests.web import people

pytestmark = pytest.mark.django_db

PAGE = "/mon-compte/mot-de-passe"
NEW = "cinq loutres mangent des prunes"


@pytest.fixture
def account() -> Account:
    return people.activated(people.pupil())


def signed_in(account: Account) -> Browser:
    browser = Browser()
    browser.signs_in(account)
    return browser


def test_T34_closing_everywhere_else_is_offered_ticked(account: Account) -> None:
    page = signed_in(account).get(PAGE).content.decode()

    assert re.search(r'<input type="checkbox" name="others"[^>]*checked', page)


def test_T34_the_other_devices_are_closed_and_this_one_goes_on(account: Account) -> None:
    here, elsewhere = signed_in(account), signed_in(account)
    secret = here.cookies["session"].value

    answer = here.post(PAGE, {"current": people.OWN, "password": NEW, "others": "on"})

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?fait=partout")
    assert "fermé sur tous les autres appareils" in here.get(answer.headers["Location"]).content.decode()
    assert here.cookies["session"].value != secret
    assert elsewhere.get(PAGE).headers["Location"] == "/connexion"


def test_T34_they_stay_open_where_its_owner_unticks_the_box(account: Account) -> None:
    here, elsewhere = signed_in(account), signed_in(account)

    answer = here.post(PAGE, {"current": people.OWN, "password": NEW})

    assert answer.headers["Location"] == f"{PAGE}?fait=ici"
    assert elsewhere.get(PAGE).status_code == 200


def test_a_wrong_current_password_is_told_beside_its_field(account: Account) -> None:
    page = signed_in(account).post(PAGE, {"current": "pas le bon du tout", "password": NEW}).content.decode()

    assert "E-1251" in page
    assert '<a href="#id_current">' in page
    assert NEW not in page


def test_a_weak_password_is_told_beside_its_field(account: Account) -> None:
    page = signed_in(account).post(PAGE, {"current": people.OWN, "password": "motdepasse123"}).content.decode()

    assert "E-1203" in page
    assert '<a href="#id_password">' in page


def test_guessing_here_gets_a_wait(account: Account) -> None:
    here = signed_in(account)

    answers = [here.post(PAGE, {"current": f"faux essai {number}", "password": NEW}) for number in range(8)]

    assert answers[-1].status_code == 429


def test_T06_password_managers_are_told_what_each_field_is(account: Account) -> None:
    page = signed_in(account).get(PAGE).content.decode()

    assert all(f'autocomplete="{token}"' in page for token in ("username", "current-password", "new-password"))
