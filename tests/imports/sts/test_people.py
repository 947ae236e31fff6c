"""The people of STS: names to choose from, found again at each import, who hold no right by it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from educonnect.delegation.mandate import held, operator_mandate
from educonnect.delegation.models import Function, Post, Source
from educonnect.delegation.rules import Right
from educonnect.imports.models import Run
from educonnect.imports.run import ImportReport, Outcome, run_import
from educonnect.journal.models import Entry
from educonnect.population.models import Pupil
from educonnect.schools.directory import open_school
from educonnect.schools.models import School
from educonnect.staff.models import Staff
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.imports.builders import NOW, OTHER_UAI, UAI, eleves, individual, pupil, rules, sts, write

pytestmark = pytest.mark.django_db

LATER = "21/11/2026 08:00:00"


def load(folder: Path, *contents: bytes, **options: object) -> ImportReport:
    paths = write(folder, **{str(at): content for at, content in enumerate(contents)})
    return run_import(paths, mandate=operator_mandate(), now=NOW, **options)  # type: ignore[arg-type]


def people() -> list[tuple[str, str, str]]:
    """Name, first name and function of whoever is in the school."""
    posts = Post.objects.filter(school=UAI, ended_at=None).select_related("staff").order_by("staff__name")
    return [(post.staff.name, post.staff.first_name, post.title) for post in posts]


def test_the_people_of_a_school_come_in_with_their_functions_in_words(tmp_path: Path) -> None:
    report = load(
        tmp_path,
        sts(
            individual(1),
            individual(2, NOM_USAGE="ARDENNOIS", PRENOM="éloïse", FONCTION="DIR"),
            individual(3, "local", NOM_USAGE="BŒUFVILLE", SEXE=None, NOM_PATRONYMIQUE=None, FONCTION="AED"),
        ),
    )

    assert [group.outcome for group in report.groups] == [Outcome.APPLIED]
    assert report.findings == ()
    assert people() == [
        ("ARDENNOIS", "Éloïse", "direction"),
        ("BŒUFVILLE", "Maude", "AED"),
        ("VALDAIRE", "Maude", "enseignement"),
    ]
    assert report.groups[0].counts["staff"] == 3


@pytest.mark.parametrize("function", ["DIR", "ADJ", "ADF", "head", "chef", "academie", "nation"])
def test_whatever_function_a_school_writes_gives_no_right(tmp_path: Path, function: str) -> None:
    open_school(UAI, sector="PU")

    load(tmp_path, sts(individual(FONCTION=function)))

    post = Post.objects.get()
    assert (post.function, post.source) == (Function.OTHER, Source.STS)
    assert held(post.staff_id, now=NOW) == []
    assert (post.staff.email, post.staff.issuer, post.staff.subject, post.staff.password) == ("", "", "", "")


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    load(tmp_path, sts(individual(1), individual(2, PRENOM="Octave")))
    before = [list(table.objects.order_by("pk").values()) for table in (Staff, Post, Entry)]

    report = load(tmp_path, sts(individual(1), individual(2, PRENOM="Octave")))

    assert report.groups[0].outcome is Outcome.UNCHANGED
    assert [list(table.objects.order_by("pk").values()) for table in (Staff, Post, Entry)] == before


def test_somebody_who_left_is_there_no_longer_and_who_comes_back_is_the_same_person(tmp_path: Path) -> None:
    load(tmp_path, sts(individual(1), individual(2, NOM_USAGE="ARDENNOIS")))
    load(tmp_path, sts(individual(1), at=LATER))
    assert people() == [("VALDAIRE", "Maude", "enseignement")]

    load(tmp_path, sts(individual(1), individual(2, NOM_USAGE="ARDENNOIS"), at="22/11/2026 08:00:00"))

    assert len(people()) == 2
    assert Staff.objects.count() == 2


def test_a_name_that_changes_is_the_same_person(tmp_path: Path) -> None:
    load(tmp_path, sts(individual(1)))

    load(tmp_path, sts(individual(1, NOM_USAGE="ARDENNOIS"), at=LATER))

    assert [(one.name, one.first_name) for one in Staff.objects.all()] == [("ARDENNOIS", "Maude")]


def test_a_number_given_to_somebody_else_is_somebody_else_without_what_the_first_holds(tmp_path: Path) -> None:
    load(tmp_path, sts(individual(1)))
    first = Staff.objects.get()
    a_delegation(Right.ADMINISTRATION, School.objects.get(), staff=first)

    report = load(tmp_path, sts(individual(1, NOM_USAGE="ARDENNOIS", PRENOM="Octave"), at=LATER))

    assert rules(report.findings) == ["PERSO-AUTRE"]
    other = Staff.objects.exclude(pk=first.pk).get()
    assert held(other.pk, now=NOW) == []
    assert people() == [("ARDENNOIS", "Octave", "enseignement")]


def test_somebody_invited_before_the_base_named_them_is_one_person(tmp_path: Path) -> None:
    school = open_school(UAI)
    invited = a_staff(name="Valdaire", first_name="MAUDE", email="maude@ac.invalid")
    a_delegation(Right.DEPANNAGE, school, staff=invited)

    load(tmp_path, sts(individual(1)))

    assert Staff.objects.get() == invited
    assert people() == [("Valdaire", "MAUDE", "enseignement")]


def test_somebody_who_came_by_the_hub_after_the_base_named_them_is_one_person(tmp_path: Path) -> None:
    load(tmp_path, sts(individual(1)))
    named = Staff.objects.get()
    came = a_staff(name="VALDAIRE", first_name="Maude", issuer="https://hub.invalid", subject="1")
    a_post(Function.HEAD, school=School.objects.get(), staff=came)

    load(tmp_path, sts(individual(1), at=LATER))

    assert list(Post.objects.filter(source=Source.STS, ended_at=None).values_list("staff", flat=True)) == [came.pk]
    named.refresh_from_db()
    came.refresh_from_db()
    assert (named.base_key, came.base_key) == (None, "sts:31:epp:1")
    assert load(tmp_path, sts(individual(1), at=LATER)).groups[0].outcome is Outcome.UNCHANGED


@pytest.mark.parametrize("holds", ["a right", "an address"])
def test_a_person_of_the_base_who_holds_something_never_becomes_a_namesake(tmp_path: Path, holds: str) -> None:
    load(tmp_path, sts(individual(1)))
    named, school = Staff.objects.get(), School.objects.get()
    if holds == "a right":
        a_delegation(Right.DEPANNAGE, school, staff=named)
    else:
        Staff.objects.update(email="maude@ac.invalid")
    a_post(Function.OTHER, school=school, staff=a_staff(name="VALDAIRE", first_name="Maude", password="argon2"))

    load(tmp_path, sts(individual(1), at=LATER))

    assert list(Post.objects.filter(source=Source.STS, ended_at=None).values_list("staff", flat=True)) == [named.pk]


def test_a_person_of_the_base_who_was_invited_since_keeps_the_name_that_the_head_chose(tmp_path: Path) -> None:
    load(tmp_path, sts(individual(1)))
    Staff.objects.update(email="maude@ac.invalid")

    load(tmp_path, sts(individual(1, NOM_USAGE="ARDENNOIS"), at=LATER))

    assert Staff.objects.get().name == "VALDAIRE"


def test_two_people_of_one_name_are_never_taken_for_one_another(tmp_path: Path) -> None:
    school = open_school(UAI)
    a_post(Function.OTHER, school=school, staff=a_staff(name="VALDAIRE"))

    load(tmp_path, sts(individual(1), individual(2)))

    assert Staff.objects.count() == 3


def test_a_namesake_of_another_school_is_somebody_else(tmp_path: Path) -> None:
    a_post(Function.OTHER, school=open_school(OTHER_UAI), staff=a_staff(name="VALDAIRE"))

    load(tmp_path, sts(individual(1)))

    assert Staff.objects.count() == 2


def test_somebody_in_two_schools_of_an_academie_is_one_person_a_local_number_is_of_its_school(tmp_path: Path) -> None:
    load(
        tmp_path,
        sts(individual(1), individual(7, "local", PRENOM="Octave")),
        sts(individual(1), individual(7, "local", PRENOM="Octave"), school=OTHER_UAI),
    )

    assert Staff.objects.count() == 3
    assert Post.objects.count() == 4


def test_pupils_and_staff_of_a_school_come_in_apart(tmp_path: Path) -> None:
    report = load(tmp_path, sts(individual(1)), eleves(pupil(1))[:-20])

    assert [(group.staff, group.outcome) for group in report.groups] == [
        (False, Outcome.REFUSED),
        (True, Outcome.APPLIED),
    ]
    assert not Pupil.objects.exists()
    assert len(people()) == 1


def test_a_dry_run_keeps_nothing(tmp_path: Path) -> None:
    report = load(tmp_path, sts(individual(1)), dry_run=True)

    assert report.groups[0].outcome is Outcome.REHEARSED
    assert report.groups[0].counts["posts_given"] == 1
    assert not any(table.objects.exists() for table in (Staff, Post, School, Run, Entry))


def test_an_older_export_is_refused(tmp_path: Path) -> None:
    load(tmp_path, sts(individual(1), at=LATER))

    report = load(tmp_path, sts(individual(2), at="19/11/2026 08:00:00"))

    assert rules(report.findings) == ["EXPORT-PERIME"]
    assert Staff.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (sts(), "PERSO-AUCUN"),
        (sts(individual(1), year=2027), "PERSO-ANNEE"),
        (sts(individual(1))[:-30], "FICHIER-XML"),
        (sts(individual(1)).replace(b"<STS_EDT>", b"<!DOCTYPE STS_EDT [<!ENTITY a 'b'>]><STS_EDT>"), "FICHIER-DTD"),
        (sts(individual(1), school="MON LYCEE"), "FICHIER-UAI"),
        (sts(individual(1), declared="EBCDIC-FR"), "FICHIER-ENCODAGE"),
    ],
)
def test_T71_what_cannot_be_applied_is_refused_whole_and_ends_nothing(
    tmp_path: Path, content: bytes, rule: str
) -> None:
    load(tmp_path, sts(individual(9)))

    report = load(tmp_path, content)

    assert rule in rules(report.findings)
    assert report.refused
    assert len(people()) == 1


@pytest.mark.parametrize(
    ("one", "rule"),
    [
        (individual("", "epp"), "PERSO-NUMERO"),
        (individual("9" * 21), "PERSO-NUMERO"),
        (individual("1 OR 1=1"), "PERSO-NUMERO"),
        (individual(2, "annuaire"), "PERSO-NUMERO"),
        (individual(1), "PERSO-DOUBLE"),
        (individual(2, NOM_USAGE=None, NOM_PATRONYMIQUE=None), "PERSO-NOM"),
        (individual(2, PRENOM=None), "PERSO-NOM"),
        (individual(2, PRENOM="'"), "PERSO-NOM"),
    ],
)
def test_a_record_that_cannot_be_taken_is_left_out_and_told(tmp_path: Path, one: str, rule: str) -> None:
    report = load(tmp_path, sts(individual(1), one))

    assert rules(report.findings) == [rule]
    assert len(people()) == 1


@pytest.mark.parametrize(
    ("name", "rule"), [("LEC?UR", "ELNOM-SIGNE"), ("LEFÃ©VRE", "ELNOM-ENCODAGE"), ("« VALDAIRE »", "ELNOM-GUILLEMET")]
)
def test_a_name_that_needs_a_look_is_taken_and_told(tmp_path: Path, name: str, rule: str) -> None:
    report = load(tmp_path, sts(individual(1, NOM_USAGE=name), declared="UTF-8", encoding="utf-8"))

    assert rules(report.findings) == [rule]
    assert len(people()) == 1


def test_names_without_end_are_cut(tmp_path: Path) -> None:
    load(tmp_path, sts(individual(1, NOM_USAGE="A" * 5000, PRENOM="B" * 5000, FONCTION="C" * 5000)))

    ((name, first_name, title),) = people()
    assert (len(name), len(first_name), len(title)) == (60, 60, 60)


SEED = sts(individual(1), individual(2, "local", PRENOM="Éloïse"))
PIECES = [
    b"<",
    b"</INDIVIDU>",
    b"<INDIVIDU>",
    b"\x00",
    b"]]>",
    b"<!DOCTYPE a>",
    b'ID="',
    b"\xff\xfe",
    b"&#0;",
    b"<UAJ>",
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SEED)), st.integers(0, 40), st.sampled_from(PIECES)), max_size=4))
def test_T71_a_damaged_file_gives_findings_or_people_never_a_crash(
    tmp_path: Path, wounds: list[tuple[int, int, bytes]]
) -> None:
    content = bytearray(SEED)
    for at, length, piece in wounds:
        content[at : at + length] = piece

    report = load(tmp_path, bytes(content), dry_run=True)

    assert report.refused or report.groups
