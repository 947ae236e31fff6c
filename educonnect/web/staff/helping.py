"""How somebody of the place comes in: end their sessions, or let them come back who lost their second factors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from educonnect.delegation import helping
from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.delegation.rules import Right
from educonnect.delegation.suspending import reached
from educonnect.errors import Refusal
from educonnect.sessions import sso, staffing
from educonnect.staff.models import Staff
from educonnect.web import refusals
from educonnect.web.forms import Form
from educonnect.web.staff import here
from educonnect.web.staff.door import mandated
from educonnect.web.staff.rights import full_name


@mandated(Right.DELEGATION)
@require_safe
def access(request: HttpRequest, mandate: Mandate, staff_id: int) -> HttpResponse:
    """When they came last, how many devices are open, and what may be done for them."""
    return _page(request, mandate, _person(mandate, staff_id), Form())


@mandated(Right.DELEGATION)
@require_POST
def disconnect(request: HttpRequest, mandate: Mandate, staff_id: int) -> HttpResponse:
    """End every session of theirs, on every server."""
    helping.end_sessions(mandate, staff_id, now=timezone.now())
    return sso.SeeOther(here.at(mandate, "access", staff_id) + "?fait=deconnecte")


@mandated(Right.DELEGATION, fresh=True)
@require_POST
def forget_factors(request: HttpRequest, mandate: Mandate, staff_id: int) -> HttpResponse:
    """Take their second factors away and invite them anew; it asks for a proof made lately."""
    form = Form(request.POST)
    try:
        helping.forget_factors(mandate, staff_id, now=timezone.now())
    except OutOfMandate:
        raise
    except Refusal as refusal:
        form.is_valid()
        refusals.explain(refusal, form)
        return _page(request, mandate, _person(mandate, staff_id), form)
    return sso.SeeOther(here.at(mandate, "access", staff_id) + "?fait=invite")


def _person(mandate: Mandate, staff_id: int) -> Staff:
    person = reached(mandate, now=timezone.now()).filter(pk=staff_id).first()
    if person is None:
        raise OutOfMandate
    return person


def _page(request: HttpRequest, mandate: Mandate, person: Staff, form: Form) -> HttpResponse:
    context = {
        "form": form,
        "person": person,
        "name": full_name(person),
        "open": len(staffing.live(person.pk, now=timezone.now())),
        "disconnecting": here.at(mandate, "disconnect", person.pk),
        "forgetting": here.at(mandate, "forget-factors", person.pk),
        "suspending": here.at(mandate, "suspend", person.pk),
        "done": request.GET.get("fait", ""),
    }
    return render(request, "staff/access.html", context, status=form.status)
