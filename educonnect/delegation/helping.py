"""Help somebody of a place back in: end their sessions at once, take away factors they lost and invite them anew."""

from datetime import datetime

from django.db import transaction

from educonnect.delegation import invitations
from educonnect.delegation.delegating import held_still
from educonnect.delegation.errors import Oneself
from educonnect.delegation.mandate import Mandate, OutOfMandate, actor_of, again, held
from educonnect.delegation.models import Function, Post
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

    Whoever acts over an académie or the nation is helped by the nation alone, the head of another school by the
    académie: nobody weakens a person who gives rights where they cannot.

    Raises:
        Refusal: OutOfMandate, Oneself; NoAddress where no invitation could be sent. Nothing was changed then.
    """
    with transaction.atomic():
        person = _person(mandate, staff_id, now)
        if actor_of(person.pk) == mandate.actor:
            raise Oneself
        wide = Post.objects.filter(
            staff=person, function__in=(Function.ACADEMIE, Function.NATION), ended_at__isnull=True
        )
        if (mandate.scope.uai or mandate.scope.academie) and (wide.exists() or _gives_beyond(mandate, person, now)):
            raise OutOfMandate
        if not person.email:
            raise NoAddress
        factors.forget_all(person.pk, actor=mandate.actor, now=now)
        invitations.send(person.pk, actor=mandate.actor, uai=mandate.scope.uai, now=now)


def _gives_beyond(mandate: Mandate, person: Staff, now: datetime) -> bool:
    """Whether they give rights in a school that this mandate does not cover."""
    given = {one.school for one in held(person.pk, now=now) if Right.DELEGATION in one.rights}
    return not all(mandate.covers(uai) for uai in given)


def _person(mandate: Mandate, staff_id: int, now: datetime) -> Staff:
    """The person, held until the transaction ends, by the mandate as it is now."""
    scope = mandate.scope
    if mandate.right == Right.OPERATION:
        anew = mandate
    else:
        mandate.require(Right.DELEGATION)
        anew = again(mandate.actor, Right.DELEGATION, uai=scope.uai, academie=scope.academie, now=now)
    return held_still(reached(anew, now=now), staff_id)
