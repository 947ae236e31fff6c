"""« Mot de passe oublié » of local accounts of the staff: one field, one answer; then the link of the message."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.delegation import known
from educonnect.errors import Refusal
from educonnect.sessions import sso
from educonnect.staff import recovery
from educonnect.staff.errors import PasswordLinkOver
from educonnect.ui import fields
from educonnect.web import refusals
from educonnect.web.forms import Form, posted
from educonnect.web.staff.join import OwnPasswordForm
from educonnect.web.staff.signin import whence


class ForgottenForm(Form):
    """The professional address, nothing else."""

    email = fields.Email(label=_("Adresse e-mail professionnelle"))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """One field; the answer is the same for every address, and comes before anybody looks at it."""
    form = ForgottenForm(posted(request))
    if request.method == "POST" and form.is_valid():
        recovery.ask(form.cleaned_data["email"], origin=whence(request), now=timezone.now())
        return sso.SeeOther(reverse("staff:forgotten-password-sent"))
    return render(request, "staff/forgotten_password.html", {"form": form}, status=form.status)


@login_not_required
@require_safe
def forgotten_sent(request: HttpRequest) -> HttpResponse:
    """What to do now, whatever was typed."""
    return render(request, "staff/forgotten_password_sent.html")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def recover(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the message: following it only asks, sending the form serves it. It signs nobody in."""
    form, now = OwnPasswordForm(posted(request)), timezone.now()
    try:
        staff = recovery.named_by(token, now=now)
        if request.method == "POST" and form.is_valid():
            recovery.choose(token, form.cleaned_data["password"], about=known.personal(staff), now=now)
            return sso.SeeOther(reverse("staff:password-recovered"))
    except PasswordLinkOver as refusal:
        context = {"refused": refusals.sentence(refusal), "code": refusal.code}
        return render(request, "staff/recovery_over.html", context)
    except Refusal as refusal:
        refusals.explain(refusal, form)
    return render(request, "staff/recover_password.html", {"form": form, "email": staff.email}, status=form.status)


@login_not_required
@require_safe
def recovered(request: HttpRequest) -> HttpResponse:
    """It is done; signing in comes next."""
    return render(request, "staff/password_recovered.html")
