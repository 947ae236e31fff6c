"""Passwords of local accounts of the staff: chosen, changed."""

import unicodedata
from datetime import datetime

from django.db import transaction
from django.db.models import F

from educonnect.accounts import passwords
from educonnect.accounts.errors import WrongPassword
from educonnect.accounts.passwords import Personal
from educonnect.accounts.throttling import Origin
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.staff import notices, rules, signin
from educonnect.staff.errors import PasswordTooShort
from educonnect.staff.models import PasswordLink, Staff


def hashed(password: str, about: Personal) -> str:
    """The Argon2id hash of a password that may be chosen.

    Args:
        about: what must not stand in it: the person's names and address, their schools.

    Raises:
        WeakPassword: the concrete refusal says what to change.
        TooBusy: nothing was looked at.

    Source: promises T01 to T05.
    """
    if len(unicodedata.normalize("NFC", password)) < rules.PASSWORD_LEAST:
        raise PasswordTooShort
    passwords.check(password, about)
    return passwords.hashed(password)


def change(
    staff_id: int, *, epoch: int, current: str, password: str, about: Personal, origin: Origin, now: datetime
) -> int:
    """Another password in place of the one in force; every session of the person ends, and they are told by e-mail.

    Args:
        epoch: that of the session in which it is asked.

    Returns:
        The new epoch: the session in which it was asked may go on under it.

    Raises:
        WrongPassword, TooManyAttempts, TriesExhausted, TooBusy: as `signin.prove_again`.
        WeakPassword: the concrete refusal says what to change.
        A refusal changes nothing but the counts: never call this inside a transaction.

    Source: promise T34.
    """
    signin.prove_again(staff_id, current, origin=origin, now=now)
    encoded = hashed(password, about)
    with transaction.atomic():
        staff = Staff.objects.select_for_update().get(pk=staff_id)
        if staff.epoch != epoch or staff.closed_at is not None:  # ended in this very instant: this session is over
            raise WrongPassword
        write(staff, encoded, now=now, by="current")
    return staff.epoch


def write(staff: Staff, encoded: str, *, now: datetime, by: str) -> None:
    """Keep a password just chosen, in the caller's transaction, which holds the person's row.

    Args:
        by: what allowed it, for the journal: the password in force, a link, an invitation.
    """
    known = staff.password != ""
    staff.password, staff.password_changed_at = encoded, now
    staff.epoch += 1
    staff.save(update_fields=["password", "password_changed_at", "epoch"])
    PasswordLink.objects.filter(staff=staff).delete()
    signin.forget_tries(staff.email)
    record(Event.STAFF_PASSWORD_CHANGED, actor=f"staff:{staff.pk}", by=by)
    if known:
        notices.password_changed(staff, now)


def end_sessions(staff_id: int, *, actor: str, uai: str = "", academie: str = "") -> None:
    """End every session of a person at once, on every server. Whoever calls checked that they may."""
    with transaction.atomic():
        Staff.objects.filter(pk=staff_id).update(epoch=F("epoch") + 1)
        record(Event.STAFF_SESSIONS_ENDED, actor=actor, uai=uai, staff=staff_id, academie=academie)
