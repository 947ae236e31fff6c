"""Import: read the files given, apply them a school at a time, open the accounts, say what happened."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import DiskFull

from educonnect.accounts.closing import withdraw
from educonnect.accounts.models import Account
from educonnect.accounts.opening import open_accounts
from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.delegation.rules import Right
from educonnect.errors import Refusal
from educonnect.imports import wording
from educonnect.imports.container import Document, Shelf
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Finding, Findings, Listener, Rule, Severity
from educonnect.imports.models import Run
from educonnect.imports.siecle.heads import Head, read_head
from educonnect.imports.siecle.kinds import Kind
from educonnect.imports.siecle.reading import Reading, read_school
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.population import changes as population
from educonnect.population import reports
from educonnect.population.changes import Changes
from educonnect.population.errors import MassDeparture, OlderExport
from educonnect.population.models import Enrolment, Guardian, Guardianship, GuardianSource, Pupil
from educonnect.population.synchronise import synchronise
from educonnect.schools.directory import open_school
from educonnect.schools.models import Division, School

logger = logging.getLogger(__name__)

#: Findings a report keeps in memory; a listener hears them all.
MOST_KEPT: Final = 10_000
_TRIES: Final = 3
_TABLES: Final = tuple(
    model._meta.db_table for model in (Pupil, Enrolment, Guardian, GuardianSource, Guardianship, Division, Account)
)


class Outcome(StrEnum):
    """What became of a school and year. REHEARSED: would have been applied."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    REHEARSED = "rehearsed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class GroupReport:
    """One school and year.

    Attributes:
        counts: name -> number, as `Changes` names them, with `pupils`, `guardians` (in the files) and
            `accounts_opened`, `accounts_closed`. Empty when refused.
        findings: severity -> number.
    """

    uai: str
    year: int
    outcome: Outcome
    counts: Mapping[str, int]
    findings: Mapping[Severity, int]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        findings: the first ten thousand.
        refused: whether any file or school was refused.
    """

    groups: tuple[GroupReport, ...]
    findings: tuple[Finding, ...]
    refused: bool


def run_import(
    paths: Iterable[Path],
    *,
    mandate: Mandate,
    now: datetime,
    dry_run: bool = False,
    allow_mass_departure: bool = False,
    year: int | None = None,
    besides: Path | None = None,
    progress: Callable[[GroupReport], None] | None = None,
    listener: Listener | None = None,
) -> ImportReport:
    """Import school bases: files, archives and folders, in any number and order.

    Files are grouped by school and year. Each group is one transaction: all of it or nothing, and what befalls one
    touches no other. The same files again change nothing. Memory holds one school at a time.

    Args:
        mandate: the operator's, or administration of the schools that may be imported.
        dry_run: do everything, then undo it: what would change in each school is exact, nothing is kept, not even in
            the journal. Each school is tried alone, so whoever is in two of them is new in both.
        allow_mass_departure: apply even what would suspend a large share of a school.
        year: accept this school year only, whatever it is.
        besides: a file not to read where it stands in a given folder, such as the report being written.
        progress: told of each group as it ends.
        listener: hears every finding as it comes.

    Returns:
        what was done and found; it never raises for what a file holds.
    """
    kept: list[Finding] = []
    refused_files: list[str] = []

    def heard(finding: Finding, /) -> None:
        if len(kept) < MOST_KEPT:
            kept.append(finding)
        if listener:
            listener(finding)

    def heard_of_file(finding: Finding, /) -> None:
        if finding.severity is Severity.BLOCKING:
            refused_files.append(finding.file)
        heard(finding)

    done: list[GroupReport] = []
    newcomers = counted = 0
    with Shelf() as shelf:
        groups = _groups(
            shelf.documents(paths, heard_of_file, besides=besides), shelf, now=now, year=year, found=heard_of_file
        )
        for (uai, of_year), heads in sorted(groups.items()):
            found = Findings(uai)
            group = _Group(uai, of_year, heads, mandate, now, dry_run, allow_mass_departure)
            report = group.run(shelf, found)
            for finding in found.all():
                heard(finding)
            done.append(report)
            if report.outcome is Outcome.APPLIED:
                newcomers += report.counts["pupils_created"]
                if newcomers > 2 * counted:
                    _count_rows()
                    counted = newcomers
            if progress:
                progress(report)
    if newcomers > counted:
        _count_rows()
    if not done and not refused_files:
        heard_of_file(wording.NOTHING.finding())
    return ImportReport(
        groups=tuple(done),
        findings=tuple(kept),
        refused=bool(refused_files) or any(one.outcome is Outcome.REFUSED for one in done),
    )


def _count_rows() -> None:
    """Tell the database how large its tables have become.

    It looks by itself once a minute, and what it saw while a first import was under way is an empty table: until it
    looks again, plans made for that take minutes where they should take milliseconds.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(map(connection.ops.quote_name, _TABLES))}")


