"""What notification declines to do. Codes E-13xx."""

from educonnect.errors import Refusal


class NobodySelected(Refusal):
    """No account answers the selection: all activated, gone, or nobody of that name or class."""

    code = "E-1301"


class UnknownCriterion(Refusal):
    """The selection names a class or a state that does not exist here."""

    code = "E-1302"


class FilesNotReady(Refusal):
    """The letters of this campaign are still being made."""

    code = "E-1303"


class FilesDestroyed(Refusal):
    """The time of these files is over: they no longer exist."""

    code = "E-1304"
