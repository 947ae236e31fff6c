"""Help somebody of a place back in: end their sessions at once, take away factors they lost and invite them anew."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from educonnect.delegation import invitations
from educonnect.delegation.delegating import held_still
from educonnect.delegation.errors import Oneself, ReachesFurther
from educonnect.delegation.mandate import Mandate, actor_of, again
from educonnect.delegation.models import Delegation, Function, Post
from educonnect.delegation.rules import Right
from educonnect.delegation.suspending import reached
from educonnect.staff import factors, passwords
from educonnect.staff.errors import NoAddress
from educonnect.staff.models import Staff


def end_sessions(mandate: Mandate, staff_id: int, *, now: datetime) -> None:
    """End every session of a person of the place, on every server (T35).

    Raises:
        OutOfMandate
    """
    with transaction.atomic():
        person = _person(mandate, staff_id, now)
        scope = mandate.scope
        passwords.end_sessions(person.pk, actor=mandate.actor, uai=scope.uai, academie=scope.academie)


def forget_factors(mandate: Mandate, staff_id: int, *, now: datetime) -> None:
    """Take the second factors of a person of the place away, who lost them, and send the invitation to come back by.

    Whoever acts in another place too, or over an académie, is helped from above: a school or an académie weakens nobody
    who reaches further than it does.

    Raises:
        Refusal: OutOfMandate, Oneself, ReachesFurther; NoAddress where no invitation could be sent. Nothing was changed
            then.
    """
    with transaction.atomic():
        person = _person(mandate, staff_id, now)
        if actor_of(person.pk) == mandate.actor:
            raise Oneself
        if (mandate.scope.uai or mandate.scope.academie) and _reaches_further(person, mandate, now):
            raise ReachesFurther
        if not person.email:
            raise NoAddress
        factors.forget_all(person.pk, actor=mandate.actor, now=now)
        invitations.send(person.pk, actor=mandate.actor, uai=mandate.scope.uai, now=now)


def _reaches_further(person: Staff, mandate: Mandate, now: datetime) -> bool:
    """Whether a post that may give rights, or a right given, is beyond the schools of the mandate, be it to come."""
    lasting = Q(ends_on__isnull=True) | Q(ends_on__gte=timezone.localdate(now))
    beyond = Q(staff=person) & (Q(school__isnull=True) | ~Q(school__in=mandate.schools()))
    posts = Post.objects.filter(lasting, beyond, ended_at__isnull=True).exclude(function=Function.OTHER)
    return posts.exists() or Delegation.objects.filter(lasting, beyond, withdrawn_at__isnull=True).exists()


def _person(mandate: Mandate, staff_id: int, now: datetime) -> Staff:
    """The person, held until the transaction ends, by the mandate as it is now."""
    scope = mandate.scope
    if mandate.right == Right.OPERATION:
        anew = mandate
    else:
        mandate.require(Right.DELEGATION)
        anew = again(mandate.actor, Right.DELEGATION, uai=scope.uai, academie=scope.academie, now=now)
    return held_still(reached(anew, now=now), staff_id)
