"""The way in and out of the staff's pages, and where they land."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from educonnect.sessions import sso, staffing
from educonnect.web.staff import door


@login_not_required
@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    """Nobody is here."""
    return render(request, "staff/entrance.html", {"here": None})


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    staffing.end(request)
    return sso.SeeOther(reverse("staff:sign-in"))


@door.signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What somebody may do here."""
    return render(request, "staff/entrance.html", {"here": door.staff(request)})
