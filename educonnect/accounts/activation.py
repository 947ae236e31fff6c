"""Give an account to its holder, letter in hand: own password, then the birth date the school knows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from educonnect.accounts import children as kin
from educonnect.accounts import contacts, locking, passwords, provisional, rules, throttling
from educonnect.accounts.authentication import Authentication, Method
from educonnect.accounts.errors import (
    AccountClosed,
    AccountLocked,
    AlreadyActivated,
    BirthdateMismatch,
    EmailRequired,
    LetterExpired,
    NotAwaitingActivation,
    NotAwaitingPassword,
    PasswordProvisional,
)
from educonnect.accounts.models import Account, Kind, ProvisionalPassword
from educonnect.accounts.states import provisional_of
from educonnect.errors import Refusal
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.limits import spending
from educonnect.limits.errors import TooManyAttempts
from educonnect.population import turns

HASH_PREFIX = "$argon2id$"


@dataclass(frozen=True, slots=True)
class Child:
    """A child whose birth date a guardian is asked; what the letter prints, nothing more."""

    pupil_id: int
    first_name: str


def choose_password(account_id: int, password: str) -> str:
    """Check the own password of somebody whose activation or reset is under way.

    Returns:
        Its Argon2id hash, to be kept with the unfinished activation: never the clear text.

    Raises:
        WeakPassword: the concrete refusal says what to change.
        TooBusy: nothing was looked at.
    """
    account = Account.objects.select_related("pupil", "guardian", "provisional").get(pk=account_id)
    if provisional.is_right(account, password):
        raise PasswordProvisional
    passwords.check(password, passwords.personal(account))
    return passwords.hashed(password)


def children(account_id: int) -> tuple[Child, ...]:
    """The children whose birth dates activate a guardian's account, by age, the eldest first."""
    return tuple(Child(pupil.pk, pupil.first_name) for pupil in kin.pupils_of(account_id))


def activate_pupil(
    account_id: int, *, birthdate: date, password_hash: str, email: str = "", now: datetime
) -> Authentication:
    """Give a notified account to its pupil, who is then signed in.

    Args:
        account_id: an account just signed in to with its provisional password.
        birthdate: as typed, compared with the school roll.
        password_hash: as `choose_password` gave it.
        email: optional; a link to confirm it is sent, and nothing waits for it.

    Raises:
        BirthdateMismatch: with the tries left; the third wrong date locks the account for 24 hours.
        NotAwaitingActivation, AlreadyActivated, LetterExpired, AccountLocked, AccountClosed, EmailInvalid.
        A refusal changes nothing but the count (and the lock): never call this inside a transaction.

    Source: activation guide for pupils, first sign-in; decision 0035.
    """
    _require_hash(password_hash)
    address = contacts.valid_email(email) if email.strip() else ""
    with transaction.atomic(durable=True):
        account = _awaiting_activation(account_id, Kind.PUPIL, now)
        if account.pupil is None or birthdate != account.pupil.birthdate:
            refusal = count_mismatch(account, now)
        else:
            refusal = None
            account.activated_at = now
            account.last_signed_in_at = now
            account.epoch += 1
            _take(account, password_hash, address, now)
            _letter_is_over(account)
            record(Event.ACCOUNT_ACTIVATED, actor=f"account:{account.pk}", account_id=account.pk)
    if refusal is not None:
        raise refusal
    return Authentication(account_id=account.pk, epoch=account.epoch, method=Method.PASSWORD, at=now)


def activate_guardian(
    account_id: int,
    *,
    birthdates: Mapping[int, date],
    password_hash: str,
    email: str,
    now: datetime,
    refused: Collection[int] = (),
) -> None:
    """Take a guardian's activation; the account is activated once the link sent to the address is followed.

    Until then the letter still opens the activation, so that a mistyped address can be put right.

    Args:
        birthdates: pupil id -> date as typed; that of each child who is not refused, and all must be right.
        email: required.
        refused: pupil ids of whom the person says not to be the legal guardian; hidden at once, their schools decide.

    Raises:
        EmailRequired, RollBusy, and those of `activate_pupil`. A refusal refuses no child either.

    Source: activation by the codes of the school, for guardians; decision 0035.
    """
    _require_hash(password_hash)
    if not email.strip():
        raise EmailRequired
    address = contacts.valid_email(email)
    with turns.of_a_person() if refused else transaction.atomic(durable=True):
        account = _awaiting_activation(account_id, Kind.GUARDIAN, now)
        expected = {pupil.pk: pupil.birthdate for pupil in kin.pupils_of(account_id) if pupil.pk not in refused}
        if not expected:
            raise NotAwaitingActivation
        refusal = None if dict(birthdates) == expected else count_mismatch(account, now)
        if refusal is None:
            kin.take_away(account, refused, now=now)
            _take(account, password_hash, address, now)
    if refusal is not None:
        raise refusal


