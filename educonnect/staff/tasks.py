"""What workers do for accounts of the staff."""

from django.utils import timezone

from educonnect.jobs import rules as jobs_rules
from educonnect.jobs.queue import task
from educonnect.staff import recovery


@task(recovery.TASK, priority=jobs_rules.SOON)
def look_at_forgotten() -> None:
    """Look at each « mot de passe oublié » that was put aside; running it twice looks at nothing twice."""
    recovery.look_at_all(now=timezone.now())
