"""Whom of the staff nothing keeps any more."""

from datetime import datetime

from django.db.models import Q, QuerySet

from educonnect.delegation.models import Post
from educonnect.staff.models import Staff


def named_past(before: datetime) -> QuerySet[Staff]:
    """People whom a base or a file named, who never came, hold nothing, and of whom nobody spoke since that instant."""
    never_came = Q(password="", subject="", last_signed_in_at__isnull=True, created_at__lt=before)
    holding = Post.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=before)).values("staff")
    return Staff.objects.filter(never_came, delegations__isnull=True).exclude(pk__in=holding)
