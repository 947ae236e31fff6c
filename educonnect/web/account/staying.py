"""« Rester connecté »: a visit like any other, which says how long the session now lasts."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from educonnect.sessions import sso
from educonnect.web.account.reader import reader


@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """The middleware has just noted the visit; beyond the absolute limit nothing extends a session."""
    who = reader(request)
    if request.accepts("text/html"):
        return sso.SeeOther(reverse("account:home"))
    return JsonResponse({"left": who.seconds_left()})
