"""« Je ne suis pas le représentant légal de cet élève »: the link ends at once, and the school decides.

A refused link is an ended link, so that nothing that reads links can forget to hide it; what stands in the way of its
return is the report (decision 0085).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from educonnect.population import staging
from educonnect.population.models import Guardianship, GuardianshipReport, Level, ReportOutcome

#: Outcomes under which the link does not come back.
STANDING = frozenset({ReportOutcome.OPEN, ReportOutcome.CONFIRMED, ReportOutcome.LEFT})


def waiting() -> QuerySet[GuardianshipReport]:
    """The queue of all schools: what is for them to decide."""
    return GuardianshipReport.objects.filter(outcome=ReportOutcome.OPEN)


def refuse(guardian_id: int, pupil_ids: Iterable[int], *, now: datetime) -> list[GuardianshipReport]:
    """End the legal links of a guardian to these pupils, whatever school told them, and put each in its school's queue.

    The caller has the turn of a person. A pupil for whom nothing says « responsable légal » is passed over.
    """
    links = list(
        Guardianship.objects.filter(
            guardian=guardian_id, pupil__in=list(pupil_ids), level=Level.LEGAL, ended_at__isnull=True
        ).order_by("pk")
    )
    Guardianship.objects.filter(pk__in=[link.pk for link in links]).update(ended_at=now)
    _reopen([(link.guardian_id, link.pupil_id, link.school_id) for link in links], now)
    return list(
        GuardianshipReport.objects.filter(
            guardian=guardian_id, pupil__in={link.pupil_id for link in links}, reported_at=now
        )
    )


def confirm(report: GuardianshipReport, *, now: datetime) -> bool:
    """The guardian is right: the link is over, whatever later exports say. False: it was not in the queue any more."""
    return _decide(report, {ReportOutcome.OPEN}, ReportOutcome.CONFIRMED, now)


def dismiss(report: GuardianshipReport, *, now: datetime) -> bool:
    """The school maintains the link, which is shown again. False: there is nothing to maintain.

    One that was confirmed by mistake comes back with the next export that names it: this one may have dropped it.
    """
    if _decide(report, {ReportOutcome.OPEN}, ReportOutcome.DISMISSED, now):
        Guardianship.objects.filter(
            guardian=report.guardian_id, pupil=report.pupil_id, school=report.school_id, level=Level.LEGAL
        ).update(ended_at=None)
        return True
    return _decide(report, {ReportOutcome.CONFIRMED}, ReportOutcome.DISMISSED, now)


def leave(left: Sequence[tuple[int, str]], *, now: datetime) -> None:
    """Pupils who left schools leave their queues; the report still stands, for the next school.

    Args:
        left: (pupil, UAI) pairs; those still enrolled there are passed over.
    """
    staging.execute(
        "UPDATE population_guardianshipreport r SET outcome = 'left', decided_at = %s "
        "FROM unnest(%s::bigint[], %s::text[]) AS gone(pupil, uai) "
        "WHERE r.pupil_id = gone.pupil AND r.school_id = gone.uai AND r.outcome = 'open' "
        "AND NOT EXISTS (SELECT FROM population_enrolment e WHERE e.pupil_id = gone.pupil AND e.school_id = gone.uai "
        "AND e.ended_at IS NULL)",
        [now, [pupil for pupil, _ in left], [uai for _, uai in left]],
    )


@dataclass
class Refused:
    """What guardians said of the pupils an import tells about."""

    uai: str
    own: dict[tuple[int, int], GuardianshipReport] = field(default_factory=dict)
    latest: dict[tuple[int, int], GuardianshipReport] = field(default_factory=dict)

    @classmethod
    def read(cls, uai: str, pupils: Collection[int]) -> "Refused":
        """The reports about these pupils: this school's, and the last word of any school."""
        found = cls(uai)
        about = GuardianshipReport.objects.filter(pupil__in=pupils)
        for report in sorted(about, key=lambda report: (report.decided_at or report.reported_at, report.pk)):
            pair = (report.guardian_id, report.pupil_id)
            found.latest[pair] = report
            if report.school_id == uai:
                found.own[pair] = report
        return found

    def hides(self, guardian: int, pupil: int) -> bool:
        """Whether a legal link that this school's base tells must not come back.

        What this school decided counts; where it decided nothing, what another did last.
        """
        report = self.own.get((guardian, pupil)) or self.latest.get((guardian, pupil))
        return report is not None and report.outcome in STANDING

    def follow(self, told: Collection[tuple[int, int]], *, now: datetime) -> None:
        """Close what the export cured, and put in this school's queue what its base tells of a refused link.

        Args:
            told: (guardian, pupil) pairs of the legal links of the export.
        """
        cured = [
            report.pk for pair, report in self.own.items() if report.outcome == ReportOutcome.OPEN and pair not in told
        ]
        if cured:
            GuardianshipReport.objects.filter(pk__in=cured).update(outcome=ReportOutcome.CURED, decided_at=now)
        news = [
            (*pair, self.uai)
            for pair in self.latest.keys() & set(told)
            if self.hides(*pair) and (pair not in self.own or self.own[pair].outcome == ReportOutcome.LEFT)
        ]
        _reopen(sorted(news), now)


def _reopen(links: Iterable[tuple[int, int, str]], now: datetime) -> None:
    """Put links in their schools' queues, whatever was decided of them before."""
    GuardianshipReport.objects.bulk_create(
        (
            GuardianshipReport(guardian_id=guardian, pupil_id=pupil, school_id=uai, reported_at=now)
            for guardian, pupil, uai in links
        ),
        update_conflicts=True,
        unique_fields=["guardian", "pupil", "school"],
        update_fields=["reported_at", "outcome", "decided_at"],
    )


def _decide(report: GuardianshipReport, before: set[ReportOutcome], after: ReportOutcome, now: datetime) -> bool:
    """In one statement: of two who decide at once, one does."""
    return bool(
        GuardianshipReport.objects.filter(pk=report.pk, outcome__in=before).update(outcome=after, decided_at=now)
    )
