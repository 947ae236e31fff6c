"""« Mot de passe » of a local account: another one; every other device is closed."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from educonnect.delegation import known
from educonnect.errors import Refusal
from educonnect.sessions import sso, staffing
from educonnect.staff import passwords
from educonnect.staff.models import Staff
from educonnect.ui import fields
from educonnect.web import csrf, refusals
from educonnect.web.forms import posted
from educonnect.web.staff.door import signed_in, staff
from educonnect.web.staff.join import OwnPasswordForm
from educonnect.web.staff.signin import whence


class ChangePasswordForm(OwnPasswordForm):
    """The password in force, then the next one."""

    field_order = ("current", "password")

    current = fields.Password(autocomplete="current-password", label=_("Votre mot de passe actuel"))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change it; this browser stays signed in, under a new secret. Who comes by another way in has none here."""
    who = staff(request)
    person = Staff.objects.get(pk=who.staff_id)
    if not person.password:
        raise Http404
    form = ChangePasswordForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            epoch = passwords.change(
                who.staff_id,
                epoch=who.epoch,
                current=form.cleaned_data["current"],
                password=form.cleaned_data["password"],
                about=known.personal(person),
                origin=whence(request),
                now=timezone.now(),
            )
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            csrf.renew(request)
            staffing.carry_on(request, epoch)
            return sso.SeeOther(reverse("staff:password") + "?fait=1")
    context = {"form": form, "email": person.email, "done": "fait" in request.GET}
    return render(request, "staff/password.html", context, status=form.status)
