"""When a message is tried, tried again, given up and forgotten."""

from datetime import timedelta

#: After failure 1, 2, 3…; one more failure and the message is given up.
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=8),
    timedelta(hours=24),
)
#: A worker that has not come back from the mail server by then is dead: the message is tried again.
SENDING = timedelta(minutes=10)
#: The sweep looks after messages whose job was lost, this long after they were due.
OVERDUE = timedelta(minutes=2)
#: Rows of messages gone or given up; their content is erased long before.
KEPT = timedelta(days=90)


def wait_after(failures: int) -> timedelta | None:
    """How long to wait after so many failures; None: give up."""
    return WAITS[failures - 1] if failures <= len(WAITS) else None
