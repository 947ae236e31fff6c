"""What is kept, how long, from when, and what happens then: the published table. No database, no clock."""

from dataclasses import dataclass
from datetime import date, datetime

#: People dealt with in one transaction.
CHUNK = 200
#: Identifiers a preview shows of each rule.
SAMPLE = 5
#: Erasure begins on this day of the year that follows the departure: three months after 31 December.
ERASURE_MONTH = 4
#: And never sooner than this after the account was closed.
CLOSED_MONTHS = 3
LINK_MONTHS = 1
PROVISIONAL_MONTHS = 3
CAMPAIGN_MONTHS = 12
RELEASE_MONTHS = 24
JOURNAL_MONTHS = 24
ALERT_MONTHS = 12
NAMED_MONTHS = 12
RUN_MONTHS = 24
HISTORY_MONTHS = 24
NIGHTLY = "privacy.apply-retention"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table.

    Attributes:
        key: names it in commands and in the journal of the job.
        what: the data. kept: how long. since: from when. deed: close, erase (a person) or forget (rows).
        by: the periodic task that does it.
    """

    key: str
    what: str
    kept: str
    since: str
    deed: str
    by: str = NIGHTLY


#: Source: decision 0099, after the recommendations of the CNIL on logging and the rules of the public services.
PUBLISHED = (
    Rule(
        "departed",
        "account of somebody who left every school, or answers for no pupil any more",
        "to 31 December",
        "departure",
        "close",
        "accounts.close-departed",
    ),
    Rule(
        "accounts",
        "closed account and its holder: names, birth date, INE, contacts, links, enrolments, sessions, releases",
        "3 months",
        "31 December after departure, and closing",
        "erase",
    ),
    Rule("pupils", "pupil who never had an account", "3 months", "31 December after departure", "erase"),
    Rule(
        "guardians",
        "adult who never had an account, or whose account is erased, and whom no base names",
        "3 months",
        "31 December after the last pupil's departure",
        "erase",
    ),
    Rule("enrolments", "enrolment of a past year, where a later one is known", "24 months", "its end", "forget"),
    Rule("guardianships", "link of an adult to a pupil", "24 months", "its end", "forget"),
    Rule("quarantine", "record a school base could not make a pupil of", "to 1 September", "its school year", "forget"),
    Rule("provisional", "digest of a letter's password", "3 months", "its limit date", "forget"),
    Rule("one-time-links", "digest of a link sent by e-mail, and its address", "1 month", "its limit", "forget"),
    Rule("campaigns", "which accounts a campaign notified, who took its files", "12 months", "asked for", "forget"),
    Rule("releases", "which service received which data (« qui a reçu quoi »)", "24 months", "release", "forget"),
    Rule("journal", "journal: who did what, identifiers only", "24 months", "event, by whole batches", "forget"),
    Rule("alerts", "alert on what a member of the staff did, and who saw to it", "12 months", "raised", "forget"),
    Rule(
        "staff-named",
        "name of somebody of the staff who never signed in, whom no base names and who holds no right",
        "12 months",
        "last post",
        "forget",
    ),
    Rule("import-runs", "counts of an import", "24 months", "import", "forget"),
    Rule(
        "connections",
        "connection log: address and device of each sign-in",
        "12 months",
        "sign-in, by whole batches",
        "forget",
        "journal.forget-connections",
    ),
    Rule("files", "letters of a campaign, encrypted", "24 hours", "made", "forget", "notification.destroy-expired"),
    Rule(
        "forgotten",
        "username or address typed by who forgot something, encrypted",
        "until a worker looked",
        "asked for",
        "forget",
        "accounts.look-at-forgotten",
    ),
    Rule("messages", "content of an e-mail, encrypted", "until it has left", "asked for", "forget", "messaging.send"),
    Rule("outbox", "that an e-mail left", "90 days", "asked for", "forget", "messaging.sweep"),
    Rule("sessions", "session of a browser", "idle or absolute limit", "sign-in", "forget", "sessions.forget_expired"),
    Rule("requests", "request of a service that waits", "2 hours", "request", "forget", "sessions.forget_expired"),
    Rule("departures", "sign-out told to services", "15 minutes", "sign-out", "forget", "sessions.forget_expired"),
    Rule("seen", "number of a SAML request", "minutes", "request", "forget", "saml.forget_seen"),
    Rule(
        "attempts",
        "sign-in of staff that has left for an upstream, encrypted",
        "10 minutes",
        "leaving",
        "forget",
        "upstream.forget_attempts",
    ),
    Rule("limits", "keyed digest of who tries too often", "its window", "try", "forget", "limits.purge"),
)


def table() -> list[str]:
    """The published table, as lines of Markdown."""
    head = ["| Rule | Data | Kept | From | Then | Done by |", "|---|---|---|---|---|---|"]
    return head + [
        f"| `{one.key}` | {one.what} | {one.kept} | {one.since} | {one.deed} | `{one.by}` |" for one in PUBLISHED
    ]


def months_before(now: datetime, months: int) -> datetime:
    """The same hour, so many months earlier; the last day of a shorter month."""
    index = now.year * 12 + now.month - 1 - months
    year, month = divmod(index, 12)
    for day in (now.day, 30, 29, 28):
        try:
            return now.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError("a month has 28 days")


def left_before(today: date) -> date:
    """Whoever left before this day is erased now: 1 January of this year from April on, else of the former one."""
    return date(today.year if today.month >= ERASURE_MONTH else today.year - 1, 1, 1)
