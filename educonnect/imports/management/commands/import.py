from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from educonnect.delegation.mandate import operator_mandate
from educonnect.imports import findings
from educonnect.imports.errors import ReportCut, ReportUnwritable
from educonnect.imports.findings import Finding, Severity
from educonnect.imports.groups import GroupReport, Outcome
from educonnect.imports.run import ImportReport, run_import

_OUTCOMES: Mapping[Outcome, Promise] = {
    Outcome.APPLIED: gettext_lazy("importé"),
    Outcome.UNCHANGED: gettext_lazy("rien ne change"),
    Outcome.REHEARSED: gettext_lazy("serait importé"),
    Outcome.REFUSED: gettext_lazy("REFUSÉ"),
}
_SHOWN = 20


class Command(BaseCommand):
    help = str(
        gettext_lazy("importe des exports SIECLE et STS : fichiers XML, archives ZIP ou dossiers, dans tout ordre")
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="CHEMIN")
        parser.add_argument("--dry-run", action="store_true", help=_("montrer ce qui changerait, sans rien changer"))
        parser.add_argument("--report", type=Path, metavar="FICHIER.csv", help=_("écrire une ligne par constat"))
        parser.add_argument(
            "--allow-mass-departure",
            action="store_true",
            help=_("accepter un export qui retire une grande part des élèves d’un établissement"),
        )
        parser.add_argument(
            "--year", type=int, metavar="AAAA", help=_("n’accepter que cette année scolaire, quelle qu’elle soit")
        )

    def handle(
        self,
        *args: object,
        paths: list[Path],
        dry_run: bool,
        report: Path | None,
        allow_mass_departure: bool,
        year: int | None,
        **options: object,
    ) -> None:
        cut = False
        try:
            with ExitStack() as stack:
                done = run_import(
                    paths,
                    mandate=operator_mandate(),
                    now=timezone.now(),
                    dry_run=dry_run,
                    allow_mass_departure=allow_mass_departure,
                    year=year,
                    besides=report,
                    progress=self._progress,
                    listener=stack.enter_context(findings.report(report)) if report else None,
                )
        except ReportUnwritable as refusal:
            raise CommandError(
                _("Le fichier de constats ne peut pas être écrit : %s (dossier absent, ou autre fichier de ce nom).")
                % report
            ) from refusal
        except ReportCut:
            cut = True
        for line in summary(done, detailed=report is None):
            self.stdout.write(line)
        if dry_run:
            self.stdout.write(_("Essai seulement : rien n’a été changé."))
            if len(done.groups) > 1:
                self.stdout.write(
                    _("Chaque établissement est essayé seul : qui est dans plusieurs y compte plusieurs fois.")
                )
        if cut:
            raise CommandError(
                _(
                    "Le fichier de constats %s n’a pas pu être écrit jusqu’au bout (disque plein ?). Ce qui est "
                    "importé le reste : libérez de la place et relancez le même import pour avoir tous les constats."
                )
                % report
            )
        if done.refused:
            raise CommandError(_("Au moins un fichier ou un établissement a été refusé."))

    def _progress(self, group: GroupReport) -> None:
        base = f" ({_('personnels')})" if group.staff else ""
        self.stdout.write(f"{group.uai} {group.year}-{group.year + 1}{base} : {_OUTCOMES[group.outcome]}")


def summary(done: ImportReport, *, detailed: bool) -> Iterator[str]:
    """The table of schools, then what most needs a look: refusals, then warnings, counted by rule."""
    if done.groups:
        yield ""
        yield from _table(done)
    waiting = sum(group.counts.get("reports_waiting", 0) for group in done.groups)
    if waiting:
        yield ""
        yield (
            ngettext(
                "%d signalement « je ne suis pas le représentant légal » à traiter : educonnect reports list",
                "%d signalements « je ne suis pas le représentant légal » à traiter : educonnect reports list",
                waiting,
            )
            % waiting
        )
    counted: dict[tuple[int, str], list[Finding]] = {}
    order = list(Severity)
    for finding in done.findings:
        if finding.severity is not Severity.INFORMATION:
            counted.setdefault((order.index(finding.severity), finding.rule), []).append(finding)
    if counted:
        yield ""
    for _key, several in sorted(counted.items())[:_SHOWN]:
        first = several[0]
        where = " ".join(part for part in (first.uai, first.file, first.record) if part)
        others = len(several) - 1
        more = ngettext(" (et %d autre)", " (et %d autres)", others) % others if others else ""
        yield f"{first.severity.value.upper()} {first.rule} {where}{more}"
        yield f"  {first.problem}"
        yield f"  → {first.cure}"
    if detailed and counted:
        yield ""
        yield _("Ajoutez --report FICHIER.csv pour avoir tous les constats, fiche par fiche.")


def _table(done: ImportReport) -> Iterator[str]:
    columns = (
        ("pupils", _("élèves")),
        ("guardians", _("responsables")),
        ("enrolments_created", _("entrées")),
        ("enrolments_ended", _("sorties")),
        ("pupils_updated", _("corrigés")),
        ("quarantined", _("en attente")),
        ("accounts_opened", _("comptes ouverts")),
        *([("staff", _("personnels"))] if any(group.staff for group in done.groups) else []),
    )
    head = [_("établissement"), _("année"), _("résultat"), *(label for _key, label in columns)]
    rows = [
        [
            group.uai,
            str(group.year),
            str(_OUTCOMES[group.outcome]),
            *(str(group.counts[key]) if key in group.counts else "–" for key, _label in columns),
        ]
        for group in done.groups
    ]
    if len(rows) > 1:
        totals = [sum(group.counts.get(key, 0) for group in done.groups) for key, _label in columns]
        rows.append([_("ensemble"), "", "", *map(str, totals)])
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    for row in [head, *rows]:
        yield "  ".join(
            cell.rjust(width) if at > 2 else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
