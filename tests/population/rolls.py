"""Rolls for tests: short ways to write a school's export. Invented names only."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

from educonnect.population.roll import Roll, RollGuardian, RollLink, RollPupil
from tests.population.factories import ine

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
_serial = count(1)


def pupil(number: int, **known: object) -> RollPupil:
    """The pupil number `number` of the tests: ELEVE_ID, INE and name follow from it."""
    base = RollPupil(
        source_id=1000 + number,
        ine=ine(500000000 + number),
        family_name=f"Famille{letters(number)}",
        first_name=f"Prénom{letters(number)}",
        birthdate=date(2009, 1, 1) + timedelta(days=number % 300),
        division="2DE1",
        mef="20010018110",
        level="2211",
    )
    return replace(base, **known)


def guardian(number: int, **known: object) -> RollGuardian:
    base = RollGuardian(
        source_id=5000 + number,
        family_name=f"Famille{letters(number)}",
        first_name=f"Parent{letters(number)}",
        civility="MME",
        mobile=f"+3361{2345678 + number * 13:07d}",
        email=f"parent{number}@courriel.example",
    )
    return replace(base, **known)


def letters(number: int) -> str:
    """A number in letters, since names have no digits."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def link(pupil: RollPupil, guardian: RollGuardian, level: int = 1, kinship: str = "10") -> RollLink:
    return RollLink(pupil=pupil.source_id, guardian=guardian.source_id, level=level, kinship=kinship)


def roll(
    uai: str,
    pupils: Iterable[RollPupil] | None = None,
    guardians: Iterable[RollGuardian] | None = None,
    links: Iterable[RollLink] = (),
    *,
    year: int = 2026,
    exported_at: datetime | None = None,
    **more: object,
) -> Roll:
    """An export, each later than the former one unless told; a kind not given is absent from it."""
    serial = next(_serial)
    at = exported_at or NOW - timedelta(days=2) + timedelta(seconds=serial)
    kinds = [kind for kind, given in (("eleves", pupils), ("responsables", guardians)) if given is not None]
    return Roll(
        uai=uai,
        year=year,
        exported_at=dict.fromkeys(kinds, at),
        digests={kind: hashlib.sha256(f"{kind}{serial}".encode()).hexdigest() for kind in kinds},
        pupils=tuple(pupils or ()),
        guardians=tuple(guardians or ()),
        links=tuple(links),
        **more,
    )


def class_of(size: int, first: int = 1) -> list[RollPupil]:
    return [pupil(number) for number in range(first, first + size)]


def families_of(pupils: Iterable[RollPupil]) -> tuple[list[RollGuardian], list[RollLink]]:
    """A legal guardian for each pupil."""
    pupils = list(pupils)
    guardians = [guardian(one.source_id - 1000) for one in pupils]
    return guardians, [link(one, its) for one, its in zip(pupils, guardians, strict=True)]
