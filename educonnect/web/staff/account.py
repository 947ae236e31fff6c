"""« Mon compte »: who one is here, where one is signed in; end one session, the others, or all."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from educonnect.sessions import sso, staffing
from educonnect.staff.models import Staff
from educonnect.web.staff.door import signed_in, staff


@signed_in
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who they are, then each open session, this device first."""
    who = staff(request)
    found = staffing.live(who.staff_id, now=timezone.now())
    context = {
        "person": Staff.objects.get(pk=who.staff_id),
        "here": [one for one in found if one.sid == who.sid],
        "elsewhere": [one for one in found if one.sid != who.sid],
        "done": "fait" in request.GET,
    }
    return render(request, "staff/account.html", context)


@signed_in
@require_POST
def end_device(request: HttpRequest, sid: uuid.UUID) -> HttpResponse:
    """End one; another person's is not found, whether or not it exists."""
    who = staff(request)
    if sid == who.sid:
        return _sign_out(request)
    if not staffing.end_one(who.staff_id, sid):
        raise Http404
    return _done()


@signed_in
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Everywhere but here."""
    who = staff(request)
    staffing.end_all(who.staff_id, keep=who.sid)
    return _done()


@signed_in
@require_POST
def end_all(request: HttpRequest) -> HttpResponse:
    """Everywhere, here too."""
    who = staff(request)
    staffing.end_all(who.staff_id, keep=who.sid)
    return _sign_out(request)


def _sign_out(request: HttpRequest) -> HttpResponse:
    staffing.end(request)
    return sso.SeeOther(reverse("staff:signed-out"))


def _done() -> HttpResponse:
    return sso.SeeOther(reverse("staff:account") + "?fait=1")
