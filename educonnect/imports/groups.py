"""What a school and year is given in one piece: tried, applied or refused, noted."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Generic, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import DiskFull

from educonnect.delegation.mandate import Mandate, OutOfMandate, renewed
from educonnect.delegation.rules import Right
from educonnect.errors import Refusal
from educonnect.imports import wording
from educonnect.imports.container import Shelf
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Finding, Findings, Severity
from educonnect.imports.models import Run
from educonnect.imports.siecle.heads import Head
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.population.errors import MassDeparture, OlderExport
from educonnect.schools.models import School

logger = logging.getLogger(__name__)

_TRIES: Final = 3
ReadT = TypeVar("ReadT")


class Outcome(StrEnum):
    """What became of a school and year. REHEARSED: would have been applied."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    REHEARSED = "rehearsed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class GroupReport:
    """One school and year, of one base.

    Attributes:
        counts: name -> number. Of pupils and guardians, as `Changes` names them, with `pupils`, `guardians` (in the
            files) and `accounts_opened`, `accounts_closed`; of staff, `staff` (in the file), `posts_given` and
            `posts_ended`. Empty when refused.
        findings: severity -> number.
        staff: whether it was the staff's base, STS.
    """

    uai: str
    year: int
    outcome: Outcome
    counts: Mapping[str, int]
    findings: Mapping[Severity, int]
    staff: bool = False


@dataclass(frozen=True, slots=True)
class Group(ABC, Generic[ReadT]):
    """The files of one base for one school and year."""

    uai: str
    year: int
    heads: list[Head]
    mandate: Mandate
    now: datetime
    dry_run: bool

    def run(self, shelf: Shelf, found: Findings) -> GroupReport:
        """Apply the group, or say why not."""
        counts: dict[str, int] = {}
        try:
            self._check()
            what = self.read(shelf, found)
            self._check()  # reading takes its time
            counts = self._apply(what, found)
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
        return GroupReport(self.uai, self.year, outcome, counts, dict(found.counts), staff=self.of_staff)

    def _check(self) -> None:
        """Whoever imports must have the right to this school, as it begins and before it is written.

        Raises:
            OutOfMandate
        """
        mandate = renewed(self.mandate, now=timezone.now())
        mandate.require(Right.ADMINISTRATION)
        if not mandate.covers(self.uai):
            raise OutOfMandate

    #: Whether the base is the staff's.
    of_staff = False

    @abstractmethod
    def read(self, shelf: Shelf, found: Findings) -> ReadT:
        """Read the files to their end.

        Raises:
            FileRefused
        """

    @abstractmethod
    def write(self, what: ReadT) -> tuple[dict[str, int], Iterable[Finding]]:
        """Apply what was read, in the current transaction: what it counted, `unchanged` among it, and what it found."""

    def _apply(self, what: ReadT, found: Findings) -> dict[str, int]:
        for left in reversed(range(_TRIES)):
            try:
                with transaction.atomic():
                    counts, noted = self.write(what)
                    self._keep(Outcome.UNCHANGED if counts["unchanged"] else Outcome.APPLIED, counts)
                    if not counts["unchanged"]:
                        record(Event.SCHOOL_IMPORTED, actor=self.mandate.actor, uai=self.uai, year=self.year, **counts)
                    if self.dry_run:
                        transaction.set_rollback(True)
                break
            except OperationalError as error:
                # two imports that wait for each other: the database undid this one, which may begin again
                if not left or connection.in_atomic_block or isinstance(error.__cause__, DiskFull):
                    raise
        for finding in noted:
            found.add(finding)
        return counts

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
