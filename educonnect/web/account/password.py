"""« Mot de passe »: another one, and the other devices closed unless their owner says no."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from educonnect.accounts import changing
from educonnect.accounts.models import Account
from educonnect.errors import Refusal
from educonnect.sessions import ending, sso
from educonnect.ui import fields
from educonnect.web import csrf, refusals
from educonnect.web.account.reader import reader
from educonnect.web.forms import posted
from educonnect.web.public.activation import OwnPasswordForm
from educonnect.web.public.signin import whence


class ChangePasswordForm(OwnPasswordForm):
    """The password in force, the next one, and what becomes of the other devices."""

    field_order = ("current", "password", "others")

    current = fields.Password(autocomplete="current-password", label=_("Votre mot de passe actuel"))
    others = fields.Tick(
        required=False,
        initial=True,
        label=_("Fermer mon compte sur tous les autres appareils"),
        help_text=_("Là-bas, il faudra écrire le nouveau mot de passe."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change it; this browser stays signed in, under a new session."""
    who = reader(request)
    form = ChangePasswordForm(posted(request))
    if request.method == "POST" and form.is_valid():
        others = form.cleaned_data["others"]
        try:
            proof = changing.change_password(
                who.account_id,
                epoch=who.epoch,
                current=form.cleaned_data["current"],
                password=form.cleaned_data["password"],
                close_others=others,
                origin=whence(request),
                now=timezone.now(),
            )
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            if others:  # over already, by the epoch: this is how the services that share them learn it
                ending.end_others(who.account_id, keep=who.sid)
            csrf.renew(request)
            sso.begin(request, replace(proof, former=who.former), shared=who.shared)
            return sso.SeeOther(f"{reverse('account:password')}?fait={'partout' if others else 'ici'}")
    username = Account.objects.values_list("username", flat=True).get(pk=who.account_id)
    context = {"form": form, "username": username, "done": request.GET.get("fait", "")}
    return render(request, "account/password.html", context, status=form.status)
