"""Apply the guardians of a roll: who they are, for whom they answer, who no longer does."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zlib import crc32

from django.conf import settings

from educonnect.population import matching, reports, rules, staging
from educonnect.population.changes import Note, Rule, Severity
from educonnect.population.errors import MassDeparture
from educonnect.population.models import Enrolment, Guardian, Guardianship, GuardianSource, Level, Snapshot
from educonnect.population.names import searchable
from educonnect.population.roll import Roll, RollGuardian, RollLink

LOCK_GUARDIANS = 20162
BUCKETS = 256

_FIELDS = ("civility", "family_name", "used_name", "first_name", "mobile", "email", "folded", "identity")


@dataclass
class GuardianOutcome:
    """What was done, for `Changes`."""

    legal: set[int] = field(default_factory=set)
    withdrawn: set[int] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    links_created: int = 0
    links_updated: int = 0
    links_ended: int = 0
    links_ignored: int = 0
    ignored: int = 0


def apply_guardians(
    roll: Roll,
    *,
    by_source: Mapping[int, int],
    here: set[int],
    now: datetime,
    today: date,
    si_instance: str,
    allow_mass_departure: bool,
) -> GuardianOutcome:
    """Make the links of a school's pupils what a full export of its guardians says.

    The caller holds the school's lock.

    Args:
        by_source: ELEVE_ID -> pupil. here: the pupils who are enrolled now; links of the others are left alone.
        si_instance: the academic base whose PERSONNE_ID these are.

    Raises:
        MassDeparture: too many legal guardians would lose a pupil who is still there.
    """
    outcome = GuardianOutcome()
    told = here - _told_by_another_year(roll, here, today)
    people = {person.source_id: _clipped(person) for person in roll.guardians}
    links: list[RollLink] = []
    linked: set[int] = set()
    for link in roll.links:
        if link.kinship == rules.SELF or link.guardian not in people or link.pupil not in by_source:
            outcome.links_ignored += 1
            continue
        linked.add(link.guardian)
        if by_source[link.pupil] in told:
            links.append(link)
    outcome.ignored = len(people.keys() - linked)
    wanted = [people[source] for source in sorted({link.guardian for link in links})]
    guardians = _write_guardians(wanted, si_instance, outcome)
    _write_links(
        roll=roll,
        links=links,
        by_source=by_source,
        guardians=guardians,
        told=told,
        now=now,
        allowed=allow_mass_departure,
        outcome=outcome,
    )
    return outcome


def _clipped(person: RollGuardian) -> RollGuardian:
    return replace(
        person,
        family_name=person.family_name[:100],
        used_name=person.used_name[:100],
        first_name=person.first_name[:100],
        civility=person.civility[:5],
        mobile=person.mobile[:20],
        email=person.email.strip().lower()[:254],
    )


def _told_by_another_year(roll: Roll, here: set[int], today: date) -> set[int]:
    """Pupils whose guardians the base of another year tells: the one of the year in course.

    From May to September the next year's base stands beside the current one; a right withdrawn in one must not come
    back from the other.
    """
    in_course = rules.school_year(today)
    if roll.year == in_course:
        return set()
    if not Snapshot.objects.filter(school_id=roll.uai, year=in_course, kind="responsables").exists():
        return set()
    return set(
        Enrolment.objects.filter(school_id=roll.uai, year=in_course, ended_at__isnull=True, pupil__in=here).values_list(
            "pupil_id", flat=True
        )
    )


@dataclass
class _Found:
    """PERSONNE_ID -> guardian, and the guardians' rows as they stand."""

    by_source: dict[int, int] = field(default_factory=dict)
    rows: dict[int, Guardian] = field(default_factory=dict)

    def read(self, si_instance: str, sources: Sequence[int]) -> None:
        for known in GuardianSource.objects.filter(si_instance=si_instance, source_id__in=sources).select_related(
            "guardian"
        ):
            self.by_source[known.source_id] = known.guardian_id
            self.rows[known.guardian_id] = known.guardian


