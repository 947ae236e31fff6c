"""The académie and its private schools: whose head waits for a right, grant it, change its end, withdraw it."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.delegation import delegating, granting, rules
from educonnect.delegation.granting import Granted
from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.delegation.models import Delegation
from educonnect.delegation.rules import Right
from educonnect.errors import Refusal
from educonnect.population.rules import school_year
from educonnect.schools.reference import ACADEMIES
from educonnect.sessions import sso
from educonnect.ui import fields
from educonnect.ui.templatetags.ui import badge
from educonnect.web import refusals
from educonnect.web.forms import Form, posted
from educonnect.web.staff.delegations import EndForm
from educonnect.web.staff.door import mandated
from educonnect.web.staff.rights import RIGHTS, day, days, full_name, name_of

#: Schools at a time.
PAGE = 50
HEADERS = [_("Établissement"), _("Ville"), _("Chef d’établissement"), _("Droits"), _("Que faire ?")]
WORDS = {
    Right.ADMINISTRATION: _("Comptes des élèves et des responsables : notifier, dépanner, suivre."),
    Right.DEPANNAGE: _("Comptes des élèves seulement : réinitialiser, débloquer, remettre une lettre."),
}


class GrantForm(Form):
    """Which right the head receives, until when."""

    head = fields.OneOf(label=_("À qui ?"), error_messages={"required": _("Choisissez à qui accorder le droit.")})
    right = fields.OneOf(
        label=_("Quel droit ?"),
        choices=[
            (str(right), format_html("<strong>{}</strong><br><span>{}</span>", RIGHTS[right], words))
            for right, words in WORDS.items()
        ],
        error_messages={"required": _("Choisissez le droit à accorder.")},
    )
    ends_on = fields.Day(label=_("Dernier jour"), help_text=_("Exemple : 31 8 2027"))

    def __init__(self, *args: Any, granted: Granted, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.offer(self, "head", [(str(one.pk), full_name(one)) for one in granted.heads])


@mandated(Right.DELEGATION)
@require_safe
def academies(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """The nation's way to each académie."""
    del mandate
    found = sorted((one.name, reverse("staff:academie-schools", args=[one.code])) for one in ACADEMIES.values())
    return render(request, "staff/academies.html", {"academies": found})


