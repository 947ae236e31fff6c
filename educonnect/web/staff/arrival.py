"""What follows a factor that was just added."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from educonnect.sessions import sso, staffing
from educonnect.staff.authentication import Second
from educonnect.staff.factors import Factors
from educonnect.web.staff import codes, door, proving


def added(request: HttpRequest, second: Second, *, had: Factors) -> HttpResponse:
    """The first one opens the session: it was just given. Recovery codes come next for who has none and may use them;
    an addition from « Sécurité » comes back there."""
    who = door.staff(request)
    arriving = not who.open
    if arriving or second is Second.PASSKEY:
        proving.proved(request, second)
    if not had.codes and not door.needs_strong(who.staff_id):
        codes.draw(request, now=timezone.now())
        return sso.SeeOther(reverse("staff:recovery-codes"))
    if arriving or not had.some or (not who.strong and door.needs_strong(who.staff_id)):
        return sso.SeeOther(reverse("staff:second-factor"))
    staffing.keep(request, told=f"added-{second}")
    return sso.SeeOther(reverse("staff:security"))
