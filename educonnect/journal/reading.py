"""Read the trail of an account or of a school, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from educonnect.journal.models import Connection, Entry

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a trail, newest first.

    Attributes:
        after: give it back for the following lines; None when there are none.
    """

    entries: Sequence[Entry]
    after: int | None


def of_account(account_id: int, *, after: int | None = None, size: int = PAGE) -> Page:
    """What happened to an account, or was done by its holder."""
    return _page(Q(account_id=account_id), after, size)


def of_school(uai: str, *, after: int | None = None, size: int = PAGE) -> Page:
    """What was done in a school."""
    return _page(Q(uai=uai), after, size)


def connections(account_id: int, *, size: int = PAGE) -> Sequence[Connection]:
    """The latest sign-ins of an account, right and wrong, with their devices: for its holder alone."""
    return list(Connection.objects.filter(account_id=account_id).order_by("-at", "-pk")[:size])


def _page(whose: Q, after: int | None, size: int) -> Page:
    found = Entry.objects.filter(whose)
    if after is not None:
        last = Entry.objects.filter(pk=after).values_list("at", flat=True).first()
        if last is None:
            return Page((), None)
        found = found.filter(Q(at__lt=last) | Q(at=last, pk__lt=after))
    entries = list(found.order_by("-at", "-pk")[: size + 1])
    return Page(entries[:size], entries[size - 1].pk if len(entries) > size else None)
