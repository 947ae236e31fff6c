"""Every awkward thing a school base has been seen to hold, each played by somebody of the fictive académie.

Source: exports of the school base (SIECLE) as its specification and the parsers of schools' software describe them.
"""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta

from educonnect.demo import numbers, words
from educonnect.demo.academie import (
    ASE,
    FATHER,
    FOSTER,
    GRANDPARENT,
    MOTHER,
    SELF,
    FictiveGuardian,
    FictivePupil,
    Inventing,
    Kind,
    Link,
)

Play = Callable[[Inventing], object]
CROSSING_GUARDIANS = 900_000_000
HUNDRED = ("VALALIZÉ-" * 12)[:99] + "E"


# --- in a lycée: the ages that matter to services -----------------------------------------------------------------
def ages(at: Inventing) -> None:
    """Pupils of 15, 16, 17 and 18; one whose birthday is today, one whose is tomorrow, one of 29 February."""
    for years, days, name in (
        (15, 40, "aged-15"),
        (16, 40, "aged-16"),
        (17, 40, "aged-17"),
        (18, 40, "aged-18"),
        (15, 0, "turns-15-today"),
        (18, 0, "turns-18-today"),
        (18, -1, "turns-18-tomorrow"),
    ):
        pupil = at.pupil(age=min(years, 17), case=name)
        pupil.birthdate = at.day_of_age(years, days)


def leap_day(at: Inventing) -> None:
    """Born on a 29 February."""
    leap = (at.academie.year - 15) // 4 * 4
    pupil = at.pupil(age=at.academie.year - leap, case="leap-day")
    pupil.birthdate = pupil.birthdate.replace(year=leap, month=2, day=29)


def adult_answering_for_oneself(at: Inventing) -> None:
    """CODE_PARENTE 70: an adult pupil is the responsible person."""
    pupil = at.pupil(age=17, case="own-responsible")
    pupil.birthdate = at.day_of_age(18, 200)
    alone = at.guardian(pupil.family_name, woman=pupil.sex == "2", address=pupil.address)
    alone.first_name = pupil.first_name
    pupil.links = [Link(alone, 1, SELF)]


# --- who is who ---------------------------------------------------------------------------------------------------
def twins(at: Inventing) -> None:
    """Same name, same day, same parents, two INE."""
    first, second = at.pupil(case="twin"), at.pupil(case="twin")
    first.first_name, second.first_name = "Élise", "Élie"
    second.family_name, second.birthdate, second.course = first.family_name, first.birthdate, first.course
    second.address, second.links = first.address, list(first.links)


def homonyms(at: Inventing) -> None:
    """Same names, other birth dates, other parents."""
    for years in (0, 1):
        pupil = at.pupil(case="homonym")
        pupil.family_name, pupil.first_name = "MIRARIVAGE", "Camille"
        pupil.birthdate = pupil.birthdate.replace(month=4 + years, day=11 + years)


def same_name_and_day(at: Inventing) -> None:
    """Two people with the same names and birth date, who are not one."""
    pupils = [at.pupil(case="same-name-and-day") for _ in range(2)]
    for pupil, commune in zip(pupils, ("97209", "75056"), strict=True):
        pupil.family_name, pupil.first_name, pupil.sex = "CLAIRVOILE", "Swann", "1"
        pupil.birthdate, pupil.birth_commune, pupil.course = pupils[0].birthdate, commune, pupils[0].course


def siblings(at: Inventing) -> None:
    """Two children, one PERSONNE_ID for each parent."""
    first, second = at.pupil(case="sibling"), at.pupil(case="sibling")
    second.family_name, second.first_name = first.family_name, "Fleur" if first.first_name != "Fleur" else "Jade"
    second.address, second.links = first.address, list(first.links)


def parent_twice_in_the_file(at: Inventing) -> None:
    """Two children, the same mother under two PERSONNE_ID of one file."""
    first, second = at.pupil(case="parent-twice"), at.pupil(case="parent-twice")
    mother = first.links[0].guardian
    mother.mobile = mother.mobile or numbers.mobile(mother.number)
    again = at.guardian(mother.family_name, woman=True, address=first.address, used_name=mother.used_name)
    again.first_name, again.mobile, again.email = mother.first_name, mother.mobile, mother.email
    second.family_name, second.links = first.family_name, [Link(again, 1, MOTHER)]


# --- INE ----------------------------------------------------------------------------------------------------------
def no_ine(at: Inventing) -> None:
    """A newcomer the national register does not know yet: no element at all, or an empty one."""
    at.pupil(case="no-ine").ine = None
    at.pupil(case="empty-ine").ine = ""


