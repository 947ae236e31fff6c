"""« Appareils connectés »: each open session, in words its owner knows again; end one, the others, or all."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from educonnect.sessions import ending, sso
from educonnect.web.account.reader import reader


@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    """The list, this device first."""
    who = reader(request)
    found = ending.open_sessions(who.account_id, now=timezone.now())
    return render(
        request,
        "account/devices.html",
        {
            "here": [one for one in found if one.sid == who.sid],
            "elsewhere": [one for one in found if one.sid != who.sid],
            "done": "fait" in request.GET,
        },
    )


@require_POST
def end_device(request: HttpRequest, sid: uuid.UUID) -> HttpResponse:
    """End one; another person's is not found, whether or not it exists."""
    who = reader(request)
    if sid == who.sid:
        return _sign_out(request)
    if not ending.end_one(who.account_id, sid):
        raise Http404
    return _done()


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Everywhere but here."""
    who = reader(request)
    ending.end_others(who.account_id, keep=who.sid)
    return _done()


@require_POST
def end_all(request: HttpRequest) -> HttpResponse:
    """Everywhere, here too."""
    ending.end_others(reader(request).account_id, keep=reader(request).sid)
    return _sign_out(request)


def _sign_out(request: HttpRequest) -> HttpResponse:
    sso.end(request)
    return sso.SeeOther(reverse("public:signed-out"))


def _done() -> HttpResponse:
    return sso.SeeOther(reverse("account:devices") + "?fait=1")
