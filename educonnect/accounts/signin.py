"""Username and password -> a proof that opens a session, or what must come first."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ParamSpec

from django.db import transaction
from django.utils import timezone

from educonnect import metrics, statements
from educonnect.accounts import closing, contacts, passwords, provisional, rules, throttling
from educonnect.accounts.authentication import Authentication, Method, Step, Unfinished
from educonnect.accounts.errors import (
    AccountLocked,
    EmailToConfirm,
    GuardiansOnly,
    LetterExpired,
    PupilsOnly,
    TooBusy,
    WrongPair,
    WrongPassword,
)
from educonnect.accounts.models import Account, Kind, ProvisionalPassword
from educonnect.accounts.throttling import Origin, Trial
from educonnect.errors import Refusal
from educonnect.journal.recording import SIGN_IN, record_connection, record_sign_in, sign_in_recorded
from educonnect.journal.rules import Event
from educonnect.limits import spending
from educonnect.limits.errors import TooManyAttempts

P = ParamSpec("P")

_FIND = """
SELECT a.id, a.kind, a.password, a.epoch, a.activated_at, a.reset_at, a.locked_at, a.locked_until, a.closed_at,
       a.last_signed_in_at, a.failures_since_sign_in, p.digest, p.pepper_version, p.expires_at
FROM accounts_account a LEFT JOIN accounts_provisionalpassword p ON p.account_id = a.id
WHERE a.username = %s
"""
_COLUMNS = (
    "id",
    "kind",
    "password",
    "epoch",
    "activated_at",
    "reset_at",
    "locked_at",
    "locked_until",
    "closed_at",
    "last_signed_in_at",
    "failures",
)
_FAIL = "UPDATE accounts_account SET failures_since_sign_in = failures_since_sign_in + 1 WHERE username = %s"
# The password and epoch just verified: a reset that came in between wins. All that a sign-in writes is one statement,
# one commit: the account, its limits, both trails; nothing if it does not enter. The session that it opens keeps it.
_ENTER = f"""
WITH entered AS (
  UPDATE accounts_account SET last_signed_in_at = %(now)s, failures_since_sign_in = 0, password = %(encoded)s
  WHERE id = %(id)s AND epoch = %(epoch)s AND password = %(password)s
    AND locked_at IS NOT DISTINCT FROM %(locked_at)s::timestamptz AND closed_at IS NULL
  RETURNING id
), {spending.CLEAR}, {SIGN_IN}
SELECT id FROM entered WHERE {statements.UNHURRIED}
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class _Found:
    """What a sign-in needs of an account, read in one statement."""

    id: int
    kind: str
    password: str
    epoch: int
    activated_at: datetime | None
    reset_at: datetime | None
    locked_at: datetime | None
    locked_until: datetime | None
    closed_at: datetime | None
    last_signed_in_at: datetime | None
    failures: int
    letter: ProvisionalPassword | None


def _counted(tried: Callable[P, Authentication | Unfinished]) -> Callable[P, Authentication | Unfinished]:
    """Tell the operator's monitoring how each try ended."""

    @functools.wraps(tried)
    def try_and_count(*args: P.args, **options: P.kwargs) -> Authentication | Unfinished:
        try:
            proof = tried(*args, **options)
        except Refusal as refusal:
            metrics.signed_in(type(refusal).__name__)
            raise
        metrics.signed_in(type(proof).__name__)
        return proof

    return try_and_count


@_counted
def sign_in(username: str, password: str, *, origin: Origin, only: Kind | None = None) -> Authentication | Unfinished:
    """Sign a person in, by their own password or by that of their letter.

    Args:
        username: as typed: case, accents, spaces and hyphens do not matter.
        password: as typed, never changed (save case, spaces and dashes when it is a letter's).
        only: who the asking service serves; None: anybody.

    Returns:
        Authentication after an own password; Unfinished after a letter's, whose next step comes first.

    Raises:
        WrongPair: neutral, at the cost of one Argon2id and with the same statements whether or not the username exists.
        TooManyAttempts, TriesExhausted: this try was not heard; the same whether or not the username exists.
        AccountLocked, AccountClosed, LetterExpired, EmailToConfirm, PupilsOnly, GuardiansOnly: said after a right pair
            only.
        TooBusy: nothing was tried nor counted.

    Every outcome is in the connection log; all but a try not heard, in the journal. A refusal changes nothing but the
    counts, which are kept: never call this inside a transaction.

    Source: promises T15 to T18 and T22, decision 0037.
    """
    passwords.expect_a_turn()
    name = rules.typed_username(username)
    now = timezone.now()
    found = _find(name)
    if found is not None and provisional.is_right_for(found.letter, password):
        return _by_letter(name, found, origin=origin, only=only, now=now)
    try:
        trial = throttling.begin(name, found.id if found else None, origin, now=now)
    except Refusal:
        record_connection(
            "throttled", account_id=found.id if found else None, address=origin.address, device=origin.device
        )
        raise
    if not _is_right(found, password, trial) or found is None:
        raise _wrong(name, found, trial, now=now)
    return _by_own_password(found, password, trial, only=only, now=now)


