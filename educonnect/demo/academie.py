"""A fictive académie: its schools, pupils and guardians, invented from a seed, one school at a time.

The same seed, sizes and day always give the same people. The seed serves inventions alone: no secret comes from it.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from educonnect.demo import numbers, words


class Kind(StrEnum):
    """Type of school, as CODE_TYPE_ETAB says it."""

    LYCEE = "LYC"
    COLLEGE = "CLG"
    LYCEE_PRO = "LP"


class Schema(StrEnum):
    """Which export a school's information system still writes."""

    BEFORE_2016 = "2016"  # NOM instead of NOM_DE_FAMILLE and NOM_USAGE; RESP_LEGAL; no INE_RNIE
    BEFORE_2018 = "2018"  # NOM_DE_FAMILLE; RESP_LEGAL, CODE_PARENTE of two digits
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Course:
    """A MEF: its label, level (MEFSTAT4), the age in years its pupils reach in the year of the rentrée, class names."""

    mef: str
    label: str
    level: str
    age: int
    divisions: str


COURSES: dict[Kind, tuple[Course, ...]] = {
    Kind.LYCEE: (
        Course("20010018110", "2NDE GENERALE ET TECHNOLOGIQUE", "2211", 15, "2DE {}"),
        Course("20110019110", "1ERE GENERALE", "2212", 16, "1G{}"),
        Course("21133104110", "1ERE STMG", "2212", 16, "1STMG{}"),
        Course("20210019110", "TERMINALE GENERALE", "2213", 17, "TG{}"),
    ),
    Kind.COLLEGE: (
        Course("10010012110", "6EME", "2111", 11, "6{}"),
        Course("10110001110", "5EME", "2112", 12, "5{}"),
        Course("10210001110", "4EME", "2115", 13, "4{}"),
        Course("10310019110", "3EME", "2116", 14, "3{}"),
        Course("16710002110", "3EME SEGPA", "2434", 14, "3SEG {}"),
    ),
    Kind.LYCEE_PRO: (
        Course("24731211310", "2NDE PRO METIERS DE L'ACCUEIL", "2381", 15, "2MRC.{}"),
        Course("24731211320", "1ERE PRO METIERS DE L'ACCUEIL", "2382", 16, "1PRO_{}"),
        Course("24731211330", "TLE PRO METIERS DE L'ACCUEIL", "2383", 17, "TPRO_{}"),
        Course("24122111210", "CAP CUISINE 1ERE ANNEE", "2321", 15, "1CAP{}"),
        Course("24122111220", "CAP CUISINE 2EME ANNEE", "2322", 16, "2CAP{}"),
    ),
}
CLASS_SIZE = 30
#: Whose functions come before the teachers', the head's first.
FUNCTIONS = ("DIR", "ADJ", "EDU", "EDU", "DOC", "ADM")
# i-th school of the académie; the last two share a site: a cité scolaire with two UAIs
PATTERN = (
    (Kind.LYCEE, False),
    (Kind.COLLEGE, False),
    (Kind.LYCEE_PRO, False),
    (Kind.LYCEE, True),
    (Kind.COLLEGE, True),
)
MOTHER, FATHER, SIBLING, GRANDPARENT, SOCIAL_WORKER, FOSTER, TUTOR, ASE, SELF, OTHER = (
    "10", "20", "37", "38", "41", "42", "50", "51", "70", "90",
)  # fmt: skip


@dataclass(slots=True)
class FictiveGuardian:
    """An adult of the school base. PERSONNE_ID is `number`."""

    number: int
    civility: str
    family_name: str
    first_name: str
    used_name: str = ""
    mobile: str = ""
    landline: str = ""
    email: str = ""
    address: int | None = None


@dataclass(slots=True)
class Link:
    """Who answers for the pupil, at which level (1 legal, 2 in charge, 3 contact), as what (CODE_PARENTE)."""

    guardian: FictiveGuardian
    level: int
    kinship: str


