"""The house's own catalogue: every component in every state. Served by a demonstration only."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from educonnect.ui import fields
from educonnect.web.forms import Form


class Specimen(Form):
    """One field of each kind."""

    username = fields.Username(help_text=_("Il est dans votre lettre."))
    password = fields.Password(autocomplete="new-password", least=12)
    birthdate = fields.Birthdate()
    email = fields.Email(required=False)
    terms = fields.Tick(label=_("J’accepte"), error_messages={"required": _("Cochez la case.")})


@login_not_required
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every component, to look at and to test."""
    if not settings.DEMO:
        raise Http404
    wrong = Specimen(
        {"username": "", "birthdate_jour": "31", "birthdate_mois": "2", "birthdate_annee": "2009", "email": "camille@"},
        prefix="faux",
    )
    wrong.data = {f"faux-{name}": value for name, value in wrong.data.items()}
    return render(
        request,
        "public/catalogue.html",
        {
            "empty": Specimen(prefix="vide"),
            "wrong": wrong,
            "tones": ("info", "success", "warning", "danger"),
            "badges": (
                ("Non notifié", ""),
                ("Activé", "success"),
                ("Notification expirée", "warning"),
                ("Bloqué", "danger"),
            ),
            "headers": ("Élève", "Classe", "État"),
            "rows": (("Camille DUVERGER", "2DE1", "Activé"), ("Sacha MOREL-LEFÈVRE", "2DE1", "Non notifié")),
            "numbers": (1, 2, 3),
        },
    )
