from datetime import datetime, timedelta
from pathlib import Path

import pytest

from educonnect.accounts.models import Account
from educonnect.delegation.mandate import operator_mandate
from educonnect.imports.models import Run
from educonnect.imports.run import ImportReport, Outcome, run_import
from educonnect.journal.models import Entry
from educonnect.journal.rules import Event
from educonnect.population.models import Enrolment, Guardian, Guardianship, Pupil, Quarantine, Snapshot
from educonnect.schools.models import Division, Mef, School
from tests.imports.builders import (
    NOW,
    UAI,
    classes,
    communs,
    eleves,
    link,
    nomenclatures,
    person,
    pupil,
    responsables,
    rules,
    structures,
    write,
)

pytestmark = pytest.mark.django_db

LATER = "21/11/2026 08:00:00"


def load(folder: Path, *contents: bytes, now: datetime = NOW, **options: object) -> ImportReport:
    paths = write(folder, **{str(at): content for at, content in enumerate(contents)})
    return run_import(paths, mandate=operator_mandate(), now=now, **options)  # type: ignore[arg-type]


def everything() -> list[object]:
    """Every row that an import may write, as the database holds it."""
    tables = (School, Division, Mef, Pupil, Enrolment, Guardian, Guardianship, Quarantine, Snapshot, Account)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def an_ordinary_school() -> list[bytes]:
    return [
        responsables(person(1) + person(2, PRENOM="Octave"), link(1, 1) + link(1, 2, kinship="20") + link(2, 1)),
        eleves(
            pupil(1),
            pupil(2, PRENOM="Élodie"),
            structures=classes(1, "2DE1", groups=["ANG1"]) + classes(2, "2DE1"),
        ),
        structures({"2DE1": "Seconde 1", "2DE2": "Seconde 2"}),
        nomenclatures({"20010018110": ("2NDE GENERALE ET TECHNO", "22110010001")}),
        communs(LIBELLE_POSTAL="FORT DE FRANCE", QUAL_RESP="Proviseure"),
    ]


def test_a_school_comes_in_whole_in_any_order(tmp_path: Path) -> None:
    report = load(tmp_path, *an_ordinary_school())

    assert not report.refused
    assert [group.outcome for group in report.groups] == [Outcome.APPLIED]
    school = School.objects.get(pk=UAI)
    assert (school.name, school.kind, school.academie, school.head_title) == ("LYCEE FICTIF", "LYC", "31", "Proviseure")
    assert set(Division.objects.values_list("code", "label")) == {("2DE1", "Seconde 1"), ("2DE2", "Seconde 2")}
    enrolment = Enrolment.objects.select_related("pupil", "division").get(source_id=1002)
    assert enrolment.division is not None
    assert (enrolment.pupil.first_name, enrolment.division.code, enrolment.level) == ("Élodie", "2DE1", "2211")
    assert Guardianship.objects.count() == 3
    assert sorted(Account.objects.values_list("kind", flat=True)) == ["guardian", "guardian", "pupil", "pupil"]
    assert Entry.objects.filter(event=Event.SCHOOL_IMPORTED, uai=UAI).count() == 1


def test_the_same_files_again_change_nothing(tmp_path: Path) -> None:
    load(tmp_path, *an_ordinary_school())
    before = everything()

    report = load(tmp_path, *an_ordinary_school(), now=NOW + timedelta(days=1))

    assert [group.outcome for group in report.groups] == [Outcome.UNCHANGED]
    assert not report.refused
    assert everything() == before
    assert list(Run.objects.order_by("pk").values_list("outcome", flat=True)) == ["applied", "unchanged"]


def test_an_older_export_is_refused(tmp_path: Path) -> None:
    load(tmp_path, eleves(pupil(1)))
    before = everything()

    report = load(tmp_path, eleves(pupil(1), pupil(2), at="19/11/2026 08:00:00"))

    assert report.refused
    assert "EXPORT-PERIME" in rules(report.findings)
    assert everything() == before
    assert Run.objects.latest("pk").outcome == "refused"
    assert Entry.objects.filter(event=Event.IMPORT_REFUSED, uai=UAI).count() == 1


def test_a_rehearsal_counts_exactly_and_keeps_nothing(tmp_path: Path) -> None:
    rehearsed = load(tmp_path, *an_ordinary_school(), dry_run=True)

    kept = everything()
    assert not any(kept)
    assert not Run.objects.exists()
    assert not Entry.objects.exists()
    done = load(tmp_path, *an_ordinary_school())
    assert rehearsed.groups[0].outcome is Outcome.REHEARSED
    assert rehearsed.groups[0].counts == done.groups[0].counts
    assert done.groups[0].counts["accounts_opened"] == 4
