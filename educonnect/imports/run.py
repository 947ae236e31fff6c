"""Import: read the files given, apply them a school at a time, open the accounts, say what happened."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection

from educonnect.accounts.models import Account
from educonnect.delegation.mandate import Mandate
from educonnect.imports import wording
from educonnect.imports.container import Document, Shelf
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Finding, Findings, Listener, Severity
from educonnect.imports.groups import Group, GroupReport, Outcome
from educonnect.imports.siecle.applying import Pupils
from educonnect.imports.siecle.heads import Head, read_head
from educonnect.imports.siecle.kinds import Kind
from educonnect.imports.sts.applying import People
from educonnect.population.models import Enrolment, Guardian, Guardianship, GuardianSource, Pupil
from educonnect.schools.models import Division

#: Findings a report keeps in memory; a listener hears them all.
MOST_KEPT: Final = 10_000
_TABLES: Final = tuple(
    model._meta.db_table for model in (Pupil, Enrolment, Guardian, GuardianSource, Guardianship, Division, Account)
)


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

    Files are grouped by school, year and base (SIECLE, STS). Each group is one transaction: all of it or nothing, and
    what befalls one touches no other. The same files again change nothing. Memory holds one school at a time.

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
        for (uai, of_year, of_staff), heads in sorted(groups.items()):
            found = Findings(uai)
            group: Group[Any] = (
                People(uai, of_year, heads, mandate, now, dry_run)
                if of_staff
                else Pupils(uai, of_year, heads, mandate, now, dry_run, allow_mass_departure)
            )
            report = group.run(shelf, found)
            for finding in found.all():
                heard(finding)
            done.append(report)
            if report.outcome is Outcome.APPLIED:
                newcomers += report.counts.get("pupils_created", 0)
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
) -> dict[tuple[str, int, bool], list[Head]]:
    """The readable documents by school, year and whether they are the staff's, the most recent of each kind."""
    chosen: dict[tuple[str, int, bool], dict[Kind, Head]] = {}
    for document in documents:
        try:
            head = read_head(shelf, document, now=now, year=year, found=found)
        except FileRefused as refused:
            found(refused.finding)
            continue
        if head is None:
            continue
        here = chosen.setdefault((head.uai.code, head.year, head.kind is Kind.STS), {})
        other = here.get(head.kind)
        if other is None:
            here[head.kind] = head
            continue
        newest, older = (head, other) if head.exported_at > other.exported_at else (other, head)
        here[head.kind] = newest
        found(wording.SAME_KIND.finding(older.document.label, uai=older.uai.code))
    return {key: list(kinds.values()) for key, kinds in chosen.items()}
