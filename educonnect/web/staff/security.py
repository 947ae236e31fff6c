"""« Sécurité »: the person's own factors; add, rename, take away."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.errors import Refusal
from educonnect.sessions import sso, staffing
from educonnect.staff import factors, rules
from educonnect.staff.models import Passkey
from educonnect.web import refusals
from educonnect.web.forms import Form, posted
from educonnect.web.staff import door

TOLD = "told"


class NameForm(Form):
    """Another name for a passkey."""

    label = forms.CharField(
        label=_("Nom de cette clé"),
        error_messages={"required": _("Donnez un nom à cette clé, par exemple « Mon ordinateur ».")},
        max_length=rules.LABEL_MOST,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )


@door.signed_in
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """What they have, when each was added and last used."""
    who = door.staff(request)
    found = factors.of(who.staff_id)
    context = {
        "found": found,
        "strong": door.needs_strong(who.staff_id),
        "told": staffing.take(request, TOLD) or "",
        "most": len(found.passkeys) >= rules.PASSKEYS_MOST,
    }
    return render(request, "staff/security.html", context)


@door.signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def rename_passkey(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """A name of theirs for one of theirs."""
    one = _own(request, passkey_id)
    form = NameForm(posted(request), initial={"label": one.label})
    if request.method == "POST" and form.is_valid():
        factors.rename_passkey(door.staff(request).staff_id, one.pk, form.cleaned_data["label"])
        return _back(request, "renamed")
    return render(request, "staff/rename_passkey.html", {"form": form, "one": one}, status=form.status)


@door.signed_in_lately
@require_http_methods(["GET", "HEAD", "POST"])
def remove_passkey(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Asks first; the sessions opened elsewhere end with it."""
    one = _own(request, passkey_id)
    form = Form(posted(request))
    if request.method == "POST" and form.is_valid():
        staff_id = door.staff(request).staff_id
        try:
            factors.remove_passkey(staff_id, one.pk, strong=door.needs_strong(staff_id), now=timezone.now())
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return _removed(request)
    return render(request, "staff/remove_factor.html", {"form": form, "one": one}, status=form.status)


@door.signed_in_lately
@require_http_methods(["GET", "HEAD", "POST"])
def remove_application(request: HttpRequest) -> HttpResponse:
    """Asks first; the sessions opened elsewhere end with it."""
    staff_id = door.staff(request).staff_id
    if factors.of(staff_id).totp is None:
        raise Http404
    form = Form(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            factors.remove_totp(staff_id, now=timezone.now())
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return _removed(request)
    return render(request, "staff/remove_factor.html", {"form": form, "one": None}, status=form.status)


def _own(request: HttpRequest, passkey_id: int) -> Passkey:
    """One of theirs; another's is not found, whether or not it exists."""
    one = next((one for one in factors.of(door.staff(request).staff_id).passkeys if one.pk == passkey_id), None)
    if one is None:
        raise Http404
    return one


def _removed(request: HttpRequest) -> HttpResponse:
    who = door.staff(request)
    staffing.end_all(who.staff_id, keep=who.sid)
    return _back(request, "removed")


def _back(request: HttpRequest, told: str) -> HttpResponse:
    staffing.keep(request, **{TOLD: told})
    return sso.SeeOther(reverse("staff:security"))
