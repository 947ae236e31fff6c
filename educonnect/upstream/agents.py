"""From what an upstream proved to a member of the staff: who they are here, and what the hub says they hold."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from educonnect.delegation import hub, invitations, posts
from educonnect.delegation import known as delegation
from educonnect.delegation.hub import NamedByHub
from educonnect.delegation.models import Function, Source
from educonnect.delegation.posts import HeldElsewhere
from educonnect.delegation.rules import Right
from educonnect.schools.models import School
from educonnect.schools.reference import SI_INSTANCES
from educonnect.staff import elsewhere, factors
from educonnect.staff.authentication import Second, StaffAuthentication
from educonnect.staff.elsewhere import ClosedElsewhere, Person
from educonnect.staff.errors import InvitationOver, InvitedElsewhere
from educonnect.upstream import arena, rules
from educonnect.upstream.client import Told
from educonnect.upstream.errors import Reason, SignInRefused
from educonnect.upstream.rules import Upstream

_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a hub says somebody holds, within its académie.

    Attributes:
        left_out: how many things it said were left out.
    """

    posts: tuple[HeldElsewhere, ...] = ()
    delegations: tuple[NamedByHub, ...] = ()
    left_out: int = 0

    @property
    def any(self) -> bool:
        return bool(self.posts or self.delegations)


def come_in(upstream: Upstream, told: Told, *, invitation: str = "", now: datetime) -> StaffAuthentication:
    """Who this is, brought up to date.

    Args:
        invitation: the token of one that this person followed; they are bound to it.

    Raises:
        SignInRefused: nobody known here, or closed; an invitation that serves no more. Nothing was changed.
    """
    person = person_of(upstream, told)
    found = holdings(upstream, told.claims) if upstream.is_hub else Holdings()
    try:
        with transaction.atomic():
            if invitation:
                invitations.accept_upstream(invitation, person.issuer, person.subject, now=now)
            staff_id = elsewhere.known(person.issuer, person.subject)
            if staff_id is None:
                if not found.any:
                    raise SignInRefused(Reason.NOTHING_HERE if upstream.is_hub else Reason.UNKNOWN_PERSON)
                staff_id = elsewhere.add(person, now=now)
            left_out = _declare(staff_id, found, now) if upstream.is_hub else 0
            second = second_of(told)
            proof = elsewhere.enter(
                staff_id,
                person,
                second,
                upstream=upstream.name,
                proved_at=_proved_at(told, now),
                left_out=left_out,
                now=now,
            )
    except ClosedElsewhere as error:
        raise SignInRefused(Reason.CLOSED) from error
    except (InvitationOver, InvitedElsewhere) as error:
        raise SignInRefused(Reason.INVITATION_OVER) from error
    return proof


def second_of(told: Told) -> Second:
    """The upstream's own second factor, if it says that there was one."""
    return Second.UPSTREAM if rules.two_factors(told.acr, told.amr) else Second.NONE


def known(told: Told) -> int | None:
    """Whose subject this is here."""
    return elsewhere.known(told.issuer, told.subject)


def by_passkey_alone(staff_id: int, *, now: datetime) -> bool:
    """Whether nothing else proves this person (decision 0122): a copied page relays what the upstream asks."""
    return delegation.asks_for_a_passkey(staff_id, now=now) and bool(factors.of(staff_id).passkeys)


def since(told: Told, at: datetime) -> bool:
    """Whether the upstream says that they signed in there after this moment, clocks being what they are."""
    return told.authenticated_at is not None and told.authenticated_at >= (at - rules.SKEW).timestamp()


def _proved_at(told: Told, now: datetime) -> datetime:
    """When they proved there who they are: long ago where the upstream does not say, for one may be signed in there
    all day, and have left the computer."""
    return datetime.fromtimestamp(min(told.authenticated_at or 0, now.timestamp()), UTC)


def person_of(upstream: Upstream, told: Told) -> Person:
    """Names and address as they may be shown; what is no name or no address is empty."""
    return Person(
        issuer=told.issuer,
        subject=told.subject,
        first_name=_name(told.claims.get("given_name")),
        name=_name(told.claims.get("family_name" if upstream.is_hub else "usual_name")),
        email=_email(told.claims.get("email")),
    )


def holdings(upstream: Upstream, claims: Mapping[str, Any]) -> Holdings:
    """Posts and delegations in the schools of the hub's own académie, whatever it says of others."""
    said = arena.read(claims)
    if said.codaca and _academie(said.codaca) != upstream.academie:
        return Holdings(left_out=said.left_out + len(said.schools()) + len(said.delegations))
    named = said.schools() | {one.uai for one in said.delegations}
    degrees = dict(School.objects.filter(pk__in=named, academie=upstream.academie).values_list("pk", "degree"))
    delegations = {
        NamedByHub(Right(upstream.rights[one.application]), one.uai, one.starts_on, one.ends_on)
        for one in said.delegations
        if one.application in upstream.rights and one.uai in degrees
    }
    return Holdings(
        posts=tuple(_post(said, uai, degrees[uai]) for uai in sorted(said.schools() & degrees.keys())),
        delegations=tuple(delegations),
        left_out=said.left_out + len(named - degrees.keys()),
    )


def _post(said: arena.HubClaims, uai: str, degree: int) -> HeldElsewhere:
    if uai in said.heads():
        return HeldElsewhere(Function.HEAD if degree == 2 else Function.PRIMARY_HEAD, uai, title=said.function)
    if uai in said.deputies() and degree == 2:
        return HeldElsewhere(Function.DEPUTY, uai, title=said.function)
    return HeldElsewhere(Function.OTHER, uai, title=said.functions.get(uai) or said.function)


def _declare(staff_id: int, found: Holdings, now: datetime) -> int:
    """Replace what the hub said before; how many things were left out in all."""
    posts.declare(staff_id, found.posts, Source.HUB, now=now)
    return found.left_out + hub.declare(staff_id, found.delegations, now=now)


def _academie(codaca: str) -> str:
    """`25`, `025`, or one of the two information systems of Normandie -> the académie's code."""
    code = codaca.lstrip("0").zfill(2) if len(codaca) == 3 else codaca
    return SI_INSTANCES[code].academie if code in SI_INSTANCES else code


def _name(value: object) -> str:
    if not isinstance(value, str) or len(value) > 10 * _LONGEST_NAME:
        return ""
    clean = "".join(one if one.isprintable() else " " for one in unicodedata.normalize("NFC", value))
    return " ".join(clean.split())[:_LONGEST_NAME].strip()


def _email(value: object) -> str:
    if not isinstance(value, str) or len(value) > 254:
        return ""
    try:
        validate_email(value.strip())
    except ValidationError:
        return ""
    return value.strip()
