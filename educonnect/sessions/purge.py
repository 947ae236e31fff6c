"""Forget what is over: a session nobody can use any more, a request nobody came for."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from educonnect.sessions.models import Session, Waiting


def forget_expired(now: datetime) -> tuple[int, int]:
    """Delete them; how many sessions and how many requests went. May run at any time, any number of times."""
    idle = now - timedelta(seconds=settings.SESSION_IDLE)
    idle_shared = now - timedelta(seconds=settings.SESSION_SHARED)
    over = (
        Q(expires_at__lte=now) | Q(shared=False, last_seen_at__lte=idle) | Q(shared=True, last_seen_at__lte=idle_shared)
    )
    with transaction.atomic():
        orphans = list(
            Session.objects.filter(over, shared=True, waiting__isnull=False).values_list("waiting", flat=True)
        )
        sessions = Session.objects.filter(over).delete()[0]
        requests = Waiting.objects.filter(Q(expires_at__lte=now) | Q(pk__in=orphans)).delete()[0]
    return sessions, requests
