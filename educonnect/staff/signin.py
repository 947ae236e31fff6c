"""Professional address and password -> the first of two proofs, for local accounts of the staff."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Lower

from educonnect.accounts import passwords, rules, throttling
from educonnect.accounts.errors import TooBusy, WrongPassword
from educonnect.accounts.throttling import Origin, Trial
from educonnect.journal.recording import record, record_connection
from educonnect.journal.rules import Event
from educonnect.limits.errors import TooManyAttempts
from educonnect.staff.authentication import First, StaffAuthentication
from educonnect.staff.errors import Closed, TriesExhausted, WrongPair
from educonnect.staff.models import Staff


def sign_in(email: str, password: str, *, origin: Origin, now: datetime) -> StaffAuthentication:
    """Hear a pair. What it proves opens nothing yet: a second factor comes next.

    Args:
        email: as typed; case does not matter.
        origin: whose known accounts are members of the staff.

    Raises:
        WrongPair: neutral, at the cost of one Argon2id whether or not anybody has this address.
        TooManyAttempts, TriesExhausted: this try was not heard; the same whether or not anybody has this address.
        Closed: said after a right pair only.
        TooBusy: nothing was tried nor counted.

    Every outcome is in the connection log; all but a try not heard, in the journal. Never call this inside a
    transaction: the counts of a refusal are kept.

    Source: promises T15 to T18 and T22.
    """
    passwords.expect_a_turn()
    typed = typed_email(email)
    found = _local(typed)
    trial = _begin(typed, found, origin, now)
    if not _is_right(found, password, trial) or found is None:
        raise _wrong(typed, found, trial, now)
    if found.closed_at is not None:
        with transaction.atomic(durable=True):
            throttling.right(trial, history=False)
            record(Event.STAFF_SIGN_IN_FAILED, actor=_actor(found), code=Closed.code)
            _log("refused", found, origin)
        raise Closed
    encoded = _kept(found.password, password)
    with transaction.atomic(durable=True):
        # the password and epoch just verified: whatever changed them meanwhile wins
        entered = Staff.objects.filter(
            pk=found.pk, password=found.password, epoch=found.epoch, closed_at__isnull=True
        ).update(password=encoded, last_signed_in_at=now, failures_since_sign_in=0)
        if not entered:
            raise WrongPair
        throttling.right(trial)
        record(Event.STAFF_SIGNED_IN, actor=_actor(found), first=First.PASSWORD)
        _log("signed-in", found, origin)
    return StaffAuthentication(
        staff_id=found.pk,
        epoch=found.epoch,
        first=First.PASSWORD,
        at=now,
        failures=found.failures_since_sign_in,
        former=found.last_signed_in_at,
    )


def prove_again(staff_id: int, password: str, *, origin: Origin, now: datetime) -> None:
    """Somebody signed in types their password once more, before a gesture that asks for it.

    Raises:
        WrongPassword: counted and kept like any wrong try, under the same limits.
        TooManyAttempts, TriesExhausted, TooBusy: as at sign-in. Never call this inside a transaction.
    """
    found = Staff.objects.get(pk=staff_id)
    trial = _begin(typed_email(found.email), found, origin, now)
    if not _is_right(found, password, trial):
        _wrong(typed_email(found.email), found, trial, now)
        raise WrongPassword
    throttling.right(trial)
    _log("proved-again", found, origin)


def forget_tries(email: str) -> None:
    """The account got another password by a link: browsers unknown to it start from nothing."""
    throttling.forget(_lane(typed_email(email)))


def typed_email(typed: str) -> str:
    """An address as typed -> as it is compared."""
    return typed.strip().lower()[:254]


def _local(email: str) -> Staff | None:
    """Whoever has a password here; nobody may have the others'."""
    found = Staff.objects.alias(folded=Lower("email")).filter(folded=email).exclude(password="")
    return found.first()


def _begin(email: str, found: Staff | None, origin: Origin, now: datetime) -> Trial:
    """Charge a try, before it is heard, to lanes that pupils and guardians never touch."""
    trial = throttling.trial_of(_lane(email), found.pk if found else None, origin)
    trial = replace(trial, network=f"staff {trial.network}" if trial.network else "")
    try:
        throttling.charge(trial, now=now)
    except TooManyAttempts as refusal:
        _log("throttled", found, origin)
        if refusal.wait > rules.LONGEST_WAIT:
            raise TriesExhausted from refusal
        raise
    return trial


def _is_right(found: Staff | None, password: str, trial: Trial) -> bool:
    """One Argon2id, whatever there is to compare with."""
    try:
        if found is None:
            passwords.spend_one_hash()
            return False
        return passwords.verify(found.password, password)
    except TooBusy:
        throttling.unheard(trial)
        raise


def _wrong(email: str, found: Staff | None, trial: Trial, now: datetime) -> WrongPair:
    """Count a wrong pair: the same statements whether or not anybody has this address."""
    with transaction.atomic(durable=True):
        counted = Staff.objects.alias(folded=Lower("email")).filter(folded=email).exclude(password="")
        counted.update(failures_since_sign_in=F("failures_since_sign_in") + 1)
        throttling.wrong(trial, now=now)
        record(Event.STAFF_SIGN_IN_FAILED, actor=_actor(found) if found else "unknown", code=WrongPair.code)
        _log("wrong-pair", found, trial.origin)
    return WrongPair()


def _kept(encoded: str, password: str) -> str:
    """The hash under today's parameters and pepper; the former one where no turn to hash came."""
    try:
        return passwords.hashed(password) if passwords.needs_rehash(encoded) else encoded
    except TooBusy:
        return encoded


def _log(outcome: str, found: Staff | None, origin: Origin) -> None:
    """A line of the connection log, whose outcome says that it is of the staff, and of whom."""
    whom = _actor(found) if found else "staff"
    record_connection(f"{whom} {outcome}", account_id=None, address=origin.address, device=origin.device)


def _lane(email: str) -> str:
    """As no username is written: none holds a space."""
    return f"staff {email}"


def _actor(found: Staff) -> str:
    return f"staff:{found.pk}"