def _write_guardians(people: Sequence[RollGuardian], si_instance: str, outcome: GuardianOutcome) -> dict[int, int]:
    """PERSONNE_ID -> guardian, known, recognised or created."""
    sources = [person.source_id for person in people]
    worthless = matching.shared_contacts(
        (matching.identity_of(person.family_name, person.first_name), person.mobile, person.email) for person in people
    )
    found = _Found()
    found.read(si_instance, sources)
    new = _strangers(people, found)
    if new:
        _lock(new, si_instance)
        # read again under the lock: another school's import may just have met the same people
        found.read(si_instance, [person.source_id for person in new])
        new = _strangers(new, found)
    replaced = [person.source_id for person in new if person.source_id in found.by_source]
    strangers = {person.source_id for person in new}
    mapping = {source: found.by_source[source] for source in sources if source not in strangers}
    if new:
        mapping |= _admit(new=new, people=people, mapping=mapping, found=found, worthless=worthless, outcome=outcome)
        _keep_sources(new, mapping, replaced, si_instance)
        outcome.notes += [
            Note(Rule.GUARDIAN_REPLACED, Severity.WARNING, source, "NOM_DE_FAMILLE") for source in replaced
        ]
    outcome.notes += [
        Note(Rule.SHARED_CONTACT, Severity.WARNING, person.source_id, "TEL_PORTABLE" if shared_mobile else "MEL")
        for person in new
        if (shared_mobile := person.mobile in worthless) or person.email in worthless
    ]
    _correct(people, mapping, found, outcome)
    return mapping


def _strangers(people: Iterable[RollGuardian], found: _Found) -> list[RollGuardian]:
    """Those whose number is unknown, or was overwritten with somebody else."""
    strangers = []
    for person in people:
        row = found.rows.get(found.by_source.get(person.source_id, 0))
        if row is None or matching.replaced(
            (row.civility, row.family_name, row.used_name, row.first_name),
            (person.civility, person.family_name, person.used_name, person.first_name),
        ):
            strangers.append(person)
    return strangers


def _lock(people: Iterable[RollGuardian], si_instance: str) -> None:
    """Let one import at a time admit guardians of these names and numbers, until its transaction ends.

    Names and numbers are spread over a fixed number of locks, taken in order: no deadlock, and no more than BUCKETS
    locks whatever the number of people.
    """
    keys = {matching.identity_of(person.family_name, person.first_name) for person in people}
    keys |= {f"{si_instance}:{person.source_id}" for person in people}
    buckets = sorted({crc32(key.encode()) % BUCKETS for key in keys})
    staging.fetch(
        "SELECT pg_advisory_xact_lock(%s, bucket) FROM unnest(%s::int[]) AS bucket", [LOCK_GUARDIANS, buckets]
    )


def _admit(
    *,
    new: Sequence[RollGuardian],
    people: Sequence[RollGuardian],
    mapping: Mapping[int, int],
    found: _Found,
    worthless: set[str],
    outcome: GuardianOutcome,
) -> dict[int, int]:
    """Recognise strangers among known guardians and among themselves; create the others."""
    newcomers = [_person(person.source_id, person) for person in new]
    mobiles = {person.mobile for person in newcomers} - worthless
    emails = {person.email for person in newcomers} - worthless
    candidates = Guardian.objects.raw(
        "SELECT * FROM population_guardian WHERE (mobile <> '' AND mobile = ANY(%s)) "
        "OR (email <> '' AND email = ANY(%s)) ORDER BY id",
        [[mobile for mobile in mobiles if rules.proves_identity(mobile)], [email for email in emails if email]],
    )
    known: list[matching.Person] = []
    for guardian in candidates:
        # a record that turned out to be somebody else's still leads to that person
        owner = guardian.merged_into_id or guardian.pk
        if owner == guardian.pk:
            found.rows.setdefault(owner, guardian)
        known.append(matching.Person(owner, guardian.civility, guardian.identity, guardian.mobile, guardian.email))
    unread = {person.key for person in known} - found.rows.keys()
    found.rows |= Guardian.objects.in_bulk(unread) if unread else {}
    # the file may give a known guardian a new phone, by which a second number of his is recognised
    known += [_person(mapping[person.source_id], person) for person in people if person.source_id in mapping]
    to_known, to_newcomer = matching.recognise(newcomers, known, worthless=worthless)
    firsts = [person for person in new if person.source_id not in to_known and person.source_id not in to_newcomer]
    ids = staging.fetch(
        "SELECT nextval(pg_get_serial_sequence('population_guardian', 'id')) FROM generate_series(1, %s)", [len(firsts)]
    )
    admitted = dict(to_known)
    for person, (pk,) in zip(firsts, ids, strict=True):
        admitted[person.source_id] = pk
        found.rows[pk] = Guardian(pk=pk, **_values(person))
    for source, first in to_newcomer.items():
        admitted[source] = admitted[first]
    merged = sorted([*to_known, *to_newcomer])
    outcome.notes += [Note(Rule.GUARDIAN_MERGED, Severity.WARNING, source, "PERSONNE_ID") for source in merged]
    if firsts:
        staging.copy_rows(
            "population_guardian",
            ("id", *_FIELDS),
            ([pk, *_values(person).values()] for person, (pk,) in zip(firsts, ids, strict=True)),
        )
    outcome.created = len(firsts)
    return admitted