def _groups(
    documents: Iterable[Document], shelf: Shelf, *, now: datetime, year: int | None, found: Listener
) -> dict[tuple[str, int], list[Head]]:
    """The readable documents by school and year, the most recent of each kind."""
    chosen: dict[tuple[str, int], dict[Kind, Head]] = {}
    for document in documents:
        try:
            head = read_head(shelf, document, now=now, year=year, found=found)
        except FileRefused as refused:
            found(refused.finding)
            continue
        if head is None:
            continue
        here = chosen.setdefault((head.uai.code, head.year), {})
        other = here.get(head.kind)
        if other is None:
            here[head.kind] = head
            continue
        newest, older = (head, other) if head.exported_at > other.exported_at else (other, head)
        here[head.kind] = newest
        found(wording.SAME_KIND.finding(older.document.label, uai=older.uai.code))
    return {key: list(kinds.values()) for key, kinds in chosen.items()}


@dataclass(frozen=True, slots=True)
class _Group:
    uai: str
    year: int
    heads: list[Head]
    mandate: Mandate
    now: datetime
    dry_run: bool
    allow_mass_departure: bool

    def run(self, shelf: Shelf, found: Findings) -> GroupReport:
        """Apply the group, or say why not."""
        counts: dict[str, int] = {}
        try:
            self.mandate.require(Right.ADMINISTRATION)
            if not self.mandate.covers(self.uai):
                raise OutOfMandate
            reading = read_school(shelf, self.heads, now=self.now, found=found)
            counts = self._apply(reading, found)
            outcome = Outcome.REHEARSED if self.dry_run else Outcome.APPLIED
            if counts["unchanged"]:
                outcome = Outcome.UNCHANGED
        except FileRefused as refused:
            found.add(refused.finding)
            outcome = self._refused(refused.finding.rule)
        except Refusal as refusal:
            finding = _worded(refusal, self.uai)
            found.add(finding)
            outcome = self._refused(refusal.code)
        except InterfaceError:
            raise
        except DatabaseError as error:
            logger.exception("import of %s refused by the database", self.uai)
            rule = wording.DATABASE_FULL if isinstance(error.__cause__, DiskFull) else wording.DATABASE_REFUSED
            found.add(rule.finding(uai=self.uai))
            outcome = self._refused(rule.code)
        return GroupReport(self.uai, self.year, outcome, counts, dict(found.counts))

    def _apply(self, reading: Reading, found: Findings) -> dict[str, int]:
        for left in reversed(range(_TRIES)):
            try:
                with transaction.atomic():
                    counts, changes = self._write(reading)
                    if self.dry_run:
                        transaction.set_rollback(True)
                break
            except OperationalError as error:
                # two imports that wait for each other: the database undid this one, which may begin again
                if not left or connection.in_atomic_block or isinstance(error.__cause__, DiskFull):
                    raise
        labels = {head.kind: head.document.label for head in self.heads}
        for note in changes.notes:
            found.add(_noted(note, labels, self.uai))
        return counts

    def _write(self, reading: Reading) -> tuple[dict[str, int], Changes]:
        open_school(self.uai, **reading.school)
        changes = synchronise(reading.roll, now=self.now, allow_mass_departure=self.allow_mass_departure)
        opened = open_accounts(
            pupils=changes.pupils_enrolled,
            guardians=changes.guardians_legal,
            now=self.now,
            actor=self.mandate.actor,
            uai=self.uai,
        )
        closed = withdraw(
            pupils=changes.pupils_deceased,
            guardians=changes.guardians_withdrawn,
            now=self.now,
            actor=self.mandate.actor,
            uai=self.uai,
        )
        counts = {
            "pupils": len(reading.roll.pupils),
            "guardians": len(reading.roll.guardians),
            **{
                one.name: value
                for one in fields(Changes)
                if isinstance(value := getattr(changes, one.name), int) and not isinstance(value, bool)
            },
            "unchanged": int(changes.unchanged),
            "accounts_opened": opened,
            "accounts_closed": closed,
            "reports_waiting": reports.waiting().filter(school=self.uai).count(),
        }
        self._keep(Outcome.UNCHANGED if changes.unchanged else Outcome.APPLIED, counts)
        if not changes.unchanged:
            record(Event.SCHOOL_IMPORTED, actor=self.mandate.actor, uai=self.uai, year=self.year, **counts)
        return counts, changes

    def _refused(self, reason: str) -> Outcome:
        if self.dry_run:
            return Outcome.REFUSED
        try:
            with transaction.atomic():
                self._keep(Outcome.REFUSED, {})
                record(Event.IMPORT_REFUSED, actor=self.mandate.actor, uai=self.uai, year=self.year, reason=reason)
        except DatabaseError:
            if reason != wording.DATABASE_FULL.code:
                raise
            logger.exception("no room to note that the import of %s was refused", self.uai)
        return Outcome.REFUSED

    def _keep(self, outcome: Outcome, counts: dict[str, int]) -> None:
        Run.objects.create(
            school=School.objects.filter(pk=self.uai).first(),
            year=self.year,
            actor=self.mandate.actor,
            at=self.now,
            outcome=outcome,
            counts=counts,
        )


