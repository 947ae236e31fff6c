"""The accounts a gesture is about, within a mandate."""

from collections.abc import Iterable

from django.db.models import QuerySet

from educonnect.accounts.models import Account, Kind
from educonnect.accounts.rules import typed_username
from educonnect.delegation.mandate import Mandate, OutOfMandate, Right
from educonnect.helpdesk.errors import UnknownAccount


def in_scope(mandate: Mandate) -> QuerySet[Account]:
    """The accounts a mandate may help: those of pupils only with the right of « dépannage »."""
    accounts = mandate.accounts()
    return accounts.filter(kind=Kind.PUPIL) if mandate.right == Right.DEPANNAGE else accounts


def named(mandate: Mandate, usernames: Iterable[str]) -> list[Account]:
    """The accounts of these usernames, typed in any case and with spaces, in their order; holders selected.

    Raises:
        UnknownAccount: one of them is nobody's in scope.
    """
    wanted = list(dict.fromkeys(typed_username(username) for username in usernames))
    found = {
        account.username: account
        for account in in_scope(mandate).filter(username__in=wanted).select_related("pupil", "guardian")
    }
    if not set(wanted) <= found.keys():
        raise UnknownAccount
    return [found[username] for username in wanted]


def require(mandate: Mandate, account_ids: Iterable[int]) -> list[int]:
    """These accounts, all of them in scope.

    Raises:
        OutOfMandate: one of them is not, or does not exist (nobody learns which).
    """
    wanted = set(account_ids)
    if in_scope(mandate).filter(pk__in=wanted).count() != len(wanted):
        raise OutOfMandate
    return sorted(wanted)


def school_of(mandate: Mandate) -> str:
    """The school a gesture is journalled under: that of the mandate when it has one only."""
    return next(iter(mandate.uais)) if mandate.uais is not None and len(mandate.uais) == 1 else ""
