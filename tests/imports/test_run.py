from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from educonnect.accounts.models import Account, Kind
from educonnect.delegation.mandate import Scope, operator_mandate
from educonnect.delegation.rules import Right
from educonnect.imports.findings import Finding, Severity
from educonnect.imports.models import Run
from educonnect.imports.run import ImportReport, Outcome, run_import
from educonnect.journal.models import Entry
from educonnect.journal.rules import Event
from educonnect.population.models import Enrolment, Guardian, Guardianship, Pupil, Quarantine, Snapshot
from educonnect.schools.models import Division, Mef, School
from tests.imports.builders import (
    NOW,
    OTHER_UAI,
    UAI,
    archive,
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
    zipped,
)
from tests.population.factories import ine
from tests.schools.factories import uai

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


def test_files_of_different_schools_and_years_are_groups_of_their_own(tmp_path: Path) -> None:
    report = load(
        tmp_path,
        zipped(a=eleves(pupil(1)), b=eleves(pupil(2), school=OTHER_UAI)),
        eleves(pupil(1), year=2027),
        responsables(person(1), link(1, 1)),
    )

    assert [(group.uai, group.year, group.outcome) for group in report.groups] == [
        (UAI, 2026, Outcome.APPLIED),
        (UAI, 2027, Outcome.APPLIED),
        (OTHER_UAI, 2026, Outcome.APPLIED),
    ]
    assert sorted(Enrolment.objects.values_list("school", "year", "pupil__ine")) == [
        (UAI, 2026, ine(110000001)),
        (UAI, 2027, ine(110000001)),
        (OTHER_UAI, 2026, ine(110000002)),
    ]
    assert Guardianship.objects.get().school_id == UAI


def test_a_bad_school_never_undoes_another(tmp_path: Path) -> None:
    broken = eleves(pupil(1), pupil(2), school=uai(9720000))[:-60]

    report = load(tmp_path, eleves(pupil(3)), broken, eleves(pupil(4), school=OTHER_UAI))

    assert report.refused
    assert [group.outcome for group in report.groups] == [Outcome.REFUSED, Outcome.APPLIED, Outcome.APPLIED]
    assert sorted(School.objects.values_list("pk", flat=True)) == [UAI, OTHER_UAI]
    assert Pupil.objects.count() == 2


def test_T71_what_was_found_before_a_break_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    truncated = eleves(pupil(1, ID_NATIONAL=None), pupil(2), pupil(3, DATE_NAISS="31/02/2010"), pupil(4))[:-120]

    report = load(tmp_path, truncated, responsables(person(1), link(2, 1)), communs())

    assert report.refused
    assert not any(everything())
    [broken] = [finding for finding in report.findings if finding.rule == "FICHIER-XML"]
    assert broken.line == 8
    assert "ligne 8, colonne" in broken.problem
    assert {"IDNAT-ABSENT", "DNAIS-FORME"} <= set(rules(report.findings))


def test_T71_a_file_refused_by_the_database_changes_nothing_and_the_next_school_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_accounts(*, uai: str, **_: object) -> int:
        if uai == UAI:
            raise DataError
        return 0

    monkeypatch.setattr("educonnect.imports.siecle.applying.open_accounts", open_accounts)

    report = load(tmp_path, eleves(pupil(1)), eleves(pupil(2), school=OTHER_UAI))

    assert [group.outcome for group in report.groups] == [Outcome.REFUSED, Outcome.APPLIED]
    assert "EXPORT-BASE" in rules(report.findings)
    assert list(School.objects.values_list("pk", flat=True)) == [OTHER_UAI]


def test_of_two_files_of_one_kind_the_newest_is_read(tmp_path: Path) -> None:
    report = load(tmp_path, eleves(pupil(1), pupil(2), at=LATER), eleves(pupil(1)))

    assert not report.refused
    assert [(one.rule, one.file) for one in report.findings if one.rule == "FICHIER-DOUBLE"] == [
        ("FICHIER-DOUBLE", "export-1.dat")
    ]
    assert Enrolment.objects.count() == 2


def test_absence_from_a_full_export_ends_the_enrolment_never_the_account(tmp_path: Path) -> None:
    load(tmp_path, eleves(*(pupil(number, PRENOM=f"P{number}") for number in range(1, 6))))

    report = load(tmp_path, eleves(*(pupil(number, PRENOM=f"P{number}") for number in range(1, 5)), at=LATER))

    assert report.groups[0].counts["enrolments_ended"] == 1
    assert Enrolment.objects.filter(ended_at__isnull=True).count() == 4
    assert Account.objects.filter(closed_at__isnull=True).count() == 5