@dataclass(slots=True)
class FictivePupil:
    """A pupil as a school base holds one. ELEVE_ID is `number`.

    Attributes:
        case: which awkward case this pupil plays, empty for an ordinary one.
        ine: in force; None when the element is absent, "" when it is there and empty.
        divisions: codes of the D structures; none, one or (an anomaly) several.
    """

    number: int
    ine: str | None
    family_name: str
    first_name: str
    birthdate: date
    sex: str
    course: Course
    former_ine: str = ""
    used_name: str = ""
    other_names: tuple[str, ...] = ()
    birth_commune: str = "97209"
    birth_country: str = "100"
    birth_town: str = ""
    status: str = "ST"
    email: str = ""
    divisions: list[str] = field(default_factory=list)
    entered: date | None = None
    leaves: date | None = None
    leaving_reason: str = ""
    address: int = 0
    links: list[Link] = field(default_factory=list)
    case: str = ""


@dataclass(frozen=True, slots=True)
class FictiveStaff:
    """Somebody who works in the school, as STS names them.

    Attributes:
        local: created by the school itself, which then writes less of them.
        function: FONCTION.
    """

    number: int
    local: bool
    woman: bool
    family_name: str
    first_name: str
    birthdate: date
    function: str
    division: str = ""


@dataclass(slots=True)
class FictiveSchool:
    """A school with everything its files say."""

    number: int
    uai: str
    kind: Kind
    cite: bool
    name: str
    head: str
    town: str
    year: int
    schema: Schema
    pupils: list[FictivePupil] = field(default_factory=list)
    strangers: list[FictiveGuardian] = field(default_factory=list)
    addresses: dict[int, tuple[str, str]] = field(default_factory=dict)
    divisions: dict[str, Course] = field(default_factory=dict)
    private: bool = False
    staff: list[FictiveStaff] = field(default_factory=list)

    @property
    def title(self) -> str:
        """DENOM_PRINC: what kind of school it calls itself."""
        kind = {Kind.LYCEE: "Lycée", Kind.COLLEGE: "Collège", Kind.LYCEE_PRO: "Lycée professionnel"}[self.kind]
        return f"Cité scolaire, {kind.lower()}" if self.cite else f"{kind} privé" if self.private else kind


@dataclass(frozen=True, slots=True)
class Academie:
    """How large the fictive académie is, from which seed, on which day.

    Attributes:
        pupils: in each school, crossings and awkward cases included.
        today: ages are right on that day, and the school year is the one it falls in.
        older_schemas: the last school writes its files as before summer 2016, the one before as before 2018.
    """

    schools: int
    pupils: int
    seed: int
    today: date
    older_schemas: bool = False

    def __post_init__(self) -> None:
        if self.schools < 1 or self.pupils < 1:
            raise ValueError("at least one school and one pupil")
        if self.schools > numbers.SERIALS * len(numbers.DEPARTEMENTS) or self.last_number > numbers.LAST_INE:
            raise ValueError("more schools or pupils than there are fictive identifiers")

    @property
    def year(self) -> int:
        """The school year: that of its September."""
        return self.today.year if self.today.month >= 9 else self.today.year - 1

    @property
    def last_number(self) -> int:
        """The highest number an INE is made of; those of pupils in two schools come after all schools'."""
        return self.schools * self.pupils + (self.schools + 1) // 2

    def kind(self, number: int) -> Kind:
        """What kind of school the number `number` is."""
        return PATTERN[number % len(PATTERN)][0]

    def every_school(self) -> Iterator[FictiveSchool]:
        """Each school with its people; only one is held at a time."""
        for number in range(self.schools):
            yield Inventing(self, number).school()