def _worded(refusal: Refusal, uai: str) -> Finding:
    if isinstance(refusal, OlderExport):
        return wording.OLDER_EXPORT.finding(uai=uai, kind=refusal.kind)
    if isinstance(refusal, MassDeparture):
        what = _("responsables") if refusal.what == "guardians" else _("élèves")
        return wording.MASS_DEPARTURE.finding(uai=uai, what=what, gone=refusal.gone, present=refusal.present)
    if isinstance(refusal, OutOfMandate):
        return wording.OUT_OF_MANDATE.finding(uai=uai)
    return wording.GROUP_REFUSED.finding(uai=uai, code=refusal.code)


#: What `synchronise` notes -> the rule that says it, and the file it came from.
_NOTES: Final[Mapping[population.Rule, tuple[Rule, Kind]]] = {
    population.Rule.INE_REATTRIBUTED: (wording.INE_REATTRIBUTED, Kind.ELEVES),
    population.Rule.INE_TWICE: (wording.INE_TWICE, Kind.ELEVES),
    population.Rule.INE_CHANGED: (wording.INE_CHANGED, Kind.ELEVES),
    population.Rule.IDENTITY_CHANGED: (wording.IDENTITY_CHANGED, Kind.ELEVES),
    population.Rule.SEVERAL_LEGAL: (wording.SEVERAL_LEGAL, Kind.RESPONSABLES),
    population.Rule.LINK_TWICE: (wording.LINK_TWICE, Kind.RESPONSABLES),
    population.Rule.GUARDIAN_REPLACED: (wording.PERSON_REPLACED, Kind.RESPONSABLES),
    population.Rule.GUARDIAN_MERGED: (wording.PERSON_MERGED, Kind.RESPONSABLES),
    population.Rule.SHARED_CONTACT: (wording.CONTACT_SHARED, Kind.RESPONSABLES),
}


def _noted(note: population.Note, labels: Mapping[Kind, str], uai: str) -> Finding:
    rule, kind = _NOTES[note.rule]
    of_pupil = kind is Kind.ELEVES or note.rule is population.Rule.SEVERAL_LEGAL
    number = "ELEVE_ID" if of_pupil else "PERSONNE_ID"
    finding = rule.finding(labels.get(kind, ""), record=f"{number} {note.source_id}", uai=uai)
    return replace(finding, field=note.field)
