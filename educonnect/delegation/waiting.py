"""What waits for somebody: why a person may do nothing yet; what ends soon and who has not come, in a place."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from django.db.models import QuerySet
from django.utils import timezone

from educonnect.delegation import rules
from educonnect.delegation.mandate import Mandate
from educonnect.delegation.models import Delegation, Function, Invitation, Post, Suspension
from educonnect.delegation.rules import Right
from educonnect.delegation.suspending import numbers_reached


class Why(Enum):
    """Why a person who signed in may do nothing."""

    STOPPED = auto()  # their rights are suspended
    NOT_GRANTED = auto()  # head of a school whose académie must grant the right first
    NOTHING = auto()  # nobody gave them any


@dataclass(frozen=True, slots=True)
class Waits:
    """How many of each, in a place."""

    ending: int
    invited: int


def why_nothing(staff_id: int, *, now: datetime) -> Why:
    """Why what this person holds comes to nothing."""
    if Suspension.objects.filter(staff=staff_id, lifted_at__isnull=True).exists():
        return Why.STOPPED
    today = timezone.localdate(now)
    heads = Post.objects.filter(staff=staff_id, function=Function.HEAD, starts_on__lte=today, ended_at__isnull=True)
    current = heads.exclude(ends_on__lt=today).select_related("school")
    ungranted = any(
        one.school is not None
        and not rules.rights_of_post(one.function, sector=one.school.sector, degree=one.school.degree)
        for one in current
    )
    return Why.NOT_GRANTED if ungranted else Why.NOTHING


def waits(mandate: Mandate, *, now: datetime) -> Waits:
    """What waits in the place of a mandate to give rights."""
    return Waits(ending=ending(mandate, now=now).count(), invited=invited(mandate, now=now).count())


def ending(mandate: Mandate, *, now: datetime) -> QuerySet[Delegation]:
    """The rights given in the place that end within thirty days, the next first."""
    mandate.require(Right.DELEGATION)
    today = timezone.localdate(now)
    live = Delegation.objects.filter(mandate.scope.schools("school__"), withdrawn_at__isnull=True, starts_on__lte=today)
    return live.filter(ends_on__range=(today, today + rules.ENDING_SOON)).order_by("ends_on", "pk")


def invited(mandate: Mandate, *, now: datetime) -> QuerySet[Invitation]:
    """The invitations of people of the place that wait for them, the next to expire first."""
    live = Invitation.objects.filter(
        used_at__isnull=True, expires_at__gt=now, staff__in=numbers_reached(mandate, now=now)
    )
    return live.select_related("staff").order_by("expires_at", "pk")
