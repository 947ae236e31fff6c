"""« Se connecter »: one page for pupils and guardians."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from educonnect.sessions import sso
from educonnect.ui import fields
from educonnect.web.forms import Form


class SignInForm(Form):
    """What the letter or the memory gives."""

    username = fields.Username(help_text=_("Il est dans votre lettre. Exemple : c.duverger2"))
    password = fields.Password(
        autocomplete="current-password",
        help_text=_("Première fois ? Écrivez le mot de passe provisoire de votre lettre."),
    )
    shared = fields.Tick(
        required=False,
        label=_("Cet ordinateur est partagé"),
        help_text=_("CDI, salle informatique, bibliothèque… Vous serez déconnecté plus vite."),
    )


@login_not_required
@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    """Username and password; then back to the service that asked, or what must come first."""
    waiting = sso.waiting(request)
    who = sso.current(request)
    if who is not None and (waiting is None or sso.fresh_enough(who, waiting)):
        return sso.SeeOther(sso.destination(request))
    return render(
        request,
        "public/sign_in.html",
        {"form": SignInForm(), "waiting": waiting, "resume": "", "demande": request.GET.urlencode()},
    )
