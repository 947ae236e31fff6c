"""Who did what in a school, an académie, or by oneself: the journal as staff read it, within a mandate.

The journal holds numbers; names are looked up when it is read. What is read of whom: decision 0132.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from educonnect.delegation.mandate import Mandate, OutOfMandate, actor_of
from educonnect.delegation.rules import Right
from educonnect.journal.models import Entry
from educonnect.journal.rules import MASS, Event
from educonnect.oversight import names, rules
from educonnect.oversight.names import Subject, Who

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_MASS = "e.event NOT IN ({})".format(", ".join(f"'{event.value}'" for event in MASS))
#: One row a gesture: the lines that one deed wrote at one instant, such as a class that was reset.
_GESTURES = """
SELECT e.at, min(e.id) AS first, count(*) AS lines FROM journal_entry e
WHERE {where} GROUP BY e.at, e.event, e.actor, e.uai HAVING (e.at, min(e.id)) < (%(at)s, %(id)s)
ORDER BY e.at DESC, min(e.id) DESC LIMIT %(most)s
"""
_EACH = """
SELECT e.at, e.id AS first, 1 AS lines FROM journal_entry e
WHERE {where} AND (e.at, e.id) < (%(at)s, %(id)s) ORDER BY e.at DESC, e.id DESC LIMIT %(most)s
"""
_SCHOOLS = f"e.uai = s.uai AND e.uai <> '' AND {_NOT_MASS}"
_ACADEMIE = "e.uai = '' AND e.detail ? 'academie' AND e.detail ->> 'academie' = %(academie)s"
_ACCOUNT = """
e.account_id = %(account)s AND (e.uai = ANY(%(schools)s)
  OR (e.uai = '' AND e.event = ANY(%(milestones)s) AND e.actor NOT LIKE 'staff:%%'))
"""
_OWN = f"e.actor = %(actor)s AND e.actor::text LIKE 'staff:%%' AND {_NOT_MASS}"
#: An alert is not read by whom it is about.
_NOT_ON_ONESELF = "NOT (e.event LIKE 'alert.%%' AND e.detail ->> 'staff' = %(reader)s)"

#: An instant in microseconds and a line's number: where a page stopped.
After = tuple[int, int]
_END: After = (2**53, 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for; what is empty lets everything through.

    Attributes:
        staff_id: who acted.
        since: first day. until: last day.
        account_id: on whom; must be in scope.
    """

    staff_id: int | None = None
    kind: rules.Kind | None = None
    since: date | None = None
    until: date | None = None
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One gesture.

    Attributes:
        count: how many lines of the journal it is; `on` is somebody only where it is one.
        uai: where it was done; empty: nowhere in particular.
        detail: numbers and counts, as the journal holds them.
    """

    pk: int
    at: datetime
    event: Event
    who: Who
    on: Subject
    uai: str
    count: int
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, newest first; `after` leads to those that follow, None: there are none."""

    lines: Sequence[Line]
    after: After | None


def lines(
    mandate: Mandate,
    search: Search = Search(),
    *,
    after: After | None = None,
    size: int = rules.PAGE,
    each: bool = False,
) -> Page:
    """What was done in the school or the académie of a mandate. Lines of another place are in no answer.

    Args:
        each: every line by itself instead of one a gesture.

    Raises:
        OutOfMandate: without the right to read it, over more than an académie or less than a school, or for an account
            that is not in scope.
    """
    schools = _readable(mandate)
    reader = mandate.actor.removeprefix("staff:")
    values: dict[str, Any] = {"schools": schools, "academie": mandate.scope.academie, "reader": reader}
    if search.account_id is not None:
        if not mandate.accounts().filter(pk=search.account_id).exists():
            raise OutOfMandate
        values |= {"account": search.account_id, "milestones": [event.value for event in rules.MILESTONES]}
        found = _read([_ACCOUNT], search, values, after, size, each=each)
    else:
        branches = [_SCHOOLS] if mandate.scope.uai else [_SCHOOLS, _ACADEMIE]
        found = _read(branches, search, values, after, size, each=each)
    return _page(found, size, names.Reader.of(mandate))


