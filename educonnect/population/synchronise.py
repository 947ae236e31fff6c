"""Apply a Roll to a school: what the export says becomes what is, and no more is written than what differs."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from educonnect.population import reports, rules, staging, turns
from educonnect.population.changes import Changes
from educonnect.population.errors import OlderExport, UnknownSchool
from educonnect.population.guardians import GuardianOutcome, apply_guardians
from educonnect.population.models import Enrolment, Guardianship, Level, Snapshot
from educonnect.population.pupils import PupilOutcome, apply_pupils
from educonnect.population.roll import Roll
from educonnect.schools.models import School

LOCK_SCHOOL = 20161
PUPILS, GUARDIANS = "eleves", "responsables"


def synchronise(roll: Roll, *, now: datetime, allow_mass_departure: bool = False) -> Changes:
    """Make a school's people, for one year, what its export says.

    A kind of file the roll does not hold says nothing: without `responsables`, guardians stay as they are. Absence
    from a full export ends an enrolment or a link, never an account. Everything is one transaction, in a number of
    statements that does not grow with the number of people; one import at a time writes a school, and imports of
    several schools may share pupils and guardians without waiting crosswise. Apply one roll a transaction: locks are
    held until it ends.

    Args:
        allow_mass_departure: apply even if a large share of the school would leave.

    Raises:
        Refusal: UnknownSchool, OlderExport or MassDeparture; nothing was written.
    """
    with transaction.atomic():
        turns.of_an_import()
        staging.fetch("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK_SCHOOL, roll.uai])
        school = School.objects.filter(pk=roll.uai).first()
        if school is None:
            raise UnknownSchool
        today = timezone.localdate(now)
        if _already_applied(roll, today):
            return Changes(unchanged=True)
        if PUPILS in roll.exported_at:
            pupils = apply_pupils(roll, now=now, today=today, allow_mass_departure=allow_mass_departure)
        else:
            pupils = _as_enrolled(roll)
        _end_elsewhere(pupils.deceased, roll.uai, now)
        guardians = GuardianOutcome()
        if GUARDIANS in roll.exported_at:
            guardians = apply_guardians(
                roll,
                by_source=pupils.by_source,
                here=pupils.here,
                now=now,
                today=today,
                si_instance=school.si_instance,
                allow_mass_departure=allow_mass_departure,
            )
        guardians.links_ended += _end_links_of_leavers(roll.uai, pupils.here, now)
        if GUARDIANS not in roll.exported_at:
            guardians.legal = set(
                Guardianship.objects.filter(
                    school=school, pupil__in=pupils.here, level=Level.LEGAL, ended_at__isnull=True
                ).values_list("guardian_id", flat=True)
            )
        _keep_snapshots(roll, now)
    return _changes(pupils, guardians)


def _end_elsewhere(deceased: Sequence[int], uai: str, now: datetime) -> None:
    """End at once what other schools still have of pupils who have died, so that nobody writes to their family.

    A row another import is writing is left to it and to the night: this never waits.
    """
    if deceased:
        ended = staging.fetch(
            "UPDATE population_enrolment SET ended_at = %s WHERE id IN (SELECT id FROM population_enrolment "
            "WHERE pupil_id = ANY(%s) AND school_id <> %s AND ended_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED) "
            "RETURNING pupil_id, school_id",
            [now, list(deceased), uai],
        )
        end_links(sorted(set(ended)), now=now)


def _end_links_of_leavers(uai: str, here: set[int], now: datetime) -> int:
    """End the links a school told for pupils who are no longer enrolled there, in any year; how many.

    What a school once said of a pupil's guardians must not outlive his time there: the next school's word counts.
    """
    linked = Guardianship.objects.filter(school_id=uai, ended_at__isnull=True).values_list("pupil_id", flat=True)
    elsewhere = set(linked.union(reports.waiting().filter(school=uai).values_list("pupil_id", flat=True))) - here
    return end_links([(pupil, uai) for pupil in sorted(elsewhere)], now=now)


def end_links(left: Sequence[tuple[int, str]], *, now: datetime) -> int:
    """End the links told by a school for a pupil, where no enrolment of his is open there; how many.

    What a guardian reported of them leaves that school's queue.

    Args:
        left: (pupil, UAI) pairs whose enrolment may have ended.
    """
    if not left:
        return 0
    reports.leave(left, now=now)
    return staging.execute(
        "UPDATE population_guardianship g SET ended_at = %s FROM unnest(%s::bigint[], %s::text[]) AS gone(pupil, uai) "
        "WHERE g.pupil_id = gone.pupil AND g.school_id = gone.uai AND g.ended_at IS NULL "
        "AND NOT EXISTS (SELECT FROM population_enrolment e WHERE e.pupil_id = gone.pupil AND e.school_id = gone.uai "
        "AND e.ended_at IS NULL)",
        [now, [pupil for pupil, _ in left], [uai for _, uai in left]],
    )


def _already_applied(roll: Roll, today: date) -> bool:
    """Whether these very files were applied last.

    Guardians are applied again if they came before the pupils they belong to, whom their links may now find; or
    before the September of their year, when the former year's base still spoke for those in both.

    Raises:
        OlderExport: a more recent file of one kind was applied.
    """
    known = {snapshot.kind: snapshot for snapshot in Snapshot.objects.filter(school_id=roll.uai, year=roll.year)}
    for kind, exported_at in roll.exported_at.items():
        if kind in known and exported_at < known[kind].exported_at:
            raise OlderExport(kind)
    orphaned = {PUPILS, GUARDIANS} <= known.keys() and known[GUARDIANS].applied_at < known[PUPILS].applied_at
    if GUARDIANS in roll.exported_at and GUARDIANS in known:
        told_on = timezone.localdate(known[GUARDIANS].applied_at)
        in_waiting = told_on < rules.next_year_begins(roll.year - 1) <= today
        if orphaned or in_waiting:
            return False
    return bool(roll.digests) and all(
        kind in known and known[kind].digest == roll.digests.get(kind) for kind in roll.exported_at
    )


def _as_enrolled(roll: Roll) -> PupilOutcome:
    """The pupils of that school and year as earlier exports left them."""
    outcome = PupilOutcome()
    enrolled = Enrolment.objects.filter(
        school_id=roll.uai, year=roll.year, ended_at__isnull=True, pupil__deceased=False
    ).values_list("source_id", "pupil_id")
    outcome.by_source = dict(enrolled)
    outcome.here = set(outcome.by_source.values())
    return outcome


def _keep_snapshots(roll: Roll, now: datetime) -> None:
    Snapshot.objects.bulk_create(
        (
            Snapshot(
                school_id=roll.uai,
                year=roll.year,
                kind=kind,
                exported_at=exported_at,
                digest=roll.digests.get(kind, ""),
                applied_at=now,
            )
            for kind, exported_at in sorted(roll.exported_at.items())
        ),
        update_conflicts=True,
        unique_fields=["school", "year", "kind"],
        update_fields=["exported_at", "digest", "applied_at"],
    )


def _changes(pupils: PupilOutcome, guardians: GuardianOutcome) -> Changes:
    return Changes(
        pupils_created=pupils.created,
        pupils_updated=pupils.updated,
        enrolments_created=pupils.enrolments_created,
        enrolments_updated=pupils.enrolments_updated,
        enrolments_ended=pupils.enrolments_ended,
        enrolments_resumed=pupils.enrolments_resumed,
        divisions_created=pupils.divisions_created,
        guardians_created=guardians.created,
        guardians_updated=guardians.updated,
        guardianships_created=guardians.links_created,
        guardianships_updated=guardians.links_updated,
        guardianships_ended=guardians.links_ended,
        quarantined=pupils.quarantined,
        links_ignored=guardians.links_ignored,
        guardians_ignored=guardians.ignored,
        pupils_enrolled=tuple(sorted(pupils.here)),
        guardians_legal=tuple(sorted(guardians.legal)),
        pupils_deceased=tuple(sorted(pupils.deceased)),
        guardians_withdrawn=tuple(sorted(guardians.withdrawn)),
        notes=(*pupils.notes, *guardians.notes),
    )