def _keep_sources(
    new: Sequence[RollGuardian], mapping: Mapping[int, int], replaced: Sequence[int], si_instance: str
) -> None:
    if replaced:
        GuardianSource.objects.filter(si_instance=si_instance, source_id__in=replaced).delete()
    staging.copy_rows(
        "population_guardiansource",
        ("guardian_id", "si_instance", "source_id"),
        ((mapping[person.source_id], si_instance, person.source_id) for person in new),
    )


def _person(key: int, person: RollGuardian) -> matching.Person:
    identity = matching.identity_of(person.family_name, person.first_name)
    return matching.Person(key, person.civility, identity, person.mobile, person.email)


def _values(person: RollGuardian) -> dict[str, str]:
    """The columns of a guardian, in the order of _FIELDS."""
    return {
        "civility": person.civility,
        "family_name": person.family_name,
        "used_name": person.used_name,
        "first_name": person.first_name,
        "mobile": person.mobile,
        "email": person.email,
        "folded": searchable(person.family_name, person.first_name, person.used_name),
        "identity": matching.identity_of(person.family_name, person.first_name),
    }


def _correct(
    people: Sequence[RollGuardian], mapping: Mapping[int, int], found: _Found, outcome: GuardianOutcome
) -> None:
    """Bring guardians to what the file says: names always, phone and e-mail only where it gives one.

    Where a guardian has several records in the file, the first gives the names and each contact comes from the first
    that has one.
    """
    wanted: dict[int, dict[str, str]] = {}
    for person in people:
        values = _values(person)
        first = wanted.setdefault(mapping[person.source_id], values)
        if first is not values:
            for name in ("civility", "used_name", "mobile", "email"):
                first[name] = first[name] or values[name]
    changed = []
    for pk, values in wanted.items():
        row = found.rows[pk]
        values |= {name: values[name] or getattr(row, name) for name in ("civility", "mobile", "email")}
        values["folded"] = searchable(values["family_name"], values["first_name"], values["used_name"])
        if any(getattr(row, name) != value for name, value in values.items()):
            changed.append([pk, *(values[name] for name in _FIELDS)])
    if not changed:
        return
    staging.stage("roll_guardian", {"id": "bigint"} | dict.fromkeys(_FIELDS, "text"), changed)
    # locked in one order by all, so that two imports never wait for each other
    staging.execute(
        "SELECT id FROM population_guardian WHERE id IN (SELECT id FROM roll_guardian) ORDER BY id FOR NO KEY UPDATE"
    )
    outcome.updated = staging.execute(
        f"UPDATE population_guardian g SET {', '.join(f'{name} = c.{name}' for name in _FIELDS)} "  # noqa: S608
        "FROM roll_guardian c WHERE c.id = g.id"
    )


