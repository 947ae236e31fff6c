"""What workers do for accounts: what time does to them, and what their owners forgot."""

from django.utils import timezone

from educonnect.accounts import recovery
from educonnect.accounts.closing import close_departed
from educonnect.jobs import rules as jobs_rules
from educonnect.jobs.queue import periodic, task


@periodic("accounts.close-departed", "10 2 * * *")
def close_departed_accounts() -> None:
    """Every night, close the accounts of those who left before this year."""
    close_departed(now=timezone.now())


@task(recovery.TASK, priority=jobs_rules.SOON)
def look_at_forgotten() -> None:
    """Look at each « oublié » that was put aside; running it twice looks at nothing twice."""
    recovery.look_at_all(now=timezone.now())
