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
from educonnect.demo import personnel, sheet
from educonnect.demo.errors import NoSheet
from educonnect.demo.sheet import Person, StaffMember
from educonnect.staff.models import Totp


class Command(BaseCommand):
    help = _("montre les adresses et les comptes de la démonstration")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("pour un programme"))
        what = parser.add_subparsers(dest="what", metavar=_("GESTE"))
        code = what.add_parser("code", help=_("le code à usage unique d’un membre du personnel, à taper maintenant"))
        code.add_argument("email", metavar=_("ADRESSE"), help=_("son adresse e-mail, comme la feuille la donne"))

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(_("cette installation n’est pas une démonstration : elle ne garde aucune feuille."))
        if options["what"] == "code":
            self.stdout.write(_code(options["email"]))
            return
        try:
            people = sheet.as_now(sheet.read(), timezone.now())
            staff = sheet.read_staff()
        except NoSheet as error:
            raise CommandError(
                _("pas encore de comptes de démonstration : lancez « educonnect demo-load ».")
            ) from error
        addresses = sheet.addresses()
        if options["json"]:
            document = {
                **addresses,
                "people": [asdict(person) for person in people],
                "staff": [asdict(one) for one in staff],
            }
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))
            return
        self.stdout.write("\n".join([_text(addresses, people), *_staff_lines(addresses, staff)]))


def _code(email: str) -> str:
    for one in sheet.read_staff():
        if one.email == email.strip().lower() and one.secret:
            last = Totp.objects.get(staff__email=one.email).last_step
            if code := personnel.code(one.secret, after=last, now=timezone.now()):
                return code
            raise CommandError(_("ce code et le suivant ont déjà servi : attendez une demi-minute."))
    raise CommandError(
        _("la feuille n’a pas d’application de codes à cette adresse : « educonnect demo » la montre à nouveau.")
    )


def _staff_lines(addresses: dict[str, Any], staff: Sequence[StaffMember]) -> list[str]:
    """Who works there, then how to come in."""
    head = [_("fonction"), _("adresse e-mail"), _("mot de passe"), _("où"), _("remarque")]
    rows = []
    for one in staff:
        function, remark = KINDS[one.kind]()
        where = f"{one.school}, {one.division}" if one.division else one.school or "—"
        rows.append([function, one.email, one.password or "—", where, remark])
    return [
        _("Personnels : %(url)s/personnel/") % {"url": addresses["base_url"]},
        "",
        *_table(head, rows),
        "",
        *(f"  {line}" for line in _factors().splitlines()),
        "",
    ]


def _factors() -> str:
    """How the second factor comes."""
    return _(
        "Après le mot de passe, un code à usage unique : « educonnect demo code ADRESSE » donne celui du moment.\n"
        "Académie et équipe nationale : une clé d’accès (passkey) du navigateur ou du téléphone, faite à la première\n"
        "connexion ; rien d’autre ne leur ouvre."
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    return [_line(row, widths) for row in [head, ["─" * width for width in widths], *rows]]


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
        lines += [title, "", *_table(head, rows), ""]
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


#: Kind of person -> the function, and what to know of them.
KINDS = {
    "head": lambda: (_("chef d’établissement"), _("tous les droits, et en donne")),
    "deputy": lambda: (_("adjoint"), _("les mêmes, sans en donner")),
    "secretary": lambda: (_("secrétariat"), _("délégation « Administration »")),
    "form-teacher": lambda: (_("professeur principal"), _("délégation « Dépannage élèves », sa classe")),
    "private-head": lambda: (_("chef, privé"), _("aucun droit avant que l’académie en donne")),
    "primary-head": lambda: (_("directeur d’école"), _("les responsables")),
    "academie": lambda: (_("académie"), _("clé d’accès")),
    "nation": lambda: (_("équipe nationale"), _("clé d’accès")),
}
