"""« Administration ÉduConnect »: the first of the two steps of signing in, for local accounts."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from educonnect.accounts.throttling import Origin
from educonnect.errors import Refusal
from educonnect.sessions import cookies, elsewhere, origin, sso, staffing
from educonnect.staff import signin
from educonnect.ui import fields
from educonnect.web import csrf, refusals
from educonnect.web.forms import Form, posted


class SignInForm(Form):
    """What a member of the staff knows."""

    email = fields.Email(
        label=_("Adresse e-mail professionnelle"),
        error_messages={
            "required": _("Écrivez votre adresse e-mail professionnelle."),
            "invalid": _("Cette adresse e-mail n’est pas complète. Vérifiez le signe @ et la fin de l’adresse."),
        },
    )
    password = fields.Password(autocomplete="current-password")

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["email"].widget.attrs["autocomplete"] = "username"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Address and password; the second factor comes next."""
    if request.method != "POST" and staffing.current(request) is not None:
        return sso.SeeOther(reverse("staff:second-factor"))
    form = SignInForm(posted(request))
    if form.is_valid():
        try:
            proof = signin.sign_in(
                form.cleaned_data["email"], form.cleaned_data["password"], origin=whence(request), now=timezone.now()
            )
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            csrf.renew(request)
            staffing.begin(request, proof)
            return sso.SeeOther(reverse("staff:second-factor"))
    return render(request, "staff/sign_in.html", {"form": form, "elsewhere": elsewhere.ways()}, status=form.status)


def whence(request: HttpRequest) -> Origin:
    """Where this try comes from; the accounts this browser is known for are of the staff."""
    return Origin(
        address=origin.address(request),
        device=origin.device(request),
        known_device=cookies.known_accounts(request, cookies.STAFF_DEVICE),
        device_key=cookies.device_key(request, cookies.STAFF_DEVICE),
    )
