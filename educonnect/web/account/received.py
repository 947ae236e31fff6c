"""« Qui a reçu quoi »: each service, what it was told and when."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from educonnect.federation import received
from educonnect.federation.models import Provider
from educonnect.web.account.history import cursor
from educonnect.web.account.reader import reader


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """The services, the latest first."""
    found = received.by_service(reader(request).account_id)
    return render(request, "account/received.html", {"found": [(one, received.labels(one.keys)) for one in found]})


@require_safe
def times(request: HttpRequest, provider_id: int) -> HttpResponse:
    """Each time one service was told something; one that was never told anything is not found."""
    found = received.of_service(reader(request).account_id, provider_id, after=cursor(request))
    provider = Provider.objects.filter(pk=provider_id).first() if found.entries else None
    if provider is None:
        raise Http404
    return render(
        request,
        "account/received_times.html",
        {
            "provider": provider,
            "lines": [(one, received.labels(one.attributes)) for one in found.entries],
            "after": found.after,
        },
    )
