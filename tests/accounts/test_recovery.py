"""Forgotten password, forgotten username."""

import itertools
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from educonnect.accounts import contacts, locking, passwords, recovery, rules, signin, tasks
from educonnect.accounts.authentication import Authentication
from educonnect.accounts.errors import (
    AccountClosed,
    AccountLocked,
    EmailInvalid,
    LinkUnknown,
    PasswordPersonal,
    RecoveryLinkOver,
    ResetBySchool,
    WrongPair,
)
from educonnect.accounts.models import Account, ForgottenRequest, ProvisionalPassword, Purpose
from educonnect.accounts.signin import Origin
from educonnect.errors import Refusal
from educonnect.jobs import sealing
from educonnect.journal.models import Entry
from educonnect.messaging.models import OutboxMessage
from tests.accounts.factories import OWN_PASSWORD, GuardianAccountFactory, PupilAccountFactory, activate, with_letter
from tests.jobs.processes import clear

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 9, 8, 0, tzinfo=UTC)
HERE = Origin(address="203.0.113.7", device="PC, Firefox")
NEW = "cinq loutres mangent des prunes"
ADDRESS = "camille@famille.example"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def account() -> Account:
    """A pupil who activated in September and confirmed an address."""
    return activate(PupilAccountFactory(email=ADDRESS, email_confirmed_at=NOW))


def messages() -> list[dict[str, str]]:
    return [
        json.loads(sealing.unseal(bytes(message.sealed), purpose="outbox"))
        for message in OutboxMessage.objects.order_by("pk")
    ]


def ask(username: str, origin: Origin = HERE, **more: str) -> None:
    """Somebody asks, and a worker looks."""
    now = datetime.now(UTC)
    recovery.ask_password(username, origin=origin, now=now, **more)
    tasks.look_at_forgotten()


def ask_username(email: str, origin: Origin = HERE) -> None:
    recovery.ask_username(email, origin=origin, now=datetime.now(UTC))
    tasks.look_at_forgotten()


def links() -> list[str]:
    return re.findall(
        re.escape(settings.BASE_URL) + r"/mot-de-passe/([\w-]+)", "\n".join(m["body"] for m in messages())
    )


def choose(token: str, password: str = NEW) -> type[Refusal] | None:
    try:
        recovery.choose_password(token, password, now=datetime.now(UTC))
    except Refusal as refusal:
        return type(refusal)
    return None


def signs_in(account: Account, password: str) -> type[object]:
    try:
        return type(signin.sign_in(account.username, password, origin=HERE))
    except Refusal as refusal:
        return type(refusal)


# --- the link -----------------------------------------------------------------------------------------------------


def test_the_link_goes_to_the_confirmed_address_and_chooses_a_new_password(account: Account) -> None:
    ask(account.username.upper() + " ")
    (message,), (token,) = messages(), links()

    assert message["to"] == ADDRESS
    assert account.username in message["body"]
    assert "PC, Firefox" in message["body"]
    assert choose(token) is None
    assert signs_in(account, OWN_PASSWORD) is WrongPair
    assert signs_in(account, NEW) is Authentication


def test_T33_a_new_password_by_link_ends_every_session(account: Account) -> None:
    ask(account.username)

    choose(links()[0])

    assert Account.objects.get(pk=account.pk).epoch == account.epoch + 1


def test_the_person_is_told_that_the_password_changed(account: Account) -> None:
    ask(account.username)
    choose(links()[0])

    told = messages()[-1]
    assert (told["to"], told["subject"]) == (ADDRESS, "Votre mot de passe a été changé")
    assert NEW not in told["body"]
    assert "http" not in told["body"]


def test_a_link_serves_once_and_voids_the_others(account: Account) -> None:
    ask(account.username)
    ask(account.username)
    one, other = links()

    assert choose(one) is None
    assert choose(one, "sept mouettes volent un sandwich") is RecoveryLinkOver
    assert choose(other, "sept mouettes volent un sandwich") is RecoveryLinkOver
    assert signs_in(account, NEW) is Authentication


def test_a_link_asked_by_another_does_not_spoil_the_one_that_is_being_followed(account: Account) -> None:
    ask(account.username)
    ask(account.username, Origin(address="198.51.100.9"))

    assert choose(links()[0]) is None


def test_a_link_lives_30_minutes(clock: time_machine.Traveller, account: Account) -> None:
    ask(account.username)
    clock.shift(timedelta(minutes=30))

    assert choose(links()[0]) is RecoveryLinkOver


@pytest.mark.parametrize("way", ["link", "letter"])
def test_an_address_that_waited_is_confirmed_no_more_once_the_password_is_replaced(account: Account, way: str) -> None:
    contacts.declare_email(account.pk, "voleur@ailleurs.example", now=datetime.now(UTC))
    (stolen,) = re.findall(r"/confirmer/([\w-]+)", messages()[-1]["body"])

    if way == "link":
        ask(account.username)
        assert choose(links()[0]) is None
    else:
        reset(account)

    with pytest.raises(LinkUnknown):
        contacts.confirm_email(stolen)
    account.refresh_from_db()
    assert (account.email, account.email_to_confirm) == (ADDRESS, "")