def prove_again(account_id: int, password: str, *, origin: Origin) -> None:
    """Somebody already signed in types their own password once more, before a gesture that asks for it.

    Raises:
        WrongPassword: counted and kept in the connection log like any wrong try, under the same limits.
        TooManyAttempts, TriesExhausted, TooBusy: as at sign-in. Never call this inside a transaction.
    """
    name = Account.objects.values_list("username", flat=True).get(pk=account_id)
    found = _find(name)
    try:
        trial = throttling.begin(name, account_id, origin, now=timezone.now())
    except Refusal:
        record_connection("throttled", account_id=account_id, address=origin.address, device=origin.device)
        raise
    if not _is_right(found, password, trial):
        _wrong(name, found, trial, now=timezone.now())
        raise WrongPassword
    throttling.right(trial)
    record_connection("proved-again", account_id=account_id, address=origin.address, device=origin.device)


def _by_letter(name: str, found: _Found, *, origin: Origin, only: Kind | None, now: datetime) -> Unfinished:
    """A right provisional password is heard whatever others did: 60 bits need no delay."""
    trial = throttling.trial_of(name, found.id, origin)
    refusal = _in_the_way(found, only, now)
    if refusal is None and found.letter is not None and rules.is_over(found.letter.expires_at, now):
        refusal = LetterExpired()
    if refusal is not None:
        passwords.spend_one_hash()
        raise _refused(found, trial, refusal, charged=False)
    with transaction.atomic():
        throttling.right(trial, charged=False)
        record_sign_in(Event.LETTER_USED, "letter", account_id=found.id, address=origin.address, device=origin.device)
    step = Step.ACTIVATION if found.activated_at is None else Step.NEW_PASSWORD
    return Unfinished(account_id=found.id, epoch=found.epoch, step=step, at=now)


def _by_own_password(found: _Found, password: str, trial: Trial, *, only: Kind | None, now: datetime) -> Authentication:
    refusal = _in_the_way(found, only, now)
    if refusal is None and found.activated_at is None:
        contacts.remind(found.id)
        refusal = EmailToConfirm()
    if refusal is not None:
        raise _refused(found, trial, refusal)
    entered = statements.row(
        _ENTER,
        {
            "now": now,
            "encoded": _kept(found.password, password),
            "id": found.id,
            "epoch": found.epoch,
            "password": found.password,
            "locked_at": found.locked_at,
            **spending.cleared(throttling.what_clears(trial)),
            **sign_in_recorded(
                Event.SIGNED_IN,
                "signed-in",
                account_id=found.id,
                address=trial.origin.address,
                device=trial.origin.device,
            ),
        },
    )
    if entered is None:  # reset, locked or closed in this very instant
        raise WrongPair
    return Authentication(
        account_id=found.id,
        epoch=found.epoch,
        method=Method.PASSWORD,
        at=now,
        failures=found.failures,
        former=found.last_signed_in_at,
    )


def _kept(encoded: str, password: str) -> str:
    """The hash under today's parameters and pepper; the former one where no turn to hash came: the next sign-in's."""
    try:
        return passwords.hashed(password) if passwords.needs_rehash(encoded) else encoded
    except TooBusy:
        return encoded


def _is_right(found: _Found | None, password: str, trial: Trial) -> bool:
    """One Argon2id, whatever there is to compare with."""
    try:
        if found is None or not found.password:
            passwords.spend_one_hash()
            return False
        return passwords.verify(found.password, password)
    except TooBusy:
        throttling.unheard(trial)
        raise


def _wrong(name: str, found: _Found | None, trial: Trial, *, now: datetime) -> WrongPair:
    """Count a wrong pair: the same statements whether or not the username exists."""
    with transaction.atomic(durable=True):
        statements.run(_FAIL, [name])
        throttling.wrong(trial, now=now)
        record_sign_in(
            Event.SIGN_IN_FAILED,
            "wrong-pair",
            account_id=found.id if found else None,
            address=trial.origin.address,
            device=trial.origin.device,
            code=WrongPair.code,
        )
    return WrongPair()


def _refused(found: _Found, trial: Trial, refusal: Refusal, *, charged: bool = True) -> Refusal:
    """A right pair that may not enter: its tries are given back, the reason is journalled."""
    with transaction.atomic(durable=True):
        throttling.right(trial, charged=charged, history=False)
        record_sign_in(
            Event.SIGN_IN_FAILED,
            "refused",
            account_id=found.id,
            address=trial.origin.address,
            device=trial.origin.device,
            code=refusal.code,
        )
    return refusal


def _in_the_way(found: _Found, only: Kind | None, now: datetime) -> Refusal | None:
    """What stops a right pair."""
    if found.closed_at is not None:
        return closing.why_closed(found.id)
    if rules.is_locked(found.locked_at, found.locked_until, now):
        return AccountLocked(found.locked_until)
    if only is not None and found.kind != only:
        return PupilsOnly() if only == Kind.PUPIL else GuardiansOnly()
    return None


def _find(username: str) -> _Found | None:
    row = statements.row(_FIND, [username])
    if row is None:
        return None
    letter = None
    if row[-1] is not None:
        letter = ProvisionalPassword(account_id=row[0], digest=row[-3], pepper_version=row[-2], expires_at=row[-1])
    return _Found(**dict(zip(_COLUMNS, row, strict=False)), letter=letter)


__all__ = ["Origin", "TooManyAttempts", "prove_again", "sign_in"]
