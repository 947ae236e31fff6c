"""What time does to accounts."""

from django.utils import timezone

from educonnect.accounts.closing import close_departed
from educonnect.jobs.queue import periodic


@periodic("accounts.close-departed", "10 2 * * *")
def close_departed_accounts() -> None:
    """Every night, close the accounts of those who left before this year."""
    close_departed(now=timezone.now())
