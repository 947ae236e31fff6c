"""« Mon compte »: who the account says one is, and where each thing is changed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from educonnect.accounts.models import Account
from educonnect.population.enrolments import current_of
from educonnect.web.account.reader import reader
from educonnect.web.school import school_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """« Mes informations »: what the school gave, what the person gave, and who corrects which."""
    account = Account.objects.select_related("pupil", "guardian").get(pk=reader(request).account_id)
    enrolments = account.pupil.enrolments.select_related("school", "division") if account.pupil else ()
    return render(
        request,
        "account/home.html",
        {
            "account": account,
            "holder": account.pupil or account.guardian,
            "enrolment": current_of(enrolments, timezone.localdate()),
            "email": masked(account.email),
            "to_confirm": masked(account.email_to_confirm),
            "school": school_of(account),
        },
    )


def masked(email: str) -> str:
    """`camille@exemple.fr` -> `c•••@exemple.fr`: its owner knows it, whoever looks over a shoulder does not."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}•••{at}{domain}" if email else ""
