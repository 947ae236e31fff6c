"""« Se déconnecter », for the staff."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.sessions import elsewhere, sso, staffing


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and lead on to the sign-out of where it was opened; a link alone only asks."""
    if request.method == "POST":
        if further := elsewhere.leave(request):
            return further
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
