"""What workers do for messages."""

from django.utils import timezone

from educonnect.jobs import queue
from educonnect.jobs import rules as jobs_rules
from educonnect.messaging import sending


@queue.task(sending.TASK, priority=jobs_rules.SOON)
def send(message_id: int) -> None:
    """Hand one message over; running it twice sends nothing twice."""
    sending.deliver(message_id)


@queue.periodic("messaging.sweep", cron="* * * * *", priority=jobs_rules.SOON)
def sweep() -> None:
    """Look after messages that should have left."""
    sending.sweep(timezone.now())
