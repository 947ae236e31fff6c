"""« Mot de passe oublié », « Identifiant oublié »: one field, one answer; then the link of the message."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.accounts import recovery
from educonnect.errors import Refusal
from educonnect.sessions import sso
from educonnect.ui import fields
from educonnect.web import refusals
from educonnect.web.forms import Form, posted
from educonnect.web.public.activation import OwnPasswordForm
from educonnect.web.public.signin import whence


class ForgottenPasswordForm(Form):
    """The username, nothing else."""

    username = fields.Username(help_text=_("Exemple : c.duverger2"))

    def clean_username(self) -> str:
        """An e-mail address is no username, whoever's it is."""
        username = str(self.cleaned_data["username"])
        if "@" in username:
            raise ValidationError(gettext("Écrivez votre identifiant, pas votre adresse e-mail. Exemple : c.duverger2"))
        return username


class ForgottenUsernameForm(Form):
    """The address given to the account, nothing else."""

    email = fields.Email(help_text=_("Celle que vous avez donnée et confirmée pour votre compte."))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten_password(request: HttpRequest) -> HttpResponse:
    """One field; the answer is the same for every username, and comes before anybody looks at it."""
    form, waiting = ForgottenPasswordForm(posted(request)), sso.waiting(request)
    if request.method == "POST" and form.is_valid():
        recovery.ask_password(
            form.cleaned_data["username"],
            origin=whence(request),
            waiting=waiting.pk if waiting else "",
            now=timezone.now(),
        )
        return sso.SeeOther(reverse("public:forgotten-password-sent") + carried(request))
    return render(
        request,
        "public/forgotten_password.html",
        {"form": form, "waiting": waiting, "carried": carried(request)},
        status=form.status,
    )


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten_username(request: HttpRequest) -> HttpResponse:
    """One field; the answer is the same for every address, and comes before anybody looks at it."""
    form, waiting = ForgottenUsernameForm(posted(request)), sso.waiting(request)
    if request.method == "POST" and form.is_valid():
        try:
            recovery.ask_username(form.cleaned_data["email"], origin=whence(request), now=timezone.now())
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return sso.SeeOther(reverse("public:forgotten-username-sent") + carried(request))
    return render(
        request,
        "public/forgotten_username.html",
        {"form": form, "waiting": waiting, "carried": carried(request)},
        status=form.status,
    )


@login_not_required
@require_safe
def forgotten_password_sent(request: HttpRequest) -> HttpResponse:
    """What to do now, whatever was typed."""
    return render(request, "public/forgotten_password_sent.html", {"carried": carried(request)})


@login_not_required
@require_safe
def forgotten_username_sent(request: HttpRequest) -> HttpResponse:
    """What to do now, whatever was typed."""
    return render(request, "public/forgotten_username_sent.html", {"carried": carried(request)})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def recover_password(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the message: following it only asks, sending the form serves it."""
    waiting, now = sso.waiting(request), timezone.now()
    form = OwnPasswordForm(posted(request))
    try:
        username = recovery.named_by(token, now=now)
    except Refusal as refusal:
        context = {"refused": refusals.sentence(refusal), "code": refusal.code, "carried": carried(request)}
        return render(request, "public/recovery_over.html", context)
    if request.method == "POST" and form.is_valid():
        try:
            recovery.choose_password(token, form.cleaned_data["password"], now=now)
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return sso.SeeOther(reverse("public:password-recovered") + carried(request))
    return render(
        request,
        "public/recover_password.html",
        {"form": form, "waiting": waiting, "username": username},
        status=form.status,
    )


@login_not_required
@require_safe
def password_recovered(request: HttpRequest) -> HttpResponse:
    """It is done; signing in comes next, and the service that waits after it."""
    waiting = sso.waiting(request)
    return render(request, "public/password_recovered.html", {"waiting": waiting, "next": sso.to_sign_in(waiting)})


def carried(request: HttpRequest) -> str:
    """`?demande=…` while a service's request waits in this browser, to be put after an address of ours."""
    waiting = sso.waiting(request)
    return f"?{sso.FIELD}={waiting.pk}" if waiting else ""
