"""The door of every staff screen: who is here, with which mandate, in which place.

A staff view is written `def view(request, mandate, …)` and stands behind one of these. What is not behind one answers
nobody: the middleware closes it, and a test walks the addresses.
"""

import contextlib
import functools
import re
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from educonnect.delegation import known
from educonnect.delegation.mandate import Mandate, OutOfMandate, mandate_for
from educonnect.delegation.rules import Right
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.oversight import alerts
from educonnect.sessions import sso, staffing
from educonnect.sessions.staffing import CurrentStaff
from educonnect.web.staff import onward, places

View = Callable[..., HttpResponse]
_CODE = re.compile("[0-9]{7}[A-Z]|[0-9]{2}")  # the journal keeps codes of places, not what somebody typed
#: Each view behind a door, with the right it asks; the tests of scope read it.
DOORS: "dict[str, Right | None]" = {}


def staff(request: HttpRequest) -> CurrentStaff:
    """The member of the staff who reads a page behind a door."""
    who = staffing.current(request)
    if who is None:
        raise AssertionError("a staff page is open to nobody in particular")
    return who


def arriving(view: View) -> View:
    """For the pages of the second factor: whoever gave the first one, no more being asked."""

    @functools.wraps(view)
    def behind(request: HttpRequest, *args: Any, **names: Any) -> HttpResponse:
        if staffing.current(request) is None:
            return sso.SeeOther(reverse("staff:sign-in"))
        return view(request, *args, **names)

    DOORS[f"{view.__module__}.{view.__name__}"] = None
    return behind


def signed_in(view: View) -> View:
    """For a page of the person's own (home, factors, sessions, own journal): any member of the staff, both factors."""
    return _of_ones_own(view, fresh=False)


def signed_in_lately(view: View) -> View:
    """The same, for what asks for a proof made lately, such as the person's factors; who has none is led to give it."""
    return _of_ones_own(view, fresh=True)


def _of_ones_own(view: View, *, fresh: bool) -> View:
    @functools.wraps(view)
    def behind(request: HttpRequest, *args: Any, **names: Any) -> HttpResponse:
        return _turned_away(request, fresh=fresh) or view(request, *args, **names)

    DOORS[f"{view.__module__}.{view.__name__}"] = None
    return behind


def mandated(right: Right, *others: Right, fresh: bool = False) -> Callable[[View], View]:
    """For a page of a place: `uai` or `academie` in the address names it, neither names the nation.

    The view is called with its mandate. Another's place answers 404, as one that does not exist, and is journalled.

    Args:
        others: rights that open the page too; its mandate is for the first one held, as they are named.
        fresh: the gesture asks for a proof made lately; the page that asks for it leads back here.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def behind(request: HttpRequest, *args: Any, **names: Any) -> HttpResponse:
            if away := _turned_away(request, fresh=fresh):
                return away
            uai, academie = names.pop("uai", ""), names.pop("academie", "")
            try:
                mandate = _mandate(staff(request).staff_id, (right, *others), uai, academie)
                places.enter(request, uai=uai, academie=academie)
                return view(request, mandate, *args, **names)
            except OutOfMandate as refusal:
                raise refused(request, right, place=uai or academie) from refusal

        DOORS[f"{view.__module__}.{view.__name__}"] = right
        return behind

    return decorate


def refused(request: HttpRequest, right: Right, *, place: str) -> Http404:
    """Journal what was out of scope; the page is that of an address that does not exist."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    who = staff(request)
    with transaction.atomic():
        record(
            Event.SCOPE_REFUSED, actor=who.actor, right=right, place=place if _CODE.fullmatch(place) else "", view=view
        )
        alerts.refused(who.staff_id, now=timezone.now())
    return Http404()


def needs_strong(staff_id: int) -> bool:
    """Whether their posts reach an académie or the nation: only a factor that withstands phishing opens them."""
    return known.asks_for_a_passkey(staff_id, now=timezone.now())


def _mandate(staff_id: int, rights: tuple[Right, ...], uai: str, academie: str) -> Mandate:
    *before, last = rights
    for right in before:
        with contextlib.suppress(OutOfMandate):
            return mandate_for(staff_id, right, uai=uai, academie=academie, now=timezone.now())
    return mandate_for(staff_id, last, uai=uai, academie=academie, now=timezone.now())


def _turned_away(request: HttpRequest, *, fresh: bool = False) -> HttpResponse | None:
    who = staffing.current(request)
    if who is None:
        return sso.SeeOther(reverse("staff:sign-in"))
    if not who.open or (not who.strong and needs_strong(who.staff_id)):
        return sso.SeeOther(reverse("staff:second-factor"))
    if fresh and not who.fresh(timezone.now()):
        staffing.keep(request, back=onward.here(request))
        return sso.SeeOther(reverse("staff:prove-again"))
    return None
