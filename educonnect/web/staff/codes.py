"""« Codes de secours »: shown once, to print; drawn anew at will."""

import base64
import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from educonnect.jobs import sealing
from educonnect.sessions import sso, staffing
from educonnect.staff import factors, rules
from educonnect.web.staff import door, onward

KEPT = "codes"


def draw(request: HttpRequest, *, now: datetime) -> None:
    """Draw them; the session keeps them sealed until they are noted, or their time is over."""
    staff_id = door.staff(request).staff_id
    clear = factors.renew_recovery_codes(staff_id, now=now)
    sealed = sealing.seal(json.dumps(clear).encode(), purpose=_purpose(staff_id))
    kept = {"sealed": base64.b64encode(sealed).decode(), "at": now.isoformat()}
    staffing.keep(request, **{KEPT: kept})


@door.signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """The page to print; « C’est fait » forgets what it shows."""
    if request.method == "POST":
        staffing.keep(request, **{KEPT: None})
        return onward.go(request)
    shown = _shown(request)
    if shown is None:
        return sso.SeeOther(reverse("staff:security"))
    return render(request, "staff/recovery_codes.html", shown)


@door.signed_in_lately
@require_POST
def renew_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten others; those printed before are void."""
    who = door.staff(request)
    if door.needs_strong(who.staff_id) or not factors.of(who.staff_id).some:
        return sso.SeeOther(reverse("staff:security"))
    staffing.keep(request, back=reverse("staff:security"))
    draw(request, now=timezone.now())
    return sso.SeeOther(reverse("staff:recovery-codes"))


def _shown(request: HttpRequest) -> dict[str, Any] | None:
    """What this session just drew."""
    who = door.staff(request)
    kept = who.draft.get(KEPT)
    if kept is None:
        return None
    at = datetime.fromisoformat(kept["at"])
    if at + rules.DRAFT_LIFE <= timezone.now():
        return None
    try:
        clear = sealing.unseal(base64.b64decode(kept["sealed"]), purpose=_purpose(who.staff_id))
    except sealing.Unsealable:
        return None
    return {"codes": json.loads(clear), "at": at, "name": who.display_name}


def _purpose(staff_id: int) -> str:
    return f"recovery-codes:{staff_id}"
