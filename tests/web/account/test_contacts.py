"""« Adresse e-mail », in « Mon compte »."""

import pytest
from django.utils import timezone

from educonnect.accounts.models import Account
from educonnect.messaging.models import OutboxMessage
from tests.sessions.browser import Browser
from tests.web import people

pytestmark = pytest.mark.django_db

PAGE = "/mon-compte/adresse-e-mail"
FORMER, NEXT = "avant@famille.example", "apres@famille.example"


@pytest.fixture
def account() -> Account:
    return people.activated(people.pupil(email=FORMER, email_confirmed_at=timezone.now()))


@pytest.fixture
def here(account: Account) -> Browser:
    browser = Browser()
    browser.signs_in(account)
    return browser


def gives(here: Browser, email: str = NEXT, current: str = people.OWN, **more: str):
    return here.post(PAGE, {"email": email, "current": current, **more}, follow=True)


def test_another_address_waits_for_its_link_beside_the_one_in_force(here: Browser, account: Account) -> None:
    page = gives(here).content.decode()

    assert "Un message est parti" in page
    assert "a•••@famille.example" in page
    assert FORMER not in page
    assert NEXT not in page
    account.refresh_from_db()
    assert (account.email, account.email_to_confirm) == (FORMER, NEXT)


@pytest.mark.parametrize(
    ("email", "current", "code"),
    [(NEXT, "pas le bon du tout", "E-1251"), (FORMER, people.OWN, "E-1243")],
)
def test_what_is_refused_is_told(here: Browser, email: str, current: str, code: str) -> None:
    assert code in gives(here, email, current).content.decode()


def test_an_address_that_looks_mistyped_is_asked_about_once(here: Browser) -> None:
    asked = gives(here, "camille@gmial.com").content.decode()

    assert "camille@gmail.com" in asked
    assert "Un message est parti" in gives(here, "camille@gmial.com", email_kept="camille@gmial.com").content.decode()


def test_the_message_is_sent_again_then_no_more_for_a_while(here: Browser) -> None:
    gives(here)

    answers = [here.post(f"{PAGE}/renvoyer", follow=True) for _ in range(4)]

    assert "Un message est parti" in answers[0].content.decode()
    assert answers[-1].status_code == 429
    assert "Attendez" in answers[-1].content.decode()


def test_with_nothing_waiting_nothing_is_sent_again(here: Browser) -> None:
    page = here.post(f"{PAGE}/renvoyer", follow=True).content.decode()

    assert "Un message est parti" not in page
    assert not OutboxMessage.objects.exists()


def test_an_address_that_waits_can_be_given_up(here: Browser, account: Account) -> None:
    gives(here)

    page = here.post(f"{PAGE}/abandonner", follow=True).content.decode()

    assert "à confirmer" not in page
    account.refresh_from_db()
    assert (account.email, account.email_to_confirm) == (FORMER, "")


def test_a_pupil_may_take_the_address_away(here: Browser, account: Account) -> None:
    assert f'href="{PAGE}/retirer"' in here.get(PAGE).content.decode()

    page = here.post(f"{PAGE}/retirer", {"current": people.OWN}, follow=True).content.decode()

    assert "retirée" in page
    account.refresh_from_db()
    assert account.email == ""


def test_a_guardian_may_not() -> None:
    guardian = people.activated(people.guardian(email=FORMER, email_confirmed_at=timezone.now()))
    browser = Browser()
    browser.signs_in(guardian)

    shown = browser.get(PAGE).content.decode()
    answer = browser.post(f"{PAGE}/retirer", {"current": people.OWN})

    assert "retirer" not in shown
    assert answer.headers["Location"] == PAGE
    assert Account.objects.get(pk=guardian.pk).email == FORMER


@pytest.mark.parametrize("gesture", ["renvoyer", "abandonner"])
def test_a_link_alone_does_nothing(here: Browser, gesture: str) -> None:
    assert here.get(f"{PAGE}/{gesture}").status_code == 405
