"""Read the trail of an account or of a school, newest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from educonnect.journal import rules
from educonnect.journal.models import Connection, Entry

PAGE = 50
#: No row's number is longer.
MOST = 2**63 - 1

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some lines of a trail, newest first.

    Attributes:
        after: give it back for the following lines; None when there are none.
    """

    entries: Sequence[Row]
    after: int | None


def of_account(
    account_id: int, *, after: int | None = None, size: int = PAGE, without: Collection[rules.Event] = ()
) -> Page[Entry]:
    """What happened to an account, or was done by its holder.

    Args:
        without: events left out, such as those another page tells.
    """
    return page(Entry.objects.filter(account_id=account_id).exclude(event__in=without), after, size)


def of_school(uai: str, *, after: int | None = None, size: int = PAGE) -> Page[Entry]:
    """What was done in a school."""
    return page(Entry.objects.filter(uai=uai), after, size)


def connections(account_id: int, *, now: datetime, after: int | None = None, size: int = PAGE) -> Page[Connection]:
    """The sign-ins of an account, right and wrong, with their addresses and devices: for its holder alone."""
    return page(Connection.objects.filter(account_id=account_id, at__gte=now - rules.CONNECTION_LIFE), after, size)


def page(trail: QuerySet[Row], after: int | None, size: int) -> Page[Row]:
    """The lines of a trail of rows with an instant `at`, after one of its own; another trail's number leads nowhere."""
    if after is not None:
        last = trail.filter(pk=after).values_list("at", flat=True).first() if after <= MOST else None
        if last is None:
            return Page((), None)
        trail = trail.filter(Q(at__lt=last) | Q(at=last, pk__lt=after))
    entries = list(trail.order_by("-at", "-pk")[: size + 1])
    return Page(entries[:size], entries[size - 1].pk if len(entries) > size else None)
