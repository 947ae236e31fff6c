"""« Se déconnecter », for the staff."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.sessions import sso, staffing


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; a link alone only asks."""
    if request.method == "POST":
        staffing.end(request)
        return sso.SeeOther(reverse("staff:signed-out"))
    if staffing.current(request) is None:
        return sso.SeeOther(reverse("staff:signed-out"))
    return render(request, "staff/sign_out.html")


@login_not_required
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """What is left to close."""
    return render(request, "staff/signed_out.html")