def _write_links(
    *,
    roll: Roll,
    links: Sequence[RollLink],
    by_source: Mapping[int, int],
    guardians: Mapping[int, int],
    told: set[int],
    now: datetime,
    allowed: bool,
    outcome: GuardianOutcome,
) -> None:
    """Create, change, end and resume the links of the pupils this roll tells about."""
    wanted: dict[tuple[int, int], RollLink] = {}
    for link in links:
        key = (guardians[link.guardian], by_source[link.pupil])
        twin = wanted.get(key)
        if twin is not None:
            outcome.notes.append(Note(Rule.LINK_TWICE, Severity.WARNING, link.guardian, "NIVEAU_RESPONSABILITE"))
        if twin is None or link.level < twin.level:
            wanted[key] = link
    _note_several_legal(wanted, outcome)
    former = {
        (link.guardian_id, link.pupil_id): link
        for link in Guardianship.objects.filter(school_id=roll.uai, pupil__in=told)
    }
    _guard(wanted, former, allowed)
    refused = reports.Refused.read(roll.uai, told)

    created: list[tuple[object, ...]] = []
    changed: list[tuple[object, ...]] = []
    for (guardian, pupil), link in wanted.items():
        known = former.get((guardian, pupil))
        ended_at = None
        if link.level == Level.LEGAL:
            if refused.hides(guardian, pupil):
                ended_at = (known and known.ended_at) or now
            else:
                outcome.legal.add(guardian)
        if known is None:
            created.append((guardian, pupil, roll.uai, link.level, link.kinship[:2], ended_at))
        elif (known.level, known.kinship, known.ended_at) != (link.level, link.kinship[:2], ended_at):
            changed.append((known.pk, link.level, link.kinship[:2], ended_at))
            if known.ended_at is None and known.level == Level.LEGAL and link.level != Level.LEGAL:
                outcome.withdrawn.add(guardian)
    ended = [known for key, known in former.items() if key not in wanted and known.ended_at is None]
    outcome.withdrawn |= {known.guardian_id for known in ended if known.level == Level.LEGAL}
    changed += [(known.pk, known.level, known.kinship, now) for known in ended]
    outcome.links_created, outcome.links_ended = len(created), len(ended)
    outcome.links_updated = len(changed) - len(ended)
    if created:
        columns = ("guardian_id", "pupil_id", "school_id", "level", "kinship", "ended_at")
        staging.copy_rows("population_guardianship", columns, created)
    if changed:
        staging.stage(
            "roll_link", {"id": "bigint", "level": "smallint", "kinship": "text", "ended_at": "timestamptz"}, changed
        )
        staging.execute(
            "UPDATE population_guardianship g SET level = c.level, kinship = c.kinship, ended_at = c.ended_at "
            "FROM roll_link c WHERE c.id = g.id"
        )

    refused.follow({key for key, link in wanted.items() if link.level == Level.LEGAL}, now=now)


def _note_several_legal(wanted: Mapping[tuple[int, int], RollLink], outcome: GuardianOutcome) -> None:
    """More than two legal guardians for one pupil: an anomaly of the base; all are kept."""
    legal = Counter(pupil for (_, pupil), link in wanted.items() if link.level == Level.LEGAL)
    sources = {pupil: link.pupil for (_, pupil), link in wanted.items()}
    outcome.notes += [
        Note(Rule.SEVERAL_LEGAL, Severity.WARNING, sources[pupil], "NIVEAU_RESPONSABILITE")
        for pupil, count in legal.items()
        if count > 2
    ]


def _guard(
    wanted: Mapping[tuple[int, int], RollLink], former: Mapping[tuple[int, int], Guardianship], allowed: bool
) -> None:
    """Refuse a file that would withdraw too many legal guardians from pupils who are still there."""
    present = [key for key, link in former.items() if link.ended_at is None and link.level == Level.LEGAL]
    gone = sum(1 for key in present if key not in wanted or wanted[key].level != Level.LEGAL)
    if not allowed and rules.is_mass_departure(
        gone=gone, present=len(present), percent=settings.MASS_DEPARTURE_PERCENT
    ):
        raise MassDeparture("guardians", gone=gone, present=len(present))
