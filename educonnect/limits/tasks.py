"""Periodic work of the limits."""

from django.utils import timezone

from educonnect.jobs import queue
from educonnect.limits import spending


@queue.periodic("limits.purge", cron="27 * * * *")
def purge() -> None:
    """Forget the windows that are over: the table holds what is being limited now, nothing more."""
    spending.purge(timezone.now())