def test_a_mass_departure_is_refused_unless_told(tmp_path: Path) -> None:
    everyone = [pupil(number, PRENOM=f"P{number}") for number in range(40)]
    load(tmp_path, eleves(*everyone))
    before = everything()

    refused = load(tmp_path, eleves(*everyone[:10], at=LATER))

    assert refused.refused
    assert everything() == before
    [finding] = [one for one in refused.findings if one.rule == "EXPORT-DEPARTS"]
    assert "30 élèves sur 40" in finding.problem
    assert "--allow-mass-departure" in finding.cure
    allowed = load(tmp_path, eleves(*everyone[:10], at=LATER), allow_mass_departure=True)
    assert not allowed.refused
    assert Enrolment.objects.filter(ended_at__isnull=True).count() == 10


def test_a_pupil_without_ine_waits_then_comes_in(tmp_path: Path) -> None:
    first = load(tmp_path, eleves(pupil(1, ID_NATIONAL=None), pupil(2)))

    assert not first.refused
    assert list(Quarantine.objects.values_list("source_id", "reason")) == [(1001, "INE_MISSING")]
    assert Account.objects.count() == 1
    load(tmp_path, eleves(pupil(1), pupil(2), at=LATER))
    assert not Quarantine.objects.exists()
    assert Account.objects.count() == 2


def test_a_pupil_who_loses_the_ine_in_the_base_keeps_enrolment_and_account(tmp_path: Path) -> None:
    load(tmp_path, eleves(pupil(1), pupil(2)))

    load(tmp_path, eleves(pupil(1, ID_NATIONAL=None), pupil(2), at=LATER))

    assert Enrolment.objects.filter(ended_at__isnull=True).count() == 2
    assert Account.objects.filter(closed_at__isnull=True).count() == 2


def test_a_pupil_in_two_schools_has_two_enrolments_and_one_account(tmp_path: Path) -> None:
    load(tmp_path, eleves(pupil(1), pupil(2)), eleves(pupil(1), pupil(3), school=OTHER_UAI))

    load(tmp_path, eleves(pupil(2), at=LATER))

    both = Enrolment.objects.filter(pupil__ine=ine(110000001))
    assert {one.school_id: one.ended_at is None for one in both} == {UAI: False, OTHER_UAI: True}
    assert Account.objects.filter(pupil__ine=ine(110000001), closed_at__isnull=True).count() == 1


def test_a_departure_past_ends_and_one_to_come_does_not(tmp_path: Path) -> None:
    load(tmp_path, eleves(pupil(1, DATE_SORTIE="20/11/2026"), pupil(2, DATE_SORTIE="30/11/2026"), pupil(3)))

    assert {one.source_id for one in Enrolment.objects.filter(ended_at__isnull=True)} == {1002, 1003}
    assert not Account.objects.filter(pupil__ine=ine(110000001)).exists()


def test_a_level_that_falls_from_1_to_3_takes_the_access_away(tmp_path: Path) -> None:
    load(tmp_path, eleves(pupil(1)), responsables(person(1) + person(2, PRENOM="Octave"), link(1, 1) + link(1, 2)))
    father = Account.objects.get(guardian__first_name="Octave")

    load(
        tmp_path,
        eleves(pupil(1), at=LATER),
        responsables(person(1) + person(2, PRENOM="Octave"), link(1, 1) + link(1, 2, level="3"), at=LATER),
    )

    assert dict(Guardianship.objects.values_list("guardian__first_name", "level")) == {"Maryse": 1, "Octave": 3}
    father.refresh_from_db()
    assert father.closed_at is not None
    assert Account.objects.get(guardian__first_name="Maryse").closed_at is None


def test_both_parents_at_level_1_have_accounts_and_a_contact_none(tmp_path: Path) -> None:
    load(
        tmp_path,
        eleves(pupil(1)),
        responsables(
            person(1) + person(2, PRENOM="Octave") + person(3, PRENOM="Aimée") + person(4, PRENOM="Luce"),
            link(1, 1) + link(1, 2) + link(1, 3, level="2") + link(1, 4, level="3"),
        ),
    )

    accounts = Account.objects.filter(kind=Kind.GUARDIAN)
    assert set(accounts.values_list("guardian__first_name", flat=True)) == {"Maryse", "Octave"}


def test_more_than_two_legal_guardians_are_all_kept_and_said(tmp_path: Path) -> None:
    persons = "".join(person(number, PRENOM=f"P{number}") for number in (1, 2, 3))

    report = load(tmp_path, eleves(pupil(1)), responsables(persons, link(1, 1) + link(1, 2) + link(1, 3)))

    assert Guardianship.objects.filter(level=1).count() == 3
    [finding] = [one for one in report.findings if one.rule == "PAREN-NOMBRE"]
    assert (finding.record, finding.severity) == ("ELEVE_ID 1001", "avertissement")


def test_an_adult_pupil_has_no_guardian_account(tmp_path: Path) -> None:
    load(tmp_path, eleves(pupil(1)), responsables(person(1, PRENOM="Camille"), link(1, 1, kinship="70")))

    assert not Guardian.objects.exists()
    assert Account.objects.get().kind == Kind.PUPIL


