"""What a member of the staff proved at sign-in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class First(StrEnum):
    """The first factor."""

    PASSWORD = "password"
    UPSTREAM = "upstream"  # ProConnect, or the académie's hub


class Second(StrEnum):
    """The second factor; a session without one opens only the screens that ask for it."""

    NONE = ""
    PASSKEY = "passkey"
    TOTP = "totp"
    RECOVERY = "recovery-code"
    UPSTREAM = "upstream"  # the upstream's own, told by its acr or amr


#: What a page in the middle cannot relay. Source: promise T25; ANSSI, multi-factor authentication, 2021.
PHISHING_RESISTANT = frozenset({Second.PASSKEY})


@dataclass(frozen=True, slots=True)
class StaffAuthentication:
    """Who proved what, and when.

    Attributes:
        proved_at: when they last typed or touched something, told by an upstream where they may have been signed in for
            hours; None: at this very sign-in.
        failures: wrong tries since the last time, to tell the person.
        former: the last time; None at the first.
    """

    staff_id: int
    epoch: int
    first: First
    at: datetime
    second: Second = Second.NONE
    proved_at: datetime | None = None
    failures: int = 0
    former: datetime | None = None
