"""« Mes services »: where this account opens a door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from educonnect.federation.models import Provider
from educonnect.sessions import sso


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """Tiles of the services that take this kind of account."""
    who = sso.current(request)
    if who is None:
        return sso.SeeOther(sso.destination(request))
    providers = Provider.objects.filter(populations__contains=[who.kind], suspended_at=None).exclude(home="")
    return render(
        request,
        "account/services.html",
        {"providers": providers.order_by("name"), "dropped": "oubliee" in request.GET},
    )
