"""`educonnect staff`: who works there, for the operator."""

from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from educonnect.delegation import invitations
from educonnect.delegation.mandate import operator_mandate
from educonnect.imports import findings
from educonnect.imports.errors import ReportCut, ReportUnwritable
from educonnect.imports.findings import Finding, Severity
from educonnect.imports.posts import by_hand
from educonnect.imports.posts.applying import PostsReport, import_posts

_SHOWN = 20


class Command(BaseCommand):
    help = _("personnels : qui tient quelle fonction, qui est invité")

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", metavar=_("GESTE"), required=True)
        file = what.add_parser(
            "import", help=_("donner les postes d’un fichier CSV de l’académie ou du ministère, et inviter qui y est")
        )
        file.add_argument("path", type=Path, metavar="FICHIER.csv")
        file.add_argument("--dry-run", action="store_true", help=_("montrer ce qui changerait, sans rien changer"))
        file.add_argument("--report", type=Path, metavar="CONSTATS.csv", help=_("écrire une ligne par constat"))

        by_hand.add_arguments(what)

    def handle(self, *args: object, **options: Any) -> None:
        if options["what"] == "import":
            self._import(options["path"], report=options["report"], dry_run=options["dry_run"])
        else:
            by_hand.do(options, self.stdout.write)

    def _import(self, path: Path, *, report: Path | None, dry_run: bool) -> None:
        mandate, now = operator_mandate(), timezone.now()
        found: list[Finding] = []

        def invite(staff_id: int) -> None:
            invitations.send(staff_id, actor=mandate.actor, now=now)

        try:
            with ExitStack() as stack:
                writes = stack.enter_context(findings.report(report)) if report else None

                def heard(finding: Finding, /) -> None:
                    found.append(finding)
                    if writes:
                        writes(finding)

                done = import_posts(path, mandate=mandate, now=now, invite=invite, found=heard, dry_run=dry_run)
        except ReportUnwritable as refusal:
            raise CommandError(
                _("Le fichier de constats ne peut pas être écrit : %s (dossier absent, ou autre fichier de ce nom).")
                % report
            ) from refusal
        except ReportCut as refusal:
            raise CommandError(
                _("Le fichier de constats %s n’a pas pu être écrit jusqu’au bout.") % report
            ) from refusal
        self._say(done, found, dry_run)

    def _say(self, done: PostsReport, found: list[Finding], dry_run: bool) -> None:
        order = list(Severity)
        for one in sorted(found, key=lambda one: (order.index(one.severity), one.line))[:_SHOWN]:
            where = _("%(file)s, ligne %(line)d") % {"file": one.file, "line": one.line} if one.line else one.file
            self.stdout.write(f"{one.severity.value.upper()} {one.rule} {where}")
            self.stdout.write(f"  {one.problem}")
            self.stdout.write(f"  → {one.cure}")
        if len(found) > _SHOWN:
            self.stdout.write(
                _("… %(count)d autres constats : ajoutez --report CONSTATS.csv pour les avoir tous.")
                % {"count": len(found) - _SHOWN}
            )
        if done.refused:
            raise CommandError(_("Le fichier est refusé : rien n’a été changé."))
        self.stdout.write(
            _(
                "Personnes : %(people)d (nouvelles : %(added)d). Postes donnés : %(given)d, terminés : %(ended)d, "
                "inchangés : %(kept)d. Invitations envoyées : %(invited)d."
            )
            % {name: getattr(done, name) for name in ("people", "added", "given", "ended", "kept", "invited")}
        )
        if dry_run:
            self.stdout.write(_("Essai seulement : rien n’a été changé, personne n’a été invité."))
