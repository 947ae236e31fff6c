"""What time does to the roll."""

from django.utils import timezone

from educonnect.jobs.queue import periodic
from educonnect.population.enrolments import end_due


@periodic("population.end-due", "10 1 * * *")
def end_due_enrolments() -> None:
    """Every night, end the enrolments whose time has come."""
    end_due(now=timezone.now())
