"""Where somebody acts: a school, an académie or the nation; which of them are theirs."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from educonnect.delegation import mandate
from educonnect.delegation.mandate import Held, OutOfMandate
from educonnect.delegation.models import Function
from educonnect.delegation.rules import Right
from educonnect.schools.models import School
from educonnect.schools.reference import ACADEMIES, TERRITORIES
from educonnect.sessions import staffing

_HELD = "_educonnect_held"
_PLACE = "_educonnect_place"
_HERE = "_educonnect_here"


@dataclass(frozen=True, slots=True)
class Place:
    """A place, in words; with neither school nor académie, the nation."""

    name: str
    uai: str = ""
    academie: str = ""

    @property
    def address(self) -> str:
        """Of its first page."""
        return self.page(school="staff:school", academie="staff:academie", nation="staff:nation")

    def page(self, *, school: str = "", academie: str = "", nation: str = "") -> str:
        """The address of a page here, given its view at each height; empty where this place has none."""
        if self.uai:
            return reverse(school, args=[self.uai]) if school else ""
        if self.academie:
            return reverse(academie, args=[self.academie]) if academie else ""
        return reverse(nation) if nation else ""


def enter(request: HttpRequest, *, uai: str, academie: str) -> None:
    """Note where a mandate was just found good: the page says where one acts."""
    setattr(request, _PLACE, (uai, academie))


def held(request: HttpRequest) -> list[Held]:
    """What the person signed in here holds, read once a request, to show; a gesture reads its mandate anew."""
    if not hasattr(request, _HELD):
        who = staffing.current(request)
        setattr(request, _HELD, mandate.held(who.staff_id, now=timezone.now()) if who is not None and who.open else [])
    found: list[Held] = getattr(request, _HELD)
    return found


def mine(request: HttpRequest) -> list[Place]:
    """Each place where they hold something: the nation, then académies, then schools by name."""
    found = held(request)
    nation = [Place(_("Équipe nationale"))] if any(one.post == Function.NATION for one in found) else []
    academies = {one.scope.academie for one in found if one.post == Function.ACADEMIE}
    return [*nation, *sorted(map(of_academie, academies), key=_name), *_schools({one.school for one in found} - {""})]


def here(request: HttpRequest) -> Place | None:
    """The place of this page; on a page of one's own, the only place there is."""
    if not hasattr(request, _HERE):
        setattr(request, _HERE, _here(request))
    found: Place | None = getattr(request, _HERE)
    return found


def _here(request: HttpRequest) -> Place | None:
    if hasattr(request, _PLACE):
        uai, academie = getattr(request, _PLACE)
        if uai:
            return next(iter(_schools({uai})), None)
        return of_academie(academie) if academie else Place(_("Équipe nationale"))
    own = mine(request)
    return own[0] if len(own) == 1 else None


def several(request: HttpRequest) -> bool:
    """Whether they act in more than one place."""
    return len({(one.school, "" if one.school else one.academie) for one in held(request)}) > 1


def rights(request: HttpRequest, place: Place) -> frozenset[Right]:
    """What they may do there."""
    try:
        return mandate.rights_in(held(request), uai=place.uai, academie=place.academie)
    except OutOfMandate:
        return frozenset()


def of_academie(code: str) -> Place:
    """An académie, or the vice-rectorat that numbers like one."""
    known = ACADEMIES.get(code) or TERRITORIES.get(code)
    return Place(_("Académie : %(name)s") % {"name": known.name if known else code}, academie=code)


def _schools(uais: Iterable[str]) -> list[Place]:
    return (
        [Place(one.name or one.pk, uai=one.pk) for one in School.objects.filter(pk__in=uais).order_by("name", "pk")]
        if uais
        else []
    )


def _name(place: Place) -> str:
    return place.name
