"""Sessions that end from elsewhere: listed, ended one by one or all at once, and what waited in them."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from educonnect.accounts import locking
from educonnect.accounts.models import Account
from educonnect.journal.models import Entry
from educonnect.journal.rules import Event
from educonnect.sessions import ending, sso
from educonnect.sessions.models import Participation, Session, Waiting
from tests.accounts.factories import PupilAccountFactory
from tests.federation.factories import ProviderFactory
from tests.sessions.browser import Browser, number, unfinished

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 10, 6, 10, 0, tzinfo=UTC)


@pytest.fixture
def pupil() -> Account:
    return PupilAccountFactory()


def signed_in(account: Account, *, shared: bool = False) -> Browser:
    browser = Browser()
    browser.signs_in(account, shared=shared)
    return browser


def sid(browser: Browser) -> uuid.UUID:
    who = browser.current()
    assert who is not None
    return who.sid


def test_T35_each_open_session_is_listed_once_and_nobody_elses(pupil: Account) -> None:
    home, school = signed_in(pupil), signed_in(pupil, shared=True)
    signed_in(PupilAccountFactory())

    found = ending.open_sessions(pupil.pk, now=timezone.now())

    assert {(one.sid, one.shared) for one in found} == {(sid(home), False), (sid(school), True)}


def test_what_is_over_is_not_listed(pupil: Account) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signed_in(pupil, shared=True)
        home = signed_in(pupil)
        clock.shift(timedelta(minutes=11))

        assert [one.sid for one in ending.open_sessions(pupil.pk, now=timezone.now())] == [sid(home)]

        locking.lock([pupil.pk], now=timezone.now(), actor="operator:command-line")
        assert ending.open_sessions(pupil.pk, now=timezone.now()) == []


def test_an_activation_begun_is_no_open_session_and_ends_with_the_others(pupil: Account) -> None:
    begun, home = Browser(), signed_in(pupil)
    begun.does(lambda request: sso.begin_unfinished(request, unfinished(pupil)), method="POST")
    assert len(ending.open_sessions(pupil.pk, now=timezone.now())) == 1

    ending.end_others(pupil.pk, keep=sid(home))

    assert begun.does(sso.unfinished) is None


def test_T35_one_session_is_ended_and_the_others_stay(pupil: Account) -> None:
    home, school = signed_in(pupil), signed_in(pupil)

    assert ending.end_one(pupil.pk, sid(school)) is True

    assert school.current() is None
    assert home.current() is not None
    line = Entry.objects.get(event=Event.SESSIONS_ENDED)
    assert (line.account_id, line.actor, line.detail) == (pupil.pk, f"account:{pupil.pk}", {"number": 1})


def test_T35_another_accounts_session_is_not_touched(pupil: Account) -> None:
    theirs = signed_in(PupilAccountFactory())

    assert ending.end_one(pupil.pk, sid(theirs)) is False

    assert theirs.current() is not None
    assert not Entry.objects.filter(event=Event.SESSIONS_ENDED).exists()


def test_T34_all_others_end_and_this_one_stays(pupil: Account) -> None:
    here, first, second, theirs = (signed_in(one) for one in (pupil, pupil, pupil, PupilAccountFactory()))

    assert ending.end_others(pupil.pk, keep=sid(here)) == 2

    assert [browser.current() is None for browser in (here, first, second, theirs)] == [False, True, True, False]


def test_T35_all_end(pupil: Account) -> None:
    browsers = [signed_in(pupil) for _ in range(3)]

    assert ending.end_all(pupil.pk) == 3

    assert [browser.current() for browser in browsers] == [None] * 3


def test_what_waited_in_an_ended_session_goes_as_at_sign_out(pupil: Account) -> None:
    browser = Browser()
    asked = browser.does(lambda request: sso.ask(request, provider=ProviderFactory(), payload={"id": "1"})["Location"])
    browser.signs_in(pupil, demande=number(asked))
    elsewhere = Browser()
    elsewhere.does(lambda request: sso.ask(request, provider=ProviderFactory(), payload={"id": "2"}))

    ending.end_all(pupil.pk)

    assert browser.does(sso.waiting, demande=number(asked)) is None
    assert Waiting.objects.count() == 1


def test_the_services_that_shared_it_are_forgotten_with_it(pupil: Account) -> None:
    signed_in(pupil)
    Participation.objects.create(
        session=Session.objects.get(), provider=ProviderFactory(), session_index="i", subject="s", at=timezone.now()
    )

    ending.end_all(pupil.pk)

    assert not Participation.objects.exists()