def own(
    staff_id: int,
    search: Search = Search(),
    *,
    now: datetime,
    after: After | None = None,
    size: int = rules.PAGE,
    each: bool = False,
) -> Page:
    """What somebody of the staff did, and how they came in, for their own eyes; names of today's scope only."""
    values: dict[str, Any] = {"actor": actor_of(staff_id)}
    if search.account_id is not None or search.staff_id not in (None, staff_id):
        raise OutOfMandate
    found = _read([_OWN], search, values, after, size, each=each)
    return _page(found, size, names.Reader.oneself(staff_id, now=now))


def _readable(mandate: Mandate) -> list[str]:
    """The schools whose lines are read."""
    mandate.require(Right.DELEGATION)
    if not (mandate.scope.uai or mandate.scope.academie) or mandate.scope.divisions is not None:
        raise OutOfMandate
    return list(mandate.schools().order_by("pk").values_list("pk", flat=True))


def _read(
    branches: Sequence[str], search: Search, values: dict[str, Any], after: After | None, size: int, *, each: bool
) -> list[tuple[int, int]]:
    """Number and lines of each gesture: each branch gives its newest, and the newest of these are kept.

    Schools are read one after the other by an index of theirs, so that the cost is that of pages, whatever the journal
    holds.
    """
    last = after or _END
    own = branches == [_OWN]
    events = rules.EVENTS[search.kind] if search.kind else (rules.IN_PLACE | rules.OWN_ONLY if own else rules.IN_PLACE)
    where = ["e.event = ANY(%(events)s)", "e.at <= %(at)s"]
    allowed = events if own else rules.IN_PLACE.intersection(events)
    values = values | {
        "events": sorted(event.value for event in allowed),
        "at": _EPOCH + timedelta(microseconds=last[0]),
        "id": last[1],
        "most": size + 1,
    }
    if not own:
        where.append(_NOT_ON_ONESELF)
    if search.staff_id is not None and not own:
        where.append("e.actor = %(staff)s")
        values["staff"] = actor_of(search.staff_id)
    if search.since is not None:
        where.append("e.at >= %(since)s")
        values["since"] = _midnight(search.since)
    if search.until is not None:
        where.append("e.at < %(until)s")
        values["until"] = _midnight(search.until + timedelta(days=1))
    shape = _EACH if each else _GESTURES
    parts = []
    for branch in branches:
        part = shape.format(where=" AND ".join([branch, *where]))
        if branch == _SCHOOLS:
            part = f"SELECT g.* FROM unnest(%(schools)s::text[]) AS s(uai) CROSS JOIN LATERAL ({part}) g"  # noqa: S608
        parts.append(f"({part})")
    whole = " UNION ALL ".join(parts)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({whole}) g ORDER BY 1 DESC, 2 DESC LIMIT %(most)s", values)  # noqa: S608
        return [(int(first), int(lines)) for _, first, lines in cursor.fetchall()]


def _page(found: Collection[tuple[int, int]], size: int, reader: names.Reader) -> Page:
    counts = dict(list(found)[:size])
    entries = Entry.objects.in_bulk(list(counts))
    chosen = [entries[pk] for pk in counts if pk in entries]
    who, on = reader.look_up(chosen, alone={pk for pk, count in counts.items() if count == 1})
    told = [
        Line(
            pk=entry.pk,
            at=entry.at,
            event=Event(entry.event),
            who=who[entry.actor],
            on=on[entry.pk],
            uai=entry.uai,
            count=counts[entry.pk],
            detail=entry.detail,
        )
        for entry in chosen
    ]
    return Page(told, _cursor(chosen[-1]) if len(found) > size and chosen else None)


def _cursor(entry: Entry) -> After:
    return (entry.at - _EPOCH) // timedelta(microseconds=1), entry.pk


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
