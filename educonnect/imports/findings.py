"""Findings: what an import has to say about a file or a record, in French, with its cure.

A blocking finding on a record leaves that record out; on a file, it leaves out the whole school and year.
A record is named by its number in the school base, never by its name or INE.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from educonnect.imports.errors import ReportCut, ReportUnwritable
from educonnect.letters.tables import neutral


class Severity(StrEnum):
    """BLOCKING: left out. WARNING: taken, someone should look. INFORMATION: as it should be, and worth knowing."""

    BLOCKING = "bloquant"
    WARNING = "avertissement"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        rule: stable code, such as `IDNAT-ABSENT`; the part before the dash is the school base's own where it has one.
        file: as given, with the member of an archive after a slash. line: 0 where there is none.
        record: `ELEVE_ID 1234`, `PERSONNE_ID 55`, or empty for the whole file.
        field: element of the school base.
        uai: the school, where it is known.
    """

    rule: str
    severity: Severity
    file: str
    line: int
    record: str
    field: str
    problem: str
    cure: str
    uai: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A thing that can be found: its severity, the sentence that says it, the one that cures it."""

    code: str
    severity: Severity
    problem: Promise
    cure: Promise
    field: str = ""
    of_one: Promise | None = None  # `problem`, when its `count` is 1

    def finding(self, file: str = "", line: int = 0, *, record: str = "", uai: str = "", **values: object) -> Finding:
        """This rule, found there. `values` fill the sentences, without what could move a terminal's cursor."""
        problem = self.of_one if self.of_one and values.get("count") == 1 else self.problem
        values = {name: _shown(value) if isinstance(value, str) else value for name, value in values.items()}
        return Finding(
            rule=self.code,
            severity=self.severity,
            file=file,
            line=line,
            record=record,
            field=self.field,
            problem=str(problem) % values,
            cure=str(self.cure) % values,
            uai=uai,
        )


def _shown(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())


class Listener(Protocol):
    """What receives findings as they come."""

    def __call__(self, finding: Finding, /) -> None: ...


#: What stands for those no longer kept.
TOO_MANY = Rule(
    "EXPORT-SUITE",
    Severity.WARNING,
    _("%(count)d autres constats ne sont pas détaillés."),
    _("Corrigez d’abord ceux qui le sont, puis importez à nouveau."),
    of_one=_("Un autre constat n’est pas détaillé."),
)
#: Findings kept of one school: a base wholly wrong says the same thing ten thousand times.
MOST_FINDINGS: Final = 5000


@dataclass(slots=True)
class Findings:
    """The findings of one school and year; beyond a number they are only counted."""

    uai: str = ""
    kept: list[Finding] = field(default_factory=list)
    counts: Counter[Severity] = field(default_factory=Counter)

    def add(self, finding: Finding) -> None:
        """Keep a finding, or count it once there are too many."""
        self.counts[finding.severity] += 1
        if len(self.kept) < MOST_FINDINGS:
            self.kept.append(finding)

    def all(self) -> Iterator[Finding]:
        """Those kept, then one line for the others."""
        yield from self.kept
        if (left_out := sum(self.counts.values()) - len(self.kept)) > 0:
            yield TOO_MANY.finding(uai=self.uai, count=left_out)


COLUMNS: Final = (
    _("règle"),
    _("gravité"),
    _("établissement"),
    _("fichier"),
    _("ligne"),
    _("fiche"),
    _("champ"),
    _("problème"),
    _("remède"),
)


@contextmanager
def report(path: Path) -> Iterator[Listener]:
    """A CSV file that receives findings one by one: UTF-8 with BOM and semicolons, as French spreadsheets expect.

    A former report is replaced; any other file is left as it is, an export given by mistake above all.

    Raises:
        ReportUnwritable: the file cannot be created, or is not a report.
        ReportCut: it could not be written to its end; told last, for an import does not stop half-way for its report.
    """
    cut: OSError | None = None
    try:
        if path.is_file() and path.stat().st_size and not _is_report(path):
            raise ReportUnwritable
        file = path.open("w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise ReportUnwritable from error
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")

    def write_cells(cells: Iterable[str]) -> None:
        nonlocal cut
        if cut is None:
            try:
                writer.writerow(cells)
            except OSError as error:
                cut = error

    write_cells(str(column) for column in COLUMNS)
    try:
        yield lambda finding: write_cells(_cells(finding))
    finally:
        try:
            file.close()
        except OSError as error:
            cut = cut or error
    if cut is not None:
        raise ReportCut from cut


def _is_report(path: Path) -> bool:
    heading = ";".join(str(column) for column in COLUMNS).encode("utf-8-sig")
    with path.open("rb") as file:
        return file.read(len(heading)) == heading


def _cells(one: Finding) -> list[str]:
    cells: Iterable[object] = (
        one.rule,
        translate(one.severity.value),
        one.uai,
        one.file,
        one.line or "",
        one.record,
        one.field,
        one.problem,
        one.cure,
    )
    return [neutral(str(cell)) for cell in cells]
