"""`educonnect demo`: the sheet of the demonstration, for people or for programs."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from educonnect.accounts.states import State
from educonnect.demo import sheet
from educonnect.demo.errors import NoSheet
from educonnect.demo.sheet import Person


class Command(BaseCommand):
    help = _("montre les adresses et les comptes de la démonstration")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("pour un programme"))

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(_("cette installation n’est pas une démonstration : elle ne garde aucune feuille."))
        try:
            people = sheet.as_now(sheet.read(), timezone.now())
        except NoSheet as error:
            raise CommandError(
                _("pas encore de comptes de démonstration : lancez « educonnect demo-load ».")
            ) from error
        addresses = sheet.addresses()
        if options["json"]:
            document = {**addresses, "people": [asdict(person) for person in people]}
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))
            return
        self.stdout.write(_text(addresses, people))


def _text(addresses: dict[str, Any], people: Sequence[Person]) -> str:
    services = [f"  {name:<22}{url}" for name, url in addresses["services"].items()]
    lines = [
        "",
        _("DÉMONSTRATION : académie fictive, personnes inventées"),
        "",
        f"  {'ÉduConnect':<22}{addresses['base_url']}",
        f"  {_('métadonnées SAML'):<22}{addresses['saml_metadata_url']}",
        *services,
        "",
    ]
    head = [
        *(_("état"), _("identifiant"), _("mot de passe"), _("naissance")),
        *(_("âge"), _("établissement, classe"), _("remarque")),
    ]
    for kind, title in (("pupil", _("Élèves")), ("guardian", _("Responsables (naissance : celle de chaque enfant)"))):
        rows = [_row(person) for person in people if person.kind == kind]
        widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
        lines += [title, "", *(_line(row, widths) for row in [head, ["─" * width for width in widths], *rows]), ""]
    return "\n".join(lines)


def _row(person: Person) -> list[str]:
    today = timezone.localdate()
    days = [person.birthdate] if person.birthdate else person.children_birthdates
    where = f"{person.school}, {person.division}" if person.division else person.school
    return [
        str(State(person.state).label),
        person.username,
        person.password or "—",
        " ".join(date.fromisoformat(day).strftime("%d/%m/%Y") for day in days),
        " ".join(str(_age(date.fromisoformat(day), today)) for day in days),
        where,
        str(ABOUT.get(person.about, lambda: "")()),
    ]


def _age(birthdate: date, today: date) -> int:
    return today.year - birthdate.year - ((today.month, today.day) < (birthdate.month, birthdate.day))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


ABOUT = {
    "two-schools": lambda: _("dans deux établissements"),
    "homonym": lambda: _("a un homonyme"),
    "twin": lambda: _("a un jumeau ou une jumelle"),
    "leap-day": lambda: _("né ou née un 29 février"),
    "several-children": lambda: _("plusieurs enfants"),
}
