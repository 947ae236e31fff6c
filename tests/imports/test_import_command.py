import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from time_machine import travel

from educonnect.accounts.models import Account
from educonnect.population.models import Pupil
from tests.imports.builders import NOW, OTHER_UAI, UAI, eleves, link, person, pupil, responsables, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november() -> object:
    with travel(NOW, tick=False):
        yield


def said(*arguments: object) -> str:
    out = StringIO()
    call_command("import", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_a_table_sums_up_what_was_done(tmp_path: Path) -> None:
    paths = write(
        tmp_path,
        a=eleves(pupil(1), pupil(2)),
        b=responsables(person(1), link(1, 1)),
        c=eleves(pupil(3), school=OTHER_UAI),
    )

    text = said(*paths)

    assert f"{UAI} 2026-2027 : importé" in text
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line[:1] in "9e" and "  " in line}
    assert rows[UAI] == [UAI, "2026", "importé", "2", "1", "2", "0", "0", "0", "3"]
    assert rows["ensemble"][1:] == ["3", "1", "3", "0", "0", "0", "4"]


def test_the_same_again_says_that_nothing_changes(tmp_path: Path) -> None:
    paths = write(tmp_path, a=eleves(pupil(1)))
    said(*paths)

    assert f"{UAI} 2026-2027 : rien ne change" in said(*paths)


def test_a_rehearsal_says_so_and_changes_nothing(tmp_path: Path) -> None:
    text = said(*write(tmp_path, a=eleves(pupil(1))), "--dry-run")

    assert "serait importé" in text
    assert "Essai seulement : rien n’a été changé." in text
    assert not Pupil.objects.exists()


def test_a_refusal_makes_the_command_fail_and_shows_the_cure(tmp_path: Path) -> None:
    out = StringIO()
    paths = write(tmp_path, a=eleves(pupil(1))[:-20], b=eleves(pupil(2), school=OTHER_UAI))

    with pytest.raises(CommandError, match="refusé"):
        call_command("import", *map(str, paths), stdout=out)

    assert f"{UAI} 2026-2027 : REFUSÉ" in out.getvalue()
    assert "BLOQUANT FICHIER-XML" in out.getvalue()
    assert "→ Refaites l’export" in out.getvalue()
    assert Account.objects.count() == 1


def test_findings_are_counted_by_rule_and_detailed_in_the_report(tmp_path: Path) -> None:
    report = tmp_path / "constats.csv"
    paths = write(tmp_path, a=eleves(*(pupil(number, ID_NATIONAL=None) for number in range(3)), pupil(9)))

    text = said(*paths, "--report", report)

    assert "BLOQUANT IDNAT-ABSENT" in text
    assert "(et 2 autres)" in text
    rules = [row[0] for row in csv.reader(report.read_text(encoding="utf-8-sig").splitlines(), delimiter=";")]
    assert rules.count("IDNAT-ABSENT") == 3


def test_a_report_that_cannot_be_written_stops_before_anything(tmp_path: Path) -> None:
    paths = write(tmp_path, a=eleves(pupil(1)))

    with pytest.raises(CommandError, match="ne peut pas être écrit"):
        said(*paths, "--report", tmp_path / "absent" / "constats.csv")

    assert not Pupil.objects.exists()


def test_a_report_in_the_folder_that_is_imported_is_not_read_as_an_export(tmp_path: Path) -> None:
    write(tmp_path, a=eleves(pupil(1)))
    report = tmp_path / "constats.csv"

    first, again = (said(tmp_path, "--report", report) for _ in range(2))

    assert "importé" in first
    assert "rien ne change" in again
    assert "constats.csv" not in report.read_text(encoding="utf-8-sig")


def test_an_export_given_as_the_report_is_left_as_it_is(tmp_path: Path) -> None:
    (path,) = write(tmp_path, a=eleves(pupil(1)))
    export = path.read_bytes()

    with pytest.raises(CommandError, match="ne peut pas être écrit"):
        said(path, "--report", path)

    assert path.read_bytes() == export
    assert not Pupil.objects.exists()


def test_schools_are_rehearsed_apart_and_the_command_says_so(tmp_path: Path) -> None:
    paths = write(tmp_path, a=eleves(pupil(1)), b=eleves(pupil(1), school=OTHER_UAI))

    text = said(*paths, "--dry-run")

    assert "Chaque établissement est essayé seul" in text


def test_a_mass_departure_is_allowed_on_the_command_line(tmp_path: Path) -> None:
    everyone = [pupil(number, PRENOM=f"P{number}") for number in range(20)]
    said(*write(tmp_path, a=eleves(*everyone)))
    paths = write(tmp_path, a=eleves(*everyone[:2], at="21/11/2026 08:00:00"))

    with pytest.raises(CommandError):
        said(*paths)
    said(*paths, "--allow-mass-departure")

    assert Pupil.objects.filter(enrolments__ended_at__isnull=True).count() == 2


def test_another_year_is_asked_for_on_the_command_line(tmp_path: Path) -> None:
    paths = write(tmp_path, a=eleves(pupil(1), year=2024))

    with pytest.raises(CommandError):
        said(*paths)

    assert f"{UAI} 2024-2025 : importé" in said(*paths, "--year", "2024")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        said(tmp_path / "absent.xml")
