"""The place a mandate is over: its name, and the addresses of its pages."""

from django.urls import reverse
from django.utils.translation import gettext as _

from educonnect.delegation.mandate import Mandate
from educonnect.schools.reference import ACADEMIES, TERRITORIES


def name(mandate: Mandate) -> str:
    """« Collège des Alizés (9720001A) », « Académie : Martinique », or the national team."""
    scope = mandate.scope
    if scope.uai:
        school = mandate.require_school(scope.uai)
        return f"{school.name} ({school.pk})" if school.name else school.pk
    if scope.academie:
        known = ACADEMIES.get(scope.academie) or TERRITORIES.get(scope.academie)
        return _("Académie : %(name)s") % {"name": known.name if known else scope.academie}
    return _("Équipe nationale")


def at(mandate: Mandate, view: str, *args: object) -> str:
    """The address of a page of this place; a view has one name a kind of place."""
    scope = mandate.scope
    if scope.uai:
        return reverse(f"staff:{view}", args=[scope.uai, *args])
    if scope.academie:
        return reverse(f"staff:academie-{view}", args=[scope.academie, *args])
    return reverse(f"staff:nation-{view}", args=args)