def former_ine(at: Inventing) -> None:
    """An INE of the national register that replaced an academic one; and a pupil who still has the academic one."""
    both, old = at.pupil(case="former-ine"), at.pupil(case="academic-ine")
    both.former_ine = numbers.bea(both.number)
    old.ine = old.former_ine = numbers.bea(old.number)


def apprentice(at: Inventing) -> None:
    """Apprentices: another status, sometimes another shape of INE."""
    at.pupil(case="apprentice").status = "AP"
    other = at.pupil(case="apprentice-ine")
    other.status, other.ine = "AP", numbers.apprentice(other.number)


# --- coming and going ---------------------------------------------------------------------------------------------
def leavers(at: Inventing) -> None:
    """One left, one will leave, one died."""
    today, start = at.academie.today, at.pupil(case="left")
    start.leaves, start.leaving_reason = today - timedelta(days=20), "10"
    future = at.pupil(case="will-leave")
    future.leaves, future.leaving_reason = today + timedelta(days=60), "10"
    dead = at.pupil(case="deceased")
    dead.leaves, dead.leaving_reason = today - timedelta(days=15), "43"


def classless(at: Inventing) -> None:
    """In no class, in the class of the inactive, in two classes at once."""
    at.pupil(case="no-division")
    at.pupil(case="inactive").divisions = ["Inactifs"]
    at.pupil(case="several-divisions")


# --- who answers for the pupil ------------------------------------------------------------------------------------
def two_parents(at: Inventing) -> None:
    """Both parents at level 1; parents with one phone and one e-mail between them."""
    pupil = at.pupil(case="two-parents")
    _parents(at, pupil)
    shared = at.pupil(case="shared-phone")
    mother, father = _parents(at, shared)
    mother.mobile = father.mobile = numbers.mobile(mother.number)
    mother.email = father.email = f"famille{mother.number}@famille.example"


def three_legal(at: Inventing) -> None:
    """Three persons at level 1: an anomaly to report, nobody to drop."""
    pupil = at.pupil(case="three-legal")
    _parents(at, pupil)
    pupil.links.append(Link(at.guardian(at.family_name(), woman=False, address=None), 1, FATHER))


def contact_only(at: Inventing) -> None:
    """A mother at level 1, a grandmother to call (level 3)."""
    pupil = at.pupil(case="contact")
    pupil.links = [
        pupil.links[0],
        Link(at.guardian(at.family_name(), woman=True, address=None), 3, GRANDPARENT),
    ]


def ase(at: Inventing) -> None:
    """Child welfare answers for the pupil: a service as a person, without civility; the foster mother has charge."""
    pupil = at.pupil(case="ase")
    service = at.guardian("AIDE SOCIALE A L'ENFANCE", woman=False, address=None)
    service.civility, service.first_name, service.mobile, service.email = "", "ASE", "", ""
    pupil.links = [
        Link(service, 1, ASE),
        Link(at.guardian(at.family_name(), woman=True, address=pupil.address), 2, FOSTER),
    ]


def unreachable(at: Inventing) -> None:
    """A guardian without phone, e-mail or address; one with a landline; one abroad; a pupil without anybody."""
    pupil = at.pupil(case="no-phone")
    mother = pupil.links[0].guardian
    mother.mobile = mother.landline = mother.email = ""
    mother.address = None
    landline = at.pupil(case="landline").links[0].guardian
    landline.mobile, landline.landline = "", numbers.landline(landline.number)
    abroad = at.pupil(case="foreign-phone").links[0].guardian
    abroad.mobile = f"+44 7700 900{abroad.number % 1000:03d}"  # kept for fiction by the British regulator
    alone = at.pupil(case="no-guardian")
    alone.links = []


def strangers(at: Inventing) -> None:
    """Adults of the file who answer for nobody."""
    for woman in (True, False):
        at.made.strangers.append(at.guardian(at.family_name(), woman=woman, address=None))


# --- names, places ------------------------------------------------------------------------------------------------
def names(at: Inventing) -> None:
    """Names that break programs: a lost letter, 100 characters, particles, apostrophes, spaces, ligatures, case."""
    for case, family_name, first_name, used_name in (
        ("question-mark", "KOVA?EVIRAN", "Ma?a", ""),
        ("hundred", HUNDRED, "Marie-Océane-Zéphirine-Alizée", ""),
        ("ligatures", "CŒURBŒUF", "Cœlia", "Œillarond"),
        ("apostrophe", "D'ORMELUNE-L'HIBISCADE", "N'Deye", ""),
        ("particle", "de La Roche-Alizé", "Jean Noël Marie", ""),
        ("double-hyphen", "BRISELUNE--MIRAMORNE", "Lou--Anne", ""),
        ("used-name", "FILAORIVAGE", "Noé", "GRANDSOURCE"),
        ("lower-case", "goyalune", "inès", ""),
        ("one-letter", "Ô", "Y", ""),
        ("ampersand", "VALON & FILS", "Rayan <Ray>", ""),
    ):
        pupil = at.pupil(case=case)
        pupil.family_name, pupil.first_name, pupil.used_name = family_name, first_name, used_name


