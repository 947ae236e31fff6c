"""What is fixed of accounts: figures, dates and comparisons, without a database."""

import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone

# --- provisional passwords ----------------------------------------------------------------------------------------
#: 32 symbols that cannot be taken for one another on paper: 12 of them are 60 bits (NIST 63B-4 3.1.1; decision 0035).
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
SYMBOLS = 12
GROUP = 4
#: A letter printed « jusqu'au 30 novembre » works until that day is over everywhere in France (UTC-10: Polynésie).
LAST_PLACE = timezone(timedelta(hours=-10))

# --- activation ---------------------------------------------------------------------------------------------------
#: Wrong birth dates before the account is locked, and for how long unless the school unlocks. Source: decision 0035.
ACTIVATION_TRIES = 3
ACTIVATION_LOCK = timedelta(hours=24)

# --- links sent by e-mail -----------------------------------------------------------------------------------------
CONFIRM_EMAIL_LIFETIME = timedelta(hours=48)
RESET_PASSWORD_LIFETIME = timedelta(minutes=30)

# --- own passwords ------------------------------------------------------------------------------------------------
#: Characters, counted as the person sees them (NFC). Source: promise T01, NIST 63B-4 3.1.1.
PASSWORD_LEAST = 12
PASSWORD_MOST = 1024


def limit_day(issued_on: date, days: int) -> date:
    """The last day a letter works, as printed on it."""
    return issued_on + timedelta(days=days)


def end_of(day: date) -> datetime:
    """The instant a day is over everywhere in France."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=LAST_PLACE).astimezone(UTC)


def is_over(limit: datetime | None, now: datetime) -> bool:
    """Whether a limit is passed; no limit is never passed."""
    return limit is not None and limit <= now


def is_locked(locked_at: datetime | None, locked_until: datetime | None, now: datetime) -> bool:
    """A lock holds until its end, or until the school unlocks when it has none."""
    return locked_at is not None and not is_over(locked_until, now)


def same_email(one: str, other: str) -> bool:
    """Whether two addresses reach one mailbox, as far as case goes."""
    return one.casefold() == other.casefold()


def typed_provisional(typed: str) -> str:
    """A provisional password as typed -> its symbols: case, spaces and dashes of any kind do not matter.

    What remains may still hold anything; a text far too long becomes empty, which is nobody's password.
    """
    if len(typed) > 10 * SYMBOLS:
        return ""
    symbols = unicodedata.normalize("NFKC", typed).upper()
    return "".join(symbol for symbol in symbols if not _is_spacing(symbol))


def printed_provisional(symbols: str) -> str:
    """`XXXX-XXXX-XXXX`."""
    return "-".join(symbols[at : at + GROUP] for at in range(0, len(symbols), GROUP))


def typed_username(typed: str) -> str:
    """A username as typed -> as allotted: lower case, without accent, space or invisible mark.

    At most 64 characters of it are kept: no username is longer.
    """
    letters = unicodedata.normalize("NFKD", typed[:256].lower().replace("œ", "oe").replace("æ", "ae"))
    kept = (letter for letter in letters if not unicodedata.combining(letter) and not _is_space(letter))
    return "".join(kept)[:64]


def _is_space(symbol: str) -> bool:
    return unicodedata.category(symbol) in {"Zs", "Zl", "Zp", "Cc", "Cf"}


def _is_spacing(symbol: str) -> bool:
    return _is_space(symbol) or unicodedata.category(symbol) == "Pd" or symbol in "\u2212_\u00b7."
