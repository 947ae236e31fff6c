"""What the help desk declines to do. Codes E-1311 and after."""

from educonnect.errors import Refusal


class UnknownAccount(Refusal):
    """No account in scope bears this username."""

    code = "E-1311"


class NotActivated(Refusal):
    """None of these accounts has a password of its own to reset: they wait for a letter, or are closed."""

    code = "E-1312"


class NotLocked(Refusal):
    """The account is not locked."""

    code = "E-1313"


class NoReport(Refusal):
    """No report in scope bears this number, or it was decided."""

    code = "E-1267"


class CannotLock(Refusal):
    """The account is closed."""

    code = "E-1314"
