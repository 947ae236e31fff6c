import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from educonnect.accounts import contacts, passwords, rules, signin
from educonnect.accounts.authentication import Authentication
from educonnect.accounts.contacts import Confirmation
from educonnect.accounts.errors import EmailInvalid, EmailToConfirm, LinkExpired, LinkUnknown, LinkUsed
from educonnect.accounts.models import Account, OneTimeLink, ProvisionalPassword
from educonnect.accounts.signin import Origin
from educonnect.accounts.states import State, state_of
from educonnect.errors import Refusal
from educonnect.jobs import sealing
from educonnect.journal.models import Entry
from educonnect.limits.errors import TooManyAttempts
from educonnect.messaging.models import OutboxMessage
from tests.accounts.factories import OWN_PASSWORD, GuardianAccountFactory, PupilAccountFactory, activate, with_letter
from tests.jobs.processes import clear

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
HERE = Origin(address="203.0.113.7")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def guardian() -> Account:
    """One who has activated by letter and not followed the link."""
    account = GuardianAccountFactory(password=passwords.hashed(OWN_PASSWORD), email_to_confirm="m@famille.example")
    with_letter(account, NOW)
    account.refresh_from_db()
    contacts.send_confirmation(account, now=NOW)
    return account


def letters() -> list[dict[str, str]]:
    return [
        json.loads(sealing.unseal(bytes(message.sealed), purpose="outbox"))
        for message in OutboxMessage.objects.order_by("pk")
    ]


def token() -> str:
    """That of the last message."""
    found = re.search(re.escape(settings.BASE_URL) + r"/confirmer/([\w-]+)", letters()[-1]["body"])
    assert found
    return found[1]


def fresh(account: Account) -> Account:
    return Account.objects.select_related("provisional").get(pk=account.pk)


def said(given_token: str) -> object:
    try:
        return contacts.confirm_email(given_token)
    except Refusal as refusal:
        return type(refusal)


def test_a_declared_address_waits_for_its_link_and_the_one_in_force_stays() -> None:
    account = activate(PupilAccountFactory(email="avant@famille.example", email_confirmed_at=NOW))

    contacts.declare_email(account.pk, "apres@famille.example")

    account.refresh_from_db()
    assert (account.email, account.email_to_confirm) == ("avant@famille.example", "apres@famille.example")
    assert [letter["to"] for letter in letters()] == ["apres@famille.example"]
    assert Entry.objects.filter(event="account.email-declared", account_id=account.pk).exists()


def test_following_the_link_confirms_the_address() -> None:
    account = activate(PupilAccountFactory())
    contacts.declare_email(account.pk, "c@famille.example")

    done = contacts.confirm_email(token())

    account.refresh_from_db()
    assert done == Confirmation(account_id=account.pk, activated=False)
    assert (account.email, account.email_confirmed_at, account.email_to_confirm) == ("c@famille.example", NOW, "")


def test_a_guardian_is_activated_by_the_link(guardian: Account) -> None:
    assert state_of(fresh(guardian), NOW) is State.NOTIFIED

    done = contacts.confirm_email(token())

    assert done == Confirmation(account_id=guardian.pk, activated=True)
    assert state_of(fresh(guardian), NOW) is State.ACTIVATED
    assert fresh(guardian).epoch == guardian.epoch + 1
    assert not ProvisionalPassword.objects.exists()
    assert isinstance(signin.sign_in(guardian.username, OWN_PASSWORD, origin=HERE), Authentication)
    assert Entry.objects.filter(event="account.activated", account_id=guardian.pk).exists()


def test_a_link_serves_once_and_says_so(guardian: Account) -> None:
    link = token()

    assert isinstance(said(link), Confirmation)
    assert said(link) is LinkUsed


def test_a_link_lives_48_hours(clock, guardian: Account) -> None:
    clock.shift(timedelta(hours=48))

    assert said(token()) is LinkExpired
    assert state_of(fresh(guardian), NOW) is State.NOTIFIED


@pytest.mark.parametrize("made_up", ["", "x", "é" * 300, "\0", "A" * 43])
def test_a_made_up_link_is_unknown(guardian: Account, made_up: str) -> None:
    assert said(made_up) is LinkUnknown


