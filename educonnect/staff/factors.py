"""The second factors of a person: what they have, adding and taking away, proving one by a code.

Each change is journalled, and told to the person's professional address. Whether the person was asked for a proof
before is the screens' matter; that the last factor stays, and that the first is added only where there is none, is
kept here, under a lock.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.limits import spending
from educonnect.limits.errors import TooManyAttempts
from educonnect.limits.spending import Lane, Right
from educonnect.staff import notices, recovery_codes, rules, totp
from educonnect.staff.authentication import Second
from educonnect.staff.errors import (
    FirstCodeWrong,
    LastFactor,
    LastPasskey,
    PasskeyKnown,
    ProofNeeded,
    TooManyPasskeys,
    WrongCode,
)
from educonnect.staff.models import Passkey, RecoveryCode, Staff, Totp
from educonnect.staff.passkeys import NewPasskey


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has.

    Attributes:
        codes: recovery codes that have not served.
    """

    passkeys: tuple[Passkey, ...]
    totp: Totp | None
    codes: int

    @property
    def some(self) -> bool:
        """Whether there is one; recovery codes replace a factor, they are none by themselves."""
        return bool(self.passkeys) or self.totp is not None

    def proving(self, *, strong: bool) -> frozenset[Second]:
        """What may prove who they are.

        Args:
            strong: what they hold asks for a passkey (decision 0122). Once they have one, nothing else is heard; until
                then an application is, to add the first, and opens nothing else.
        """
        found = set()
        if self.passkeys:
            found.add(Second.PASSKEY)
        if self.totp is not None and not (strong and self.passkeys):
            found.add(Second.TOTP)
        if self.some and self.codes and not strong:
            found.add(Second.RECOVERY)
        return frozenset(found)


def of(staff_id: int) -> Factors:
    """What this person has now."""
    return Factors(
        passkeys=tuple(Passkey.objects.filter(staff=staff_id).order_by("created_at", "pk")),
        totp=Totp.objects.filter(staff=staff_id, confirmed_at__isnull=False).first(),
        codes=RecoveryCode.objects.filter(staff=staff_id, used_at__isnull=True).count(),
    )


def prove_by_code(staff_id: int, second: Second, typed: str, *, now: datetime) -> None:
    """Hear a code of an application, or a printed one. Called outside any transaction.

    Raises:
        TooManyAttempts: too many wrong ones; this one was not heard.
        WrongCode: it is not the code, or has served.
    """
    lane = Lane(f"second-factor:{staff_id}", rules.CODES)
    spending.charge([lane], now=now)
    try:
        with transaction.atomic():
            if second is Second.TOTP:
                totp.redeem(staff_id, typed, now=now)
            else:
                left = recovery_codes.redeem(staff_id, typed, now=now)
                notices.recovery_code_used(_staff(staff_id), left, now)
    except WrongCode:
        record(Event.FACTOR_FAILED, actor=f"staff:{staff_id}", kind=second)
        if spending.counted(lane.key) >= rules.WRONG_CODES_TOLD:
            _tell_of_wrong_codes(staff_id, now)
        raise
    spending.clear(Right((lane.key,), ""))


def failed(staff_id: int, second: Second) -> None:
    """Journal a passkey that did not prove anything."""
    record(Event.FACTOR_FAILED, actor=f"staff:{staff_id}", kind=second)


def add_totp(staff_id: int, secret: str, typed: str, *, first: bool, epoch: int | None = None, now: datetime) -> None:
    """Add an application, or put another in its place, once it gave a right code; that code serves no more.

    Args:
        first: no second factor was proved: there must be none yet.
        epoch: that of the session in which it is asked: one that ends in this very instant adds nothing.

    Raises:
        FirstCodeWrong, ProofNeeded: nothing was changed.
    """
    at = totp.step(secret, typed, now=now)
    if at is None:
        raise FirstCodeWrong
    with _changing(staff_id, first=first, epoch=epoch) as staff:
        Totp.objects.update_or_create(
            staff=staff,
            defaults={
                "sealed": totp.seal(staff_id, secret),
                "confirmed_at": now,
                "created_at": now,
                "last_step": at,
                "last_used_at": now,
            },
        )
        record(Event.FACTOR_ADDED, actor=str(staff), kind=Second.TOTP)
        notices.added(staff, Second.TOTP, now)


