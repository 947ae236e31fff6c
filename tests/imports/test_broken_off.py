"""An import that is cut short: killed, out of room, without a report. No school is ever half there."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from educonnect.accounts.models import Account
from educonnect.delegation.mandate import operator_mandate
from educonnect.imports.models import Run
from educonnect.imports.run import Outcome, run_import
from educonnect.journal.models import Entry
from educonnect.population.models import Enrolment, Guardianship, Pupil
from educonnect.schools.models import School
from tests.imports.builders import NOW, eleves, link, person, pupil, responsables, write
from tests.schools.factories import uai

PUPILS = 60
IMPORT = (
    "import sys; sys.argv = ['educonnect', 'import', *sys.argv[1:]]; from educonnect.config.cli import main; main()"
)


@pytest.fixture
def delivery(tmp_path: Path) -> list[Path]:
    """Six schools that share nobody."""
    files = {}
    for number in range(6):
        code, first = uai(9720200 + number), 1000 * number
        everyone = range(first + 1, first + PUPILS + 1)
        files[f"eleves{number}"] = eleves(*(pupil(one, PRENOM=f"P{one}") for one in everyone), school=code)
        files[f"responsables{number}"] = responsables(
            "".join(person(one, PRENOM=f"Q{one}") for one in everyone),
            "".join(link(one, one) for one in everyone),
            school=code,
        )
    return write(tmp_path, **files)


def wholly_there_or_not_at_all() -> set[int]:
    """How many pupils each school has that is there, each of them with guardian, link and accounts."""
    schools = list(School.objects.all())
    for school in schools:
        assert Enrolment.objects.filter(school=school).count() == PUPILS
        assert Run.objects.filter(school=school, outcome="applied").count() == 1
        assert Entry.objects.filter(uai=school.uai, event="school.imported").count() == 1
    there = PUPILS * len(schools)
    assert (Pupil.objects.count(), Guardianship.objects.count()) == (there, there)
    assert Account.objects.count() == 2 * there
    return {school.pk for school in schools}


def start(paths: list[Path]) -> "subprocess.Popen[bytes]":
    parameters = connection.get_connection_params()
    address = f"postgresql://{parameters['user']}@/{parameters['dbname']}?host={parameters['host']}"
    return subprocess.Popen(
        [sys.executable, "-c", IMPORT, *map(str, paths)],
        env={**os.environ, "DATABASE_URL": address},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_T71_an_import_killed_at_any_moment_leaves_whole_schools_and_the_next_one_ends_it(delivery: list[Path]) -> None:
    dice = random.Random(7)

    for _ in range(4):
        program = start(delivery)
        assert program.stdout
        program.stdout.readline()  # a school is done, the next one is under way
        time.sleep(dice.random() / 10)
        program.send_signal(signal.SIGKILL)
        program.communicate()

        wholly_there_or_not_at_all()

    done = run_import(delivery, mandate=operator_mandate(), now=NOW)
    assert not done.refused
    assert len(wholly_there_or_not_at_all()) == 6


@pytest.fixture
def full_disk(transactional_db: None) -> Iterator[None]:
    """A database that says, in PostgreSQL's own words, that its disk is full: in the middle of the third school."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF (SELECT count(*) FROM population_enrolment) >= %s THEN "
            "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END IF; RETURN NULL; END $$",
            [2 * PUPILS],
        )
        cursor.execute(
            "CREATE TRIGGER disk_full AFTER INSERT ON population_guardianship FOR EACH STATEMENT "
            "EXECUTE FUNCTION disk_full()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS disk_full ON population_guardianship; DROP FUNCTION disk_full()")


def test_T71_a_disk_full_half_way_leaves_whole_schools_and_is_told(full_disk: None, delivery: list[Path]) -> None:
    done = run_import(delivery, mandate=operator_mandate(), now=NOW)

    outcomes = [group.outcome for group in done.groups]
    assert outcomes == [Outcome.APPLIED] + [Outcome.REFUSED] * 5
    assert {finding.rule for finding in done.findings if finding.severity.value == "bloquant"} == {"EXPORT-DISQUE"}
    assert len(wholly_there_or_not_at_all()) == 1
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER disk_full ON population_guardianship")
    assert not run_import(delivery, mandate=operator_mandate(), now=NOW).refused
    assert len(wholly_there_or_not_at_all()) == 6


def test_T71_a_disk_so_full_that_even_the_refusal_cannot_be_noted_is_told(
    transactional_db: None, delivery: list[Path]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute("CREATE TRIGGER no_room BEFORE INSERT ON imports_run FOR EACH ROW EXECUTE FUNCTION no_room()")
    try:
        done = run_import(delivery, mandate=operator_mandate(), now=NOW)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER no_room ON imports_run; DROP FUNCTION no_room()")

    assert [group.outcome for group in done.groups] == [Outcome.REFUSED] * 6
    assert not School.objects.exists()
    assert not Pupil.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_T71_a_report_on_a_full_disk_stops_no_import_and_is_told_at_the_end(delivery: list[Path]) -> None:
    said = StringIO()

    with pytest.raises(CommandError, match="n’a pas pu être écrit jusqu’au bout"):
        call_command("import", *map(str, delivery), report=Path("/dev/full"), stdout=said)

    assert said.getvalue().count(": importé") == 6
    assert len(wholly_there_or_not_at_all()) == 6
