"""Random worlds: académies, schools, classes, people, posts, delegations; drawn as plain values, then written as rows.

Whatever can be told apart bears a mark that nothing else of the world bears, so that a page, a file or a line of the
journal can be searched for what it should not tell.
"""

import datetime as dt
import re
import secrets
from dataclasses import dataclass, field
from random import Random

from hypothesis import strategies as st

from educonnect.accounts.models import Account, Kind
from educonnect.delegation.models import Delegation, GivenAs, Post, Source, Suspension
from educonnect.journal.models import Entry
from educonnect.journal.rules import Event
from educonnect.oversight.models import Alert
from educonnect.population.models import Enrolment, Guardian, Guardianship, GuardianshipReport, Pupil
from educonnect.schools.models import Division, School
from educonnect.staff.models import Staff
from tests.population.factories import ine
from tests.schools.factories import uai

#: A school day, far from the turn of a school year.
NOW = dt.datetime(2026, 10, 14, 8, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 10, 14)
ACADEMIES = ("31", "28", "33")  # the last is nobody's: no school there
MARK = re.compile(r"Q[ABCDEFGJ]\d{4}Z", re.IGNORECASE)


def marks(told: object) -> set[str]:
    """Every mark that a text, or bytes, hold, in whatever case."""
    text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    return {found.upper() for found in MARK.findall(text)}


# --- the values -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DrawnSchool:
    n: int
    academie: str
    sector: str
    degree: int
    opens: bool

    @property
    def uai(self) -> str:
        return uai(9720100 + self.n)

    @property
    def mark(self) -> str:
        return f"QA{self.n:04}Z"


@dataclass(frozen=True)
class DrawnClass:
    n: int
    school: int
    year: int

    @property
    def mark(self) -> str:
        return f"QB{self.n:04}Z"


@dataclass(frozen=True)
class DrawnEnrolment:
    school: int
    year: int
    division: int | None
    ended: bool


@dataclass(frozen=True)
class DrawnPupil:
    n: int
    enrolments: tuple[DrawnEnrolment, ...]
    deceased: bool
    activated: bool
    closed: bool

    @property
    def mark(self) -> str:
        return f"QC{self.n:04}Z"

    @property
    def username(self) -> str:
        return f"qd{self.n:04}z"


@dataclass(frozen=True)
class DrawnLink:
    pupil: int
    school: int
    level: int
    ended: bool


@dataclass(frozen=True)
class DrawnGuardian:
    n: int
    links: tuple[DrawnLink, ...]
    activated: bool
    closed: bool

    @property
    def mark(self) -> str:
        return f"QE{self.n:04}Z"

    @property
    def username(self) -> str:
        return f"qf{self.n:04}z"


@dataclass(frozen=True)
class Span:
    """Days before or after today; an end not given lasts."""

    starts: int
    ends: int | None

    @property
    def first(self) -> dt.date:
        return TODAY + dt.timedelta(days=self.starts)

    @property
    def last(self) -> dt.date | None:
        return None if self.ends is None else TODAY + dt.timedelta(days=self.ends)


@dataclass(frozen=True)
class DrawnPost:
    function: str
    school: int | None
    academie: str
    span: Span
    ended: bool


@dataclass(frozen=True)
class DrawnDelegation:
    right: str
    school: int
    classes: tuple[int, ...] | None
    as_head: bool
    span: Span
    withdrawn: bool


@dataclass(frozen=True)
class DrawnSuspension:
    school: int | None
    academie: str
    lifted: bool


@dataclass(frozen=True)
class DrawnStaff:
    n: int
    closed: bool
    posts: tuple[DrawnPost, ...]
    delegations: tuple[DrawnDelegation, ...]
    suspensions: tuple[DrawnSuspension, ...]

    @property
    def mark(self) -> str:
        return f"QG{self.n:04}Z"


@dataclass(frozen=True)
class Drawn:
    schools: tuple[DrawnSchool, ...]
    classes: tuple[DrawnClass, ...]
    pupils: tuple[DrawnPupil, ...]
    guardians: tuple[DrawnGuardian, ...]
    staff: tuple[DrawnStaff, ...]


