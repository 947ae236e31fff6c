"""What staff read of the journal, and from how much on somebody is told."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from educonnect.journal.rules import MASS, Event
from educonnect.limits.limit import Limit

#: Lines of one page.
PAGE = 50
#: Lines of one export at most, read so many at a time; and how often one may be asked for.
EXPORTED = 10_000
EXPORT_CHUNK = 500
EXPORTS = Limit(times=10, within=timedelta(hours=1))
#: Accounts a search by name shows at most.
FOUND = 20


class Cause(StrEnum):
    """What a thief of somebody's rights would do."""

    FILES = "files"  # letters with their passwords, taken again and again
    RESETS = "resets"  # passwords replaced
    ROWS = "rows"  # people read, exported, reset, or on the letters taken
    REFUSED = "refused"  # places that are not theirs


#: Counted a person and an hour; more than this raises an alert, once a cause, a place and an hour (decision 0133).
#: A whole lycée's letters are taken once or twice; a class is reset, rarely three.
ALERT_WITHIN = timedelta(hours=1)
ALERT_FROM: Mapping[Cause, int] = {Cause.FILES: 10, Cause.RESETS: 100, Cause.REFUSED: 9}
#: What is shown of alerts at once.
ALERTS_SHOWN = 100


class Kind(StrEnum):
    """What a reader may ask for: gestures of one sort."""

    LETTERS = "letters"
    HELP = "help"
    BASE = "base"
    SETTINGS = "settings"
    RIGHTS = "rights"
    WATCH = "watch"
    ACCESS = "access"


#: Each event that staff may read, by sort. What is in none is the holder's own affair, or a machine's (decision 0132).
EVENTS: Mapping[Kind, tuple[Event, ...]] = {
    Kind.LETTERS: (
        Event.CAMPAIGN_STARTED,
        Event.CAMPAIGN_DONE,
        Event.CAMPAIGN_CANCELLED,
        Event.FILES_TAKEN,
        Event.FILES_DESTROYED,
        Event.ACCOUNT_NOTIFIED,
    ),
    Kind.HELP: (Event.ACCOUNT_RESET, Event.ACCOUNT_LOCKED, Event.ACCOUNT_UNLOCKED, Event.ACCOUNT_ACTIVATED),
    Kind.BASE: (
        Event.SCHOOL_IMPORTED,
        Event.IMPORT_REFUSED,
        Event.ACCOUNT_OPENED,
        Event.ACCOUNT_CLOSED,
        Event.ACCOUNT_REOPENED,
        Event.CHILD_REFUSED,
        Event.REPORT_CONFIRMED,
        Event.REPORT_DISMISSED,
    ),
    Kind.SETTINGS: (Event.PORTAL_SET, Event.PORTAL_VERIFIED),
    Kind.RIGHTS: (
        Event.STAFF_ADDED,
        Event.STAFF_CLOSED,
        Event.STAFF_INVITED,
        Event.STAFF_BOUND,
        Event.POST_GIVEN,
        Event.POST_ENDED,
        Event.DELEGATION_GIVEN,
        Event.DELEGATION_EXTENDED,
        Event.DELEGATION_WITHDRAWN,
        Event.RIGHTS_SUSPENDED,
        Event.RIGHTS_RESTORED,
    ),
    Kind.WATCH: (Event.SCOPE_REFUSED, Event.ALERT_RAISED, Event.ALERT_SEEN, Event.TRAIL_EXPORTED),
    Kind.ACCESS: (
        Event.STAFF_SIGNED_IN,
        Event.STAFF_SIGN_IN_FAILED,
        Event.STAFF_SIGNED_OUT,
        Event.STAFF_SESSIONS_ENDED,
        Event.STAFF_PASSWORD_CHANGED,
        Event.STAFF_RECOVERY_SENT,
        Event.FACTOR_ADDED,
        Event.FACTOR_REMOVED,
        Event.FACTOR_FAILED,
    ),
}
#: How somebody of the staff comes in is read by that person alone.
OWN_ONLY = frozenset(EVENTS[Kind.ACCESS])
#: What is read of a place.
IN_PLACE = frozenset(event for events in EVENTS.values() for event in events) - OWN_ONLY
#: Of one account, also where no school stands on the line: how far it got, never what its holder does with it.
MILESTONES = frozenset(
    {*MASS, Event.ACCOUNT_ACTIVATED, Event.ACCOUNT_RESET, Event.ACCOUNT_LOCKED, Event.ACCOUNT_UNLOCKED}
)
#: What staff never read: what holders do with their accounts, what services receive, what machines note.
NOT_FOR_STAFF = frozenset(
    {
        Event.PASSWORD_CHANGED,
        Event.ACCOUNT_GROUPED,
        Event.RECOVERY_SENT,
        Event.RECOVERY_REFUSED,
        Event.USERNAME_SENT,
        Event.EMAIL_DECLARED,
        Event.EMAIL_CONFIRMED,
        Event.EMAIL_DROPPED,
        Event.EMAIL_REMOVED,
        Event.SIGNED_IN,
        Event.SIGN_IN_FAILED,
        Event.LETTER_USED,
        Event.SIGNED_OUT,
        Event.SERVICE_LEFT,
        Event.SESSIONS_ENDED,
        Event.THROTTLED,
        Event.PROVIDER_ADDED,
        Event.PROVIDER_SUSPENDED,
        Event.IDENTITY_RELEASED,
        Event.REQUEST_REFUSED,
        Event.MESSAGE_FAILED,
        Event.DATA_EXPORTED,
        Event.PERSON_ERASED,
        Event.RETENTION_APPLIED,
    }
)
