"""The whole life of accounts, gesture after gesture: which state follows which, and what the trail says of it."""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from educonnect.accounts import activation, contacts, locking, passwords, provisional, signin
from educonnect.accounts.models import Account, Purpose
from educonnect.accounts.signin import Origin
from educonnect.accounts.states import TRANSITIONS, State, state_of
from educonnect.errors import Refusal
from educonnect.jobs import sealing
from educonnect.journal.models import Connection, Entry
from educonnect.messaging.models import OutboxMessage
from tests.accounts.factories import OWN_PASSWORD, GuardianAccountFactory, PupilAccountFactory
from tests.population.factories import GuardianshipFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
BIRTHDATE = date(2009, 5, 14)
HERE = Origin(address="203.0.113.7", device="PC, Firefox")
OWN_HASH = passwords.hashed(OWN_PASSWORD)
OTHER_PASSWORD = "six loutres perplexes"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def now() -> datetime:
    return datetime.now(UTC)


def state(account: Account) -> State:
    return state_of(Account.objects.select_related("provisional").get(pk=account.pk), now())


def last_token() -> str:
    sealed = OutboxMessage.objects.latest("pk").sealed
    body = json.loads(sealing.unseal(bytes(sealed), purpose="outbox"))["body"]
    found = re.search(r"/confirmer/([\w-]+)", body)
    assert found
    return found[1]


class Life:
    """One pupil's account and everything that can be done to it."""

    def __init__(self) -> None:
        self.account = PupilAccountFactory(pupil__birthdate=BIRTHDATE)

    def notify(self) -> None:
        provisional.issue([self.account.pk], purpose=Purpose.ACTIVATION, batch="campaign:1", now=now())

    def reset(self) -> None:
        provisional.issue([self.account.pk], purpose=Purpose.RESET, batch="helpdesk", now=now())

    def activate(self) -> None:
        activation.activate_pupil(self.account.pk, birthdate=BIRTHDATE, password_hash=OWN_HASH, now=now())

    def mistake(self) -> None:
        activation.activate_pupil(self.account.pk, birthdate=date(2001, 1, 1), password_hash=OWN_HASH, now=now())

    def choose(self) -> None:
        activation.choose_own_password_after_reset(self.account.pk, OTHER_PASSWORD, now())

    def sign_in(self) -> None:
        signin.sign_in(self.account.username, OWN_PASSWORD, origin=HERE)

    def lock(self) -> None:
        locking.lock([self.account.pk], now=now(), actor="staff:1")

    def unlock(self) -> None:
        locking.unlock([self.account.pk], now=now(), actor="staff:1")


GESTURES: list[Callable[[Life], None]] = [
    Life.notify,
    Life.reset,
    Life.activate,
    Life.mistake,
    Life.choose,
    Life.sign_in,
    Life.lock,
    Life.unlock,
]


@given(st.lists(st.tuples(st.sampled_from(GESTURES), st.sampled_from([0, 0, 0, 1, 30, 95])), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_only_the_transitions_we_know_happen(clock, gestures) -> None:
    life = Life()
    seen = state(life.account)
    assert seen is State.OPENED

    for gesture, days in gestures:
        entries = Entry.objects.count()
        with contextlib.suppress(Refusal):
            gesture(life)
        after = state(life.account)
        assert after is seen or after in TRANSITIONS[seen], f"{seen} -> {after} by {gesture.__name__}"
        assert after is seen or Entry.objects.count() > entries
        clock.shift(timedelta(days=days))
        seen, before = state(life.account), after
        assert seen is before or seen in TRANSITIONS[before]


def test_T75_the_journal_of_a_whole_life_holds_nothing_personal() -> None:
    pupil = PupilAccountFactory(
        username="y.castelnau", pupil__first_name="Ysoline", pupil__family_name="CASTELNAU", pupil__birthdate=BIRTHDATE
    )
    guardian = GuardianAccountFactory(username="t.castelnau", guardian__first_name="Térence")
    GuardianshipFactory(guardian=guardian.guardian, pupil=pupil.pupil)
    letters = provisional.issue(
        [pupil.pk, guardian.pk], purpose=Purpose.ACTIVATION, batch="campaign:1", now=NOW, actor="staff:1"
    )

    with contextlib.suppress(Refusal):
        signin.sign_in("y.castelnau", "pas le bon", origin=HERE)
    with contextlib.suppress(Refusal):
        signin.sign_in("inconnu", "pas le bon", origin=HERE)
    signin.sign_in("y.castelnau", letters[pupil.pk], origin=HERE)
    with contextlib.suppress(Refusal):
        activation.activate_pupil(pupil.pk, birthdate=date(2001, 1, 1), password_hash=OWN_HASH, now=NOW)
    activation.activate_pupil(
        pupil.pk, birthdate=BIRTHDATE, password_hash=OWN_HASH, email="ysoline@famille.example", now=NOW
    )
    token = last_token()
    contacts.confirm_email(token)
    activation.activate_guardian(
        guardian.pk,
        birthdates={pupil.pupil_id: BIRTHDATE},
        password_hash=OWN_HASH,
        email="terence@famille.example",
        now=NOW,
    )
    contacts.confirm_email(last_token())
    signin.sign_in("t.castelnau", OWN_PASSWORD, origin=HERE)
    locking.lock([pupil.pk], now=NOW, actor="staff:1")
    locking.unlock([pupil.pk], now=NOW, actor="staff:1")
    provisional.issue([pupil.pk], purpose=Purpose.RESET, batch="helpdesk", now=NOW, actor="staff:1")
    activation.choose_own_password_after_reset(pupil.pk, OTHER_PASSWORD, NOW)

    trail = " ".join(
        f"{entry.event} {entry.actor} {json.dumps(entry.detail)} {entry.uai}" for entry in Entry.objects.all()
    )
    assert {entry.event for entry in Entry.objects.all()} >= {
        "account.notified",
        "account.activated",
        "account.reset",
        "account.locked",
        "account.unlocked",
        "account.password-changed",
        "account.email-declared",
        "account.email-confirmed",
        "session.signed-in",
        "session.sign-in-failed",
        "session.letter-used",
    }
    secrets = [
        "castelnau",
        "ysoline",
        "térence",
        "terence",
        "famille",
        BIRTHDATE.isoformat(),
        "203.0.113",
        token,
        OWN_PASSWORD,
    ]
    secrets += [pupil.pupil.ine, *letters.values(), "inconnu", "firefox"]
    assert [secret for secret in secrets if secret.lower() in trail.lower()] == []
    log = " ".join(f"{line.outcome} {line.device} {line.address}" for line in Connection.objects.all()).lower()
    assert [secret for secret in secrets if secret.lower() in log and secret not in {"203.0.113", "firefox"}] == []