def drawn(seed: int, schools: int, pupils: int, guardians: int, staff: int) -> Drawn:
    """Each thing is drawn from the seed and its own number: a smaller world is a part of the larger one."""

    def chance(*what: object) -> Random:
        return Random(f"{seed}:{what}")

    places = tuple(_school(n, chance("school", n)) for n in range(schools))
    classes = tuple(
        DrawnClass(n * 6 + at, n, year)
        for n in range(schools)
        for at, year in enumerate((2026, 2026, 2026, 2025, 2025, 2027))
    )
    children = tuple(_pupil(n, classes, schools, chance("pupil", n)) for n in range(pupils))
    adults = tuple(_guardian(n, children, chance("guardian", n)) for n in range(guardians))
    people = tuple(_staff(n, places, classes, chance("staff", n)) for n in range(staff))
    return Drawn(places, classes, children, adults, people)


def worlds(schools: int = 6, pupils: int = 60, guardians: int = 40, staff: int = 14) -> st.SearchStrategy[Drawn]:
    """Worlds of at most so many; a failing one is made smaller."""
    return st.builds(
        drawn,
        st.integers(0, 2**32),
        st.just(schools),
        *(st.sampled_from((2, most // 4, *([most] * 6))) for most in (pupils, guardians, staff)),
    )


def _school(n: int, chance: Random) -> DrawnSchool:
    degree = chance.choice((2, 2, 2, 1))
    return DrawnSchool(
        n, chance.choice(ACADEMIES[:2]), chance.choice(("PU", "PU", "PU", "PR", "")), degree, chance.random() < 0.4
    )


def _pupil(n: int, classes: tuple[DrawnClass, ...], schools: int, chance: Random) -> DrawnPupil:
    found: dict[tuple[int, int], DrawnEnrolment] = {}
    for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3))):
        school, year = chance.randrange(schools), chance.choice((2025, 2026, 2026, 2026, 2027))
        rooms = [one.n for one in classes if (one.school, one.year) == (school, year)]
        division = chance.choice([*rooms, None])
        found[school, year] = DrawnEnrolment(school, year, division, chance.random() < 0.3)
    activated = chance.random() < 0.5
    return DrawnPupil(n, tuple(found.values()), chance.random() < 0.05, activated, chance.random() < 0.05)


def _guardian(n: int, children: tuple[DrawnPupil, ...], chance: Random) -> DrawnGuardian:
    found: dict[tuple[int, int], DrawnLink] = {}
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        child = children[chance.randrange(len(children))]
        if child.enrolments:
            school = chance.choice(child.enrolments).school
            found[child.n, school] = DrawnLink(
                child.n, school, chance.choice((1, 1, 1, 1, 2, 3)), chance.random() < 0.25
            )
    return DrawnGuardian(n, tuple(found.values()), chance.random() < 0.5, chance.random() < 0.05)


def _span(chance: Random) -> Span:
    return chance.choice(
        (Span(-30, None), Span(-30, 30), Span(0, 0), Span(-9, 0), Span(-30, 60), Span(1, 30), Span(-30, -1))
    )


def _staff(n: int, schools: tuple[DrawnSchool, ...], classes: tuple[DrawnClass, ...], chance: Random) -> DrawnStaff:
    posts: dict[tuple[str, int | None, str], DrawnPost] = {}
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        function = chance.choice(("head", "head", "deputy", "primary-head", "other", "academie", "academie", "nation"))
        school = None if function in ("academie", "nation") else chance.randrange(len(schools))
        academie = chance.choice(ACADEMIES) if function == "academie" else ""
        posts[function, school, academie] = DrawnPost(function, school, academie, _span(chance), chance.random() < 0.15)
    given = []
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        school = chance.randrange(len(schools))
        as_head = chance.random() < 0.25
        span = _span(chance)
        some = None
        if not as_head and chance.random() < 0.6:
            own = [one.n for one in classes if one.school == school]
            some = tuple(chance.sample(own, chance.randrange(4)))
            if chance.random() < 0.2:  # a class of another school, which a form or a file may have named
                some = (*some, chance.randrange(len(classes)))
        given.append(
            DrawnDelegation(
                chance.choice(("administration", "depannage")),
                school,
                some,
                as_head,
                Span(span.starts, 30 if span.ends is None else span.ends),
                chance.random() < 0.15,
            )
        )
    stopped = []
    for _ in range(chance.choice((0, 0, 0, 0, 1, 2))):
        where = chance.random()
        stopped.append(
            DrawnSuspension(
                chance.randrange(len(schools)) if where < 0.5 else None,
                chance.choice(ACADEMIES[:2]) if 0.5 <= where < 0.8 else "",
                chance.random() < 0.3,
            )
        )
    return DrawnStaff(n, chance.random() < 0.05, tuple(posts.values()), tuple(given), tuple(stopped))


