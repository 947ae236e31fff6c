"""The link of an invitation: choose a password, or take what it opens into the account signed in here."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from educonnect.delegation import invitations
from educonnect.errors import Refusal
from educonnect.sessions import elsewhere, sso, staffing
from educonnect.staff.authentication import First, StaffAuthentication
from educonnect.staff.models import Staff
from educonnect.staff.rules import PASSWORD_LEAST
from educonnect.ui import fields
from educonnect.web import csrf, refusals
from educonnect.web.forms import Form, posted


class OwnPasswordForm(Form):
    """The password that only its owner knows."""

    password = fields.Password(
        autocomplete="new-password",
        least=PASSWORD_LEAST,
        label=_("Votre nouveau mot de passe"),
        help_text=_("15 caractères ou plus. Le plus simple : une phrase que vous seul diriez."),
        error_messages={"required": _("Choisissez un mot de passe.")},
    )


class TakeForm(Form):
    """What is opened goes to the account signed in here; its field tells it from the other form of the page."""

    prefix = "ajouter"

    taken = forms.CharField(initial="1", widget=forms.HiddenInput)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Following the link only asks; sending a form serves it."""
    now = timezone.now()
    try:
        invited = invitations.open_(token, now=now)
    except Refusal as refusal:
        over = {"refused": refusals.sentence(refusal), "code": refusal.code}
        return render(request, "staff/join_over.html", over)
    who = staffing.current(request)
    here = who if who is not None and who.open and invited.new else None
    taking = here is not None and "ajouter-taken" in request.POST
    form: Form = TakeForm(posted(request)) if taking else OwnPasswordForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            if here is not None and taking:
                invitations.accept_as(token, here.staff_id, now=now)
                return sso.SeeOther(reverse("staff:home"))
            staff = invitations.accept_local(token, form.cleaned_data["password"], now=now)
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return _comes_in(request, staff)
    ways = elsewhere.ways(invited=True) if invited.new or invited.elsewhere else []
    if ways:
        elsewhere.carry(request, token)
    context = {
        "ways": ways,
        "invited": invited,
        "here": here,
        "taking": TakeForm(),
        "form": form,
        "choosing": OwnPasswordForm() if taking else form,
    }
    return render(request, "staff/join.html", context, status=form.status)


def _comes_in(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The password just chosen is the first proof; the second factor comes next."""
    csrf.renew(request)
    proof = StaffAuthentication(
        staff_id=staff.pk,
        epoch=staff.epoch,
        first=First.PASSWORD,
        at=timezone.now(),
        former=staff.last_signed_in_at,
        failures=staff.failures_since_sign_in,
    )
    staffing.begin(request, proof)
    return sso.SeeOther(reverse("staff:second-factor"))
