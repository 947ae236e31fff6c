"""Apply the pupils of a roll: who they are, where they are enrolled, who is no longer there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.conf import settings

from educonnect.population import rules, staging
from educonnect.population.changes import Note, Rule, Severity
from educonnect.population.errors import MassDeparture
from educonnect.population.matching import another_person
from educonnect.population.models import Enrolment, Pupil, Quarantine
from educonnect.population.names import searchable
from educonnect.population.roll import Roll, RollPupil
from educonnect.schools.divisions import keep_divisions, keep_mefs

_IDENTITY = (
    "ine",
    "former_ine",
    "family_name",
    "used_name",
    "first_name",
    "other_names",
    "birthdate",
    "sex",
    "birth_commune",
    "birth_country",
    "folded",
    "deceased",
)
_KINDS = {"birthdate": "date", "deceased": "boolean"}
_ENROLMENT = (
    "pupil_id",
    "source_id",
    "division_id",
    "mef",
    "level",
    "started_on",
    "leaves_on",
    "leaving_reason",
    "ended_at",
)


@dataclass
class PupilOutcome:
    """What was done, for `Changes`.

    Attributes:
        by_source: ELEVE_ID -> pupil, for every record that is one.
        here: pupils enrolled now, deceased left out.
    """

    by_source: dict[int, int] = field(default_factory=dict)
    here: set[int] = field(default_factory=set)
    deceased: list[int] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    quarantined: int = 0
    created: int = 0
    updated: int = 0
    enrolments_created: int = 0
    enrolments_updated: int = 0
    enrolments_ended: int = 0
    enrolments_resumed: int = 0
    divisions_created: int = 0


@dataclass
class _Matching:
    """Records of the roll and the pupils they are, before anything is written."""

    newcomers: list[RollPupil] = field(default_factory=list)
    known: list[tuple[RollPupil, Pupil]] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def apply_pupils(roll: Roll, *, now: datetime, today: date, allow_mass_departure: bool) -> PupilOutcome:
    """Make a school's enrolments of one year what a full export of its pupils says.

    The caller holds the school's lock.

    Raises:
        MassDeparture: too many would leave; nothing was written.
    """
    outcome = PupilOutcome()
    records = [_clipped(record) for record in {record.source_id: record for record in roll.pupils}.values()]
    former = {
        enrolment.pupil_id: enrolment for enrolment in Enrolment.objects.filter(school_id=roll.uai, year=roll.year)
    }
    matching = _match(records, roll.uai)
    quarantined = {**roll.quarantined, **matching.refused}
    _guard(
        roll=roll,
        matching=matching,
        former=former,
        quarantined=quarantined,
        today=today,
        allowed=allow_mass_departure,
    )

    pupils = _write_pupils(matching, roll, today, outcome)
    quarantined |= matching.refused  # a number taken meanwhile by another school's import is refused late
    keep_mefs(roll.mefs)
    divisions, outcome.divisions_created = keep_divisions(
        roll.uai, roll.year, {record.division: "" for record in records if record.division} | dict(roll.divisions)
    )
    _write_enrolments(
        roll=roll,
        pupils=pupils,
        former=former,
        divisions=divisions,
        quarantined=quarantined,
        now=now,
        today=today,
        outcome=outcome,
    )
    _write_quarantine(roll, quarantined, now)
    outcome.quarantined = len(quarantined)
    outcome.notes[:0] = matching.notes
    return outcome


def _clipped(record: RollPupil) -> RollPupil:
    """The same record, within the lengths the tables hold."""
    return replace(
        record,
        family_name=record.family_name[:100],
        used_name=record.used_name[:100],
        first_name=record.first_name[:100],
        other_names=record.other_names[:200],
        former_ine="" if record.former_ine == record.ine else record.former_ine,
    )


def _match(records: Sequence[RollPupil], uai: str) -> _Matching:
    """Find the pupil each record is: by its number, its former number, else by its own row in this school."""
    matching = _Matching()
    times = Counter(record.ine for record in records)
    numbers = sorted({number for record in records for number in (record.ine, record.former_ine) if number})
    found = Pupil.objects.raw(
        "SELECT * FROM population_pupil WHERE ine = ANY(%s) OR (former_ine <> '' AND former_ine = ANY(%s)) ORDER BY id",
        [numbers, numbers],
    )
    by_ine: dict[str, Pupil] = {}
    by_former: dict[str, Pupil] = {}
    for pupil in found:
        by_ine[pupil.ine] = pupil
        if pupil.former_ine:
            by_former.setdefault(pupil.former_ine, pupil)
    taken: set[int] = set()

    def settle(record: RollPupil, pupil: Pupil) -> None:
        if pupil.pk in taken:
            _refuse(matching, record, Rule.INE_TWICE)
        else:
            taken.add(pupil.pk)
            _claim(matching, record, pupil)

    unmatched: list[RollPupil] = []
    for record in records:
        if times[record.ine] > 1:
            _refuse(matching, record, Rule.INE_TWICE)
        elif record.ine in by_ine:
            settle(record, by_ine[record.ine])
        else:
            unmatched.append(record)
    unknown: list[RollPupil] = []
    for record in unmatched:
        aliased = by_former.get(record.ine) or by_ine.get(record.former_ine) or by_former.get(record.former_ine)
        if aliased is None:
            unknown.append(record)
        else:
            settle(record, aliased)
    rows = _own_rows(unknown, uai) if unknown else {}
    for record in unknown:
        own = rows.get(record.source_id)
        if own is None or own.pk in taken or not _same_civil_identity(record, own):
            matching.newcomers.append(record)
        else:
            settle(record, own)
            matching.notes.append(Note(Rule.INE_CHANGED, Severity.WARNING, record.source_id, "ID_NATIONAL"))
    return matching


def _own_rows(records: Sequence[RollPupil], uai: str) -> dict[int, Pupil]:
    """ELEVE_ID -> the pupil whom that row of this school's base was, whatever the year."""
    enrolments = (
        Enrolment.objects.filter(school_id=uai, source_id__in=[record.source_id for record in records])
        .select_related("pupil")
        .order_by("year", "id")
    )
    return {enrolment.source_id: enrolment.pupil for enrolment in enrolments}


