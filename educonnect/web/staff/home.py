"""« Accueil »: the places one acts in, then what is to be done in each."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from educonnect.delegation import waiting
from educonnect.delegation.mandate import Mandate
from educonnect.delegation.rules import Right
from educonnect.sessions import sso
from educonnect.web.staff import places, todo
from educonnect.web.staff.door import mandated, signed_in, staff

SAID = {
    Right.DELEGATION: _("Administrer les comptes, donner et retirer des droits, lire le journal."),
    Right.ADMINISTRATION: _("Administrer les comptes."),
    Right.DEPANNAGE: _("Dépanner les comptes des élèves."),
}
#: The widest right first: what is to be done depends on it.
ANY = (Right.DELEGATION, Right.ADMINISTRATION, Right.DEPANNAGE)


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The only place, the choice of one, or why there is none yet."""
    mine = places.mine(request)
    if len(mine) == 1:
        return sso.SeeOther(mine[0].address)
    why = waiting.why_nothing(staff(request).staff_id, now=timezone.now()) if not mine else None
    return render(request, "staff/home.html", {"mine": mine, "why": why and why.name})


@mandated(*ANY)
@require_safe
def school(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """The first page of a school."""
    return _first(request, mandate)


@mandated(*ANY)
@require_safe
def academie(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """The first page of an académie."""
    return _first(request, mandate)


@mandated(*ANY)
@require_safe
def nation(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """The first page of the national team."""
    return _first(request, mandate)


def _first(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    place = places.here(request)
    tasks = todo.tasks(mandate, place) if place is not None else []
    return render(request, "staff/place.html", {"tasks": tasks, "words": _words(mandate)})


def _words(mandate: Mandate) -> list[Promise]:
    """What this person may do here, in plain words."""
    narrowed = [_("Dans vos classes seulement.")] if mandate.scope.divisions is not None else []
    return [SAID[mandate.right], *narrowed]
