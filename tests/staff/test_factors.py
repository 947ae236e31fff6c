"""What a person has; what may be added, and what stays."""

import json
import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from educonnect.accounts.notices import moment
from educonnect.jobs import sealing
from educonnect.journal.models import Entry
from educonnect.limits.errors import TooManyAttempts
from educonnect.messaging.models import OutboxMessage
from educonnect.messaging.sending import PURPOSE
from educonnect.staff import factors, recovery_codes, rules, totp
from educonnect.staff.authentication import Second
from educonnect.staff.errors import LastFactor, LastPasskey, ProofNeeded, WrongCode
from educonnect.staff.models import Staff
from tests.delegation.factories import a_staff
from tests.staff.test_passkeys import with_passkey
from tests.staff.test_totp import code, with_application

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def messages() -> list[dict[str, str]]:
    rows = OutboxMessage.objects.order_by("pk")
    return [json.loads(sealing.unseal(bytes(row.sealed), purpose=PURPOSE)) for row in rows]


def test_T29_a_session_ended_in_this_very_instant_adds_nothing(now: datetime) -> None:
    staff = a_staff()
    secret = totp.draw()
    factors.forget_all(staff.pk, actor="staff:1", now=now)

    with pytest.raises(ProofNeeded):
        factors.add_totp(staff.pk, secret, code(secret, now), first=False, epoch=staff.epoch, now=now)

    assert not factors.of(staff.pk).some


def test_what_may_prove_who_they_are(now: datetime) -> None:
    staff, _ = with_application(now)
    assert factors.of(staff.pk).proving(strong=False) == {Second.TOTP}
    assert factors.of(staff.pk).proving(strong=True) == {Second.TOTP}

    recovery_codes.renew(staff.pk, now=now)
    with_passkey(now, staff=staff)

    assert factors.of(staff.pk).proving(strong=False) == {Second.TOTP, Second.PASSKEY, Second.RECOVERY}
    assert factors.of(staff.pk).proving(strong=True) == {Second.PASSKEY}
    assert factors.of(a_staff().pk).proving(strong=False) == frozenset()


def test_printed_codes_alone_prove_nothing(now: datetime) -> None:
    staff = a_staff()
    recovery_codes.renew(staff.pk, now=now)

    assert not factors.of(staff.pk).some
    assert factors.of(staff.pk).proving(strong=False) == frozenset()


def test_the_last_factor_stays(now: datetime) -> None:
    staff, _ = with_passkey(now)
    only = factors.of(staff.pk).passkeys[0]
    with pytest.raises(LastFactor):
        factors.remove_passkey(staff.pk, only.pk, strong=False, now=now)

    secret = totp.draw()
    factors.add_totp(staff.pk, secret, code(secret, now), first=False, now=now)
    assert factors.remove_passkey(staff.pk, only.pk, strong=False, now=now)
    with pytest.raises(LastFactor):
        factors.remove_totp(staff.pk, now=now)


def test_T25_the_last_passkey_of_an_academie_stays_whatever_else_there_is(now: datetime) -> None:
    staff, _ = with_application(now)
    with_passkey(now, staff=staff)
    only = factors.of(staff.pk).passkeys[0]

    with pytest.raises(LastPasskey):
        factors.remove_passkey(staff.pk, only.pk, strong=True, now=now)

    assert factors.remove_totp(staff.pk, now=now)


def test_another_persons_passkey_is_neither_renamed_nor_taken_away(now: datetime) -> None:
    staff, _ = with_passkey(now)
    other, _ = with_passkey(now)
    theirs = factors.of(other.pk).passkeys[0]

    assert not factors.rename_passkey(staff.pk, theirs.pk, "x")
    assert not factors.remove_passkey(staff.pk, theirs.pk, strong=False, now=now)

    assert factors.of(other.pk).passkeys[0].label == "Mon ordinateur"