def _same_civil_identity(record: RollPupil, pupil: Pupil) -> bool:
    return record.birthdate == pupil.birthdate and searchable(record.family_name, record.first_name) == searchable(
        pupil.family_name, pupil.first_name
    )


def _claim(matching: _Matching, record: RollPupil, pupil: Pupil) -> None:
    known = (pupil.family_name, pupil.used_name, pupil.first_name, pupil.birthdate)
    claimed = (record.family_name, record.used_name, record.first_name, record.birthdate)
    if known != claimed and another_person(known, claimed):
        _refuse(matching, record, Rule.INE_REATTRIBUTED)
    else:
        matching.known.append((record, pupil))


def _refuse(matching: _Matching, record: RollPupil, rule: Rule) -> None:
    matching.refused[record.source_id] = rule
    matching.notes.append(Note(rule, Severity.BLOCKING, record.source_id, "ID_NATIONAL"))


def _guard(
    *,
    roll: Roll,
    matching: _Matching,
    former: dict[int, Enrolment],
    quarantined: dict[int, str],
    today: date,
    allowed: bool,
) -> None:
    """Refuse a roll that would end too many enrolments: it is more likely a truncated file than an exodus."""
    listed = {pupil.pk: record for record, pupil in matching.known}
    present = [enrolment for enrolment in former.values() if enrolment.ended_at is None]
    gone = 0
    for enrolment in present:
        record = listed.get(enrolment.pupil_id)
        if record is None:
            gone += enrolment.source_id not in quarantined
        elif rules.has_left(record.leaves_on, today):
            gone += not rules.expected_departure(roll.year, record.leaves_on)
    if not allowed and rules.is_mass_departure(
        gone=gone, present=len(present), percent=settings.MASS_DEPARTURE_PERCENT
    ):
        raise MassDeparture("pupils", gone=gone, present=len(present))


