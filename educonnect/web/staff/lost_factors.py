"""« Accès perdu d’un collègue »: find them by their address; the page of the person says what may be done."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from educonnect.delegation.mandate import Mandate
from educonnect.delegation.rules import Right
from educonnect.delegation.suspending import reached
from educonnect.sessions import sso
from educonnect.ui import fields
from educonnect.web.forms import Form, posted
from educonnect.web.staff import here
from educonnect.web.staff.door import mandated


class FindForm(Form):
    """Whom to help."""

    email = fields.Email(
        label=gettext_lazy("Adresse e-mail professionnelle de la personne"),
        error_messages={
            "required": gettext_lazy("Écrivez l’adresse e-mail professionnelle de la personne."),
            "invalid": gettext_lazy("Cette adresse e-mail n’est pas complète. Vérifiez le signe @ et la fin."),
        },
    )

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["email"].widget.attrs["autocomplete"] = "off"


@mandated(Right.DELEGATION)
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """The person of an address, among those who act here; of others nothing is said, not even that they exist."""
    form = FindForm(posted(request))
    if request.method == "POST" and form.is_valid():
        within = reached(mandate, now=timezone.now()).filter(email__iexact=form.cleaned_data["email"])
        person = within.order_by("pk").first()
        if person is not None:
            return sso.SeeOther(here.at(mandate, "access", person.pk))
        form.add_error("email", _("Vérifiez cette adresse : personne qui agit ici ne la porte."))
    return render(request, "staff/lost_factors.html", {"form": form}, status=form.status)
