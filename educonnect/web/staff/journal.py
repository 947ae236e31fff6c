"""« Journal »: who did what in a school or an académie; one's own."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.delegation.rules import Right
from educonnect.errors import Refusal
from educonnect.oversight import exporting, people, rules, trail
from educonnect.oversight.names import On, Subject
from educonnect.oversight.trail import After, Line, Search
from educonnect.sessions import sso
from educonnect.web import refusals
from educonnect.web.forms import Form, posted
from educonnect.web.staff import here, wording
from educonnect.web.staff.door import mandated, signed_in, staff

#: Numbers of rows, and instants in microseconds, that an address may hold.
MOST = 2**53


class DayField(forms.DateField):
    """A day of the calendar, as the browser's own field sends it or as people write it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            input_formats=["%Y-%m-%d", "%d/%m/%Y"],
            widget=forms.DateInput(attrs={"class": "input", "type": "date"}, format="%Y-%m-%d"),
            error_messages={"invalid": _("Cette date n’existe pas. Écrivez-la ainsi : 31/08/2026.")},
            **options,
        )


class OwnForm(Form):
    """What is asked for; it stands in the address."""

    sorte = forms.ChoiceField(
        label=_("Quoi"),
        required=False,
        choices=[("", _("Tout")), *((kind.value, words) for kind, words in wording.KINDS.items())],
        widget=forms.Select(attrs={"class": "input"}),
        error_messages={"invalid_choice": _("Choisissez une ligne de la liste.")},
    )
    du = DayField(label=_("Depuis le"))
    au = DayField(label=_("Jusqu’au"))

    def search(self) -> Search:
        """The same for the domain; what is wrong is not asked for."""
        typed = self.cleaned_data if self.is_valid() else {}
        return Search(
            staff_id=typed.get("par"),
            kind=rules.Kind(typed["sorte"]) if typed.get("sorte") else None,
            since=typed.get("du"),
            until=typed.get("au"),
            account_id=typed.get("compte"),
        )


class SearchForm(OwnForm):
    """The same with people, whom an address names by numbers only."""

    par = forms.IntegerField(min_value=1, max_value=MOST, required=False, widget=forms.HiddenInput)
    compte = forms.IntegerField(min_value=1, max_value=MOST, required=False, widget=forms.HiddenInput)


class PersonForm(Form):
    """Of whom to read: who acted, or on whom."""

    qui = forms.CharField(
        label=_("Nom ou identifiant"),
        max_length=100,
        help_text=_("D’un élève, d’un responsable ou d’une personne du personnel. Le début du nom suffit."),
        error_messages={"required": _("Écrivez un nom ou un identifiant.")},
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off", "spellcheck": "false"}),
    )