def test_T28_each_change_is_journalled_and_told_without_any_secret(now: datetime) -> None:
    staff, secret = with_application(now)
    with_passkey(now, staff=staff)
    clear = factors.renew_recovery_codes(staff.pk, now=now)
    factors.prove_by_code(staff.pk, Second.RECOVERY, clear[0], now=now)
    factors.remove_totp(staff.pk, now=now)

    said = [(line.event, line.detail["kind"]) for line in Entry.objects.order_by("pk")]
    assert said == [
        ("staff.factor-added", "totp"),
        ("staff.factor-added", "passkey"),
        ("staff.factor-added", "recovery-code"),
        ("staff.factor-removed", "totp"),
    ]
    told = messages()
    assert [one["subject"] for one in told] == [
        "Un moyen de connexion a été ajouté",
        "Un moyen de connexion a été ajouté",
        "Un moyen de connexion a été ajouté",
        "Un code de secours a servi",
        "Un moyen de connexion a été retiré",
    ]
    assert {one["to"] for one in told} == {staff.email}
    everything = json.dumps([told, [line.detail for line in Entry.objects.all()]])
    assert not any(part in everything for part in (secret, *clear, *(one.replace("-", "") for one in clear)))
    assert moment(now) in told[-1]["body"]


def test_wrong_codes_stop_being_heard_after_fifty_and_passkeys_go_on(now: datetime) -> None:
    staff, secret = with_application(now)
    heard, when = 0, now
    for _ in range(70):
        try:
            factors.prove_by_code(staff.pk, Second.TOTP, "000000", now=when)
        except WrongCode:
            heard += 1
        except TooManyAttempts as refusal:
            if refusal.wait > timedelta(hours=2):
                break
        when += timedelta(hours=1, seconds=1)

    assert heard == rules.CODES.stop == 50
    with pytest.raises(TooManyAttempts):
        factors.prove_by_code(staff.pk, Second.TOTP, code(secret, when), now=when)
    later = when + timedelta(hours=25)
    factors.prove_by_code(staff.pk, Second.TOTP, code(secret, later), now=later)


def test_a_right_code_forgets_the_wrong_ones(now: datetime) -> None:
    staff, secret = with_application(now)
    for _ in range(rules.CODES.free - 1):
        with pytest.raises(WrongCode):
            factors.prove_by_code(staff.pk, Second.TOTP, "000000", now=now)

    factors.prove_by_code(staff.pk, Second.TOTP, code(secret, now), now=now)

    for _ in range(rules.CODES.free):
        with pytest.raises(WrongCode):
            factors.prove_by_code(staff.pk, Second.TOTP, "000000", now=now)


def test_T29_taking_everything_away_opens_nothing_and_ends_what_was_open(now: datetime) -> None:
    staff, _ = with_application(now)
    with_passkey(now, staff=staff)
    recovery_codes.renew(staff.pk, now=now)

    factors.forget_all(staff.pk, actor="operator:command-line", now=now)

    found = factors.of(staff.pk)
    assert (found.passkeys, found.totp, found.codes) == ((), None, 0)
    after = Staff.objects.get(pk=staff.pk)
    assert (after.epoch, after.factors_forgotten_at) == (staff.epoch + 1, now)
    line = Entry.objects.get(event="staff.factor-removed")
    assert (line.actor, line.detail) == ("operator:command-line", {"kind": "all", "staff": staff.pk})
    assert messages()[-1]["subject"] == "Vos moyens de connexion ont été retirés"


def test_somebody_without_an_address_is_told_nothing_and_nothing_breaks(now: datetime) -> None:
    with_application(now, a_staff(email=""))

    assert messages() == []


@pytest.mark.django_db(transaction=True)
def test_T28_of_four_first_factors_added_at_once_one_is_kept(now: datetime) -> None:
    staff, gate, outcomes = a_staff(), threading.Barrier(4), []

    def adds() -> None:
        secret = totp.draw()
        gate.wait()
        try:
            factors.add_totp(staff.pk, secret, code(secret, now), first=True, now=now)
            outcomes.append("added")
        except ProofNeeded:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=adds) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["added", "refused", "refused", "refused"]
