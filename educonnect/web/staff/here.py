"""The place a mandate is over: its name, and the addresses of its pages."""

from django.urls import reverse
from django.utils.translation import gettext as _

from educonnect.delegation.mandate import Mandate
from educonnect.web.staff.rights import academie_of, name_of


def name(mandate: Mandate) -> str:
    """« Collège des Alizés (9720001A) », « Académie : Martinique », or the national team."""
    scope = mandate.scope
    if scope.uai:
        return name_of(mandate.require_school(scope.uai))
    if scope.academie:
        return _("Académie : %(name)s") % {"name": academie_of(scope.academie)}
    return _("Équipe nationale")


def at(mandate: Mandate, view: str, *args: object) -> str:
    """The address of a page of this place; a view has one name a kind of place."""
    scope = mandate.scope
    if scope.uai:
        return reverse(f"staff:{view}", args=[scope.uai, *args])
    if scope.academie:
        return reverse(f"staff:academie-{view}", args=[scope.academie, *args])
    return reverse(f"staff:nation-{view}", args=args)
