"""« Délégations » of a school: the rights given there, their end, their withdrawal, their history."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.delegation import delegating, rules, suspending
from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.delegation.models import Delegation, GivenAs
from educonnect.delegation.rules import Right
from educonnect.errors import Refusal
from educonnect.population.rules import school_year
from educonnect.sessions import sso
from educonnect.ui import fields
from educonnect.web import refusals
from educonnect.web.forms import Form, posted
from educonnect.web.staff.door import mandated
from educonnect.web.staff.rights import RIGHTS, day, days, full_name, giver, reach, state

#: Rights over at a time.
PAGE = 50
HEADERS = [
    gettext_lazy("Personne"),
    gettext_lazy("Droit"),
    gettext_lazy("Dates"),
    gettext_lazy("État"),
    gettext_lazy("Donné par"),
    gettext_lazy("Dernière connexion"),
]
OVER_HEADERS = [*HEADERS[:4], gettext_lazy("Donné par"), gettext_lazy("Retiré le")]


class EndForm(Form):
    """The last day of a right."""

    ends_on = fields.Day(label=gettext_lazy("Dernier jour"), help_text=gettext_lazy("Exemple : 31 8 2027"))


@mandated(Right.DELEGATION)
@require_safe
def delegations(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """Who holds which right in the school today, or will."""
    uai, now = mandate.scope.uai, timezone.now()
    today = timezone.localdate(now)
    stopped = suspending.stopped_in(mandate, uai)
    rows = [
        [
            _named(one),
            format_html("{}<br>{}", RIGHTS[Right(one.right)], reach(one)),
            days(one.starts_on, one.ends_on),
            state(one, today, stopped),
            giver(one),
            day(timezone.localdate(one.staff.last_signed_in_at)) if one.staff.last_signed_in_at else _("jamais"),
        ]
        for one in delegating.in_force(mandate, uai, now=now)
    ]
    return render(
        request,
        "staff/delegations.html",
        {
            "uai": mandate.scope.uai,
            "rows": rows,
            "headers": HEADERS,
            "stopped": [
                (one.staff_id, full_name(one.staff), day(timezone.localdate(one.at)))
                for one in suspending.suspended(mandate)
            ],
            "done": request.GET.get("fait", ""),
        },
    )


@mandated(Right.DELEGATION)
@require_safe
def over(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """The rights of the school that are over, the last given first."""
    typed = request.GET.get("avant", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
    now = timezone.now()
    found = list(delegating.over(mandate, mandate.scope.uai, now=now, before=before)[: PAGE + 1])
    rows = [
        [
            _named(one),
            format_html("{}<br>{}", RIGHTS[Right(one.right)], reach(one)),
            days(one.starts_on, one.ends_on),
            state(one, timezone.localdate(now)),
            giver(one),
            day(timezone.localdate(one.withdrawn_at)) if one.withdrawn_at else "–",
        ]
        for one in found[:PAGE]
    ]
    following = found[PAGE - 1].pk if len(found) > PAGE else None
    return render(
        request,
        "staff/delegations_over.html",
        {"uai": mandate.scope.uai, "rows": rows, "headers": OVER_HEADERS, "following": following},
    )


@mandated(Right.DELEGATION)
@require_safe
def delegation(request: HttpRequest, mandate: Mandate, delegation_id: int) -> HttpResponse:
    """One right: all that is known of it, and what may be done with it."""
    given = delegating.one(mandate, mandate.scope.uai, delegation_id)
    stopped = suspending.stopped_in(mandate, mandate.scope.uai)
    return render(
        request,
        "staff/delegation.html",
        _shown(mandate, given) | {"done": request.GET.get("fait", ""), "stopped": given.staff_id in stopped},
    )


@mandated(Right.DELEGATION, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def change_end(request: HttpRequest, mandate: Mandate, delegation_id: int) -> HttpResponse:
    """Another last day: later is giving more, so that it asks for a proof made lately."""
    given = delegating.one(mandate, mandate.scope.uai, delegation_id)
    form = EndForm(posted(request), initial={"ends_on": given.ends_on})
    if request.method == "POST" and form.is_valid():
        try:
            delegating.change_end(mandate, delegation_id, form.cleaned_data["ends_on"], now=timezone.now())
        except OutOfMandate:
            raise
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return sso.SeeOther(_at(mandate, "staff:delegation", delegation_id) + "?fait=fin")
    return render(
        request,
        "staff/delegation_end.html",
        _shown(mandate, given) | {"form": form, "latest": _latest(given)},
        status=form.status,
    )


@mandated(Right.DELEGATION)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, mandate: Mandate, delegation_id: int) -> HttpResponse:
    """Take the right back at once, asked again first."""
    given = delegating.one(mandate, mandate.scope.uai, delegation_id)
    form = Form(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            delegating.withdraw(mandate, delegation_id, now=timezone.now())
        except OutOfMandate:
            raise
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return sso.SeeOther(_at(mandate, "staff:delegations") + "?fait=retire")
    return render(
        request, "staff/delegation_withdraw.html", _shown(mandate, given) | {"form": form}, status=form.status
    )


def _shown(mandate: Mandate, given: Delegation) -> dict[str, Any]:
    """What every page of one right says."""
    today = timezone.localdate()
    live = given.withdrawn_at is None and given.ends_on >= today
    return {
        "uai": mandate.scope.uai,
        "given": given,
        "person": full_name(given.staff),
        "right": RIGHTS[Right(given.right)],
        "reach": reach(given),
        "days": days(given.starts_on, given.ends_on),
        "giver": giver(given),
        "state": state(given, today),
        "from_hub": live and given.given_as == GivenAs.HUB,
        "as_head": given.as_head,
        "changeable": live and given.given_as != GivenAs.HUB and not given.as_head,
    }


def _latest(given: Delegation) -> str:
    today = timezone.localdate()
    latest = rules.furthest_end(today) if given.whole_school else rules.last_day(school_year(given.starts_on))
    return day(latest)


def _named(one: Delegation) -> SafeString:
    where = reverse("staff:delegation", args=[one.school_id, one.pk])
    return format_html('<a href="{}">{}</a>', where, full_name(one.staff))


def _at(mandate: Mandate, name: str, *args: object) -> str:
    return reverse(name, args=[mandate.scope.uai, *args])
