"""What the directory of schools declines."""

from educonnect.errors import Refusal


class NotAUai(Refusal):
    """Not seven figures and a letter."""

    code = "E-2001"
