"""What workers do by the clock: forget the sign-ins that nobody came back from."""

from django.utils import timezone

from educonnect.jobs.queue import periodic
from educonnect.upstream.attempts import forget_expired


@periodic("upstream.forget_attempts", "*/5 * * * *")
def forget() -> None:
    """Every five minutes, half as long as one lives."""
    forget_expired(timezone.now())
