"""Two imports at once, and many schools in one: what is shared stays right, memory stays that of a school."""

import tracemalloc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection

from educonnect.accounts.models import Account
from educonnect.delegation.mandate import operator_mandate
from educonnect.imports.models import Run
from educonnect.imports.run import ImportReport, run_import
from educonnect.population.models import Enrolment, Pupil
from tests.imports.builders import NOW, OTHER_UAI, UAI, eleves, link, person, pupil, responsables, write
from tests.schools.factories import uai


def at_once(*deliveries: list[Path]) -> list[ImportReport]:
    together = Barrier(len(deliveries), timeout=30)

    def one(paths: list[Path]) -> ImportReport:
        try:
            together.wait()
            return run_import(paths, mandate=operator_mandate(), now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deliveries)) as pool:
        return list(pool.map(one, deliveries))


def a_school(school: str, number: int = 30) -> list[bytes]:
    everyone = range(1, number + 1)
    return [
        eleves(*(pupil(one, PRENOM=f"P{one}") for one in everyone), school=school),
        responsables(
            "".join(person(one, PRENOM=f"Q{one}") for one in everyone),
            "".join(link(one, one) for one in everyone),
            school=school,
        ),
    ]


def delivered(folder: Path, *contents: bytes) -> list[Path]:
    folder.mkdir()
    return write(folder, **{str(at): content for at, content in enumerate(contents)})


@pytest.mark.django_db(transaction=True)
def test_the_same_school_imported_twice_at_once_comes_in_once(tmp_path: Path) -> None:
    paths = delivered(tmp_path / "a", *a_school(UAI))

    reports = at_once(paths, paths)

    assert not any(report.refused for report in reports)
    assert Counter(group.outcome for report in reports for group in report.groups) == {"applied": 1, "unchanged": 1}
    assert (Pupil.objects.count(), Account.objects.count(), Run.objects.count()) == (30, 60, 2)


@pytest.mark.django_db(transaction=True)
def test_two_schools_that_share_pupils_and_parents_come_in_at_once(tmp_path: Path) -> None:
    reports = at_once(
        delivered(tmp_path / "a", *a_school(UAI)), delivered(tmp_path / "b", *reversed(a_school(OTHER_UAI)))
    )

    assert not any(report.refused for report in reports)
    assert (Pupil.objects.count(), Enrolment.objects.count()) == (30, 60)
    assert Account.objects.filter(kind="pupil").count() == 30


@pytest.mark.django_db
def test_memory_is_that_of_a_school_not_of_the_delivery(tmp_path: Path) -> None:
    def peak(paths: list[Path]) -> int:
        tracemalloc.start()
        try:
            run_import(paths, mandate=operator_mandate(), now=NOW, dry_run=True)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    schools = [a_school(uai(9720100 + number), 100) for number in range(6)]
    peak(delivered(tmp_path / "warm", *schools[0]))

    one = peak(delivered(tmp_path / "one", *schools[0]))
    six = peak(delivered(tmp_path / "six", *(content for school in schools for content in school)))

    assert six < 1.5 * one
