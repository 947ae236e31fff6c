"""Seal the journal in batches, so that a line changed, missing or added afterwards shows.

Lines are written by the transactions they tell of, and those end in any order: a line may come to light after others
that bear a higher identifier. A batch is closed only once no transaction that could still bring one is under way, as
PostgreSQL itself does when it makes an index beside its writers. Whoever writes a line neither waits nor pays for it
(decision 0104).
"""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from educonnect.journal import rules, trails
from educonnect.journal.models import Seal
from educonnect.journal.trails import Line, Trail

#: Keys of the advisory locks held while a trail is sealed: any numbers, always the same.
_LOCKS = {Trail.ENTRY: 0x6A6F7501, Trail.CONNECTION: 0x6A6F7502}
_LOOK_AGAIN = 0.1  # seconds
_WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = %s::regclass AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

log = logging.getLogger(__name__)


def seal(trail: Trail, *, patience: float = rules.SEAL_PATIENCE) -> int:
    """Seal the lines of a trail that are not sealed yet, in bounded batches, each in a transaction of its own.

    Args:
        patience: seconds to wait for the transactions that write to the trail; if one lasts longer, nothing is sealed
            this time.

    Returns:
        How many lines were sealed. Two that seal at once never seal a line twice.
    """
    upto = _settled(trail, patience)
    total = 0
    while upto is not None:
        lines = _seal_batch(trail, upto)
        if lines == 0:
            break
        total += lines
    return total


def last_sealed(trail: Trail) -> Seal | None:
    """The latest batch of a trail."""
    return Seal.objects.filter(trail=trail).order_by("-number").first()


def _settled(trail: Trail, patience: float) -> int | None:
    """An identifier at or under which no line can come any more; None: nothing is to be sealed, or not yet.

    Whoever holds an identifier under the highest we see took the lock of a writer before taking it: it is over, or it
    is among those we wait for.
    """
    former = last_sealed(trail)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT max(id) FROM {trail.table} WHERE id > %s",  # noqa: S608 - our own two tables
            [former.last_id if former else 0],
        )
        highest = cursor.fetchone()[0]
        if highest is None:
            return None
        cursor.execute(_WRITERS, [trail.table])
        awaited = {row[0] for row in cursor.fetchall()}
        deadline = time.monotonic() + patience
        while awaited:
            if time.monotonic() > deadline:
                log.warning("journal not sealed: a transaction that writes %s lasts", trail.table)
                return None
            time.sleep(_LOOK_AGAIN)
            cursor.execute(_WRITERS, [trail.table])
            awaited &= {row[0] for row in cursor.fetchall()}
    return int(highest)


def _seal_batch(trail: Trail, upto: int) -> int:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCKS[trail]])
            if not cursor.fetchone()[0]:
                return 0  # another is at it
        former = last_sealed(trail)
        after = former.last_id if former else 0
        lines = _of_one_day(trails.read(trail, after=after, upto=upto, most=rules.SEAL_LINES))
        if not lines:
            return 0
        row = _sealed(trail, lines, former)
        row.save(force_insert=True)
    # the logs leave this machine: there, the latest seals are out of reach of whoever rewrites the database
    log.info("journal sealed: %s lines, seal %s", row.lines, trails.named(row))
    return row.lines


def _of_one_day(lines: list[Line]) -> list[Line]:
    """The first lines, none of a later day (UTC) than the first: a whole day is purged without its neighbours."""
    if not lines:
        return lines
    first = trails.instant(lines[0].at)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    end = trails.micros(midnight)
    return lines[: next((place for place, line in enumerate(lines) if line.at >= end), len(lines))]


def _sealed(trail: Trail, lines: list[Line], former: Seal | None) -> Seal:
    version = max(settings.JOURNAL_KEYS)
    row = Seal(
        trail=trail.value,
        number=former.number + 1 if former else 1,
        first_id=former.last_id + 1 if former else 1,
        last_id=lines[-1].id,
        lines=len(lines),
        earliest_at=trails.instant(min(line.at for line in lines)),
        latest_at=trails.instant(max(line.at for line in lines)),
        sealed_at=timezone.now(),
        key_version=version,
        digest=trails.digest(lines),
        marks=trails.marks(lines, version),
    )
    row.seal = trails.sealed(row, bytes(former.seal) if former else b"")
    return row
