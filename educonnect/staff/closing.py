"""Close somebody's account: nothing opens any more, on any server; what they did stays readable."""

from datetime import datetime

from django.db import transaction

from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.staff.models import Staff


def close(staff_id: int, *, actor: str, now: datetime) -> bool:
    """Whoever calls checked that they may. Their posts and rights count for nothing from now on.

    Returns:
        Whether this call closed it.
    """
    with transaction.atomic():
        staff = Staff.objects.select_for_update().get(pk=staff_id)
        if staff.closed_at is not None:
            return False
        staff.closed_at = now
        staff.epoch += 1
        staff.save(update_fields=["closed_at", "epoch"])
        record(Event.STAFF_CLOSED, actor=actor, staff=staff_id)
    return True
