"""The journal of a place as a table to keep: bounded, marked with who asked, and journalled itself."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from educonnect.delegation.mandate import Mandate
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.letters import tables
from educonnect.limits.spending import spend
from educonnect.oversight import alerts, rules, trail
from educonnect.oversight.trail import Line, Search


def write(
    mandate: Mandate,
    search: Search,
    target: BinaryIO,
    *,
    head: Iterable[Sequence[str]],
    row: Callable[[Line], Sequence[str]],
    now: datetime,
) -> bool:
    """Write the lines that answer a search, one an account, newest first.

    Args:
        head: the first rows, among them who asked.
        row: how a line is worded.

    Returns:
        Whether all of them are there: at most `rules.EXPORTED` are.

    Raises:
        Refusal: TooManyAttempts, or OutOfMandate as `trail.lines`.
    """
    spend(rules.EXPORTS, f"trail-export:{mandate.actor}")
    target.write(tables.BYTE_ORDER_MARK + tables.rows(head))
    written, after = 0, None
    while written < rules.EXPORTED:
        size = min(rules.EXPORT_CHUNK, rules.EXPORTED - written)
        page = trail.lines(mandate, search, after=after, size=size, each=True)
        target.write(tables.rows(row(line) for line in page.lines))
        written, after = written + len(page.lines), page.after
        if after is None:
            break
    with transaction.atomic():
        record(
            Event.TRAIL_EXPORTED,
            actor=mandate.actor,
            uai=mandate.scope.uai,
            academie=mandate.scope.academie,
            lines=written,
            account=search.account_id,
        )
        alerts.rows(mandate, written, now=now)
    return after is None
