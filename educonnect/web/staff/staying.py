"""« Rester connecté »: a visit like any other, which says how long the session now lasts."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from educonnect.sessions import sso
from educonnect.web.staff.door import signed_in, staff


@signed_in
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """The door has just noted the visit; beyond the absolute limit nothing extends a session."""
    if request.accepts("text/html"):
        return sso.SeeOther(reverse("staff:home"))
    return JsonResponse({"left": staff(request).seconds_left()})
