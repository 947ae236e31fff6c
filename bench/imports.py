"""What importing schools costs: read the files, apply the roll, open the accounts; once, again, ten times more."""

import argparse
import hashlib
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

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
    """A school's files, the same again, ten more schools on end; then a roll already read, and exported anew."""
    size, more = (200, 3) if quick else (2000, 10)
    with store.fresh("imports") as data_dir, tempfile.TemporaryDirectory() as written:
        store.educonnect("demo-files", "--schools", str(more + 1), "--pupils", str(size), "--seed", "1", written)
        database = measure.postmaster(data_dir)
        yield from from_files(Path(written), size, more, database)
        yield from from_rolls(size, database)


def from_files(written: Path, size: int, more: int, database: psutil.Process | None) -> Iterator[measure.Figure]:
    """The whole import of the fictive académie's files."""
    first, *others = sorted(folder for folder in written.iterdir() if folder.is_dir())
    yield imported(f"{size} pupils, files to accounts", [first], database)
    yield imported("the same files again", [first], database)
    yield imported(f"{more} times more pupils", others, database)


def nation(pupils: int, written: Path | None = None) -> Iterator[measure.Figure]:
    """So many pupils with their guardians, in schools of two thousand and by tenths, so that a cost that grows with
    what is there already shows; then all of them again.

    Args:
        written: where their files are already; otherwise they are written first, which is not counted.
    """
    schools = max(pupils // 2000, 10)
    with store.fresh("nation") as data_dir, tempfile.TemporaryDirectory() as folder:
        if written is None:
            written = Path(folder)
            store.educonnect("demo-files", "--schools", str(schools), "--pupils", "2000", "--seed", "1", folder)
        database = measure.postmaster(data_dir)
        folders = sorted(folder for folder in written.iterdir() if folder.is_dir())[:schools]
        for tenth in range(10):
            yield imported(f"{pupils} pupils, tenth {tenth + 1}", folders[tenth::10], database)
        yield imported("all of them again", folders, database)


def imported(operation: str, folders: list[Path], database: psutil.Process | None) -> measure.Figure:
    """The whole import of these folders, ZIP to accounts."""
    from django.utils import timezone

    from educonnect.delegation.mandate import operator_mandate
    from educonnect.imports.run import run_import

    with measure.measuring(operation, database=database) as measured:
        report = run_import(folders, mandate=operator_mandate(), now=timezone.now())
        accounts = sum(group.counts["accounts_opened"] for group in report.groups)
        measured.ops = sum(group.counts["pupils"] + group.counts["guardians"] for group in report.groups)
        measured.note = f"cost a person; {len(folders)} schools, {accounts} accounts opened"
    return measured.figure


def from_rolls(size: int, database: psutil.Process | None) -> Iterator[measure.Figure]:
    """What the database half costs: the same people, already read, new then exported anew."""
    from educonnect.schools.models import School

    uai = "9900001A"
    School.objects.create(uai=uai, departement="990", academie="99", si_instance="99", kind="LYC")
    people = size * 5 // 2
    note = f"cost a person; {size} pupils, {people - size} guardians, {2 * size} links; no file read"
    for operation, at in (
        ("a roll of newcomers", NOW),
        ("the same people exported anew", NOW + timedelta(hours=1)),
    ):
        roll = school_roll(uai, 0, size, at)
        with measure.measuring(operation, people, database=database, note=note) as measured:
            bring_in(roll)
        yield measured.figure


if __name__ == "__main__":
    many = argparse.ArgumentParser(add_help=False)
    many.add_argument("--pupils", type=int, help="instead: so many pupils with their guardians, then all of them again")
    many.add_argument("--written", type=Path, help="the folder of their files, written already")
    options, others = many.parse_known_args()
    measure.main(TITLE, (lambda quick: nation(options.pupils, options.written)) if options.pupils else run, others)
