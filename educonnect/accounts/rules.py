"""What is fixed of accounts: figures, dates and comparisons, without a database."""

import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone

from educonnect.limits.limit import Growing, Limit

# --- provisional passwords ----------------------------------------------------------------------------------------
#: 32 symbols that cannot be taken for one another on paper: 12 of them are 60 bits (NIST 63B-4 3.1.1; decision 0035).
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
SYMBOLS = 12
GROUP = 4
#: A letter printed « jusqu'au 30 novembre » works until that day is over everywhere in France (UTC-10: Polynésie).
LAST_PLACE = timezone(timedelta(hours=-10))

# --- activation ---------------------------------------------------------------------------------------------------
#: Wrong birth dates before the account is locked, and for how long unless the school unlocks. Source: decision 0035.
ACTIVATION_ATTEMPTS = Limit(times=3, within=timedelta(hours=24))
ACTIVATION_LOCK = timedelta(hours=24)

# --- links sent by e-mail -----------------------------------------------------------------------------------------
CONFIRM_EMAIL_LIFETIME = timedelta(hours=48)
RESET_PASSWORD_LIFETIME = timedelta(minutes=30)
#: Messages one account may have sent to the address it gives: mistyping is forgiven, flooding somebody is not.
EMAILS_AT_ONCE = Limit(times=3, within=timedelta(minutes=15))
EMAILS_A_DAY = Limit(times=10, within=timedelta(hours=24))

# --- forgotten password, forgotten username (decision 0076) --------------------------------------------------------
#: Messages of one kind to one mailbox, whoever asks: after three, so far apart that they neither bury the mailbox nor,
#: since each carries a link that works, shut its owner out for longer than the last wait.
FORGOTTEN_MAIL = Growing(free=2, first=timedelta(minutes=15), most=timedelta(hours=2), memory=timedelta(hours=24))
#: The same thing asked again from one address; and all that is asked from it: a whole class forgets together.
FORGOTTEN_HERE = Growing(free=5, first=timedelta(minutes=1), most=timedelta(minutes=15), memory=timedelta(hours=1))
FORGOTTEN_NETWORK = Growing(
    free=120, first=timedelta(seconds=5), most=timedelta(minutes=1), memory=timedelta(minutes=10)
)
#: A family's address: so many usernames are told at most.
MOST_USERNAMES = 12

# --- sign-in: wrong tries, by what is known of the browser (decision 0037) -----------------------------------------
#: A browser that signed this account in before: its own lane.
KNOWN = Growing(free=5, first=timedelta(seconds=5), most=timedelta(hours=1), memory=timedelta(days=365), stop=20)
#: This username, from this address, by browsers it does not know.
HERE = Growing(free=5, first=timedelta(seconds=5), most=timedelta(minutes=15), memory=timedelta(hours=24))
#: This username, from anywhere, by browsers it does not know. With two known browsers: 60 + 20 + 20 wrong tries in a
#: row at most. Source: NIST 63B-4 3.2.2, "no more than 100".
ELSEWHERE = Growing(
    free=40, first=timedelta(seconds=30), most=timedelta(minutes=15), memory=timedelta(days=365), stop=60
)
#: All usernames from this address that did not come right yet: a whole school mistyping at once stays under it.
NETWORK = Growing(free=300, first=timedelta(seconds=2), most=timedelta(minutes=1), memory=timedelta(minutes=10))
#: The same while one password is tried over many usernames somewhere; those who signed in from there lately add to it.
NETWORK_UNDER_ALARM = Growing(
    free=5, first=timedelta(seconds=10), most=timedelta(minutes=15), memory=timedelta(hours=1)
)
#: What was shown of another account serves this long: the time of a page with birth dates on it.
PROOF_LIFETIME = timedelta(minutes=15)
HISTORY = timedelta(days=7)
MOST_HISTORY = 200
SPRAY_WINDOW = timedelta(minutes=10)
SHARDS = 16
ALARM_READ_EVERY = timedelta(seconds=5)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
#: A longer wait than any lane imposes means that the lane has stopped.
LONGEST_WAIT = timedelta(hours=2)
#: A wait this long is worth a line of the journal, once an hour for a username.
WORTH_TELLING = timedelta(minutes=1)
TELLING = Limit(times=1, within=timedelta(hours=1))
ALARM_TELLING = Limit(times=1, within=SPRAY_WINDOW)

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
    """A username as typed -> as allotted: lower case, without accent, space, hyphen, apostrophe or invisible mark.

    At most 64 characters of it are kept: no username is longer.
    """
    letters = unicodedata.normalize("NFKD", typed[:256].lower().replace("œ", "oe").replace("æ", "ae"))
    kept = (letter for letter in letters if letter.isalnum() or not (_is_mark(letter) or _is_space(letter)))
    return "".join(kept)[:64]


def _is_mark(symbol: str) -> bool:
    return unicodedata.combining(symbol) != 0 or unicodedata.category(symbol) == "Pd" or symbol in "'\u2019\u02bc"


def _is_space(symbol: str) -> bool:
    return unicodedata.category(symbol) in {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"}


def _is_spacing(symbol: str) -> bool:
    return _is_space(symbol) or unicodedata.category(symbol) == "Pd" or symbol in "\u2212_\u00b7."


#: Where French families have their mail; a domain one slip away from one of these was probably meant to be it.
MAIL_DOMAINS = (
    "gmail.com",
    "hotmail.fr",
    "hotmail.com",
    "outlook.fr",
    "outlook.com",
    "live.fr",
    "live.com",
    "msn.com",
    "yahoo.fr",
    "yahoo.com",
    "icloud.com",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "sfr.fr",
    "neuf.fr",
    "bbox.fr",
    "laposte.net",
    "numericable.fr",
    "gmx.fr",
    "protonmail.com",
    "proton.me",
    "mediaserv.net",
)


def probable_domain(domain: str) -> str:
    """The mail domain a mistyped one was meant to be, or an empty text when it is one, or far from any."""
    if domain in MAIL_DOMAINS or len(domain) < 5:
        return ""
    slips = {known: distance(domain, known) for known in MAIL_DOMAINS}
    best = min(slips, key=lambda known: slips[known])
    allowed = 2 if len(best) >= 9 and domain[0] == best[0] else 1
    return best if slips[best] <= allowed else ""


def distance(one: str, other: str) -> int:
    """Slips between two words: a letter too many, missing, another, or two swapped."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, mine in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, theirs in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (mine != theirs))
            if i > 1 and j > 1 and mine == other[j - 2] and one[i - 2] == theirs:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