# --- the rows ---------------------------------------------------------------------------------------------------------


@dataclass
class World:
    """The rows of a drawn world: its numbers to theirs, and back."""

    drawn: Drawn
    uais: list[str]
    divisions: list[int]
    pupils: list[int]
    guardians: list[int]
    pupil_accounts: list[int]
    guardian_accounts: list[int]
    staff: list[int]
    reports: dict[int, tuple[int, int, int]]
    delegations: dict[int, tuple[int, DrawnDelegation]] = field(default_factory=dict)
    suspensions: dict[int, tuple[int, DrawnSuspension]] = field(default_factory=dict)
    alerts: dict[int, tuple[int, int | None, str]] = field(default_factory=dict)
    lines: dict[int, tuple[str, int | None, str]] = field(default_factory=dict)


def build(drawn: Drawn) -> World:
    """Write the rows, many at a time."""
    for one in drawn.schools:
        School.objects.create(
            uai=one.uai,
            name=f"Lycée {one.mark}",
            kind="LYC" if one.degree == 2 else "ECOLE",
            sector=one.sector,
            degree=one.degree,
            departement="972",
            academie=one.academie,
            si_instance=one.academie,
            opens_first_degree_pupils=one.opens,
        )
    uais = [one.uai for one in drawn.schools]
    divisions = _written(
        Division(school_id=uais[one.school], year=one.year, code=one.mark, label=f"Classe {one.mark}")
        for one in drawn.classes
    )
    pupils = _written(
        Pupil(
            ine=ine(210000000 + one.n),
            first_ine=ine(210000000 + one.n),
            family_name=one.mark,
            first_name="Camille",
            folded=f"{one.mark.lower()} camille",
            birthdate=dt.date(2010, 5, 14),
            deceased=one.deceased,
        )
        for one in drawn.pupils
    )
    Enrolment.objects.bulk_create(
        Enrolment(
            pupil_id=pupils[one.n],
            school_id=uais[there.school],
            year=there.year,
            division_id=None if there.division is None else divisions[there.division],
            level="2211",
            source_id=one.n,
            ended_at=NOW if there.ended else None,
        )
        for one in drawn.pupils
        for there in one.enrolments
    )
    guardians = _written(
        Guardian(
            family_name=one.mark,
            first_name="Maryse",
            folded=f"{one.mark.lower()} maryse",
            identity=f"{one.mark.lower()}|maryse",
        )
        for one in drawn.guardians
    )
    Guardianship.objects.bulk_create(
        Guardianship(
            guardian_id=guardians[one.n],
            pupil_id=pupils[link.pupil],
            school_id=uais[link.school],
            level=link.level,
            ended_at=NOW if link.ended else None,
        )
        for one in drawn.guardians
        for link in one.links
    )
    told = [(one.n, link.pupil, link.school) for one in drawn.guardians for link in one.links if link.ended]
    reports = _written(
        GuardianshipReport(
            guardian_id=guardians[guardian], pupil_id=pupils[pupil], school_id=uais[school], reported_at=NOW
        )
        for guardian, pupil, school in told
    )
    world = World(
        drawn=drawn,
        uais=uais,
        divisions=divisions,
        pupils=pupils,
        guardians=guardians,
        pupil_accounts=_written(_account(one, pupil_id=pupils[one.n]) for one in drawn.pupils),
        guardian_accounts=_written(_account(one, guardian_id=guardians[one.n]) for one in drawn.guardians),
        staff=_staff_rows(drawn),
        reports=dict(zip(reports, told, strict=True)),
    )
    _held(world)
    world.alerts = _alerts(world)
    world.lines = _journal(world)
    return world


