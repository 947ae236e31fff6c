"""Forget what is over: a session nobody can use any more, a request nobody came for."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from educonnect.sessions import ending, staffing
from educonnect.sessions.models import Departure, Session, StaffSession, Waiting


def forget_expired(now: datetime) -> tuple[int, int]:
    """Delete them; how many sessions and how many requests went. May run at any time, any number of times."""
    with transaction.atomic():
        sessions = ending.remove(Session.objects.filter(ending.over(now)))
        orphans = [one.waiting_id for one in sessions if one.shared and one.waiting_id]
        requests = Waiting.objects.filter(Q(expires_at__lte=now) | Q(pk__in=orphans)).delete()[0]
        Departure.objects.filter(expires_at__lte=now).delete()
        StaffSession.objects.filter(staffing.over(now)).delete()
    return len(sessions), requests