def refuse_all(account_id: int, *, now: datetime) -> None:
    """The person is the legal guardian of none of the children of the letter: the account is closed, not activated.

    It opens again, and its letter with it, if a school maintains one of the links.

    Raises:
        NotAwaitingActivation, AlreadyActivated, LetterExpired, AccountLocked, AccountClosed, RollBusy.
    """
    with turns.of_a_person():
        account = _awaiting_activation(account_id, Kind.GUARDIAN, now)
        kin.take_away(account, [pupil.pk for pupil in kin.pupils_of(account_id)], now=now)


def choose_own_password_after_reset(account_id: int, password: str, now: datetime) -> Authentication:
    """A new own password after the school reset the account; the person is then signed in, everywhere else signed out.

    Raises:
        WeakPassword, TooBusy, NotAwaitingPassword, LetterExpired, AccountLocked, AccountClosed: nothing was changed.
    """
    encoded = choose_password(account_id, password)
    with transaction.atomic():
        account = _locked_row(account_id)
        if account.activated_at is None or account.reset_at is None:
            raise NotAwaitingPassword
        in_force(account, now, NotAwaitingPassword)
        account.password = encoded
        account.password_changed_at = now
        account.reset_at = None
        account.last_signed_in_at = now
        account.failures_since_sign_in = 0
        account.epoch += 1
        account.save(
            update_fields=[
                "password",
                "password_changed_at",
                "reset_at",
                "last_signed_in_at",
                "failures_since_sign_in",
                "epoch",
            ]
        )
        _letter_is_over(account)
        record(Event.PASSWORD_CHANGED, actor=f"account:{account.pk}", account_id=account.pk)
    return Authentication(account_id=account.pk, epoch=account.epoch, method=Method.PASSWORD, at=now)


def _locked_row(account_id: int) -> Account:
    """The account, its row held until the transaction ends: tries are counted one after the other."""
    found = Account.objects.select_related("pupil", "provisional").select_for_update(of=("self",))
    account = found.filter(pk=account_id).first()
    if account is None:
        raise NotAwaitingActivation
    return account


def _awaiting_activation(account_id: int, kind: Kind, now: datetime) -> Account:
    account = _locked_row(account_id)
    if account.kind != kind:
        raise NotAwaitingActivation
    if account.activated_at is not None:
        raise AlreadyActivated
    in_force(account, now, NotAwaitingActivation)
    return account


def in_force(account: Account, now: datetime, missing: type[Refusal]) -> None:
    """Pass an account that is neither closed nor locked, and whose letter is in force."""
    if account.closed_at is not None:
        raise AccountClosed
    if rules.is_locked(account.locked_at, account.locked_until, now):
        raise AccountLocked(account.locked_until)
    letter = provisional_of(account)
    if letter is None:
        raise missing
    if rules.is_over(letter.expires_at, now):
        raise LetterExpired


def count_mismatch(account: Account, now: datetime) -> BirthdateMismatch:
    """Count a wrong birth date, and lock at the last; the caller commits, then raises."""
    try:
        left = spending.spend(rules.ACTIVATION_ATTEMPTS, locking.activation_key(account.pk), now=now)
    except TooManyAttempts:
        left = 0
    if left == 0:
        locking.lock(
            [account.pk],
            now=now,
            until=now + rules.ACTIVATION_LOCK,
            actor=f"account:{account.pk}",
            reason="birthdate",
        )
    return BirthdateMismatch(left)


def _take(account: Account, password_hash: str, address: str, now: datetime) -> None:
    """The holder's password, terms and address."""
    account.password = password_hash
    account.password_changed_at = now
    account.terms_accepted_at = now
    account.failures_since_sign_in = 0
    account.email_to_confirm = address
    account.save()
    if address:
        contacts.send_confirmation(account, now=now)
    spending.forget(locking.activation_key(account.pk))


def _letter_is_over(account: Account) -> None:
    """One use: the letter's password opens nothing any more, and those who guessed at it start from nothing."""
    ProvisionalPassword.objects.filter(account=account).delete()
    throttling.forget(account.username)


def _require_hash(password_hash: str) -> None:
    if not password_hash.startswith(HASH_PREFIX):
        raise ValueError("choose_password gives the hash")
