"""Suspend somebody's rights, restore them: in the place of the page, be it a school, an académie or the nation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.delegation import suspending
from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.delegation.models import Suspension
from educonnect.delegation.rules import Right
from educonnect.errors import Refusal
from educonnect.sessions import sso
from educonnect.web import refusals
from educonnect.web.forms import Form, posted
from educonnect.web.staff import here
from educonnect.web.staff.door import mandated
from educonnect.web.staff.rights import academie_of, day, full_name, name_of

#: Suspensions shown at once; there are never many.
PAGE = 200
HEADERS = [gettext_lazy("Personne"), gettext_lazy("Où"), gettext_lazy("Depuis le"), gettext_lazy("Que faire ?")]


@mandated(Right.DELEGATION)
@require_safe
def suspensions(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """Whose rights are suspended in the académie, or anywhere."""
    rows = [
        [
            full_name(one.staff),
            _where(one),
            day(timezone.localdate(one.at)),
            format_html(
                '<a href="{}">{}<span class="only-spoken"> {}</span></a>',
                here.at(mandate, "restore", one.staff_id),
                _("Rétablir ses droits"),
                full_name(one.staff),
            ),
        ]
        for one in suspending.suspended(mandate)[:PAGE]
    ]
    return render(
        request,
        "staff/suspensions.html",
        {"rows": rows, "headers": HEADERS, "done": request.GET.get("fait", "")},
    )


@mandated(Right.DELEGATION)
@require_http_methods(["GET", "HEAD", "POST"])
def suspend(request: HttpRequest, mandate: Mandate, staff_id: int) -> HttpResponse:
    """Stop all that somebody may do here, asked again first; quick, for it may be a thief."""
    now = timezone.now()
    person = suspending.reached(mandate, now=now).filter(pk=staff_id).first()
    if person is None:
        raise OutOfMandate
    form = Form(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            suspending.suspend(mandate, staff_id, now=now)
        except OutOfMandate:
            raise
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return sso.SeeOther(_back(mandate) + "?fait=suspendu")
    return render(
        request,
        "staff/suspend.html",
        {
            "access": here.at(mandate, "access", staff_id),
            "back": _back(mandate),
            "form": form,
            "person": full_name(person),
        },
        status=form.status,
    )


@mandated(Right.DELEGATION, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: HttpRequest, mandate: Mandate, staff_id: int) -> HttpResponse:
    """Let rights hold again; it asks for a proof made lately, as giving them does."""
    found = suspending.suspended(mandate).filter(staff=staff_id).first()
    if found is None:  # restored in another tab, or stopped from a wider place
        return sso.SeeOther(_back(mandate))
    form = Form(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            suspending.restore(mandate, staff_id, now=timezone.now())
        except OutOfMandate:
            raise
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return sso.SeeOther(_back(mandate) + "?fait=retabli")
    return render(
        request,
        "staff/restore.html",
        {"back": _back(mandate), "form": form, "person": full_name(found.staff)},
        status=form.status,
    )


def _where(one: Suspension) -> str:
    if one.school is not None:
        return name_of(one.school)
    return _("académie : %(name)s") % {"name": academie_of(one.academie)} if one.academie else _("partout")


def _back(mandate: Mandate) -> str:
    """Where suspensions are listed: a school shows them with its delegations."""
    return here.at(mandate, "delegations" if mandate.scope.uai else "suspensions")