@mandated(Right.DELEGATION)
@require_safe
def schools(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """The private schools whose head waits, or all those that answer a search."""
    typed, after = request.GET.get("recherche", "")[:60], request.GET.get("apres", "")
    waiting = "tous" not in request.GET and not typed.strip()
    if not re.fullmatch(r"\d{7}[A-Z]", after, re.ASCII):
        after = ""
    found = granting.schools(
        mandate, typed=typed, without_grant=waiting, after=after, size=PAGE + 1, now=timezone.now()
    )
    return render(
        request,
        "staff/academie_schools.html",
        {
            "list": _list(mandate),
            "headers": HEADERS,
            "rows": [_row(mandate, one) for one in found[:PAGE]],
            "typed": typed,
            "waiting": waiting,
            "following": found[PAGE - 1].school.pk if len(found) > PAGE else "",
            "done": request.GET.get("fait", ""),
        },
    )


@mandated(Right.DELEGATION, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def grant(request: HttpRequest, mandate: Mandate, school: str) -> HttpResponse:
    """Grant a right to the head of a private school."""
    now = timezone.now()
    granted = granting.one_school(mandate, school, now=now)
    today = timezone.localdate(now)
    initial: dict[str, Any] = {"ends_on": rules.last_day(school_year(today)), "right": str(Right.ADMINISTRATION)}
    if len(granted.heads) == 1:
        initial["head"] = str(granted.heads[0].pk)
    form = GrantForm(posted(request), granted=granted, initial=initial)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            granting.grant(mandate, school, int(typed["head"]), Right(typed["right"]), typed["ends_on"], now=now)
        except OutOfMandate:
            raise
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return sso.SeeOther(f"{_list(mandate)}?recherche={granted.school.pk}&fait=accorde")
    return render(
        request,
        "staff/grant.html",
        {
            "list": _list(mandate),
            "form": form,
            "school": name_of(granted.school),
            "to_grant": bool(granted.heads) and not granted.by_function,
            "by_function": granted.by_function,
        },
        status=form.status,
    )


@mandated(Right.DELEGATION, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def change_end(request: HttpRequest, mandate: Mandate, school: str, delegation_id: int) -> HttpResponse:
    """Another last day for what a head was granted."""
    given = _granted(mandate, school, delegation_id)
    form = EndForm(posted(request), initial={"ends_on": given.ends_on})
    if request.method == "POST" and form.is_valid():
        try:
            delegating.change_end(mandate, delegation_id, form.cleaned_data["ends_on"], now=timezone.now())
        except OutOfMandate:
            raise
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return sso.SeeOther(f"{_list(mandate)}?recherche={given.school_id}&fait=fin")
    latest = day(rules.furthest_end(timezone.localdate()))
    return render(
        request, "staff/grant_end.html", {**_shown(mandate, given), "form": form, "latest": latest}, status=form.status
    )


@mandated(Right.DELEGATION)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, mandate: Mandate, school: str, delegation_id: int) -> HttpResponse:
    """Take back at once what a head was granted; what the head gave meanwhile is told, and stays to its own end."""
    given = _granted(mandate, school, delegation_id)
    form = Form(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            delegating.withdraw(mandate, delegation_id, now=timezone.now())
        except OutOfMandate:
            raise
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return sso.SeeOther(f"{_list(mandate)}?recherche={given.school_id}&fait=retire")
    live = delegating.in_force(mandate, school, now=timezone.now())
    return render(
        request,
        "staff/grant_withdraw.html",
        {
            **_shown(mandate, given),
            "form": form,
            "given_meanwhile": live.filter(given_by=given.staff_id).count(),
            "delegations": reverse("staff:delegations", args=[school]),
        },
        status=form.status,
    )


def _granted(mandate: Mandate, school: str, delegation_id: int) -> Delegation:
    given = delegating.one(mandate, school, delegation_id)
    if not given.as_head:
        raise OutOfMandate
    return given


def _shown(mandate: Mandate, given: Delegation) -> dict[str, Any]:
    return {
        "list": _list(mandate),
        "person": full_name(given.staff),
        "right": RIGHTS[Right(given.right)],
        "school": name_of(given.school),
        "days": days(given.starts_on, given.ends_on),
    }


def _list(mandate: Mandate) -> str:
    return reverse("staff:academie-schools", args=[mandate.scope.academie])


def _row(mandate: Mandate, one: Granted) -> list[Any]:
    school = one.school
    heads = ", ".join(full_name(head) for head in one.heads) or _gettext("pas encore connu")
    return [name_of(school), school.town or "–", heads, _rights(one), _gestures(mandate, one)]


def _rights(one: Granted) -> SafeString:
    if one.by_function:
        return format_html("{}", _("Par sa fonction") if one.school.degree == 2 else _("Premier degré"))
    if not one.grants:
        return badge(_gettext("à accorder"), "warning")
    told = [
        (RIGHTS[Right(given.right)], full_name(given.staff), _("jusqu’au %(end)s") % {"end": day(given.ends_on)})
        for given in one.grants
    ]
    return format_html_join(SafeString("<br>"), "{}, {}, {}", told)


def _gestures(mandate: Mandate, one: Granted) -> SafeString:
    code, school = mandate.scope.academie, one.school.pk
    links: list[tuple[str, Any]] = []
    if not one.by_function and one.heads:
        links.append((reverse("staff:academie-grant", args=[code, school]), _("Accorder un droit")))
    for given in one.grants:
        right = RIGHTS[Right(given.right)]
        links += [
            (
                reverse("staff:academie-grant-end", args=[code, school, given.pk]),
                _gettext("Changer la fin : %(right)s") % {"right": right},
            ),
            (
                reverse("staff:academie-grant-withdraw", args=[code, school, given.pk]),
                _gettext("Retirer : %(right)s") % {"right": right},
            ),
        ]
    links.append((reverse("staff:delegations", args=[school]), _("Délégations")))
    return format_html_join(
        SafeString("<br>"),
        '<a href="{}">{}<span class="only-spoken"> {}</span></a>',
        [(where, words, name_of(one.school)) for where, words in links],
    )
