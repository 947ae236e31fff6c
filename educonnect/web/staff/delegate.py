"""« Donner un droit » in four steps: to whom, which right, whom it reaches, done."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models.functions import Left
from django.forms import CharField, HiddenInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.delegation import delegating, invitations, rules, suspending
from educonnect.delegation.delegating import Newcomer, Wish
from educonnect.delegation.mandate import Mandate, OutOfMandate, kinds_of
from educonnect.delegation.models import Delegation, Function, Post
from educonnect.delegation.rules import Choice, Right
from educonnect.errors import Refusal
from educonnect.population.names import anyhow, fold
from educonnect.population.rules import school_year
from educonnect.schools.models import Division
from educonnect.sessions import sso, staffing
from educonnect.staff.models import Staff
from educonnect.ui import fields
from educonnect.web import refusals
from educonnect.web.forms import Form, posted
from educonnect.web.staff.door import mandated, staff
from educonnect.web.staff.rights import RIGHTS, days, full_name, listed

#: In the place of a person's number, for somebody who has none yet.
NOBODY_KNOWN = 0
#: What was typed of that person, in the session.
DRAFT = "delegate"
#: People shown at once; more are found by the letter of their name.
PAGE = 100
_NUMBERS = re.compile(r"\d{1,15}(,\d{1,15}){0,299}", re.ASCII)
#: How each ready choice is offered; the last is for whoever none of them fits.
OTHER = "autre"
OFFERED: dict[str, tuple[Choice, Any, Any]] = {
    "secretariat": (
        rules.READY["secretariat"],
        _("Secrétariat"),
        _("Administration des comptes des élèves et des responsables, tout l’établissement"),
    ),
    "professeur-principal": (
        rules.READY["professeur-principal"],
        _("Professeur principal"),
        _("Dépannage des comptes des élèves de ses classes : cochez-les plus bas"),
    ),
    "vie-scolaire": (
        rules.READY["vie-scolaire"],
        _("Vie scolaire"),
        _("Dépannage des comptes des élèves, tout l’établissement"),
    ),
    "referent-numerique": (
        rules.READY["referent-numerique"],
        _("Référent numérique"),
        _("Dépannage des comptes des élèves, tout l’établissement"),
    ),
    OTHER: (
        Choice(Right.ADMINISTRATION, by_class=True),
        _("Autre cas"),
        _("Administration des comptes des élèves et des responsables de certaines classes : cochez-les plus bas"),
    ),
}


class AddressForm(Form):
    """Where the invitation goes."""

    email = fields.Email(
        label=_("Adresse e-mail professionnelle"),
        help_text=_("Celle de l’académie. L’invitation y est envoyée : vérifiez-la bien."),
        autocomplete="off",
    )


class NewcomerForm(AddressForm):
    """Somebody no base names."""

    first_name = fields.Name(label=_("Prénom"), error_messages={"required": _("Écrivez le prénom.")})
    name = fields.Name(label=_("Nom"), error_messages={"required": _("Écrivez le nom.")})
    field_order = ("first_name", "name", "email")


class CheckedForm(Form):
    """What was read before it is confirmed."""

    address = CharField(required=False, widget=HiddenInput)


class RightForm(Form):
    """What the person will do, for which classes, between which days."""

    choice = fields.OneOf(
        label=_("Que fera cette personne ?"), error_messages={"required": _("Choisissez ce que fera cette personne.")}
    )
    classes = fields.SomeOf(
        label=_("Classes"),
        required=False,
        help_text=_("Seulement pour un droit limité à des classes."),
        error_messages={"invalid_choice": _("Cochez des classes de la liste.")},
    )
    starts_on = fields.Day(label=_("Premier jour"))
    ends_on = fields.Day(
        label=_("Dernier jour"), help_text=_("Le 31 août, comme l’année scolaire, sauf besoin plus court.")
    )

    def __init__(self, *args: Any, mandate: Mandate, divisions: Iterable[Division], **options: Any) -> None:
        super().__init__(*args, **options)
        offered = [
            (name, format_html("<strong>{}</strong><br><span>{}</span>", title, words))
            for name, (choice, title, words) in OFFERED.items()
            if kinds_of(choice.right) <= mandate.kinds
        ]
        years: dict[int, list[tuple[str, str]]] = {}
        for division in divisions:
            years.setdefault(division.year, []).append((str(division.pk), division.code))
        fields.offer(self, "choice", offered)
        fields.offer(self, "classes", [(f"{year}-{year + 1}", found) for year, found in years.items()])
        if not years:
            del self.fields["classes"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        choice, ticked = OFFERED.get(cleaned.get("choice", "")), cleaned.get("classes", [])
        if choice and choice[0].by_class and not ticked and "classes" not in self.errors:
            missing = _("Cochez au moins une classe : ce droit est limité à des classes.")
            none = _("Choisissez un droit pour tout l’établissement : ses classes ne sont pas encore connues.")
            self.add_error(*(("classes", missing) if "classes" in self.fields else ("choice", none)))
        if choice and not choice[0].by_class and ticked:
            self.add_error("classes", _("Décochez les classes, ou choisissez un droit limité à des classes."))
        return cleaned

    def wish(self, uai: str) -> Wish:
        """What was asked for."""
        choice = OFFERED[self.cleaned_data["choice"]][0]
        ticked = frozenset(int(number) for number in self.cleaned_data.get("classes", []))
        return Wish(
            uai=uai,
            right=choice.right,
            divisions=ticked if choice.by_class else None,
            starts_on=self.cleaned_data["starts_on"],
            ends_on=self.cleaned_data["ends_on"],
        )


@mandated(Right.DELEGATION)
@require_safe
def choose(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """Step 1: the people of the school; where they are many, those whose name begins with a letter."""
    uai = mandate.scope.uai
    people = delegating.people(mandate, uai, now=timezone.now())
    names = people.order_by().annotate(initial=Left("name", 1)).values_list("initial", flat=True).distinct()
    letters = sorted({fold(initial)[:1].upper() for initial in names} - {""})
    letter = request.GET.get("lettre", "")
    found = list((people.filter(name__iregex="^" + anyhow(fold(letter))) if letter in letters else people)[: PAGE + 1])
    stopped = suspending.stopped_in(mandate, uai)
    titles = _titles(uai, found)
    rows = [
        [full_name(one), titles.get(one.pk, ""), one.email or "–", _gestures(mandate, one, stopped)]
        for one in found[:PAGE]
    ]
    more = len(found) > PAGE
    return render(
        request,
        "staff/delegate_person.html",
        {
            "uai": uai,
            "rows": rows,
            "headers": [_("Personne"), _("Fonction"), _("Adresse e-mail"), _("Que faire ?")],
            "letter": letter if letter in letters else "",
            "letters": letters if more or letter in letters else [],
            "more": more,
        },
    )


@mandated(Right.DELEGATION)
@require_http_methods(["GET", "HEAD", "POST"])
def newcomer(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """Step 1, for somebody who is not in the list: their name and professional address, kept in the session alone."""
    uai = mandate.scope.uai
    typed = _typed(request, uai, NOBODY_KNOWN)
    form = NewcomerForm(posted(request), initial=typed)
    if request.method == "POST" and form.is_valid():
        staffing.keep(request, **{DRAFT: {"uai": uai, "staff_id": NOBODY_KNOWN, **form.cleaned_data}})
        return sso.SeeOther(reverse("staff:delegate-right", args=[uai, NOBODY_KNOWN]))
    return render(request, "staff/delegate_newcomer.html", {"uai": uai, "form": form}, status=form.status)


@mandated(Right.DELEGATION)
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: HttpRequest, mandate: Mandate, staff_id: int) -> HttpResponse:
    """Step 1 still, for somebody whose professional address no base gives."""
    uai = mandate.scope.uai
    person = _person(request, mandate, staff_id)
    where = reverse("staff:delegate-right", args=[uai, staff_id])
    if person is None or person.email:
        return sso.SeeOther(where)
    form = AddressForm(posted(request), initial=_typed(request, uai, staff_id))
    if request.method == "POST" and form.is_valid():
        staffing.keep(request, **{DRAFT: {"uai": uai, "staff_id": staff_id, **form.cleaned_data}})
        return sso.SeeOther(where)
    context = {"uai": uai, "form": form, "person": full_name(person), "without": where}
    return render(request, "staff/delegate_address.html", context, status=form.status)


@mandated(Right.DELEGATION)
@require_http_methods(["GET", "HEAD", "POST"])
def right(request: HttpRequest, mandate: Mandate, staff_id: int) -> HttpResponse:
    """Step 2: which right, which classes, which days."""
    uai, now = mandate.scope.uai, timezone.now()
    person = _person(request, mandate, staff_id)
    if person is None:
        return sso.SeeOther(reverse("staff:delegate-newcomer", args=[uai]))
    today = timezone.localdate(now)
    former = _asked(request, uai)
    divisions = list(delegating.classes(mandate, uai, now=now))
    form = RightForm(posted(request), mandate=mandate, divisions=divisions, initial=_initial(former, today))
    if request.method == "POST" and form.is_valid():
        wish = form.wish(uai)
        try:
            delegating.preview(mandate, wish, now=now)
        except OutOfMandate:
            raise
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            where = reverse("staff:delegate-check", args=[uai, staff_id])
            return sso.SeeOther(f"{where}?{_query(wish)}")
    return render(
        request,
        "staff/delegate_right.html",
        {"uai": mandate.scope.uai, "form": form, "person": full_name(person)},
        status=form.status,
    )


@mandated(Right.DELEGATION, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, mandate: Mandate, staff_id: int) -> HttpResponse:
    """Step 3: whom it reaches, in plain words, then it is given; a proof made lately is asked for."""
    uai, now = mandate.scope.uai, timezone.now()
    person = _person(request, mandate, staff_id)
    if person is None:
        return sso.SeeOther(reverse("staff:delegate-newcomer", args=[uai]))
    again = reverse("staff:delegate-right", args=[uai, staff_id])
    wish = _asked(request, uai)
    if wish is None:
        return sso.SeeOther(again)
    form = CheckedForm(posted(request), initial={"address": person.email})
    try:
        foreseen = delegating.preview(mandate, wish, now=now)
        if request.method == "POST" and form.is_valid():
            typed = _typed(request, uai, staff_id)
            if typed and form.cleaned_data["address"] != typed["email"]:  # somebody else, typed in another tab since
                return sso.SeeOther(f"{request.path}?{_query(wish)}&autre=1")
            given = _give(mandate, person, wish, now)
            staffing.keep(request, **{DRAFT: None})
            return sso.SeeOther(reverse("staff:delegation", args=[uai, given.pk]) + "?fait=donne")
    except OutOfMandate:
        raise
    except Refusal as refusal:
        if request.method != "POST":  # the days or the classes of an address kept too long
            return sso.SeeOther(again)
        refusals.explain(refusal, form)
        foreseen = None
    return render(
        request,
        "staff/delegate_check.html",
        {
            "uai": mandate.scope.uai,
            "form": form,
            "person": full_name(person),
            "email": person.email,
            "invited": bool(person.email) and (person.pk is None or invitations.never_came(person)),
            "foreign": _foreign(person.email),
            "right": RIGHTS[wish.right],
            "administers": wish.right == Right.ADMINISTRATION,
            "foreseen": foreseen,
            "classes": listed(foreseen.classes) if foreseen and foreseen.classes is not None else "",
            "days": days(wish.starts_on, wish.ends_on),
            "again": f"{again}?{_query(wish)}",
            "another": "autre" in request.GET,
        },
        status=form.status,
    )


def _person(request: HttpRequest, mandate: Mandate, staff_id: int) -> Staff | None:
    """Who it is for, with the address just typed; not a row yet for a newcomer. None: their name is to be typed first.

    Raises:
        OutOfMandate: nobody of this school.
    """
    uai = mandate.scope.uai
    typed = _typed(request, uai, staff_id)
    if staff_id == NOBODY_KNOWN:
        return Staff(**typed) if typed else None
    person = delegating.people(mandate, uai, now=timezone.now()).filter(pk=staff_id).first()
    if person is None:
        raise OutOfMandate
    person.email = person.email or typed.get("email", "")
    return person


def _typed(request: HttpRequest, uai: str, staff_id: int) -> dict[str, str]:
    """What was typed of this person in this session."""
    kept = staff(request).draft.get(DRAFT) or {}
    if (kept.get("uai"), kept.get("staff_id")) != (uai, staff_id):
        return {}
    return {name: kept[name] for name in ("first_name", "name", "email") if name in kept}


def _give(mandate: Mandate, person: Staff, wish: Wish, now: datetime) -> Delegation:
    if person.pk is None:
        newcomer = Newcomer(person.first_name, person.name, person.email)
        return delegating.give_newcomer(mandate, newcomer, wish, now=now)
    return delegating.give(mandate, person.pk, wish, email=person.email, now=now)


def _foreign(email: str) -> bool:
    """Whether an address is of none of the domains the operator named."""
    domain = email.rpartition("@")[2].lower()
    return bool(email and settings.STAFF_EMAIL_DOMAINS) and domain not in settings.STAFF_EMAIL_DOMAINS


def _titles(uai: str, people: Sequence[Staff]) -> dict[int, str]:
    """What each is in the school: a function that gives rights, else the source's own word."""
    posts = Post.objects.filter(school=uai, staff__in=people, ended_at__isnull=True)
    found: dict[int, str] = {}
    for post in sorted(posts, key=lambda one: (one.function != Function.OTHER, one.pk)):
        other = post.function == Function.OTHER and post.title
        found[post.staff_id] = str(post.title if other else post.get_function_display())
    return found


