"""« Continuer en tant que … », and the page for who may not enter the service."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.sessions import sso


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def continue_as(request: HttpRequest) -> HttpResponse:
    """Before identity is certified from a session that was already open: is it still the same person?"""
    who, waiting = sso.current(request), sso.waiting(request)
    if who is None or waiting is None or not sso.needs_confirmation(who, waiting):
        return sso.SeeOther(sso.destination(request))
    if request.method == "POST":
        if "not-me" in request.POST:
            return sso.SeeOther(sso.not_me(request))
        return sso.SeeOther(sso.confirm(request))
    return render(request, "public/continue_as.html", {"waiting": waiting})


@login_not_required
@require_safe
def reserved(request: HttpRequest) -> HttpResponse:
    """A service that does not let this kind of account in, said only to somebody signed in."""
    who, waiting = sso.current(request), sso.waiting(request)
    if who is None or waiting is None or sso.lets_in(who, waiting):
        return sso.SeeOther(sso.destination(request))
    return render(request, "public/reserved.html", {"waiting": waiting, "back": sso.resumption(waiting)}, status=403)
