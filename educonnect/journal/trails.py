"""The two trails as they are sealed: which table, and the one way to write a line of it down as bytes."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.conf import settings
from django.db import connection

from educonnect.journal.models import Seal

MARK_BYTES = 8
_ID_BYTES = 8


class Trail(StrEnum):
    """The word is stored and sealed, so it never changes meaning."""

    ENTRY = "entry"
    CONNECTION = "connection"

    @property
    def table(self) -> str:
        """Where its lines are."""
        return f"journal_{self.value}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line, as read for sealing; `said` is all of it but its identifier."""

    id: int
    at: int
    said: tuple[object, ...]


_SAID = {
    Trail.ENTRY: "event, actor, account_id, uai, provider_id, detail::text",
    Trail.CONNECTION: "account_id, outcome, host(address), device",
}
# the instant in whole microseconds, whatever the time zone of the connection
_READ = """
SELECT id, (extract(epoch FROM at) * 1000000)::bigint, {said} FROM {table}
WHERE id > %s AND id <= %s ORDER BY id LIMIT %s
"""


def read(trail: Trail, *, after: int, upto: int, most: int) -> list[Line]:
    """Lines whose identifier is above `after` and at most `upto`, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_READ.format(said=_SAID[trail], table=trail.table), [after, upto, most])
        return [Line(row[0], row[1], row[2:]) for row in cursor.fetchall()]


def digest(lines: Iterable[Line]) -> bytes:
    """SHA-256 of the lines, identifiers included: JSON arrays, one a line, which nothing in them can imitate."""
    whole = hashlib.sha256()
    for line in lines:
        whole.update(_written([line.id, line.at, *line.said]) + b"\n")
    return whole.digest()


def marks(lines: Iterable[Line], version: int) -> bytes:
    """Each line's identifier and its mark."""
    return b"".join(line.id.to_bytes(_ID_BYTES, "big", signed=True) + mark(line, version) for line in lines)


def mark(line: Line, version: int) -> bytes:
    """What a line says, in eight keyed bytes; the identifier is left out, so that a line moved is known again."""
    return _keyed(version, "line", [line.at, *line.said])[:MARK_BYTES]


def parted(kept: bytes) -> dict[int, bytes]:
    """Identifier -> mark, of what `marks` made."""
    size = _ID_BYTES + MARK_BYTES
    pieces = (kept[start : start + size] for start in range(0, len(kept), size))
    return {int.from_bytes(piece[:_ID_BYTES], "big", signed=True): piece[_ID_BYTES:] for piece in pieces}


def sealed(row: Seal, former: bytes) -> bytes:
    """The seal a batch must bear, after the former batch's."""
    return _keyed(
        row.key_version,
        "seal",
        [
            row.trail,
            row.number,
            row.first_id,
            row.last_id,
            row.lines,
            micros(row.earliest_at),
            micros(row.latest_at),
            micros(row.sealed_at),
            bytes(row.digest).hex(),
            former.hex(),
        ],
    )


def purge_sealed(row: Seal, at: datetime) -> bytes:
    """The seal that says a batch was purged, and when: whoever deletes lines cannot make it without the key."""
    return _keyed(row.key_version, "purged", [micros(at), bytes(row.seal).hex()])


def named(row: Seal) -> str:
    """A seal in one word, for logs and for whoever notes it: `entry:812:3f2a9c41d5e6f708`."""
    return f"{row.trail}:{row.number}:{bytes(row.seal).hex()[:16]}"


def micros(at: datetime) -> int:
    """Whole microseconds since 1970."""
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def instant(at: int) -> datetime:
    """Back from `micros`."""
    seconds, rest = divmod(at, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def _keyed(version: int, purpose: str, said: Sequence[object]) -> bytes:
    return hmac.digest(settings.JOURNAL_KEYS[version].encode(), _written([purpose, *said]), "sha256")


def _written(values: Sequence[object]) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode()
