"""Forget campaigns, and at once the files that hold somebody's letter."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from educonnect.notification.models import Campaign, Chunk


def erase_letters(accounts: Iterable[int]) -> int:
    """Destroy the files that hold letters of these accounts, with the others of those files; how many.

    They live a day: the school prints again what it had not taken.
    """
    holding = Chunk.objects.filter(Q(letters__isnull=False) | Q(rows__isnull=False), accounts__overlap=list(accounts))
    return holding.update(letters=None, rows=None)


def campaigns_past(before: datetime) -> QuerySet[Campaign]:
    """Campaigns asked for before that instant."""
    return Campaign.objects.filter(created_at__lt=before)