@pytest.mark.parametrize("made_up", ["", "x", "é" * 300, "\0", "A" * 43])
def test_a_made_up_link_opens_nothing(account: Account, made_up: str) -> None:
    assert choose(made_up) is RecoveryLinkOver


def test_T05_the_person_s_own_data_are_refused_and_the_link_still_serves(account: Account) -> None:
    ask(account.username)
    assert account.pupil is not None

    refused = choose(links()[0], f"{account.pupil.family_name} mange des prunes")

    assert refused is PasswordPersonal
    assert choose(links()[0]) is None


def test_a_password_chosen_in_between_voids_the_link(clock: time_machine.Traveller, account: Account) -> None:
    ask(account.username)
    clock.shift(timedelta(minutes=1))
    activate(account, "sept mouettes volent un sandwich", now=datetime.now(UTC))

    assert choose(links()[0]) is RecoveryLinkOver


def test_another_address_confirmed_in_between_voids_the_link(account: Account) -> None:
    ask(account.username)
    Account.objects.filter(pk=account.pk).update(email="autre@famille.example")

    assert choose(links()[0]) is RecoveryLinkOver


@pytest.mark.django_db(transaction=True)
def test_a_link_used_twice_at_one_instant_serves_once() -> None:
    account = activate(PupilAccountFactory(email=ADDRESS, email_confirmed_at=NOW))
    ask(account.username)
    (token,), outcomes, start = links(), [], threading.Barrier(4)

    def use(number: int) -> None:
        start.wait()
        try:
            outcomes.append(choose(token, f"loutre numéro {number} mange des prunes"))
        finally:
            connection.close()

    threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    clear()
    assert sorted(map(str, outcomes)) == sorted(map(str, [None, *[RecoveryLinkOver] * 3]))


# --- what the school did, the school undoes -----------------------------------------------------------------------


def lock(account: Account) -> None:
    locking.lock([account.pk], now=datetime.now(UTC), actor="operator:test")


def reset(account: Account) -> None:
    with_letter(account, datetime.now(UTC), Purpose.RESET)


