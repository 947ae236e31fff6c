"""Periodic work of the journal."""

from django.utils import timezone

from educonnect.jobs.queue import periodic
from educonnect.journal import purging, rules, sealing
from educonnect.journal.trails import Trail


@periodic("journal.seal", rules.SEAL)
def seal() -> None:
    """Every five minutes, seal what was written since."""
    for trail in Trail:
        sealing.seal(trail)


@periodic("journal.forget-connections", "37 3 * * *")
def forget_connections() -> None:
    """Every night, forget the addresses of a year ago."""
    purging.forget_connections(timezone.now())