def _gestures(mandate: Mandate, one: Staff, stopped: set[int]) -> SafeString:
    """What may be done with somebody of the school."""
    uai = mandate.scope.uai
    if mandate.actor == f"staff:{one.pk}":
        return format_html("{}", _("C’est vous."))
    if one.pk in stopped:
        return format_html(
            '<a href="{}">{}</a>', reverse("staff:restore", args=[uai, one.pk]), _("Rétablir ses droits")
        )
    return format_html(
        '<a href="{}">{}<span class="only-spoken"> {}</span></a><br>'
        '<a href="{}">{}<span class="only-spoken"> {}</span></a>',
        reverse("staff:delegate-right" if one.email else "staff:delegate-address", args=[uai, one.pk]),
        _("Donner un droit"),
        full_name(one),
        reverse("staff:suspend", args=[uai, one.pk]),
        _("Suspendre"),
        full_name(one),
    )


def _query(wish: Wish) -> str:
    asked = {"droit": str(wish.right), "du": wish.starts_on.isoformat(), "au": wish.ends_on.isoformat()}
    if wish.divisions is not None:
        asked["classes"] = ",".join(map(str, sorted(wish.divisions)))
    return urlencode(asked)


def _asked(request: HttpRequest, uai: str) -> Wish | None:
    """What the address asks for; None where it is not one of ours."""
    asked = request.GET
    numbers = asked.get("classes")
    if asked.get("droit") not in rules.HOLDS or (numbers is not None and not _NUMBERS.fullmatch(numbers)):
        return None
    try:
        starts_on, ends_on = date.fromisoformat(asked.get("du", "")), date.fromisoformat(asked.get("au", ""))
    except ValueError:
        return None
    return Wish(
        uai=uai,
        right=Right(asked["droit"]),
        divisions=None if numbers is None else frozenset(map(int, numbers.split(","))),
        starts_on=starts_on,
        ends_on=ends_on,
    )


def _initial(former: Wish | None, today: date) -> dict[str, Any]:
    """What the form begins with: 31 August, or what was asked for before coming back."""
    if former is None:
        return {"starts_on": today, "ends_on": rules.last_day(school_year(today))}
    asked = Choice(former.right, by_class=former.divisions is not None)
    return {
        "choice": next((name for name, (choice, *_) in OFFERED.items() if choice == asked), None),
        "classes": [str(number) for number in former.divisions or ()],
        "starts_on": former.starts_on,
        "ends_on": former.ends_on,
    }