def origins(at: Inventing) -> None:
    """Born abroad, in Corsica, in a commune that changed code, of unsaid sex; an address with a stray control byte."""
    abroad = at.pupil(case="born-abroad")
    abroad.birth_country, abroad.birth_commune, abroad.birth_town = "132", "", "BRIGHTELMSTON"
    at.pupil(case="born-in-corsica").birth_commune = "2A004"
    at.pupil(case="old-commune-code").birth_commune = "97127"
    at.pupil(case="no-sex").sex = ""
    odd = at.pupil(case="control-character")
    odd.address = at.new_address()
    at.made.addresses[odd.address] = ("12 rue de l\x92Œillet\x85", at.made.town)


# --- across two schools -------------------------------------------------------------------------------------------
def crossings(at: Inventing) -> Iterator[Play]:
    """Families and a pupil shared with the neighbour school: 0 with 1, 2 with 3…"""
    if (at.made.number ^ 1) < at.academie.schools:
        yield _siblings_across
        yield _pupil_in_two_schools


def _siblings_across(at: Inventing) -> None:
    """A child in each school: one mother has the same PERSONNE_ID in both, another mother a different one."""
    for rank, (case, moves) in enumerate((("sibling-across", False), ("sibling-across-other-id", True))):
        rng = random.Random(f"{at.academie.seed}/crossing/{at.pair}/{rank}")  # noqa: S311 - fiction
        family_name = (rng.choice(words.FIRST_HALVES) + rng.choice(words.SECOND_HALVES)).upper()
        number = CROSSING_GUARDIANS + at.pair * 10 + rank * 2 + (at.made.number % 2 if moves else 0)
        mother = FictiveGuardian(
            number=number,
            civility="MME",
            family_name=family_name,
            first_name=rng.choice(words.WOMEN),
            mobile=numbers.mobile(9_999 - at.pair * 2 - rank),
            email=f"famille{at.pair}.{rank}@famille.example",
        )
        pupil = at.pupil(case=case)
        pupil.family_name, pupil.links = family_name, [Link(mother, 1, MOTHER)]
        mother.address = pupil.address


def _pupil_in_two_schools(at: Inventing) -> None:
    """The same INE, names and day in both schools, under two ELEVE_ID; the second school took the pupil later."""
    rng = random.Random(f"{at.academie.seed}/crossing/{at.pair}/pupil")  # noqa: S311 - fiction
    pupil = at.pupil(age=15, case="two-schools")
    pupil.family_name = (rng.choice(words.FIRST_HALVES) + rng.choice(words.SECOND_HALVES)).upper()
    pupil.first_name, pupil.sex = rng.choice(words.GIRLS), "2"
    pupil.ine = numbers.rnie(at.academie.schools * at.academie.pupils + at.pair)
    pupil.birthdate = at.day_of_age(15, 120)
    pupil.birth_commune = "97222"
    if at.made.number % 2 and pupil.entered:
        pupil.entered += timedelta(days=34)


def _parents(at: Inventing, pupil: FictivePupil) -> tuple[FictiveGuardian, FictiveGuardian]:
    mother = at.guardian(at.family_name(), woman=True, address=pupil.address)
    father = at.guardian(pupil.family_name, woman=False, address=pupil.address)
    pupil.links = [Link(mother, 1, MOTHER), Link(father, 1, FATHER)]
    return mother, father


# --- who plays what -----------------------------------------------------------------------------------------------
CASES: dict[Kind, tuple[Play, ...]] = {
    Kind.LYCEE: (ages, homonyms, no_ine, two_parents, leap_day, adult_answering_for_oneself),
    Kind.COLLEGE: (twins, same_name_and_day, names, contact_only, unreachable),
    Kind.LYCEE_PRO: (
        apprentice, leavers, classless, former_ine, siblings, parent_twice_in_the_file, three_legal, ase, origins,
        strangers,
    ),
}  # fmt: skip


def cases_of(at: Inventing) -> tuple[Play, ...]:
    """The cases this school plays; a small académie has fewer schools to share them out among."""
    alone = at.academie.schools
    if alone == 1:
        return CASES[Kind.LYCEE] + CASES[Kind.COLLEGE] + CASES[Kind.LYCEE_PRO]
    if alone == 2 and at.made.kind is Kind.LYCEE:
        return CASES[Kind.LYCEE] + CASES[Kind.LYCEE_PRO]
    return CASES[at.made.kind]
