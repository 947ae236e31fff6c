"""What time does to what is kept."""

from django.utils import timezone

from educonnect.jobs.queue import periodic
from educonnect.privacy import retention, rules


@periodic(rules.NIGHTLY, "20 4 * * *")
def apply_retention() -> None:
    """Every night, once those who left are closed, delete what the published table says."""
    retention.apply(now=timezone.now())
