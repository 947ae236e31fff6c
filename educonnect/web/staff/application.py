"""« Application de codes »: scan or type the secret, then write a first code."""

import base64
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from educonnect.errors import Refusal
from educonnect.jobs import sealing
from educonnect.letters import qr
from educonnect.sessions import sso, staffing
from educonnect.staff import factors, rules, totp
from educonnect.staff.authentication import Second
from educonnect.staff.errors import EnrolmentOver
from educonnect.staff.models import Staff
from educonnect.web import refusals
from educonnect.web.forms import posted
from educonnect.web.staff import adding, arrival, door, proving

KEPT = "totp"


class FirstCodeForm(proving.CodeForm):
    """The first code of an application being added."""

    field_order = ("code",)

    code = forms.CharField(
        label=_("Code que montre l’application"),
        help_text=_("Six chiffres. Le code change toutes les 30 secondes : n’importe lequel convient."),
        error_messages=proving.CodeForm.base_fields["code"].error_messages,
        max_length=64,
        widget=proving.CodeForm.base_fields["code"].widget,
    )


@door.arriving
@require_http_methods(["GET", "HEAD", "POST"])
def add_application(request: HttpRequest) -> HttpResponse:
    """Draw a secret, show it until a first code is right, then keep it."""
    what = proving.asked(request)
    now = timezone.now()
    secret = _drawn(request, now)
    late = not door.staff(request).open and what.found.some  # another was added meanwhile: keeping this one says so
    if (secret is None or not late) and (away := adding.turned_away(request, what)):
        return away
    if what.strong:  # an application would open nothing for them
        return sso.SeeOther(reverse("staff:second-factor"))
    form = FirstCodeForm(posted(request))
    if request.method == "POST" and secret is None:
        form.is_valid()
        refusals.explain(EnrolmentOver(), form)
    if request.method == "POST" and secret is not None and form.is_valid():
        who = door.staff(request)
        try:
            typed = form.cleaned_data["code"]
            factors.add_totp(who.staff_id, secret, typed, first=not who.open, epoch=who.epoch, now=now)
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            staffing.take(request, KEPT)
            return arrival.added(request, Second.TOTP, had=what.found)
    secret = secret or _draw(request, now)
    context = {
        "form": form,
        "secret": [secret[at : at + 4] for at in range(0, len(secret), 4)],
        "code": qr.svg(totp.address(secret, _name(request))),
        "first": not what.found.some,
    }
    return render(request, "staff/add_application.html", context, status=form.status)


def _draw(request: HttpRequest, now: datetime) -> str:
    """A new secret, kept sealed in the session until it is confirmed or its time is over."""
    secret = totp.draw()
    sealed = base64.b64encode(totp.seal(door.staff(request).staff_id, secret)).decode()
    staffing.keep(request, **{KEPT: {"sealed": sealed, "until": (now + rules.DRAFT_LIFE).isoformat()}})
    return secret


def _drawn(request: HttpRequest, now: datetime) -> str | None:
    """The secret this session is showing, as long as it lives."""
    who = door.staff(request)
    kept: dict[str, Any] | None = who.draft.get(KEPT)
    if kept is None or datetime.fromisoformat(kept["until"]) <= now:
        return None
    try:
        return totp.unseal(who.staff_id, base64.b64decode(kept["sealed"]))
    except sealing.Unsealable:
        return None


def _name(request: HttpRequest) -> str:
    """Under which name the application shows it."""
    staff = Staff.objects.get(pk=door.staff(request).staff_id)
    return staff.email or str(staff.pk)