def test_a_later_message_replaces_the_former_one() -> None:
    account = activate(PupilAccountFactory())
    contacts.declare_email(account.pk, "un@famille.example")
    former = token()

    contacts.declare_email(account.pk, "deux@famille.example")

    assert said(former) is LinkUnknown
    assert isinstance(said(token()), Confirmation)


def test_the_database_keeps_digests_of_links_only(guardian: Account) -> None:
    link = OneTimeLink.objects.get()

    assert re.fullmatch("[0-9a-f]{64}", link.digest)
    assert token() not in str(link.__dict__)


def test_an_address_that_others_use_is_accepted() -> None:
    activate(PupilAccountFactory(email="famille@famille.example", email_confirmed_at=NOW))
    sibling = activate(PupilAccountFactory())

    contacts.declare_email(sibling.pk, "famille@famille.example")

    assert isinstance(said(token()), Confirmation)


def test_nobody_is_flooded(clock) -> None:
    account = activate(PupilAccountFactory())
    for n in range(3):
        contacts.declare_email(account.pk, f"victime{n}@famille.example")

    with pytest.raises(TooManyAttempts):
        contacts.declare_email(account.pk, "victime@famille.example")
    assert OutboxMessage.objects.count() == 3


def test_a_guardian_who_signs_in_too_early_gets_the_message_again(clock, guardian: Account) -> None:
    clock.shift(timedelta(hours=1))

    with pytest.raises(EmailToConfirm):
        signin.sign_in(guardian.username, OWN_PASSWORD, origin=HERE)

    assert OutboxMessage.objects.count() == 2
    assert isinstance(said(token()), Confirmation)


def test_a_guardian_who_signs_in_at_once_keeps_the_message_just_sent(guardian: Account) -> None:
    link = token()

    with pytest.raises(EmailToConfirm):
        signin.sign_in(guardian.username, OWN_PASSWORD, origin=HERE)

    assert OutboxMessage.objects.count() == 1
    assert isinstance(said(link), Confirmation)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "camille",
        "camille@",
        "@famille.example",
        "a b@famille.example",
        "c@famille.example\r\nBcc: x@y.example",
        "c@" + "x" * 300 + ".example",
    ],
)
def test_what_no_message_can_reach_is_refused(typed: str) -> None:
    with pytest.raises(EmailInvalid):
        contacts.valid_email(typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("camille@gmial.com", "camille@gmail.com"),
        ("camille@gmail.con", "camille@gmail.com"),
        ("camille@gmail.fr", ""),
        ("camille@hotmial.fr", "camille@hotmail.fr"),
        ("camille@orang.fr", "camille@orange.fr"),
        ("camille@wanado.fr", "camille@wanadoo.fr"),
        ("camille@laposte.fr", ""),
        ("camille@yaho.fr", "camille@yahoo.fr"),
        ("camille@gmail.com", ""),
        ("camille@famille.example", ""),
        ("camille", ""),
    ],
)
def test_a_probable_slip_is_told(typed: str, meant: str) -> None:
    assert contacts.suggestion(typed) == meant


@given(st.text(max_size=12), st.text(max_size=12))
def test_slips_are_counted_alike_both_ways(one: str, other: str) -> None:
    assert rules.distance(one, other) == rules.distance(other, one)
    assert rules.distance(one, one) == 0


@pytest.mark.django_db(transaction=True)
def test_a_link_followed_twice_at_one_instant_serves_once() -> None:
    account = GuardianAccountFactory(password=passwords.hashed(OWN_PASSWORD), email_to_confirm="m@famille.example")
    contacts.send_confirmation(account, now=NOW)
    link, outcomes, start = token(), [], threading.Barrier(4)

    def follow() -> None:
        start.wait()
        try:
            outcomes.append(said(link))
        finally:
            connection.close()

    threads = [threading.Thread(target=follow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    clear()  # the queue's own tables, which nothing else empties after a test without its transaction
    assert sum(isinstance(outcome, Confirmation) for outcome in outcomes) == 1
    assert outcomes.count(LinkUsed) == 3
