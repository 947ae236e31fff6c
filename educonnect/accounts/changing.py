"""What the holder of an account, signed in, changes of it: their password, their e-mail address.

What matters asks for the current password once more: the page may have been left open on a shared computer.
"""

from datetime import datetime

from django.db import transaction

from educonnect.accounts import activation, codes, contacts, notices, rules, signin
from educonnect.accounts.authentication import Authentication, Method
from educonnect.accounts.errors import EmailNeeded, EmailUnchanged, WrongPassword
from educonnect.accounts.models import Account, Kind, LinkPurpose
from educonnect.accounts.signin import Origin
from educonnect.journal.recording import record
from educonnect.journal.rules import Event


def change_password(
    account_id: int, *, epoch: int, current: str, password: str, close_others: bool, origin: Origin, now: datetime
) -> Authentication:
    """Another own password; told to the confirmed address. An address that waits to be confirmed is given up.

    Args:
        epoch: that of the session in which it is asked.
        close_others: end every session of the account; the proof returned opens this one again.

    Raises:
        WrongPassword, TooManyAttempts, TriesExhausted, TooBusy: as `signin.prove_again`.
        WeakPassword: the concrete refusal says what to change.
        A refusal changes nothing but the counts: never call this inside a transaction.

    Source: promise T34.
    """
    signin.prove_again(account_id, current, origin=origin)
    encoded = activation.choose_password(account_id, password)
    with transaction.atomic():
        account = _mine(account_id)
        if account.epoch != epoch:  # reset, locked or closed in this very instant: this session is over
            raise WrongPassword
        account.password, account.password_changed_at = encoded, now
        account.epoch += int(close_others)
        account.save(update_fields=["password", "password_changed_at", "epoch"])
        codes.void(account.pk, LinkPurpose.RESET_PASSWORD)
        contacts.give_up(account)  # whoever knew the former password may have given it
        record(Event.PASSWORD_CHANGED, actor=f"account:{account.pk}", account_id=account.pk)
        notices.password_changed(account, now)
    return Authentication(account_id=account.pk, epoch=account.epoch, method=Method.PASSWORD, at=now)


def change_email(account_id: int, email: str, *, current: str, origin: Origin, now: datetime) -> None:
    """Give another address: the one in force stays so until the link sent to the new one is followed; both are told.

    Raises:
        EmailInvalid, EmailUnchanged, TooManyAttempts, and those of `signin.prove_again`.
    """
    address = contacts.valid_email(email)
    signin.prove_again(account_id, current, origin=origin)
    with transaction.atomic():
        account = _mine(account_id)
        if account.email_confirmed_at is not None and rules.same_email(account.email, address):
            raise EmailUnchanged
        contacts.declare_email(account_id, address, now=now)
        notices.email_asked(account, now)


def send_again(account_id: int, *, now: datetime) -> bool:
    """Send the link to the address that waits once more; whether one waits.

    Raises:
        TooManyAttempts: too many messages lately.
    """
    with transaction.atomic():
        account = _mine(account_id)
        if account.email_to_confirm:
            contacts.declare_email(account_id, account.email_to_confirm, now=now)
    return account.email_to_confirm != ""


def drop_email(account_id: int) -> None:
    """Give up the address that waits: its link serves no more; the one in force stays."""
    with transaction.atomic():
        contacts.give_up(_mine(account_id))


def remove_email(account_id: int, *, current: str, origin: Origin, now: datetime) -> None:
    """A pupil's account needs no address: take away the one in force, and any that waits; the former one is told.

    Raises:
        EmailNeeded: a guardian's keeps one; and those of `signin.prove_again`.
    """
    if Account.objects.get(pk=account_id).kind == Kind.GUARDIAN:
        raise EmailNeeded
    signin.prove_again(account_id, current, origin=origin)
    with transaction.atomic():
        account = _mine(account_id)
        former = account.email if account.email_confirmed_at else ""
        account.email, account.email_confirmed_at, account.email_to_confirm = "", None, ""
        account.save(update_fields=["email", "email_confirmed_at", "email_to_confirm"])
        codes.void(account_id, LinkPurpose.CONFIRM_EMAIL)
        codes.void(account_id, LinkPurpose.RESET_PASSWORD)
        record(Event.EMAIL_REMOVED, actor=f"account:{account_id}", account_id=account_id)
        if former:
            notices.email_removed(account, former, now)


def _mine(account_id: int) -> Account:
    """The account, its row held until the transaction ends."""
    return Account.objects.select_for_update(of=("self",)).get(pk=account_id)
