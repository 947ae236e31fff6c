"""What importing a school costs: apply its roll, open its accounts; once, again unchanged, and ten schools on end."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from bench import measure, store

if TYPE_CHECKING:
    from educonnect.population.roll import Roll

TITLE = "Import"
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
RNIE = "ABCDEFGHJK"
SYLLABLES = ("ba", "de", "fi", "go", "lu", "ma", "né", "pi", "ro", "sa", "té", "vi", "wa", "zo", "cha", "bri", "mont")


def name(number: int, parts: int) -> str:
    """An invented name; small numbers come back often, so that there are homonyms."""
    drawn = int.from_bytes(hashlib.sha256(f"{parts}:{number}".encode()).digest()[:8], "big")
    said = []
    for _ in range(parts):
        drawn, syllable = divmod(drawn, len(SYLLABLES))
        said.append(SYLLABLES[syllable])
    return "".join(said).capitalize()


def ine(number: int) -> str:
    """An INE with its right key."""
    key = 97 - number % 97
    return f"{number:09d}{RNIE[key // 10]}{RNIE[key % 10]}"


def school_roll(uai: str, index: int, size: int, at: datetime) -> "Roll":
    """A school of `size` pupils, with one legal guardian and a half each and two links a pupil."""
    from educonnect.population.roll import Roll, RollGuardian, RollLink, RollPupil

    first = index * size
    pupils = tuple(
        RollPupil(
            source_id=first + number,
            ine=ine(200000000 + first + number),
            family_name=name((first + number) // 2, 3),
            first_name=name((first + number) % 400, 2),
            birthdate=date(2009, 1, 1) + timedelta(days=number % 700),
            division=f"2DE{number % 60:02d}",
            mef="20010018110",
            level="2211",
            started_on=date(2026, 9, 1),
        )
        for number in range(size)
    )
    guardians = tuple(
        RollGuardian(
            source_id=10_000_000 + first * 2 + number,
            civility="MME" if number % 2 else "M.",
            family_name=name((first * 2 + number) // 3, 3),
            first_name=name(1000 + (first + number) % 500, 2),
            mobile=f"+336{(first * 2 + number) * 7919 % 100_000_000:08d}",
            email=f"parent{first * 2 + number}@courriel.example",
        )
        for number in range(size * 3 // 2)
    )
    links = tuple(
        RollLink(
            pupil=pupils[number].source_id,
            guardian=guardians[(number * 3 // 2 + side) % len(guardians)].source_id,
            level=1,
        )
        for number in range(size)
        for side in (0, 1)
    )
    digest = hashlib.sha256(f"{uai}{at}".encode()).hexdigest()
    return Roll(
        uai=uai,
        year=2026,
        exported_at={"eleves": at, "responsables": at},
        digests={"eleves": digest, "responsables": digest},
        pupils=pupils,
        guardians=guardians,
        links=links,
        mefs={"20010018110": ("2NDE GENERALE ET TECHNOLOGIQUE", "2211")},
    )


def bring_in(roll: "Roll") -> None:
    """What an import does of a school once its files are read: one transaction."""
    from django.db import transaction

    from educonnect.accounts.opening import open_accounts
    from educonnect.population.synchronise import synchronise

    with transaction.atomic():
        changes = synchronise(roll, now=NOW)
        open_accounts(
            pupils=changes.pupils_enrolled,
            guardians=changes.guardians_legal,
            now=NOW,
            actor="operator:bench",
            uai=roll.uai,
        )


def run(quick: bool) -> Iterator[measure.Figure]:
    """A school, the same again (unchanged, then exported anew), then ten more on end."""
    size, more = (200, 3) if quick else (2000, 10)
    with store.fresh("imports") as data_dir:
        from educonnect.schools.models import School

        database = measure.postmaster(data_dir)
        uais = [f"{9900001 + number:07d}A" for number in range(more + 1)]
        School.objects.bulk_create(
            School(uai=uai, departement="990", academie="99", si_instance="99", kind="LYC") for uai in uais
        )
        people = size * 5 // 2
        note = f"{size} pupils, {people - size} guardians, {2 * size} links; cost a person"
        first = school_roll(uais[0], 0, size, NOW)
        for operation, roll in (
            ("a school, first import", first),
            ("the same files again", first),
            ("the same people exported anew", school_roll(uais[0], 0, size, NOW + timedelta(hours=1))),
        ):
            with measure.measuring(operation, people, database=database, note=note) as measured:
                bring_in(roll)
            yield measured.figure
        with measure.measuring(
            f"{more} more schools on end", people * more, database=database, note="cost a person"
        ) as measured:
            for number in range(1, more + 1):
                bring_in(school_roll(uais[number], number, size, NOW))
        yield measured.figure


if __name__ == "__main__":
    measure.main(TITLE, run)
