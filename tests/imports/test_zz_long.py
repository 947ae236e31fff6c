"""Whatever the bytes: findings, never a crash, never half a school."""

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from educonnect.delegation.mandate import operator_mandate
from educonnect.imports.container import Shelf
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Findings
from educonnect.imports.run import Outcome, run_import
from educonnect.imports.siecle.heads import read_head
from educonnect.imports.siecle.reading import read_school
from educonnect.population.models import Enrolment, Guardianship
from educonnect.schools.models import School
from tests.imports.builders import (
    NOW,
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
    structures,
)

SCHOOL = (
    eleves(
        pupil(1, PRENOM="Éloïse"),
        pupil(2, DATE_SORTIE="30/11/2026"),
        structures=classes(1, "2DE1", groups=["G1"]) + classes(2, "2DE2"),
    ),
    responsables(person(1, MEL="a@exemple.fr") + person(2), link(1, 1) + link(2, 2, level="2")),
    structures({"2DE1": "Seconde 1"}),
    nomenclatures({"20010018110": ("2NDE", "22110010001")}),
    communs(),
)
SEEDS = (
    *SCHOOL,
    SCHOOL[0].decode("iso8859-15").replace("ISO-8859-15", "UTF-16").encode("utf-16"),
    archive({"a.xml": SCHOOL[0], "b.xml": SCHOOL[1]}),
    archive({"a.xml": SCHOOL[0]}, zipfile.ZIP_STORED),
)
MARKS = "< > </ /> & &#0; <!DOCTYPE <![CDATA[ ]]> <!-- <?xml <ELEVE> 99999999999999999999 PK"
PIECES = [*MARKS.encode().split(), b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b'encoding="utf-7"']


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        match draw(st.sampled_from(["cut", "drop", "flip", "insert", "piece", "repeat"])):
            case "cut":
                del content[at:]
            case "drop":
                del content[at : at + draw(st.integers(1, 60))]
            case "flip" if at < len(content):
                content[at] = draw(st.integers(0, 255))
            case "insert":
                content[at:at] = draw(st.binary(min_size=1, max_size=8))
            case "piece":
                content[at:at] = draw(st.sampled_from(PIECES))
            case _:
                content[at:at] = content[at : at + 200] * draw(st.integers(1, 3))
    return bytes(content)


def with_file(content: bytes, action: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.bin"
        path.write_bytes(content)
        action(path)


def read_all(path: Path) -> None:
    found = Findings(UAI)
    with Shelf() as shelf:
        for document in shelf.documents([path], found.add):
            try:
                head = read_head(shelf, document, now=NOW, year=None, found=found.add)
                if head:
                    read_school(shelf, [head], now=NOW, found=found)
            except FileRefused as refused:
                found.add(refused.finding)
    assert all(finding.problem and finding.cure for finding in found.all())


@settings(max_examples=6000, deadline=None, derandomize=False)
@given(st.binary(max_size=2000))
@example(b"")
@example(b"PK\x03\x04")
@example(b"PK\x05\x06" + bytes(18))
def test_T71_any_bytes_are_read_or_refused(content: bytes) -> None:
    with_file(content, read_all)


@settings(max_examples=6000, deadline=None, derandomize=False)
@given(damaged())
def test_T71_any_damage_to_a_file_is_read_or_refused(content: bytes) -> None:
    with_file(content, read_all)


@settings(max_examples=6000, deadline=None, derandomize=False)
@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="<&\x00"), max_size=200),
    st.sampled_from(
        [
            "NOM_DE_FAMILLE",
            "PRENOM",
            "DATE_NAISS",
            "ID_NATIONAL",
            "CODE_MEF",
            "CODE_SEXE",
            "DATE_SORTIE",
            "CODE_COMMUNE_INSEE_NAISS",
        ]
    ),
)
def test_any_value_of_any_field_is_read_or_said(text: str, field: str) -> None:
    with_file(eleves(pupil(1, **{field: text}), declared="UTF-8", encoding="utf-8"), read_all)


@pytest.mark.django_db
@settings(
    max_examples=6000, deadline=None, derandomize=False, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(damaged())
def test_T71_a_damaged_school_is_wholly_there_or_not_at_all(content: bytes) -> None:
    def load(path: Path) -> None:
        with transaction.atomic():
            report = run_import([path], mandate=operator_mandate(), now=NOW)

            applied = [group for group in report.groups if group.outcome is Outcome.APPLIED]
            assert School.objects.count() == len({group.uai for group in applied})
            assert Enrolment.objects.count() == sum(group.counts["enrolments_created"] for group in applied)
            assert Guardianship.objects.count() == sum(group.counts["guardianships_created"] for group in applied)
            assert report.refused or applied
            transaction.set_rollback(True)

    with_file(content, load)
