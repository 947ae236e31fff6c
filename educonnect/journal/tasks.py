"""Periodic work of the journal."""

from django.utils import timezone

from educonnect.jobs.queue import periodic
from educonnect.journal import purging


@periodic("journal.forget-connections", "37 3 * * *")
def forget_connections() -> None:
    """Every night, forget the addresses of a year ago."""
    purging.forget_connections(timezone.now())
