"""What the directory of schools declines."""

from enum import StrEnum

from educonnect.errors import Refusal


class NotAUai(Refusal):
    """Not seven figures and a letter."""

    code = "E-2001"


class PortalReason(StrEnum):
    """Why an address cannot be printed in letters."""

    NOTHING = "nothing"
    MALFORMED = "malformed"
    NOT_HTTPS = "not-https"
    UNRESOLVED = "unresolved"
    PRIVATE = "private"
    ELSEWHERE = "elsewhere"
    SILENT = "silent"


class PortalRefused(Refusal):
    """This address cannot be printed in a school's letters.

    Attributes:
        reason: what is wrong with it.
    """

    code = "E-2010"

    def __init__(self, reason: PortalReason) -> None:
        super().__init__()
        self.reason = reason
