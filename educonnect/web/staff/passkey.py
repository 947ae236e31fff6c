"""Passkeys: what the page's script asks, and the forms it fills."""

import json

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from educonnect.errors import Refusal
from educonnect.sessions import staffing
from educonnect.staff import factors, passkeys, rules
from educonnect.staff.authentication import Second
from educonnect.staff.errors import PasskeyRefused
from educonnect.staff.models import Staff
from educonnect.staff.passkeys import Purpose
from educonnect.web import refusals
from educonnect.web.forms import Form, posted
from educonnect.web.staff import adding, arrival, door, onward, proving

KEPT = "passkey"


class AnswerForm(Form):
    """What the authenticator answered, put there by the script."""

    answer = forms.CharField(
        max_length=rules.ANSWER_MOST,
        widget=forms.HiddenInput,
        error_messages={"required": _("La clé d’accès n’a rien répondu. Recommencez.")},
    )


class NewPasskeyForm(AnswerForm):
    """The same, with the name its owner gives it."""

    field_order = ("label", "answer")

    label = forms.CharField(
        label=_("Nom de cette clé"),
        help_text=_("Pour la reconnaître plus tard. Exemples : « Mon ordinateur », « Clé USB du bureau »."),
        error_messages={"required": _("Donnez un nom à cette clé, par exemple « Mon ordinateur ».")},
        max_length=rules.LABEL_MOST,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )


@door.arriving
@require_POST
def passkey_asked(request: HttpRequest) -> HttpResponse:
    """A challenge to prove a passkey, for the page's script."""
    if Second.PASSKEY not in proving.asked(request).ways:
        return JsonResponse({}, status=403)
    kept = passkeys.challenge(Purpose.PROVE, now=timezone.now())
    staffing.keep(request, **{KEPT: kept})
    return _json(passkeys.asked_to_prove(door.staff(request).staff_id, kept))


@door.arriving
@require_POST
def prove_passkey(request: HttpRequest) -> HttpResponse:
    """The answer: the session is proved; or the page that asked says why not."""
    who = door.staff(request)
    what = proving.asked(request)
    now = timezone.now()
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            expected = passkeys.opened(staffing.take(request, KEPT), Purpose.PROVE, now=now)
            _prove(who.staff_id, form.cleaned_data["answer"], expected, may=Second.PASSKEY in what.ways)
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            proving.proved(request, Second.PASSKEY)
            return onward.go(request)
    context = proving.context(what, proving.forms_of(request, what.ways)) | {"form": form, "refused": True}
    page = "staff/prove_again.html" if who.open and not _comes_in(request, what) else "staff/second_factor.html"
    return render(request, page, context, status=form.status)


@door.arriving
@require_http_methods(["GET", "HEAD", "POST"])
def add_passkey(request: HttpRequest) -> HttpResponse:
    """The page that makes one, and what it made."""
    what = proving.asked(request)
    who = door.staff(request)
    now = timezone.now()
    form = NewPasskeyForm(posted(request))
    if request.method != "POST":
        if away := adding.turned_away(request, what):
            return away
    elif form.is_valid():
        try:
            expected = passkeys.opened(staffing.take(request, KEPT), Purpose.ADD, now=now)
            new = passkeys.made(form.cleaned_data["answer"], expected)
            label, alone = form.cleaned_data["label"], what.strong and not who.strong
            factors.add_passkey(
                who.staff_id, new, label, first=not who.open, first_passkey=alone, epoch=who.epoch, now=now
            )
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return arrival.added(request, Second.PASSKEY, had=what.found)
    context = {"form": form, "first": not what.found.some, "strong": what.strong}
    return render(request, "staff/add_passkey.html", context, status=form.status)


@door.arriving
@require_POST
def new_passkey_asked(request: HttpRequest) -> HttpResponse:
    """A challenge to make a passkey, for the page's script: drawn only for who may add one now."""
    if adding.turned_away(request, proving.asked(request)):
        return JsonResponse({}, status=403)
    kept = passkeys.challenge(Purpose.ADD, now=timezone.now())
    staffing.keep(request, **{KEPT: kept})
    return _json(passkeys.asked_to_add(Staff.objects.get(pk=door.staff(request).staff_id), kept))


def _prove(staff_id: int, answer: str, expected: bytes, *, may: bool) -> None:
    try:
        if not may:
            raise PasskeyRefused
        passkeys.prove(staff_id, answer, expected, now=timezone.now())
    except PasskeyRefused:
        factors.failed(staff_id, Second.PASSKEY)
        raise


def _comes_in(request: HttpRequest, what: proving.Asked) -> bool:
    """Whether the door still waits for this passkey."""
    return what.strong and not door.staff(request).strong


def _json(text: str) -> JsonResponse:
    return JsonResponse(json.loads(text))