def _write_pupils(matching: _Matching, roll: Roll, today: date, outcome: PupilOutcome) -> list[tuple[RollPupil, Pupil]]:
    """Create newcomers, correct the others; each record with its pupil as it now stands, locked.

    New numbers are inserted in their order, then every pupil of the roll is locked in the order of numbers: two
    imports that share pupils wait for one another at most once, and never crosswise.
    """
    if matching.newcomers:
        columns = {name: _KINDS.get(name, "text") for name in _IDENTITY}
        staging.stage(
            "roll_newcomer",
            columns,
            (
                [_identity(record)[name] for name in columns]
                for record in sorted(matching.newcomers, key=lambda record: record.ine)
            ),
        )
        names = ", ".join(columns)
        outcome.created = staging.execute(
            f"INSERT INTO population_pupil ({names}, first_ine) "  # noqa: S608  (our own column names)
            f"SELECT {names}, ine FROM roll_newcomer ORDER BY ine ON CONFLICT (ine) DO NOTHING"
        )
    by_pk = {pupil.pk: record for record, pupil in matching.known}
    by_ine = {record.ine: record for record in matching.newcomers}
    locked = Pupil.objects.raw(
        "SELECT * FROM population_pupil WHERE id = ANY(%s) OR ine = ANY(%s) ORDER BY ine FOR NO KEY UPDATE",
        [list(by_pk), list(by_ine)],
    )
    known = _Matching()
    for pupil in locked:
        _claim(known, by_pk.get(pupil.pk) or by_ine[pupil.ine], pupil)
    matching.refused |= known.refused
    matching.notes += known.notes
    _correct(known.known, roll, today, outcome)
    return known.known


def _identity(record: RollPupil) -> dict[str, object]:
    return {
        "ine": record.ine,
        "former_ine": record.former_ine,
        "family_name": record.family_name,
        "used_name": record.used_name,
        "first_name": record.first_name,
        "other_names": record.other_names,
        "birthdate": record.birthdate,
        "sex": record.sex,
        "birth_commune": record.birth_commune,
        "birth_country": record.birth_country,
        "folded": searchable(record.family_name, record.first_name, record.used_name),
        "deceased": record.leaving_reason == rules.DECEASED,
    }


def _correct(known: Sequence[tuple[RollPupil, Pupil]], roll: Roll, today: date, outcome: PupilOutcome) -> None:
    """Bring pupils to what their records say; an unchanged pupil is not written."""
    changed = [(record, pupil, differences) for record, pupil in known if (differences := _differences(record, pupil))]
    if not changed:
        return
    elsewhere = _said_elsewhere([pupil.pk for _, pupil, _ in changed], roll)
    rows = []
    for record, pupil, differences in changed:
        if pupil.pk in elsewhere.deceased:
            differences.pop("deceased", None)
        moved = rules.has_left(record.leaves_on, today) and record.leaving_reason != rules.DECEASED
        if moved and pupil.pk in elsewhere.enrolled:
            # a school the pupil has left for another no longer corrects who he is
            differences = {name: value for name, value in differences.items() if name == "deceased"}  # noqa: PLW2901
        if not differences:
            continue
        corrected = next((name for name in _NOTED if name in differences), None)
        if corrected:
            outcome.notes.append(Note(Rule.IDENTITY_CHANGED, Severity.WARNING, record.source_id, _NOTED[corrected]))
        if differences.get("deceased"):
            outcome.deceased.append(pupil.pk)
        for name, value in differences.items():
            setattr(pupil, name, value)
        rows.append([pupil.pk, *(getattr(pupil, name) for name in _IDENTITY)])
    if rows:
        staging.stage(
            "roll_correction", {"id": "bigint"} | {name: _KINDS.get(name, "text") for name in _IDENTITY}, rows
        )
        outcome.updated = staging.execute(
            f"UPDATE population_pupil p SET {', '.join(f'{name} = c.{name}' for name in _IDENTITY)} "  # noqa: S608
            "FROM roll_correction c WHERE c.id = p.id"
        )


#: what deserves a note when corrected -> the field of the school base
_NOTED = {"birthdate": "DATE_NAISS", "family_name": "NOM_DE_FAMILLE", "first_name": "PRENOM"}


def _differences(record: RollPupil, pupil: Pupil) -> dict[str, object]:
    """Column -> value the record would give it, where the pupil has another."""
    wanted = _identity(record)
    if record.ine in {pupil.ine, pupil.former_ine}:
        # a base that still writes the former number takes nothing back; an alias is learnt once
        wanted |= {"ine": pupil.ine, "former_ine": pupil.former_ine or record.former_ine}
    else:
        wanted["former_ine"] = pupil.ine
    return {name: value for name, value in wanted.items() if getattr(pupil, name) != value}


@dataclass(frozen=True)
class _Elsewhere:
    enrolled: frozenset[int]
    deceased: frozenset[int]