def _written(rows) -> list[int]:
    rows = list(rows)
    return [row.pk for row in (type(rows[0]).objects.bulk_create(rows) if rows else [])]


def _account(one: DrawnPupil | DrawnGuardian, **holder: int) -> Account:
    return Account(
        kind=Kind.PUPIL if "pupil_id" in holder else Kind.GUARDIAN,
        username=one.username,
        educonnect_id=secrets.token_hex(48),
        opened_at=NOW,
        notified_at=NOW if one.activated else None,
        activated_at=NOW if one.activated else None,
        password="x" if one.activated else "",
        closed_at=NOW if one.closed else None,
        **holder,
    )


def _staff_rows(drawn: Drawn) -> list[int]:
    return _written(
        Staff(
            first_name="Maude",
            name=one.mark,
            email=f"{one.mark.lower()}@ac.invalid",
            created_at=NOW,
            closed_at=NOW if one.closed else None,
        )
        for one in drawn.staff
    )


def _held(world: World) -> None:
    """Posts, delegations and suspensions."""
    people, uais, divisions = world.staff, world.uais, world.divisions
    for one in world.drawn.staff:
        for post in one.posts:
            Post.objects.create(
                staff_id=people[one.n],
                function=post.function,
                school_id=None if post.school is None else uais[post.school],
                academie=post.academie,
                source=Source.OPERATOR,
                starts_on=post.span.first,
                ends_on=post.span.last,
                ended_at=NOW if post.ended else None,
            )
        for given in one.delegations:
            row = Delegation.objects.create(
                staff_id=people[one.n],
                right=given.right,
                school_id=uais[given.school],
                whole_school=given.classes is None,
                as_head=given.as_head,
                starts_on=given.span.first,
                ends_on=given.span.last,
                given_as=GivenAs.ACADEMIE if given.as_head else GivenAs.HEAD,
                given_at=NOW,
                withdrawn_at=NOW if given.withdrawn else None,
            )
            row.divisions.set([divisions[n] for n in given.classes or ()])
            world.delegations[row.pk] = (one.n, given)
        for stopped in one.suspensions:
            row = Suspension.objects.create(
                staff_id=people[one.n],
                school_id=None if stopped.school is None else uais[stopped.school],
                academie=stopped.academie,
                by="operator:command-line",
                at=NOW,
                lifted_at=NOW if stopped.lifted else None,
            )
            world.suspensions[row.pk] = (one.n, stopped)


def _alerts(world: World) -> dict[int, tuple[int, int | None, str]]:
    """An alert of each school, of each académie and of the nation, about one person after the other."""
    places: list[tuple[int | None, str]] = [(one.n, one.academie) for one in world.drawn.schools]
    places += [(None, academie) for academie in ("", *ACADEMIES)]
    told = [(n % len(world.staff), school, academie) for n, (school, academie) in enumerate(places)]
    written = _written(
        Alert(
            cause="files",
            staff_id=world.staff[person],
            school_id=None if school is None else world.uais[school],
            academie=academie,
            count=9,
            raised_at=NOW,
            last_at=NOW,
        )
        for person, school, academie in told
    )
    return dict(zip(written, told, strict=True))


def _journal(world: World) -> dict[int, tuple[str, int | None, str]]:
    """A line of each school, of each account in it, of each person of the staff; and lines of no school."""
    lines = [(uai, None, "operator:command-line") for uai in ("", *world.uais)]
    for one, account in zip(world.drawn.pupils, world.pupil_accounts, strict=True):
        lines.append((world.uais[one.enrolments[0].school] if one.enrolments else "", account, "system"))
    lines += [("", account, f"account:{account}") for account in world.guardian_accounts]
    lines += [(world.uais[n % len(world.uais)], None, f"staff:{pk}") for n, pk in enumerate(world.staff)]
    written = _written(
        Entry(at=NOW, event=Event.ACCOUNT_RESET, uai=uai, account_id=account, actor=actor)
        for uai, account, actor in lines
    )
    return dict(zip(written, lines, strict=True))
