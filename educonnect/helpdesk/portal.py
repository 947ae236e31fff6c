"""The address printed in a school's letters: staff set it, then have it verified."""

from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.delegation.rules import Right
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.schools import portal
from educonnect.schools.models import PortalAddress, School


def declare(mandate: Mandate, uai: str, audience: str, url: str) -> None:
    """Set the address of a school's letters; it is printed once verified. An empty one clears it.

    Raises:
        Refusal: OutOfMandate or PortalRefused; nothing changes then.
    """
    school = _school(mandate, uai)
    portal.declare(school, audience, url)
    record(Event.PORTAL_SET, actor=mandate.actor, uai=school.pk, audience=audience, cleared=not url)


def verify(
    mandate: Mandate,
    uai: str,
    audience: str,
    *,
    resolver: portal.Resolver | None = None,
    fetcher: portal.Fetcher | None = None,
) -> PortalAddress:
    """Have the declared address checked; it is printed from then on.

    Raises:
        Refusal: OutOfMandate or PortalRefused, whose `reason` says what is wrong.
    """
    school = _school(mandate, uai)
    verified = portal.verify(school, audience, resolver=resolver, fetcher=fetcher)
    record(Event.PORTAL_VERIFIED, actor=mandate.actor, uai=school.pk, audience=audience)
    return verified


def _school(mandate: Mandate, uai: str) -> School:
    mandate.require(Right.ADMINISTRATION)  # dépannage helps pupils, sees no setting
    school = mandate.require_school(uai)
    if mandate.scope.divisions is not None:  # a setting is the whole school's
        raise OutOfMandate
    return school
