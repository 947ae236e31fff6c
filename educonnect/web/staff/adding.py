"""Whether this session may add a factor (decision 0122)."""

from enum import StrEnum

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from educonnect.delegation.models import Invitation
from educonnect.sessions import sso, staffing
from educonnect.staff import rules
from educonnect.staff.models import Staff
from educonnect.web.staff import door, onward, proving


class WhyNot(StrEnum):
    """What keeps a first factor from being added; the pages have a sentence for each."""

    LATE = "late"  # the first factor was given too long ago
    INVITATION = "invitation"  # every factor was taken away: an invitation used since opens the next


def why_not(request: HttpRequest, what: proving.Asked) -> WhyNot | None:
    """For somebody without any factor."""
    who = door.staff(request)
    if what.found.some:
        return None
    if not who.open and timezone.now() - who.authenticated_at > rules.FIRST_FACTOR:
        return WhyNot.LATE
    forgotten_at = Staff.objects.values_list("factors_forgotten_at", flat=True).get(pk=who.staff_id)
    invited = Invitation.objects.filter(staff=who.staff_id, used_at__gt=forgotten_at) if forgotten_at else None
    return WhyNot.INVITATION if invited is not None and not invited.exists() else None


def turned_away(request: HttpRequest, what: proving.Asked) -> HttpResponse | None:
    """Where who may not add a factor now is led; None: they may.

    The first may be added by whoever just gave the first factor. Any other asks for a proof made lately, by a passkey
    for those whose posts ask for one and who have one.
    """
    who = door.staff(request)
    if why_not(request, what) is not None or (not who.open and what.found.some):
        return sso.SeeOther(reverse("staff:second-factor"))
    if not who.open:
        return None
    if what.strong and what.found.passkeys and not who.strong:
        return sso.SeeOther(reverse("staff:second-factor"))
    if not who.fresh(timezone.now()):
        staffing.keep(request, back=onward.here(request))
        return sso.SeeOther(reverse("staff:prove-again"))
    return None
