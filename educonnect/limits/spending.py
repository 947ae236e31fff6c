"""Spend a limit, or refuse. One statement a try."""

import functools
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from educonnect import statements
from educonnect.limits.errors import TooManyAttempts
from educonnect.limits.limit import Growing, Limit
from educonnect.limits.models import Counter

_SPEND = """
INSERT INTO limits_counter AS c (key, count, window_ends_at) VALUES (%(key)s, %(amount)s::int, %(ends)s)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN c.window_ends_at <= %(now)s THEN EXCLUDED.count ELSE c.count + EXCLUDED.count END,
    window_ends_at = CASE WHEN c.window_ends_at <= %(now)s THEN EXCLUDED.window_ends_at ELSE c.window_ends_at END,
    blocked_until = NULL
RETURNING count, window_ends_at
"""

# each lane is charged only if the one before it was, and the first only if none is blocked; a place of the array that
# does not exist, as for free tries, is NULL: no wait
_LANE = """
l{n} AS (
    INSERT INTO limits_counter AS c (key, count, window_ends_at, blocked_until)
    SELECT %(key{n})s::text, 1, %(now)s + %(memory{n})s,
        %(now)s + make_interval(secs => (%(waits{n})s::float8[])[1 - %(free{n})s::int])
    {after}
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN c.window_ends_at <= %(now)s THEN 1 ELSE c.count + 1 END,
        window_ends_at = EXCLUDED.window_ends_at,
        blocked_until = %(now)s + make_interval(secs => (%(waits{n})s::float8[])[
            CASE WHEN c.window_ends_at <= %(now)s THEN 1 - %(free{n})s::int
            ELSE LEAST(c.count + 1 - %(free{n})s::int, %(last{n})s::int) END])
    WHERE c.window_ends_at <= %(now)s OR c.blocked_until IS NULL OR c.blocked_until <= %(now)s
    RETURNING count
)"""

_OPEN = """WHERE NOT EXISTS (
        SELECT 1 FROM limits_counter b
        WHERE b.key = ANY(%(keys)s::text[]) AND b.blocked_until > %(now)s AND b.window_ends_at > %(now)s)"""

#: A right try, for a statement that writes it together with the rest: it stands after a part named `entered`, whose
#: row says that the try was right; `cleared` gives its parameters. In the order in which lanes are charged, so that
#: two tries never wait for each other.
CLEAR = """
own AS (
    DELETE FROM limits_counter WHERE key = %(limits_first)s AND EXISTS (SELECT 1 FROM entered) RETURNING count
),
rest AS (
    DELETE FROM limits_counter
    WHERE key = ANY(%(limits_others)s::text[]) AND EXISTS (SELECT 1 FROM entered) AND (SELECT count(*) FROM own) >= 0
    RETURNING key
),
given_back AS (
    UPDATE limits_counter SET
        count = GREATEST(count - (SELECT COALESCE(sum(own.count), 0) FROM own), 0)::int,
        blocked_until = CASE WHEN EXISTS (SELECT 1 FROM own) THEN NULL ELSE blocked_until END
    WHERE key = %(limits_shared)s AND EXISTS (SELECT 1 FROM entered) AND (SELECT count(*) FROM rest) >= 0
    RETURNING key
),
kept AS (
    INSERT INTO limits_counter AS c (key, count, window_ends_at)
    SELECT %(limits_history)s::text, 1, %(limits_ends)s
    WHERE %(limits_history)s::text <> '' AND EXISTS (SELECT 1 FROM entered) AND (SELECT count(*) FROM given_back) >= 0
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN c.window_ends_at <= %(limits_now)s THEN 1 ELSE c.count + 1 END,
        window_ends_at =
            CASE WHEN c.window_ends_at <= %(limits_now)s THEN EXCLUDED.window_ends_at ELSE c.window_ends_at END
    RETURNING key
),
eased AS (
    UPDATE limits_counter SET count = LEAST(count, %(limits_to)s::int), blocked_until = NULL
    WHERE key = %(limits_eased)s AND EXISTS (SELECT 1 FROM entered) AND (SELECT count(*) FROM kept) >= 0
    RETURNING key
),
counted AS (
    UPDATE limits_counter SET
        count = GREATEST(count - ((SELECT COALESCE(sum(own.count), 0) FROM own) - %(limits_charged)s::int), 0)::int
    WHERE key = %(limits_counted)s AND (SELECT COALESCE(sum(own.count), 0) FROM own) > %(limits_charged)s::int
        AND (SELECT count(*) FROM eased) >= 0
    RETURNING key
)
"""
_CLEAR = (
    f"WITH entered AS (SELECT 1), {CLEAR}"  # noqa: S608 - a constant
    "SELECT COALESCE((SELECT sum(own.count) FROM own), 0)::int, (SELECT count(*) FROM counted)"
)


@dataclass(frozen=True, slots=True)
class Lane:
    """One key to charge a try to, and how it slows down."""

    key: str
    growing: Growing


def spend(limit: Limit, key: str, *, now: datetime | None = None) -> int:
    """Count one try.

    Called outside any transaction that a refusal would undo, or under a lock that holds until the count is committed.

    Args:
        key: what is limited, in clear, such as `activation:12`; only its keyed digest is stored.

    Returns:
        The tries left in this window.

    Raises:
        TooManyAttempts: with the time until the window ends.
    """
    now = now or timezone.now()
    count, ends_at = _add(key, 1, now, limit.within)
    if count > limit.times:
        raise TooManyAttempts(ends_at - now)
    return limit.times - count


