"""Find of whom to read the journal, in scope."""

from django.db.models import Q

from educonnect.accounts.rules import typed_username
from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.delegation.rules import Right
from educonnect.oversight import names, rules
from educonnect.oversight.names import Subject
from educonnect.population.names import fold


def named(mandate: Mandate, typed: str) -> list[Subject]:
    """The accounts in scope of a username, or whose holder's name begins so, in any case and accents.

    At most `rules.FOUND` and one more, which says that there are too many. In a school, any of the holder's names.

    Raises:
        OutOfMandate: without the right to read the journal.
    """
    mandate.require(Right.DELEGATION)
    accounts = mandate.accounts().select_related("pupil", "guardian")
    exact = accounts.filter(username=typed_username(typed)).first()
    if exact is not None:
        return [names.subject(exact)]
    folded = fold(typed)
    if not folded:
        return []
    wanted = Q(pupil__folded__startswith=folded) | Q(guardian__folded__startswith=folded)
    if mandate.scope.uai:
        wanted |= Q(pupil__folded__contains=f" {folded}") | Q(guardian__folded__contains=f" {folded}")
    found = accounts.filter(wanted).order_by("pupil__folded", "guardian__folded", "pk")
    return [names.subject(account) for account in found[: rules.FOUND + 1]]


def one(mandate: Mandate, account_id: int) -> Subject:
    """An account in scope.

    Raises:
        OutOfMandate: it is not.
    """
    mandate.require(Right.DELEGATION)
    found = mandate.accounts().filter(pk=account_id).select_related("pupil", "guardian").first()
    if found is None:
        raise OutOfMandate
    return names.subject(found)
