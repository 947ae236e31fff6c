"""What workers do by the clock: forget sessions and requests that are over."""

from django.utils import timezone

from educonnect.jobs.queue import periodic
from educonnect.sessions.purge import forget_expired


@periodic("sessions.forget_expired", "*/10 * * * *")
def forget() -> None:
    """Every ten minutes: little to do each time, and tables that stay small."""
    forget_expired(timezone.now())
