"""« Se déconnecter »."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.sessions import leaving, sso


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, then tell the services it opened; a link alone only asks."""
    if request.method == "POST":
        return sso.SeeOther(leaving.leave(request))
    if sso.current(request) is None and sso.unfinished(request) is None:
        return sso.SeeOther(reverse("public:signed-out"))
    return render(request, "public/sign_out.html", {"services": leaving.services(request)})


@login_not_required
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """What is left to close."""
    return render(request, "public/signed_out.html")
