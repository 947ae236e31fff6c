"""What a sign-in proved: who, how, when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Method(StrEnum):
    """How the person proved who they are."""

    PASSWORD = "password"
    PROVISIONAL = "provisional"  # a letter's password: opens the next step only, never a service


@dataclass(frozen=True, slots=True)
class Authentication:
    """A proof that is enough to open a session.

    Attributes:
        failures: wrong tries since the last time, to tell the person (ASVS 6.3.5).
        former: the last time; None at the first.
    """

    account_id: int
    epoch: int
    method: Method
    at: datetime
    failures: int = 0
    former: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A right provisional password: what must come first, activation or a new password."""

    account_id: int
    epoch: int
    step: "Step"
    at: datetime


class Step(StrEnum):
    """What stands between a right provisional password and a session."""

    ACTIVATION = "activation"
    NEW_PASSWORD = "new-password"