def close(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(closed_at=datetime.now(UTC))


@pytest.mark.parametrize(
    ("gesture", "refusal", "word"),
    [(lock, AccountLocked, "bloqué"), (reset, ResetBySchool, "lettre"), (close, AccountClosed, "désactivé")],
)
def test_no_link_undoes_what_the_school_did(gesture, refusal: type[Refusal], word: str, account: Account) -> None:
    ask(account.username)
    gesture(account)

    assert choose(links()[0]) is refusal
    ask(account.username)
    assert len(links()) == 1
    assert word in messages()[-1]["body"]
    assert (
        not Account.objects.get(pk=account.pk).password.startswith("$argon2id$") or signs_in(account, NEW) is WrongPair
    )


def test_a_letter_s_password_left_over_opens_nothing_after_the_link(account: Account) -> None:
    letter = PupilAccountFactory()
    with_letter(letter, NOW)
    ProvisionalPassword.objects.filter(account=letter).update(account=account)
    ask(account.username)

    choose(links()[0])

    assert not ProvisionalPassword.objects.filter(account=account).exists()


# --- enumeration --------------------------------------------------------------------------------------------------

ELIGIBLE = {"email": ADDRESS, "email_confirmed_at": NOW}


def people() -> list[str]:
    """A username in each case."""
    locked = activate(PupilAccountFactory(**ELIGIBLE))
    lock(locked)
    was_reset = activate(PupilAccountFactory(**ELIGIBLE))
    reset(was_reset)
    closed = activate(PupilAccountFactory(**ELIGIBLE))
    close(closed)
    waiting = GuardianAccountFactory(password=passwords.hashed(OWN_PASSWORD), email_to_confirm=ADDRESS)
    return [
        activate(PupilAccountFactory(**ELIGIBLE)).username,
        activate(PupilAccountFactory()).username,
        activate(PupilAccountFactory(email_to_confirm=ADDRESS)).username,
        PupilAccountFactory().username,
        locked.username,
        was_reset.username,
        closed.username,
        waiting.username,
        "n.existepas9",
    ]


def statements(captured: CaptureQueriesContext) -> list[str]:
    return [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in captured.captured_queries]


def test_T18_asking_costs_the_same_statements_whoever_it_is_and_reads_no_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = people()
    monkeypatch.setattr(passwords, "hashed", lambda password: pytest.fail("no hash is made"))
    monkeypatch.setattr(passwords, "spend_one_hash", lambda: pytest.fail("no hash is spent"))

    costs = []
    for name in names:
        with CaptureQueriesContext(connection) as captured:
            recovery.ask_password(name, origin=HERE, now=NOW)
        costs.append(statements(captured))

    assert all(cost == costs[0] for cost in costs)
    assert len(costs[0]) == 5
    assert "accounts_account" not in " ".join(costs[0])


def test_T18_asking_for_a_username_costs_the_same_statements_whatever_the_address(account: Account) -> None:
    costs = []
    for email in (ADDRESS, "inconnue@famille.example"):
        with CaptureQueriesContext(connection) as captured:
            recovery.ask_username(email, origin=HERE, now=NOW)
        costs.append(statements(captured))

    assert costs[0] == costs[1]
    assert "accounts_account" not in " ".join(costs[0])


def test_nothing_leaves_where_no_address_is_confirmed() -> None:
    for name in people()[1:4] + people()[-2:]:
        ask(name)

    assert messages() == []


def test_what_was_typed_rests_sealed_and_only_until_a_worker_looked(account: Account) -> None:
    recovery.ask_password(account.username, origin=HERE, now=NOW)
    kept = ForgottenRequest.objects.get()

    assert account.username.encode() not in bytes(kept.sealed)
    assert ProcrastinateJob.objects.get().args == {}
    tasks.look_at_forgotten()
    assert not ForgottenRequest.objects.exists()


def test_a_request_sealed_under_another_key_is_dropped(account: Account, settings) -> None:
    recovery.ask_password(account.username, origin=HERE, now=NOW)
    settings.FILES_KEYS = {1: "another" * 10}

    tasks.look_at_forgotten()

    assert not ForgottenRequest.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_T75_the_journal_tells_the_account_and_nothing_of_what_was_typed(account: Account) -> None:
    ask(account.username)
    ask_username(ADDRESS)
    choose(links()[0])

    told = Entry.objects.filter(account_id=account.pk).order_by("pk")
    assert list(told.values_list("event", "detail")) == [
        ("account.recovery-sent", {}),
        ("account.username-sent", {}),
        ("account.password-changed", {"by": "link"}),
    ]


# --- limits -------------------------------------------------------------------------------------------------------


def test_nobody_is_flooded_and_a_link_keeps_coming(clock: time_machine.Traveller, account: Account) -> None:
    sent_at = []
    for minute in range(0, 24 * 60, 5):
        before = len(links())
        ask(account.username, Origin(address=f"198.51.{minute // 200}.{minute % 200}"))
        if len(links()) > before:
            sent_at.append(minute)
        clock.shift(timedelta(minutes=5))

    assert len(sent_at) <= 20
    assert max(later - former for former, later in itertools.pairwise(sent_at)) <= 120


def test_a_browser_the_account_knows_is_counted_apart(account: Account) -> None:
    for number in range(6):
        ask(account.username, Origin(address=f"198.51.100.{number}"))
    assert len(links()) == 3

    ask(account.username, Origin("203.0.113.8", known_device=frozenset({account.pk}), device_key="k"))

    assert len(links()) == 4


def test_asking_again_and_again_from_one_place_is_put_aside_no_more(account: Account) -> None:
    for _ in range(30):
        recovery.ask_password(account.username, origin=HERE, now=NOW)

    assert ForgottenRequest.objects.count() == rules.FORGOTTEN_HERE.free + 1


def test_one_address_cannot_ask_for_everybody() -> None:
    for number in range(200):
        recovery.ask_password(f"e.leve{number}", origin=HERE, now=NOW)

    assert ForgottenRequest.objects.count() == rules.FORGOTTEN_NETWORK.free + 1


# --- forgotten username -------------------------------------------------------------------------------------------


def test_the_usernames_of_a_family_come_in_one_message_without_any_link(account: Account) -> None:
    sibling = activate(PupilAccountFactory(email=ADDRESS.upper(), email_confirmed_at=NOW))
    stranger = activate(PupilAccountFactory(email="autre@famille.example", email_confirmed_at=NOW))
    unconfirmed = activate(PupilAccountFactory(email_to_confirm=ADDRESS))

    ask_username(" Camille@Famille.EXAMPLE ")

    (message,) = messages()
    assert message["to"] == ADDRESS
    assert account.username in message["body"].split()
    assert sibling.username in message["body"].split()
    assert not {stranger.username, unconfirmed.username} & set(message["body"].split())
    assert "http" not in message["body"]


def test_no_more_usernames_than_a_family_has(account: Account) -> None:
    for _ in range(20):
        activate(PupilAccountFactory(email=ADDRESS, email_confirmed_at=NOW))

    ask_username(ADDRESS)

    assert len(re.findall(r"^c\.duverger", messages()[0]["body"], re.MULTILINE)) == rules.MOST_USERNAMES


def test_an_address_nobody_confirmed_receives_nothing() -> None:
    ask_username("inconnue@famille.example")

    assert messages() == []


def test_what_no_message_can_reach_is_refused() -> None:
    with pytest.raises(EmailInvalid):
        recovery.ask_username("camille", origin=HERE, now=NOW)


def test_an_address_is_found_by_its_index() -> None:
    found = Account.objects.alias(folded=recovery.Lower("email")).filter(
        folded=ADDRESS, email_confirmed_at__isnull=False
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

        plan = found.explain()

    assert "accounts_account_by_email" in plan
