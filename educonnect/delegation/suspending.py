"""Stop at once whatever somebody may do in a school, an académie or everywhere; let it begin again.

The place is the mandate's own: a head stops a person in the school, the académie in the académie, the nation
everywhere. Nothing is lost: posts and delegations stay as they are, and count for nothing meanwhile.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from educonnect.delegation import notices
from educonnect.delegation.delegating import held_still
from educonnect.delegation.errors import Oneself
from educonnect.delegation.mandate import Mandate, OutOfMandate, actor_of, again
from educonnect.delegation.models import Delegation, Post, Suspension
from educonnect.delegation.rules import Right
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.staff.models import Staff


def suspend(mandate: Mandate, staff_id: int, *, now: datetime) -> bool:
    """Stop somebody's rights in the place of the mandate, and tell them.

    Returns:
        Whether this call stopped them; False: they were stopped there already.

    Raises:
        Refusal: OutOfMandate where they hold nothing there, or Oneself.
    """
    with transaction.atomic():
        mandate = _anew(mandate, now)
        if actor_of(staff_id) == mandate.actor:
            raise Oneself
        person = held_still(reached(mandate, now=now), staff_id)
        if _here(mandate).filter(staff=person).exists():
            return False
        scope = mandate.scope
        stopped = Suspension.objects.create(
            staff=person, school_id=scope.uai or None, academie=scope.academie, by=mandate.actor, at=now
        )
        record(Event.RIGHTS_SUSPENDED, actor=mandate.actor, uai=scope.uai, staff=person.pk, academie=scope.academie)
        notices.suspended(stopped)
    return True


def restore(mandate: Mandate, staff_id: int, *, now: datetime) -> bool:
    """Let somebody's rights hold again where this mandate had stopped them, or could have; they are told.

    What an académie or the nation stopped in a wider place stays stopped.

    Returns:
        Whether there was anything to restore.

    Raises:
        Refusal: OutOfMandate, or Oneself.
    """
    with transaction.atomic():
        mandate = _anew(mandate, now)
        if actor_of(staff_id) == mandate.actor:
            raise Oneself
        found = list(
            _within(mandate).filter(staff=staff_id).select_related("staff", "school").select_for_update(of=("self",))
        )
        for stopped in found:
            stopped.lifted_at, stopped.lifted_by = now, mandate.actor
            stopped.save(update_fields=["lifted_at", "lifted_by"])
            record(
                Event.RIGHTS_RESTORED,
                actor=mandate.actor,
                uai=stopped.school_id or "",
                staff=staff_id,
                academie=stopped.academie,
            )
            notices.restored(stopped, now)
    return bool(found)


def suspended(mandate: Mandate) -> QuerySet[Suspension]:
    """The suspensions that this mandate may lift, the last first."""
    mandate.require(Right.DELEGATION)
    return _within(mandate).select_related("staff", "school").order_by("-at", "-pk")


def stopped_in(mandate: Mandate, uai: str) -> set[int]:
    """Whose rights are stopped in a school, by whomever."""
    mandate.require(Right.DELEGATION)
    school = mandate.require_school(uai)
    here = Q(school=school) | Q(school__isnull=True, academie__in=("", school.academie))
    staff = Q(staff__posts__school=school) | Q(staff__delegations__school=school)
    return set(Suspension.objects.filter(here & staff, lifted_at__isnull=True).values_list("staff", flat=True))


def reached(mandate: Mandate, *, now: datetime) -> QuerySet[Staff]:
    """Whoever holds a post or a right in the place of the mandate."""
    return Staff.objects.filter(pk__in=numbers_reached(mandate, now=now))


def numbers_reached(mandate: Mandate, *, now: datetime) -> QuerySet[Any, Any]:
    """Their numbers, for a condition on rows that name them; put together as in `delegating.people`."""
    mandate.require(Right.DELEGATION)
    scope, today = mandate.scope, timezone.localdate(now)
    lasting = Q(ends_on__isnull=True) | Q(ends_on__gte=today)
    posts = (Post.objects.filter(part, lasting, ended_at__isnull=True).values("staff") for part in scope.parts())
    given = Delegation.objects.filter(scope.schools("school__"), withdrawn_at__isnull=True, ends_on__gte=today)
    return given.values("staff").union(*posts)


def _anew(mandate: Mandate, now: datetime) -> Mandate:
    """The mandate to give rights, read again in the transaction that uses it."""
    mandate.require(Right.DELEGATION)
    scope = mandate.scope
    if scope.divisions is not None:
        raise OutOfMandate
    return again(mandate.actor, Right.DELEGATION, uai=scope.uai, academie=scope.academie, now=now)


def _here(mandate: Mandate) -> QuerySet[Suspension]:
    """Those in force in exactly the place of the mandate."""
    scope = mandate.scope
    return Suspension.objects.filter(school=scope.uai or None, academie=scope.academie, lifted_at__isnull=True)


def _within(mandate: Mandate) -> QuerySet[Suspension]:
    """Those in force in that place or in a smaller one of it."""
    return Suspension.objects.filter(mandate.scope.rows(), lifted_at__isnull=True)
