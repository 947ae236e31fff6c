"""What can be journalled."""

from datetime import timedelta
from enum import StrEnum

#: Addresses and devices are kept this long. Source: CNIL, recommendation on logging, 2021: six months to a year.
CONNECTION_LIFE = timedelta(days=365)

#: A batch holds at most so many lines, which bounds the memory of whoever seals or verifies.
SEAL_LINES = 10_000
#: Seconds that sealing waits for transactions that write to a trail; it comes back in five minutes.
SEAL_PATIENCE = 60.0
SEAL = "*/5 * * * *"


class Event(StrEnum):
    """Each thing the journal can say; the word is stored, so it never changes meaning."""

    SCHOOL_IMPORTED = "school.imported"
    IMPORT_REFUSED = "school.import-refused"
    ACCOUNT_OPENED = "account.opened"
    ACCOUNT_NOTIFIED = "account.notified"
    ACCOUNT_ACTIVATED = "account.activated"
    ACCOUNT_RESET = "account.reset"
    ACCOUNT_LOCKED = "account.locked"
    ACCOUNT_UNLOCKED = "account.unlocked"
    ACCOUNT_CLOSED = "account.closed"
    ACCOUNT_REOPENED = "account.reopened"
    PASSWORD_CHANGED = "account.password-changed"
    ACCOUNT_GROUPED = "account.grouped"
    CHILD_REFUSED = "guardianship.refused"
    REPORT_CONFIRMED = "guardianship.report-confirmed"
    REPORT_DISMISSED = "guardianship.report-dismissed"
    RECOVERY_SENT = "account.recovery-sent"
    RECOVERY_REFUSED = "account.recovery-refused"
    USERNAME_SENT = "account.username-sent"
    EMAIL_DECLARED = "account.email-declared"
    EMAIL_CONFIRMED = "account.email-confirmed"
    EMAIL_DROPPED = "account.email-dropped"
    EMAIL_REMOVED = "account.email-removed"
    SIGNED_IN = "session.signed-in"
    SIGN_IN_FAILED = "session.sign-in-failed"
    LETTER_USED = "session.letter-used"
    SIGNED_OUT = "session.signed-out"
    SERVICE_LEFT = "session.service-left"
    SESSIONS_ENDED = "session.ended-elsewhere"
    THROTTLED = "session.throttled"
    CAMPAIGN_STARTED = "campaign.started"
    CAMPAIGN_DONE = "campaign.done"
    CAMPAIGN_CANCELLED = "campaign.cancelled"
    FILES_TAKEN = "campaign.files-taken"
    FILES_DESTROYED = "campaign.files-destroyed"
    PORTAL_SET = "portal.set"
    PORTAL_VERIFIED = "portal.verified"
    PROVIDER_ADDED = "provider.added"
    PROVIDER_SUSPENDED = "provider.suspended"
    IDENTITY_RELEASED = "federation.released"
    REQUEST_REFUSED = "federation.request-refused"
    MESSAGE_FAILED = "message.failed"
    DATA_EXPORTED = "account.data-exported"
    PERSON_ERASED = "person.erased"
    RETENTION_APPLIED = "retention.applied"
    STAFF_SIGNED_IN = "staff.signed-in"
    STAFF_SIGN_IN_FAILED = "staff.sign-in-failed"
    STAFF_SIGNED_OUT = "staff.signed-out"
    STAFF_SESSIONS_ENDED = "staff.sessions-ended"
    STAFF_ADDED = "staff.added"
    STAFF_CLOSED = "staff.closed"
    STAFF_BOUND = "staff.bound"
    STAFF_INVITED = "staff.invited"
    STAFF_PASSWORD_CHANGED = "staff.password-changed"
    STAFF_RECOVERY_SENT = "staff.recovery-sent"
    FACTOR_ADDED = "staff.factor-added"
    FACTOR_REMOVED = "staff.factor-removed"
    FACTOR_FAILED = "staff.factor-failed"
    POST_GIVEN = "post.given"
    POST_ENDED = "post.ended"
    DELEGATION_GIVEN = "delegation.given"
    DELEGATION_EXTENDED = "delegation.extended"
    DELEGATION_WITHDRAWN = "delegation.withdrawn"
    RIGHTS_SUSPENDED = "rights.suspended"
    RIGHTS_RESTORED = "rights.restored"
    SCOPE_REFUSED = "scope.refused"
    ALERT_RAISED = "alert.raised"
    ALERT_SEEN = "alert.seen"
    TRAIL_EXPORTED = "journal.exported"


#: A line an account, which one line of the gesture that made them tells already (an import, a campaign).
MASS = (Event.ACCOUNT_OPENED, Event.ACCOUNT_NOTIFIED, Event.ACCOUNT_CLOSED, Event.ACCOUNT_REOPENED)
