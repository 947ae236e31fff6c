"""« Mes droits », and the words that every page of rights says them with."""

from collections.abc import Collection, Iterable
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from educonnect.delegation.holding import Holding, holdings
from educonnect.delegation.models import Delegation
from educonnect.delegation.rules import Right
from educonnect.schools.models import School
from educonnect.schools.reference import ACADEMIES, TERRITORIES
from educonnect.staff.models import Staff
from educonnect.ui.templatetags.ui import badge
from educonnect.web.staff.door import signed_in, staff

RIGHTS: dict[Right, Promise] = {
    Right.ADMINISTRATION: gettext_lazy("Administration des comptes"),
    Right.DEPANNAGE: gettext_lazy("Dépannage des comptes élèves"),
    Right.DELEGATION: gettext_lazy("Donner des droits"),
}


@signed_in
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What I hold, where, until when, and who gave it."""
    today = timezone.localdate()
    rows = [
        [
            one.post or RIGHTS[Right(one.right)],
            _held_where(one),
            _held_rights(one, today),
            days(one.starts_on, one.ends_on),
            full_name(one.given_by) if one.given_by else one.source,
        ]
        for one in holdings(staff(request).staff_id, now=timezone.now())
    ]
    return render(request, "staff/my_rights.html", {"rows": rows, "headers": MINE})


MINE = [
    gettext_lazy("Fonction ou droit"),
    gettext_lazy("Où"),
    gettext_lazy("Ce que je peux faire"),
    gettext_lazy("Dates"),
    gettext_lazy("Vient de"),
]


def full_name(one: Staff) -> str:
    """« Maude VALDAIRE », the address where no name is known."""
    return f"{one.first_name} {one.name.upper()}".strip() or one.email


def name_of(school: School) -> str:
    """« Collège des Alizés (9720001A) »."""
    return f"{school.name} ({school.pk})" if school.name else school.pk


def academie_of(code: str) -> str:
    """« Martinique »."""
    found = ACADEMIES.get(code) or TERRITORIES.get(code)
    return found.name if found else code


def day(one: date) -> str:
    """« 31 août 2027 »."""
    return date_format(one, "j F Y")


def days(starts_on: date, ends_on: date | None) -> str:
    """« du 1 septembre 2026 au 31 août 2027 »."""
    if ends_on is None:
        return _("depuis le %(start)s") % {"start": day(starts_on)}
    return _("du %(start)s au %(end)s") % {"start": day(starts_on), "end": day(ends_on)}


def listed(codes: Iterable[str]) -> str:
    """« 6A, 6B »."""
    return ", ".join(codes)


def reach(given: Delegation) -> str:
    """Over whom: « tout l’établissement », « classes 6A, 6B »."""
    if given.whole_school:
        return _("tout l’établissement")
    codes = sorted(one.code for one in given.divisions.all())
    return _("classes : %(codes)s") % {"codes": listed(codes)} if codes else _("ses classes n’existent plus")


def giver(given: Delegation) -> str:
    """Who gave it, in which quality."""
    quality = given.get_given_as_display()
    return f"{full_name(given.given_by)} ({quality})" if given.given_by else quality


def state(given: Delegation, today: date, stopped: Collection[int] = ()) -> SafeString:
    """« en cours », « à venir », « suspendu », « retiré », « terminé »."""
    if given.withdrawn_at is not None:
        return badge(_("retiré"))
    if given.ends_on < today:
        return badge(_("terminé"))
    if given.staff_id in stopped:
        return badge(_("suspendu"), "danger")
    return badge(_("à venir"), "warning") if given.starts_on > today else badge(_("en cours"), "success")


def _held_where(one: Holding) -> str:
    if one.school is None:
        return _("académie : %(name)s") % {"name": academie_of(one.academie)} if one.academie else _("toute la France")
    where = name_of(one.school)
    return where if one.classes is None else f"{where}, {_('classes : %(codes)s') % {'codes': listed(one.classes)}}"


def _held_rights(one: Holding, today: date) -> SafeString:
    if one.stopped:
        return badge(_("suspendu"), "danger")
    if one.rights:
        held = [str(words) for right, words in RIGHTS.items() if right in one.rights]
        return format_html("{}", listed(held))
    if one.starts_on > today:
        return badge(_("à venir"), "warning")
    if one.post and one.school is not None:
        return format_html("{}", _("Rien par cette fonction : demandez un droit à la direction ou à l’académie."))
    return format_html("{}", _("Rien en ce moment."))