def test_a_deceased_pupil_is_never_given_an_account_and_loses_the_one_he_had(tmp_path: Path) -> None:
    load(tmp_path, eleves(pupil(1), pupil(2)), responsables(person(1), link(1, 1)))

    load(
        tmp_path,
        eleves(
            pupil(1, DATE_SORTIE="15/11/2026", CODE_MOTIF_SORTIE="43"),
            pupil(2),
            pupil(3, CODE_MOTIF_SORTIE="43"),
            at=LATER,
        ),
        responsables(person(1), link(1, 1), at=LATER),
    )

    assert Account.objects.get(pupil__ine=ine(110000001)).closed_at is not None
    assert not Account.objects.filter(pupil__ine=ine(110000003)).exists()
    assert Account.objects.get(pupil__ine=ine(110000002)).closed_at is None


def test_guardians_come_with_a_later_import(tmp_path: Path) -> None:
    load(tmp_path, eleves(pupil(1)))

    report = load(tmp_path, responsables(person(1), link(1, 1)))

    assert not report.refused
    assert Account.objects.filter(kind=Kind.GUARDIAN).count() == 1


def test_homonyms_and_twins_each_have_their_account(tmp_path: Path) -> None:
    load(tmp_path, eleves(pupil(1), pupil(2), pupil(3, PRENOM="Camélia")))

    assert Account.objects.count() == 3
    assert len(set(Account.objects.values_list("username", flat=True))) == 3


def test_a_record_left_out_is_no_refusal(tmp_path: Path) -> None:
    report = load(tmp_path, eleves(pupil(1), pupil(2).replace("1002", "x"), pupil(3, DATE_NAISS=None)))

    assert not report.refused
    assert report.groups[0].findings[Severity.BLOCKING] == 2


def test_a_year_out_of_season_is_refused_unless_asked(tmp_path: Path) -> None:
    refused = load(tmp_path, eleves(pupil(1), year=2024))

    assert refused.refused
    assert refused.groups == ()
    assert not load(tmp_path, eleves(pupil(1), year=2024), year=2024).refused


def test_schools_out_of_the_mandate_are_refused(tmp_path: Path) -> None:
    narrow = replace(operator_mandate(), scope=Scope(uai=UAI))
    paths = write(tmp_path, a=eleves(pupil(1)), b=eleves(pupil(2), school=OTHER_UAI))

    report = run_import(paths, mandate=narrow, now=NOW)

    assert [group.outcome for group in report.groups] == [Outcome.APPLIED, Outcome.REFUSED]
    assert "EXPORT-DROITS" in rules(report.findings)
    assert list(School.objects.values_list("pk", flat=True)) == [UAI]


def test_helping_pupils_is_no_right_to_import(tmp_path: Path) -> None:
    helper = replace(operator_mandate(), scope=Scope(uai=UAI), right=Right.DEPANNAGE)

    report = run_import(write(tmp_path, a=eleves(pupil(1))), mandate=helper, now=NOW)

    assert "EXPORT-DROITS" in rules(report.findings)
    assert not School.objects.exists()


def test_nothing_to_import_is_refused(tmp_path: Path) -> None:
    report = load(tmp_path, archive({"EDT.xml": b"<EDT_STS><PARAMETRES/></EDT_STS>"}))

    assert report.refused
    assert rules(report.findings) == ["FICHIER-INUTILE", "FICHIER-AUCUN"]


def test_the_journal_and_the_history_hold_numbers_only(tmp_path: Path) -> None:
    load(tmp_path, *an_ordinary_school())

    entry = Entry.objects.get(event=Event.SCHOOL_IMPORTED)
    assert entry.actor == "operator:command-line"
    assert set(map(type, entry.detail.values())) == {int}
    assert set(map(type, Run.objects.get().counts.values())) == {int}


def test_a_school_takes_the_same_number_of_statements_whatever_its_size(
    tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def school(number: int, first: int) -> list[bytes]:
        several = range(first, first + number)
        return [
            eleves(*(pupil(one, PRENOM=f"P{one}") for one in several)),
            responsables(
                "".join(person(one, PRENOM=f"Q{one}") for one in several), "".join(link(one, one) for one in several)
            ),
        ]

    with CaptureQueriesContext(connection) as few:
        load(tmp_path, *school(2, 1), dry_run=True)

    with django_assert_max_num_queries(len(few) + 2):
        load(tmp_path, *school(60, 1), dry_run=True)


def test_progress_and_findings_are_heard_as_they_come(tmp_path: Path) -> None:
    heard: list[Finding] = []
    seen: list[str] = []

    report = load(
        tmp_path,
        eleves(pupil(1, ID_NATIONAL=None)),
        eleves(pupil(2), school=OTHER_UAI),
        progress=lambda group: seen.append(group.uai),
        listener=heard.append,
    )

    assert seen == [UAI, OTHER_UAI]
    assert tuple(heard) == report.findings
