"""The accounts a gesture is about, within a mandate."""

from collections.abc import Iterable

from educonnect.accounts.models import Account
from educonnect.accounts.rules import typed_username
from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.helpdesk.errors import UnknownAccount
from educonnect.population.models import Enrolment


def named(mandate: Mandate, usernames: Iterable[str]) -> list[Account]:
    """The accounts of these usernames, typed in any case and with spaces, in their order; holders selected.

    Raises:
        UnknownAccount: one of them is nobody's in scope.
    """
    wanted = list(dict.fromkeys(typed_username(username) for username in usernames))
    found = {
        account.username: account
        for account in mandate.accounts().filter(username__in=wanted).select_related("pupil", "guardian")
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
    if mandate.accounts().filter(pk__in=wanted).count() != len(wanted):
        raise OutOfMandate
    return sorted(wanted)


def by_school(mandate: Mandate, account_ids: Iterable[int]) -> dict[str, list[int]]:
    """The school a gesture on each account is journalled under, where its head reads of it: that of the mandate, else
    the holder's own in scope, the latest one; empty where there is none."""
    wanted = list(account_ids)
    if mandate.scope.uai:
        return {mandate.scope.uai: wanted} if wanted else {}
    found: dict[int, str] = {}
    for path in ("pupil__account", "pupil__guardianships__guardian__account"):
        here = Enrolment.objects.filter(mandate.scope.enrolments(""), **{f"{path}__in": wanted})
        found |= dict(here.order_by("year", "pk").values_list(path, "school"))
    split: dict[str, list[int]] = {}
    for pk in wanted:
        split.setdefault(found.get(pk, ""), []).append(pk)
    return split
