"""What is known of a person from what they hold: their schools, how far they reach, what no password may say."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from educonnect.accounts.passwords import Personal
from educonnect.delegation.models import Delegation, Function, Post
from educonnect.schools.models import School
from educonnect.staff.models import Staff


def schools(staff_id: int) -> list[School]:
    """Those where they have a post, or were given a right, by name."""
    posts = Post.objects.filter(staff=staff_id, ended_at__isnull=True, school__isnull=False).values("school")
    given = Delegation.objects.filter(staff=staff_id, withdrawn_at__isnull=True).values("school")
    return list((School.objects.filter(pk__in=posts) | School.objects.filter(pk__in=given)).order_by("name", "pk"))


def asks_for_a_passkey(staff_id: int, *, now: datetime) -> bool:
    """Whether they have a post of an académie or of the nation, be it suspended or to come.

    Else whoever relays a code while the post sleeps would add a passkey of their own for the day it wakes.
    """
    lasting = Q(ends_on__isnull=True) | Q(ends_on__gte=timezone.localdate(now))
    wide = Post.objects.filter(lasting, staff=staff_id, function__in=(Function.ACADEMIE, Function.NATION))
    return wide.filter(ended_at__isnull=True).exists()


def personal(staff: Staff) -> Personal:
    """What must not stand in this person's password."""
    known = schools(staff.pk)
    return Personal(
        names=tuple(filter(None, (staff.first_name, staff.name))),
        username=staff.email.partition("@")[0],
        places=tuple(text for one in known for text in (one.name, one.town) if text),
        uais=tuple(one.pk for one in known),
    )
