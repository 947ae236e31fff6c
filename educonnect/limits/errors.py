"""What a limit declines."""

from datetime import timedelta

from educonnect.errors import Refusal


class TooManyAttempts(Refusal):
    """Tried too often; nothing was tried this time, and asking again does not lengthen the wait.

    Attributes:
        wait: how long until the next try is heard.
    """

    code = "E-1101"

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait
