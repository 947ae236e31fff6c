"""« Mes données »: what is kept, and all of it in a file after the password was typed once more."""

import tempfile

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from educonnect.accounts import signin
from educonnect.accounts.models import Account
from educonnect.errors import Refusal
from educonnect.privacy import export
from educonnect.ui import fields
from educonnect.web import refusals
from educonnect.web.account.reader import reader
from educonnect.web.forms import Form, posted
from educonnect.web.public.signin import whence

#: What is written before it goes to a file without a name.
IN_MEMORY = 1024 * 1024


class AgainForm(Form):
    """The password once more."""

    current = fields.Password(
        autocomplete="current-password",
        label=_("Votre mot de passe"),
        help_text=_("Pour que personne d’autre ne prenne vos données si vous avez laissé cette page ouverte."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest) -> HttpResponse | FileResponse:
    """What is kept, for how long; and its download."""
    account_id = reader(request).account_id
    form = AgainForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            signin.prove_again(account_id, form.cleaned_data["current"], origin=whence(request))
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return _file(account_id)
    account = Account.objects.select_related("pupil", "guardian", "provisional").get(pk=account_id)
    return render(request, "account/data.html", {"form": form, "account": account}, status=form.status)


def _file(account_id: int) -> FileResponse:
    """Written whole before the answer begins, so that half of it is never taken for all."""
    whole = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the answer closes it
    for piece in export.hand_over(account_id, actor=f"account:{account_id}", now=timezone.now()):
        whole.write(piece.encode())
    whole.seek(0)
    return FileResponse(
        whole, as_attachment=True, filename="educonnect-mes-donnees.json", content_type="application/json"
    )