def add(key: str, amount: int, within: timedelta) -> int:
    """Count `amount` more against a key, without any limit; what the window holds now."""
    return _add(key, amount, timezone.now(), within)[0]


def counted(*keys: str) -> int:
    """What the windows of these keys hold now, together."""
    found = Counter.objects.filter(key__in=[opaque(key) for key in keys], window_ends_at__gt=timezone.now())
    return sum(found.values_list("count", flat=True))


def give_back(key: str, amount: int) -> None:
    """Take counts off a key, if its window still runs."""
    if amount > 0:
        Counter.objects.filter(key=opaque(key)).update(count=Greatest(F("count") - amount, 0))


def forget(*keys: str) -> None:
    """Start again from nothing, as when the school unlocks."""
    Counter.objects.filter(key__in=[opaque(key) for key in keys]).delete()


def charge(lanes: Sequence[Lane], *, now: datetime) -> None:
    """Count one try against each lane, in one statement, before it is heard; `clear` gives it back if it was right.

    A try that must wait is counted nowhere: hammering neither lengthens a wait nor spends somebody else's tries.
    Tries that come at the same instant are counted one after the other, so a burst gets no more than its due.

    Args:
        lanes: always in the same order of kinds, the narrowest first.

    Raises:
        TooManyAttempts: with the longest wait of the lanes.
    """
    parameters: dict[str, Any] = {"now": now, "keys": _array(opaque(lane.key) for lane in lanes)}
    for n, lane in enumerate(lanes):
        parameters[f"key{n}"] = opaque(lane.key)
        parameters[f"memory{n}"] = lane.growing.memory
        parameters[f"waits{n}"], parameters[f"last{n}"] = _waits(lane.growing)
        parameters[f"free{n}"] = lane.growing.free
    found = statements.row(_charge_statement(len(lanes)), parameters)
    if found is None or not found[0]:
        raise TooManyAttempts(_longest_wait([opaque(lane.key) for lane in lanes], now))


@dataclass(frozen=True, slots=True)
class Right:
    """What a right try clears; an empty text stands for no key.

    Attributes:
        keys: the lanes of this person alone, the narrowest first, as they were charged.
        shared: the lane of many (an address), which gets back what the narrowest lane had put there.
        history: what counts right tries, over windows of `within`.
        eased: a growing lane whose wait is lifted, and whose count comes down to `to` where it was higher.
        counted: what counts wrong tries of all, less those the narrowest lane held beside the `charged` ones.
    """

    keys: Sequence[str]
    shared: str
    history: str = ""
    within: timedelta = timedelta(0)
    eased: str = ""
    to: int = 0
    counted: str = ""
    charged: int = 1


def clear(right: Right) -> int:
    """A try was right: forget those of its own lanes, and give back what they had put elsewhere.

    Returns:
        How many tries the narrowest lane held, this one included.
    """
    found = statements.row(_CLEAR, cleared(right))
    return int(found[0]) if found else 0


def cleared(right: Right) -> dict[str, Any]:
    """The parameters of `CLEAR`."""
    now = timezone.now()
    return {
        "limits_first": opaque(right.keys[0]),
        "limits_others": _array(opaque(key) for key in right.keys[1:]),
        "limits_shared": opaque(right.shared) if right.shared else "",
        "limits_history": opaque(right.history) if right.history else "",
        "limits_now": now,
        "limits_ends": now + right.within,
        "limits_eased": opaque(right.eased) if right.eased else "",
        "limits_to": right.to,
        "limits_counted": opaque(right.counted) if right.counted else "",
        "limits_charged": right.charged,
    }


def purge(now: datetime) -> int:
    """Forget the windows that are over; how many."""
    return Counter.objects.filter(window_ends_at__lte=now).delete()[0]


def opaque(key: str) -> str:
    """The digest that stands for a key: nobody reads an address or a username from the table."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"limits:" + key.encode(errors="surrogatepass"), "sha256").hex()


def _add(key: str, amount: int, now: datetime, within: timedelta) -> tuple[int, datetime]:
    found = statements.rows(_SPEND, {"key": opaque(key), "amount": amount, "now": now, "ends": now + within})
    count, ends_at = found[0]
    return int(count), ends_at


def _array(digests: Iterable[str]) -> str:
    """A PostgreSQL array as it is written: digests need no quotes, and the driver examines no list."""
    return "{" + ",".join(digests) + "}"


def _longest_wait(digests: Sequence[str], now: datetime) -> timedelta:
    until = Counter.objects.filter(key__in=digests, blocked_until__gt=now, window_ends_at__gt=now)
    return max(
        (end - now for end in until.values_list("blocked_until", flat=True) if end), default=timedelta(seconds=1)
    )


@functools.cache
def _charge_statement(lanes: int) -> str:
    chained = "WHERE EXISTS (SELECT 1 FROM l{before})"
    parts = (_LANE.format(n=n, after=chained.format(before=n - 1) if n else _OPEN) for n in range(lanes))
    # what the try leads to is written after it, and keeps it
    said = f"SELECT EXISTS (SELECT 1 FROM l{lanes - 1}), {statements.UNHURRIED}"  # noqa: S608 - numbers only
    return f"WITH {', '.join(parts)} {said}"


@functools.cache
def _waits(growing: Growing) -> tuple[str, int]:
    """The waits after the free tries, as an array's text, and how many they are."""
    waits = growing.waits()[growing.free :]
    return "{" + ",".join(map(str, waits)) + "}", len(waits)
