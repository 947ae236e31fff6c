"""Verify the seals of the journal: which batch does not hold, and which line, as far as can be told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import connection

from educonnect.journal import rules, trails
from educonnect.journal.models import Seal
from educonnect.journal.trails import Line, Trail


class Wrong(StrEnum):
    """What may be wrong with a batch."""

    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    MOVED = "moved"
    SEAL = "seal"
    SEAL_MISSING = "seal-missing"
    PURGE = "purge"
    KEY = "key"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold.

    Attributes:
        line: the identifier of the line; None where the batch alone can be named.
        former: for a line that was moved, the identifier it had.
    """

    trail: Trail
    batch: int
    wrong: Wrong
    line: int | None = None
    former: int | None = None


@dataclass(slots=True)
class Account:
    """What was verified in a trail.

    Attributes:
        head: the latest batch's seal in one word: noted elsewhere, it proves later that nothing was cut off the end.
        unsealed: lines too recent to be in a batch, which are not verified; `since` is the oldest of them.
    """

    batches: int = 0
    lines: int = 0
    purged_batches: int = 0
    purged_lines: int = 0
    head: str = ""
    unsealed: int = 0
    since: datetime | None = None


def verify(trail: Trail, account: Account, *, expected: dict[int, str] | None = None) -> Iterator[Finding]:
    """All that does not hold in a trail, batch after batch, in bounded memory; `account` is filled meanwhile.

    Args:
        expected: batch -> the beginning of its seal, as noted elsewhere, such as in the logs.
    """
    missing = dict(expected or {})
    number, last_id, former = 0, 0, b""
    for row in Seal.objects.filter(trail=trail).order_by("number").iterator(chunk_size=16):
        if row.number != number + 1 or row.first_id != last_id + 1:
            yield Finding(trail, row.number, Wrong.SEAL_MISSING)
        if not bytes(row.seal).hex().startswith(missing.pop(row.number, "").lower()):
            yield Finding(trail, row.number, Wrong.HEAD)
        yield from _batch(trail, row, former, account)
        number, last_id, former = row.number, row.last_id, bytes(row.seal)
        account.head = trails.named(row)
    for batch in sorted(missing):
        yield Finding(trail, batch, Wrong.SEAL_MISSING)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), min(at) FROM {trail.table} WHERE id > %s",  # noqa: S608 - our own two tables
            [last_id],
        )
        account.unsealed, account.since = cursor.fetchone()


def _batch(trail: Trail, row: Seal, former: bytes, account: Account) -> Iterator[Finding]:
    if row.key_version not in settings.JOURNAL_KEYS:
        yield Finding(trail, row.number, Wrong.KEY)
        return
    if bytes(row.seal) != trails.sealed(row, former):
        yield Finding(trail, row.number, Wrong.SEAL)
    after = row.first_id - 1 if row.number > 1 else -(2**63)  # nothing comes before the first batch
    if row.purged_at is None:
        # as many lines again as a batch may have: should yet more have been added, the rest are told the next time
        lines = trails.read(trail, after=after, upto=row.last_id, most=row.lines + rules.SEAL_LINES)
        whole = len(lines) == row.lines and trails.digest(lines) == bytes(row.digest)
        if not whole:
            row.refresh_from_db()  # it may have been purged in between
        if row.purged_at is None:
            account.batches += 1
            account.lines += row.lines
            if not whole:
                yield from _differences(trail, row, lines)
            return
    account.purged_batches += 1
    account.purged_lines += row.lines
    if bytes(row.purge_seal or b"") != trails.purge_sealed(row, row.purged_at):
        yield Finding(trail, row.number, Wrong.PURGE)
    for line in trails.read(trail, after=after, upto=row.last_id, most=rules.SEAL_LINES):
        yield Finding(trail, row.number, Wrong.INSERTED, line.id)


def _differences(trail: Trail, row: Seal, lines: list[Line]) -> Iterator[Finding]:
    """Which lines make the difference; the batch alone if its marks tell nothing, having been altered too."""
    kept = trails.parted(bytes(row.marks))
    now = {line.id: trails.mark(line, row.key_version) for line in lines}
    gone = {mark: line for line, mark in kept.items() if now.get(line) != mark}
    found, moved = [], set()
    for line, mark in now.items():
        if kept.get(line) == mark:
            continue
        if (former := gone.get(mark)) is not None:
            moved.add(former)
            found.append(Finding(trail, row.number, Wrong.MOVED, line, former))
        else:
            wrong = Wrong.CHANGED if line in kept else Wrong.INSERTED
            found.append(Finding(trail, row.number, wrong, line))
    found += [Finding(trail, row.number, Wrong.MISSING, line) for line in kept if line not in now and line not in moved]
    yield from found or [Finding(trail, row.number, Wrong.SEAL)]