def add_passkey(
    staff_id: int,
    new: NewPasskey,
    label: str,
    *,
    first: bool,
    first_passkey: bool = False,
    epoch: int | None = None,
    now: datetime,
) -> Passkey:
    """Add a passkey that was just made.

    Args:
        first, epoch: as for `add_totp`.
        first_passkey: no passkey was proved, and this person is asked for one: there must be none yet.

    Raises:
        ProofNeeded, PasskeyKnown, TooManyPasskeys: nothing was changed.
    """
    with _changing(staff_id, first=first, epoch=epoch) as staff:
        had = Passkey.objects.filter(staff=staff).count()
        if had and first_passkey:
            raise ProofNeeded
        if had >= rules.PASSKEYS_MOST:
            raise TooManyPasskeys
        try:
            with transaction.atomic():
                added = Passkey.objects.create(
                    staff=staff,
                    credential_id=new.credential_id,
                    public_key=new.public_key,
                    sign_count=new.sign_count,
                    transports=list(new.transports),
                    synced=new.synced,
                    label=label[: rules.LABEL_MOST],
                    created_at=now,
                    last_used_at=now,
                )
        except IntegrityError:
            raise PasskeyKnown from None
        record(Event.FACTOR_ADDED, actor=str(staff), kind=Second.PASSKEY, passkey=added.pk)
        notices.added(staff, Second.PASSKEY, now)
    return added


def rename_passkey(staff_id: int, passkey_id: int, label: str) -> bool:
    """Give a passkey another name; whether it is one of theirs."""
    named = Passkey.objects.filter(staff=staff_id, pk=passkey_id)
    return named.update(label=label[: rules.LABEL_MOST]) > 0


def remove_passkey(staff_id: int, passkey_id: int, *, strong: bool, now: datetime) -> bool:
    """Take a passkey away; whether it was one of theirs.

    Args:
        strong: what they hold asks for a passkey.

    Raises:
        LastFactor, LastPasskey: nothing was changed.
    """
    with _changing(staff_id) as staff:
        found = of(staff_id)
        if passkey_id not in {one.pk for one in found.passkeys}:
            return False
        if len(found.passkeys) == 1 and (strong or found.totp is None):
            raise LastPasskey if strong else LastFactor
        Passkey.objects.filter(pk=passkey_id).delete()
        record(Event.FACTOR_REMOVED, actor=str(staff), kind=Second.PASSKEY, passkey=passkey_id)
        notices.removed(staff, Second.PASSKEY, now)
    return True


def remove_totp(staff_id: int, *, now: datetime) -> bool:
    """Take the application away; whether there was one.

    Raises:
        LastFactor: nothing was changed.
    """
    with _changing(staff_id) as staff:
        found = of(staff_id)
        if found.totp is None:
            return False
        if not found.passkeys:
            raise LastFactor
        found.totp.delete()
        record(Event.FACTOR_REMOVED, actor=str(staff), kind=Second.TOTP)
        notices.removed(staff, Second.TOTP, now)
    return True


def renew_recovery_codes(staff_id: int, *, now: datetime) -> list[str]:
    """Ten codes to print; the former ones are void."""
    with _changing(staff_id) as staff:
        clear = recovery_codes.renew(staff_id, now=now)
        record(Event.FACTOR_ADDED, actor=str(staff), kind=Second.RECOVERY)
        notices.added(staff, Second.RECOVERY, now)
    return clear


def forget_all(staff_id: int, *, actor: str, now: datetime) -> None:
    """Take every second factor away from somebody who lost theirs. Their sessions end.

    Nothing is opened by it: they prove the first factor anew, and an invitation used since then lets them add another
    second one (`may_begin_anew`). Whoever calls checked that the person is in their scope, and sends the invitation.

    Args:
        actor: who did it, as the journal writes it.
    """
    with _changing(staff_id) as staff:
        Passkey.objects.filter(staff=staff).delete()
        Totp.objects.filter(staff=staff).delete()
        RecoveryCode.objects.filter(staff=staff).delete()
        Staff.objects.filter(pk=staff_id).update(epoch=F("epoch") + 1, factors_forgotten_at=now)
        record(Event.FACTOR_REMOVED, actor=actor, kind="all", staff=staff_id)
        notices.forgotten(staff, now)


@contextlib.contextmanager
def _changing(staff_id: int, *, first: bool = False, epoch: int | None = None) -> Iterator[Staff]:
    """One change at a time for one person."""
    with transaction.atomic():
        staff = Staff.objects.select_for_update().get(pk=staff_id)
        if (first and of(staff_id).some) or epoch not in {None, staff.epoch}:
            raise ProofNeeded
        yield staff


def _tell_of_wrong_codes(staff_id: int, now: datetime) -> None:
    with contextlib.suppress(TooManyAttempts), transaction.atomic():
        spending.spend(rules.TELLING, f"wrong-codes-told:{staff_id}", now=now)
        notices.wrong_codes(_staff(staff_id), now)


def _staff(staff_id: int) -> Staff:
    return Staff.objects.get(pk=staff_id)