class Inventing:
    """Makes one school. Draws from its own seed, so that no school depends on another's having been made."""

    def __init__(self, academie: Academie, number: int) -> None:
        kind, cite = PATTERN[number % len(PATTERN)]
        self.academie = academie
        self.rng = random.Random(f"{academie.seed}/school/{number}")  # noqa: S311 - fiction, never a secret
        self.pair = number // 2
        site = number - 1 if cite and kind is Kind.COLLEGE else number  # both schools of a cité have one name
        schema = Schema.CURRENT
        if academie.older_schemas and academie.schools > 1 and number >= academie.schools - 2:
            schema = Schema.BEFORE_2016 if number == academie.schools - 1 else Schema.BEFORE_2018
        self.made = FictiveSchool(
            number=number,
            uai=numbers.uai(number),
            kind=kind,
            cite=cite,
            name=words.SCHOOL_NAMES[(site + academie.seed) % len(words.SCHOOL_NAMES)],
            head=f"{self.rng.choice(words.WOMEN + words.MEN)} {self.family_name().upper()}",
            town=words.TOWNS[(site + academie.seed) % len(words.TOWNS)],
            year=academie.year,
            schema=schema,
            private=kind is Kind.LYCEE_PRO,
        )
        self.first_pupil = number * academie.pupils
        self.next_pupil = 0
        self.next_guardian = 0
        self.next_address = 0
        self.families: list[FictivePupil] = []

    def school(self) -> FictiveSchool:
        """The whole school: crossings with its neighbour, awkward cases, then ordinary pupils, in classes."""
        from educonnect.demo import cases

        size = self.academie.pupils
        for play in (*cases.crossings(self), *cases.cases_of(self)):
            if len(self.made.pupils) >= size:
                break
            play(self)
        while len(self.made.pupils) < size:
            self.pupil(sibling=self.rng.random() < 0.12)
        del self.made.pupils[size:]
        self._put_in_classes()
        self._hire()
        return self.made

    def _hire(self) -> None:
        """Those who work there: drawn from a seed of their own, so that nobody else changes with them."""
        head_first_name, _, head_name = self.made.head.partition(" ")
        self.rng = random.Random(f"{self.academie.seed}/staff/{self.made.number}")  # noqa: S311 - fiction
        codes = list(self.made.divisions)
        functions = (*FUNCTIONS, *("ENS" for _ in range(max(len(codes), 4))))
        for rank, function in enumerate(functions):
            woman = self.rng.random() < 0.5
            first_name, name = self.rng.choice(words.WOMEN if woman else words.MEN), self.family_name().upper()
            if rank == 0:
                woman, first_name, name = head_first_name in words.WOMEN, head_first_name, head_name
            self.made.staff.append(
                FictiveStaff(
                    number=(self.made.number + 1) * 1000 + rank,
                    local=function == "ADM",
                    woman=woman,
                    family_name=name,
                    first_name=first_name,
                    birthdate=date(self.academie.year - self.rng.randrange(27, 62), 1, 1)
                    + timedelta(days=self.rng.randrange(365)),
                    function=function,
                    division=codes[rank - len(FUNCTIONS)] if 0 <= rank - len(FUNCTIONS) < len(codes) else "",
                )
            )

    # --- one person ---------------------------------------------------------------------------------------------
    def family_name(self) -> str:
        """A family name; one in thirty is of the difficult kind."""
        if self.rng.random() < 1 / 30:
            return self.rng.choice(words.RARE_FAMILY_NAMES)
        name = self.rng.choice(words.FIRST_HALVES) + self.rng.choice(words.SECOND_HALVES)
        if self.rng.random() < 0.06:
            name += "-" + self.rng.choice(words.FIRST_HALVES) + self.rng.choice(words.SECOND_HALVES)
        return name

    def birthdate(self, age: int) -> date:
        """A day of the year in which the pupil reaches that age in the year of the rentrée; some are late or early."""
        drawn = self.rng.random()
        year = self.academie.year - age - (1 if drawn < 0.12 else -1 if drawn > 0.97 else 0)
        return date(year, 1, 1) + timedelta(days=self.rng.randrange(365))

    def day_of_age(self, years: int, days: int = 0) -> date:
        """The birth date of somebody who turned `years` exactly `days` days before today."""
        day = self.academie.today - timedelta(days=days)
        try:
            return day.replace(year=day.year - years)
        except ValueError:  # 29 February
            return date(day.year - years, 3, 1)

    def course_for(self, age: int) -> Course:
        """The course of this school whose pupils are nearest to that age."""
        return min(COURSES[self.made.kind], key=lambda course: abs(course.age - age))

    def new_address(self) -> int:
        """A home of the town; its number is ADRESSE_ID."""
        self.next_address += 1
        number = 10_000_000 + self.first_pupil * 4 + self.next_address
        self.made.addresses[number] = (
            f"{self.rng.randrange(1, 99)} {self.rng.choice(words.STREETS)}",
            self.made.town,
        )
        return number

    def guardian(self, family_name: str, *, woman: bool, address: int | None, used_name: str = "") -> FictiveGuardian:
        """An adult with, mostly, a mobile number and an e-mail."""
        self.next_guardian += 1
        number = 50_000_000 + self.first_pupil * 8 + self.next_guardian
        first_name = self.rng.choice(words.WOMEN if woman else words.MEN)
        drawn = self.rng.random()
        return FictiveGuardian(
            number=number,
            civility="MME" if woman else "M.",
            family_name=family_name.upper(),
            first_name=first_name,
            used_name=used_name.upper(),
            mobile=numbers.mobile(self.first_pupil * 2 + self.next_guardian) if drawn < 0.9 else "",
            landline=numbers.landline(number) if drawn > 0.8 else "",
            email=f"responsable{number}@famille.example" if drawn < 0.7 else "",
            address=address,
        )

    def pupil(self, *, age: int | None = None, sibling: bool = False, case: str = "") -> FictivePupil:
        """One more pupil with guardians; `sibling` gives the guardians and home of an earlier ordinary one."""
        course = self.rng.choice(COURSES[self.made.kind]) if age is None else self.course_for(age)
        girl = self.rng.random() < 0.5
        relative = self.rng.choice(self.families[-40:]) if sibling and self.families else None
        family_name = relative.family_name if relative else self.family_name().upper()
        number = self.first_pupil + self.next_pupil
        self.next_pupil += 1
        made = FictivePupil(
            number=1_000_000 + number,
            ine=numbers.rnie(number),
            family_name=family_name,
            first_name=self.rng.choice(words.GIRLS if girl else words.BOYS),
            birthdate=self.birthdate(course.age),
            sex="2" if girl else "1",
            course=course,
            birth_commune=self.rng.choice(words.COMMUNES),
            entered=date(self.academie.year, 9, 1),
            address=relative.address if relative else self.new_address(),
            case=case,
        )
        if self.rng.random() < 0.4:
            made.other_names = (self.rng.choice(words.GIRLS if girl else words.BOYS),)
        if self.rng.random() < 0.25:
            made.email = f"eleve{made.number}@famille.example"
        if relative:
            while made.first_name == relative.first_name or made.birthdate == relative.birthdate:
                made.first_name = self.rng.choice(words.GIRLS if girl else words.BOYS)
                made.birthdate = self.birthdate(course.age)
            made.links = list(relative.links)
        else:
            self.give_parents(made)
            if not case:
                self.families.append(made)
                del self.families[:-40]
        self.made.pupils.append(made)
        return made

    def give_parents(self, pupil: FictivePupil) -> None:
        """Two legal parents for most, one for the others; sometimes a person in charge or a contact."""
        drawn = self.rng.random()
        mother = self.guardian(
            self.family_name(),
            woman=True,
            address=pupil.address,
            used_name=pupil.family_name if drawn < 0.4 else "",
        )
        pupil.links.append(Link(mother, 1, MOTHER))
        if drawn < 0.68:
            father = self.guardian(pupil.family_name, woman=False, address=pupil.address)
            pupil.links.append(Link(father, 1, FATHER))
        if 0.6 < drawn < 0.68:
            pupil.links.append(Link(self.guardian(self.family_name(), woman=True, address=None), 3, GRANDPARENT))
        elif drawn > 0.97:
            pupil.links.append(Link(self.guardian(self.family_name(), woman=False, address=None), 2, OTHER))

    # --- classes ------------------------------------------------------------------------------------------------
    def _put_in_classes(self) -> None:
        """Give each pupil a class of the course, thirty at most; a case that fixed its own keeps it."""
        for course in COURSES[self.made.kind]:
            waiting: Sequence[FictivePupil] = [pupil for pupil in self.made.pupils if pupil.course is course]
            for start in range(0, len(waiting), CLASS_SIZE):
                code = course.divisions.format(_label(start // CLASS_SIZE))
                self.made.divisions[code] = course
                for pupil in waiting[start : start + CLASS_SIZE]:
                    if pupil.case not in OWN_DIVISIONS:
                        pupil.divisions = [code]
        codes = list(self.made.divisions)
        for pupil in self.made.pupils:
            if pupil.case == "several-divisions":
                other = next((code for code in codes if self.made.divisions[code] is pupil.course), codes[0])
                pupil.divisions = [codes[-1], other] if codes[-1] != other else [other, codes[0]]


OWN_DIVISIONS = {"inactive", "no-division", "several-divisions"}


def _label(number: int) -> str:
    """A, B, … Z, then AA."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return letters[number] if number < 26 else letters[number // 26 - 1] + letters[number % 26]