@mandated(Right.DELEGATION)
@require_safe
def journal(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """Who did what in this place, newest first."""
    form = SearchForm(request.GET)
    search = form.search()
    of = people.one(mandate, search.account_id) if search.account_id else None
    page = trail.lines(mandate, search, after=_after(request)) if form.is_valid() else trail.Page((), None)
    schools = _schools(mandate, page.lines)
    context = {
        "form": form,
        "rows": [_row(line, schools) for line in page.lines],
        "of": of,
        "by": _by(search, page.lines),
        "schools": not mandate.scope.uai,
        "journal": here.at(mandate, "journal"),
        "without": {name: _query(search, **{name: None}) for name in ("compte", "par")},
        "older": _query(search, avant="{}-{}".format(*page.after)) if page.after else "",
        "export": f"{here.at(mandate, 'journal-export')}?{_query(search)}",
        "person": here.at(mandate, "journal-person"),
    }
    return render(request, "staff/journal.html", context)


@signed_in
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """What I did, and how I came in."""
    form = OwnForm(request.GET)
    search = form.search()
    page = trail.Page((), None)
    if form.is_valid():
        page = trail.own(staff(request).staff_id, search, now=timezone.now(), after=_after(request))
    rows = [(line, wording.sentence(line), wording.on(line)) for line in page.lines]
    older = _query(search, avant="{}-{}".format(*page.after)) if page.after else ""
    return render(request, "staff/own_journal.html", {"form": form, "rows": rows, "older": older})


@mandated(Right.DELEGATION)
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """Choose of whom to read; the name that is typed is posted, so that no address holds it."""
    form, place = PersonForm(posted(request)), here.at(mandate, "journal")
    found: list[tuple[Subject, str]] = []
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["qui"]
        found = [(one, f"{place}?par={one.pk}") for one in people.staff_named(mandate, typed)]
        found += [(one, f"{place}?compte={one.pk}") for one in people.named(mandate, typed)]
        if len(found) == 1:
            return sso.SeeOther(found[0][1])
        if not found:
            form.add_error("qui", _gettext("Vérifiez ce nom : personne ne le porte ici."))
        if len(found) > rules.FOUND:
            form.add_error("qui", _gettext("Écrivez-en davantage : trop de personnes ont un nom qui commence ainsi."))
            found = []
    return render(request, "staff/journal_person.html", {"form": form, "found": found, "journal": place})


@mandated(Right.DELEGATION, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """What the file will hold, then the file."""
    form, search = Form(posted(request)), SearchForm(request.GET).search()
    if search.account_id:
        people.one(mandate, search.account_id)
    if request.method == "POST" and form.is_valid():
        try:
            return _file(request, mandate, search)
        except OutOfMandate:
            raise
        except Refusal as refusal:
            refusals.explain(refusal, form)
    context = {
        "form": form,
        "most": rules.EXPORTED,
        "filtered": search != Search(),
        "journal": f"{here.at(mandate, 'journal')}?{_query(search)}",
    }
    return render(request, "staff/journal_export.html", context, status=form.status)


def _file(request: HttpRequest, mandate: Mandate, search: Search) -> HttpResponse:
    """Written whole before the answer begins, so that half of it is never taken for all."""
    now = timezone.now()
    asked = {"who": staff(request).display_name, "when": _instant(now), "where": here.name(mandate)}
    head = [
        [_gettext("Journal ÉduConnect, %(where)s. Demandé par %(who)s le %(when)s. Ne pas diffuser.") % asked],
        list(map(str, HEADINGS)),
    ]
    whole = io.BytesIO()
    all_there = exporting.write(mandate, search, whole, head=head, row=_cells, now=now)
    place = mandate.scope.uai or f"academie-{mandate.scope.academie}"
    name = f"journal-{place}-{timezone.localdate(now):%Y-%m-%d}{'' if all_there else '-debut'}.csv"
    answer = HttpResponse(whole.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    answer["Cache-Control"] = "no-store"
    return answer


HEADINGS = (_("Quand"), _("Qui"), _("Fonction"), _("Quoi"), _("Sur qui"), _("Identifiant"), _("Établissement"))


def _cells(line: Line) -> list[str]:
    return [
        _instant(line.at),
        wording.who(line.who),
        wording.post(line.who),
        wording.sentence(line),
        wording.on(line),
        line.on.username,
        line.uai,
    ]


def _schools(mandate: Mandate, lines: Sequence[Line]) -> dict[str, str]:
    """The names of an académie's schools; a school knows its own."""
    found = mandate.schools().filter(pk__in={line.uai for line in lines}) if mandate.scope.academie else ()
    return {school.pk: school.name for school in found}


def _row(line: Line, schools: Mapping[str, str]) -> dict[str, Any]:
    return {
        "line": line,
        "school": schools.get(line.uai, ""),
        "what": wording.sentence(line),
        "who": wording.who(line.who),
        "post": wording.post(line.who),
        "on": wording.on(line),
        "of": f"?compte={line.on.pk}" if line.on.is_ == On.ACCOUNT else "",
        "by": f"?par={line.who.staff_id}" if line.who.staff_id and line.who.name else "",
    }


def _by(search: Search, lines: Sequence[Line]) -> str:
    """Who was chosen, by a name that a line in scope tells; a number typed by hand names nobody."""
    if search.staff_id is None:
        return ""
    return wording.who(lines[0].who) if lines else _gettext("une personne")


def _query(search: Search, **changed: object) -> str:
    """The search as an address holds it."""
    asked: Mapping[str, object] = {
        "sorte": search.kind,
        "du": search.since,
        "au": search.until,
        "par": search.staff_id,
        "compte": search.account_id,
        **changed,
    }
    return urlencode({name: str(value) for name, value in asked.items() if value})


def _after(request: HttpRequest) -> After | None:
    """Where the page before stopped; what is no place of ours starts anew."""
    instant, _, number = request.GET.get("avant", "").partition("-")
    if all(part.isascii() and part.isdigit() and len(part) < 17 for part in (instant, number)):
        return min(int(instant), MOST), int(number)
    return None


def _instant(at: datetime) -> str:
    return date_format(timezone.localtime(at), "d/m/Y H:i:s")
