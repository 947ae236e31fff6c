"""Slow guessing down without letting anyone shut another out (decision 0037).

A try is charged before it is heard, and given back if it was right. Which lanes it is charged to depends on what is
known of the browser:

- a browser that signed this account in before has a lane of its own, which nobody else can fill;
- any other browser shares three lanes: this username from this address, this username from anywhere unknown, and this
  address for all usernames.

All is keyed by the username as typed, whether or not it exists. A right provisional password needs no lane at all: it
has 60 bits, so that it can be heard whatever others did.
"""

import contextlib
import ipaddress
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings

from educonnect.accounts import rules
from educonnect.accounts.errors import TriesExhausted
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.limits import spending
from educonnect.limits.errors import TooManyAttempts
from educonnect.limits.limit import Growing
from educonnect.limits.spending import Lane, Right

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a sign-in comes from.

    Attributes:
        address: of the browser, as our own proxies tell it.
        device: « PC, Firefox », for the connection log.
        known_device: the accounts that signed in from this browser before, as its signed cookie tells.
        device_key: the number of that cookie, so that each known browser has a lane of its own.
    """

    address: str | None
    device: str = ""
    known_device: frozenset[int] = frozenset()
    device_key: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """One try that was charged.

    Attributes:
        own: the lanes of this person, the narrowest first.
        network: the lane of the address, empty for a known browser.
    """

    username: str
    own: tuple[str, ...]
    network: str
    origin: Origin


def begin(username: str, account_id: int | None, origin: Origin, *, now: datetime) -> Trial:
    """Charge a try of an own password, before it is heard.

    Raises:
        TooManyAttempts: this username must wait here; the same for names that do not exist.
        TriesExhausted: too many wrong tries in a row; only a known browser or a new letter opens now.
    """
    trial = trial_of(username, account_id, origin)
    try:
        charge(trial, now=now)
    except TooManyAttempts as refusal:
        _tell(username, account_id, refusal.wait)
        if refusal.wait > rules.LONGEST_WAIT:
            raise TriesExhausted from refusal
        raise
    return trial


def charge(trial: Trial, *, now: datetime) -> None:
    """Charge a try to its lanes.

    Raises:
        TooManyAttempts: one of them is blocked; nothing was charged.
    """
    if trial.network:
        growing = [rules.HERE, rules.ELSEWHERE, _network(trial, now)]
        lanes = [Lane(key, slow) for key, slow in zip((*trial.own, trial.network), growing, strict=True)]
    else:
        lanes = [Lane(key, rules.KNOWN) for key in trial.own]
    spending.charge(lanes, now=now)


def trial_of(username: str, account_id: int | None, origin: Origin) -> Trial:
    """The lanes of a try, charged or not."""
    network = network_of(origin.address)
    if account_id is not None and account_id in origin.known_device:
        return Trial(username, (f"known:{origin.device_key or network}:{username}",), "", origin)
    return Trial(username, (f"here:{network}:{username}", _elsewhere(username)), f"network:{network}", origin)


def right(trial: Trial, *, charged: bool = True, history: bool = True) -> None:
    """The try was right: its lanes are forgotten, the address gets back what this person had put there.

    A known browser forgets its own lane, and lifts the wait of unknown ones without giving them free tries again.

    Args:
        charged: whether this try itself was charged; that of a provisional password is not.
        history: whether it counts for the good name of its address.
    """
    spending.clear(what_clears(trial, charged=charged, history=history))


def what_clears(trial: Trial, *, charged: bool = True, history: bool = True) -> Right:
    """The same as `right` does, for a statement that does it together with the rest."""
    if not trial.network:
        return Right(trial.own, "", eased=_elsewhere(trial.username), to=rules.ELSEWHERE.free)
    return Right(
        trial.own,
        trial.network,
        history=f"history:{trial.network}" if history else "",
        within=rules.HISTORY,
        counted=_shard(trial.username),
        charged=int(charged),
    )


def wrong(trial: Trial, *, now: datetime) -> None:
    """The try was wrong: it stays charged; many of them over the installation raise the alarm."""
    if trial.network:
        spending.add(_shard(trial.username), 1, rules.SPRAY_WINDOW)
        _alarm_if_sprayed(now)


def unheard(trial: Trial) -> None:
    """The try could not be looked at: it is as if it had not been made."""
    for key in (*trial.own, *([trial.network] if trial.network else [])):
        spending.give_back(key, 1)


def forget(username: str) -> None:
    """The account got another password by letter or link: unknown browsers start from nothing."""
    spending.forget(_elsewhere(username))


def network_of(address: str | None) -> str:
    """What stands for an address: itself in IPv4, its /64 in IPv6 (one subscriber)."""
    if not address:
        return "none"
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "none"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def under_alarm(now: datetime) -> bool:
    """Whether one password is being tried over many usernames somewhere; looked at every few seconds only."""
    seen_at, alarm = _seen
    if not timedelta(0) <= now - seen_at < rules.ALARM_READ_EVERY:
        alarm = spending.counted(*_SHARDS) >= settings.SPRAY_ALARM
        _look(now, alarm=alarm)
    return alarm


def _network(trial: Trial, now: datetime) -> Growing:
    """How the lane of an address slows down: wide as a rule; narrow under alarm, save where many signed in lately."""
    if not under_alarm(now):
        return rules.NETWORK
    history = spending.counted(f"history:{trial.network}")
    return replace(rules.NETWORK_UNDER_ALARM, free=rules.NETWORK_UNDER_ALARM.free + min(history, rules.MOST_HISTORY))


def _tell(username: str, account_id: int | None, wait: timedelta) -> None:
    """Journal a username that is being guessed, once an hour."""
    if wait >= rules.WORTH_TELLING:
        with contextlib.suppress(TooManyAttempts):
            spending.spend(rules.TELLING, f"told:{username}")
            record(Event.THROTTLED, account_id=account_id, reason="account")


def _alarm_if_sprayed(now: datetime) -> None:
    if under_alarm(now):
        with contextlib.suppress(TooManyAttempts):
            spending.spend(rules.ALARM_TELLING, "spray-alarm")
            failures = spending.counted(*_SHARDS)
            logger.warning("sign-in failures above the alarm threshold: %d in ten minutes", failures)
            record(Event.THROTTLED, reason="spray", failures=failures)


_SHARDS: Sequence[str] = tuple(f"spray:{n}" for n in range(rules.SHARDS))
_seen: tuple[datetime, bool] = (rules.LONG_AGO, False)


def look_again() -> None:
    """Forget what this process saw of the alarm."""
    _look(rules.LONG_AGO, alarm=False)


def _look(now: datetime, *, alarm: bool) -> None:
    global _seen  # noqa: PLW0603 - what this process saw last
    _seen = (now, alarm)


def _elsewhere(username: str) -> str:
    return f"elsewhere:{username}"


def _shard(username: str) -> str:
    """One row of many, always the same for a username: no row is written by everyone."""
    return _SHARDS[sum(username.encode(errors="surrogatepass")) % rules.SHARDS]
