"""The pages of the staff, in one place: a page that comes adds its line, with the right it needs."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from educonnect.delegation.rules import Right
from educonnect.sessions import staffing
from educonnect.staff.authentication import First
from educonnect.web.staff import places
from educonnect.web.staff.places import Place

Line = tuple[Promise, str, bool]


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of a place, by its view in a school, in an académie and for the nation (empty: none there).

    Attributes:
        rights: one of them is enough to read it.
    """

    label: Promise
    rights: tuple[Right, ...]
    school: str = ""
    academie: str = ""
    nation: str = ""

    def within(self, place: Place) -> str:
        """Its address there, empty if there is none."""
        return place.page(school=self.school, academie=self.academie, nation=self.nation)


ENTRIES: tuple[Entry, ...] = (
    Entry(_("Accueil"), tuple(Right), school="staff:school", academie="staff:academie", nation="staff:nation"),
    Entry(_("Délégations"), (Right.DELEGATION,), school="staff:delegations"),
    Entry(_("Établissements"), (Right.DELEGATION,), academie="staff:academie-schools"),
    Entry(_("Académies"), (Right.DELEGATION,), nation="staff:nation-academies"),
    Entry(
        _("Personnes suspendues"),
        (Right.DELEGATION,),
        academie="staff:academie-suspensions",
        nation="staff:nation-suspensions",
    ),
    Entry(_("Journal"), (Right.DELEGATION,), school="staff:journal", academie="staff:academie-journal"),
    Entry(
        _("Alertes"),
        (Right.DELEGATION,),
        school="staff:alerts",
        academie="staff:academie-alerts",
        nation="staff:nation-alerts",
    ),
    Entry(
        _("Accès perdu d’un collègue"),
        (Right.DELEGATION,),
        school="staff:lost-factors",
        academie="staff:academie-lost-factors",
        nation="staff:nation-lost-factors",
    ),
)
#: Nobody who comes by another way in has one.
PASSWORD = "staff:password"
#: Label and view of each page of one's own.
OWN: tuple[tuple[Promise, str], ...] = (
    (_("Mon compte"), "staff:account"),
    (_("Mot de passe"), PASSWORD),
    (_("Mes droits"), "staff:my-rights"),
    (_("Sécurité"), "staff:security"),
    (_("Mon journal"), "staff:own-journal"),
)


def pages(request: HttpRequest) -> list[Line]:
    """Label, address, and whether it is the page that is read, for each page of this place that they may read."""
    place = places.here(request)
    if place is None:
        return []
    rights = places.rights(request, place)
    found = [(entry.label, entry.within(place)) for entry in ENTRIES if rights.intersection(entry.rights)]
    return [(label, address, address == request.path) for label, address in found if address]


def own(request: HttpRequest) -> list[Line]:
    """The same for the pages of their own."""
    who = staffing.current(request)
    local = who is not None and who.first == First.PASSWORD
    found = [(label, reverse(view)) for label, view in OWN if local or view != PASSWORD]
    return [(label, address, address == request.path) for label, address in found]