def _said_elsewhere(pupils: list[int], roll: Roll) -> _Elsewhere:
    """Of these pupils, those another school or year has as present, and those it has as deceased."""
    others = (
        Enrolment.objects.filter(pupil__in=pupils)
        .exclude(school_id=roll.uai, year=roll.year)
        .values_list("pupil_id", "school_id", "ended_at", "leaving_reason")
    )
    enrolled, deceased = set(), set()
    for pupil, school, ended_at, reason in others:
        if ended_at is None and school != roll.uai:
            enrolled.add(pupil)
        if reason == rules.DECEASED:
            deceased.add(pupil)
    return _Elsewhere(frozenset(enrolled), frozenset(deceased))


def _write_enrolments(
    *,
    roll: Roll,
    pupils: Sequence[tuple[RollPupil, Pupil]],
    former: dict[int, Enrolment],
    divisions: dict[str, int],
    quarantined: dict[int, str],
    now: datetime,
    today: date,
    outcome: PupilOutcome,
) -> None:
    """Enrol, move, end and resume; absence from the export ends an enrolment, and nothing more."""
    over = rules.year_is_over(roll.year, today)
    moved_on = _in_a_later_year([pupil.pk for _, pupil in pupils], roll.year, today)
    created, changed = [], []
    for record, pupil in pupils:
        enrolment = former.get(pupil.pk)
        ended = over or pupil.deceased or pupil.pk in moved_on or rules.has_left(record.leaves_on, today)
        ended_at = (enrolment.ended_at if enrolment and enrolment.ended_at else now) if ended else None
        row = (
            pupil.pk,
            record.source_id,
            divisions.get(record.division),
            record.mef,
            record.level,
            record.started_on,
            record.leaves_on,
            record.leaving_reason,
            ended_at,
        )
        if enrolment is None:
            created.append((*row, roll.uai, roll.year))
        elif row != tuple(getattr(enrolment, name) for name in _ENROLMENT):
            changed.append((enrolment.pk, *row))
            if (enrolment.ended_at is None) == (ended_at is None):
                outcome.enrolments_updated += 1
            elif ended_at is None:
                outcome.enrolments_resumed += 1
            else:
                outcome.enrolments_ended += 1
        outcome.by_source[record.source_id] = pupil.pk
        if ended_at is None:
            outcome.here.add(pupil.pk)
    if created:
        staging.copy_rows("population_enrolment", (*_ENROLMENT, "school_id", "year"), created)
        outcome.enrolments_created = len(created)
    if changed:
        kinds = dict.fromkeys(("pupil_id", "source_id", "division_id"), "bigint")
        kinds |= {"started_on": "date", "leaves_on": "date", "ended_at": "timestamptz"}
        staging.stage(
            "roll_enrolment", {"id": "bigint"} | {name: kinds.get(name, "text") for name in _ENROLMENT}, changed
        )
        staging.execute(
            f"UPDATE population_enrolment e SET {', '.join(f'{name} = c.{name}' for name in _ENROLMENT)} "  # noqa: S608
            "FROM roll_enrolment c WHERE c.id = e.id"
        )
    listed = {pupil.pk for _, pupil in pupils}
    absent = [enrolment for pk, enrolment in former.items() if pk not in listed]
    leaving = [e for e in absent if e.ended_at is None and e.source_id not in quarantined]
    if leaving:
        Enrolment.objects.filter(pk__in=[enrolment.pk for enrolment in leaving]).update(ended_at=now)
        outcome.enrolments_ended += len(leaving)


def _in_a_later_year(pupils: list[int], year: int, today: date) -> set[int]:
    """Those of an old year's roll whom a later year has, once that year has begun."""
    if today < rules.next_year_begins(year):
        return set()
    return set(Enrolment.objects.filter(pupil__in=pupils, year__gt=year).values_list("pupil_id", flat=True))


def _write_quarantine(roll: Roll, quarantined: dict[int, str], now: datetime) -> None:
    """Keep exactly the records that cannot become a pupil; one that is cured disappears."""
    rows = Quarantine.objects.filter(school_id=roll.uai, year=roll.year)
    known = dict(rows.values_list("source_id", "reason"))
    cured = [source for source in known if source not in quarantined]
    if cured:
        rows.filter(source_id__in=cured).delete()
    seen = [source for source, reason in quarantined.items() if known.get(source) != reason]
    if seen:
        Quarantine.objects.bulk_create(
            (
                Quarantine(
                    school_id=roll.uai, year=roll.year, source_id=source, reason=quarantined[source][:30], seen_at=now
                )
                for source in seen
            ),
            update_conflicts=True,
            unique_fields=["school", "year", "source_id"],
            update_fields=["reason", "seen_at"],
        )
