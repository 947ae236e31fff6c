from datetime import UTC, datetime
from pathlib import Path

import pytest

from educonnect.imports.container import Shelf
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Finding
from educonnect.imports.siecle.heads import Head, read_head
from educonnect.imports.siecle.kinds import Kind
from tests.imports.builders import NOW, OTHER_UAI, UAI, archive, eleves, envelope, individual, pupil, rules, sts


def head_of(folder: Path, content: bytes, year: int | None = None) -> tuple[Head | None, list[Finding]]:
    path = folder / "a.bin"
    path.write_bytes(content)
    found: list[Finding] = []
    with Shelf() as shelf:
        heads = []
        for document in shelf.documents([path], found.append):
            try:
                heads.append(read_head(shelf, document, now=NOW, year=year, found=found.append))
            except FileRefused as refused:
                found.append(refused.finding)
    return (heads[0] if heads else None), found


def test_a_head_tells_kind_school_year_and_date(tmp_path: Path) -> None:
    head, found = head_of(tmp_path, eleves(pupil(), at="20/11/2026 08:00:00"))

    assert head is not None
    assert (head.kind, head.uai.code, head.year) == (Kind.ELEVES, UAI, 2026)
    assert head.exported_at == datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    assert found == []


@pytest.mark.parametrize(
    ("root", "kind"),
    [
        ("BEE_ELEVES", Kind.ELEVES),
        ("BEE_RESPONSABLES", Kind.RESPONSABLES),
        ("BEE_STRUCTURES", Kind.STRUCTURES),
        ("BEE_NOMENCLATURES", Kind.NOMENCLATURES),
        ("BEE_COMMUN", Kind.COMMUNS),
        ("STS_EDT", Kind.STS),
    ],
)
def test_the_root_alone_tells_the_kind(tmp_path: Path, root: str, kind: Kind) -> None:
    head, _found = head_of(tmp_path, envelope(root, ""))

    assert head is not None
    assert head.kind is kind


@pytest.mark.parametrize(
    ("root", "said"),
    [
        ("EDT_STS", "emplois du temps"),
        ("BEE_ETABLISSEMENTS", "annuaire des établissements"),
        ("BEE_GEOGRAPHIQUE", "géographique"),
        ("BEE_EPHC_ELEVES", "années passées"),
    ],
)
def test_a_file_that_is_not_needed_is_named_and_passed_over(tmp_path: Path, root: str, said: str) -> None:
    head, found = head_of(tmp_path, envelope(root, "<X/>"))

    assert head is None
    assert rules(found) == ["FICHIER-INUTILE"]
    assert said in found[0].problem


def test_sts_names_its_school_and_year_in_attributes(tmp_path: Path) -> None:
    head, found = head_of(tmp_path, sts(individual(), school=OTHER_UAI, at="20/11/2026 08:00:00"))

    assert head is not None
    assert (head.kind, head.uai.code, head.year) == (Kind.STS, OTHER_UAI, 2026)
    assert head.exported_at == datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    assert found == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig", "iso8859-15"])
def test_a_head_is_read_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    declared = {"utf-16": "UTF-16", "iso8859-15": "ISO-8859-15"}.get(encoding, "UTF-8")

    head, found = head_of(tmp_path, eleves(pupil(PRENOM="Éloïse"), declared=declared, encoding=encoding))

    assert head is not None
    assert found == []


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "FICHIER-VIDE"),
        (b"\xef\xbb\xbf", "FICHIER-VIDE"),
        (b"Nom;Prenom\r\n", "FICHIER-NON-XML"),
        (b"%PDF-1.7", "FICHIER-NON-XML"),
        (b"\x1f\x8b\x08\x00", "FICHIER-NON-XML"),
        (b"<html></html>", "FICHIER-INCONNU"),
        (b"<BEE_ELEVES><PARAMETRES>", "FICHIER-XML"),
        (b'<!DOCTYPE ficAlimMENESR SYSTEM "ficAlimMENESR.dtd"><ficAlimMENESR/>', "FICHIER-DTD"),
        (b'<?xml version="1.0" encoding="EBCDIC"?><BEE_ELEVES/>', "FICHIER-ENCODAGE"),
        (envelope("eleves", "", school=""), "FICHIER-UAI"),
        (envelope("eleves", "", school="MON LYCEE"), "FICHIER-UAI"),
        (envelope("eleves", "", year=2024), "FICHIER-ANNEE"),
        (envelope("eleves", "", year=2028), "FICHIER-ANNEE"),
        (envelope("eleves", "", year="2026-2027"), "FICHIER-ANNEE"),
    ],
)
def test_T71_what_cannot_be_read_is_named(tmp_path: Path, content: bytes, rule: str) -> None:
    head, found = head_of(tmp_path, content)

    assert head is None
    assert rules(found) == [rule]
    assert found[0].severity == "bloquant"
    assert found[0].cure


@pytest.mark.parametrize("name", ["lisez-moi.txt", "b.csv"])
def test_in_an_archive_what_is_not_xml_is_passed_over(tmp_path: Path, name: str) -> None:
    head, found = head_of(tmp_path, archive({name: b"bonjour"}))

    assert head is None
    assert [(one.rule, one.severity) for one in found] == [("FICHIER-IGNORE", "information")]


def test_T71_an_archive_in_an_archive_is_refused(tmp_path: Path) -> None:
    head, found = head_of(tmp_path, archive({"b.zip": archive({"a.xml": eleves(pupil())})}))

    assert head is None
    assert rules(found) == ["FICHIER-IMBRIQUE"]


def test_a_wrong_key_of_the_school_warns_only(tmp_path: Path) -> None:
    head, found = head_of(tmp_path, envelope("eleves", "", school="9720001A"))

    assert head is not None
    assert rules(found) == ["FICHIER-CLE"]


def test_a_school_of_no_departement_warns_only(tmp_path: Path) -> None:
    head, found = head_of(tmp_path, envelope("eleves", "", school="5000001A"))

    assert head is not None
    assert "FICHIER-TERRITOIRE" in rules(found)


def test_the_base_being_prepared_is_accepted_and_said(tmp_path: Path) -> None:
    head, found = head_of(tmp_path, envelope("eleves", "", year=2027))

    assert head is not None
    assert rules(found) == ["FICHIER-PREPARATION"]


def test_a_year_asked_for_is_the_only_one(tmp_path: Path) -> None:
    asked, said = head_of(tmp_path, envelope("eleves", "", year=2021), year=2021)
    other, refused = head_of(tmp_path, envelope("eleves", "", year=2026), year=2021)

    assert asked is not None
    assert (asked.year, said) == (2021, [])
    assert other is None
    assert rules(refused) == ["FICHIER-ANNEE"]


def test_a_file_that_only_tells_its_school_is_of_this_year_and_of_now(tmp_path: Path) -> None:
    head, found = head_of(tmp_path, envelope("eleves", "", school=OTHER_UAI, year=None, at=""))

    assert head is not None
    assert (head.year, head.exported_at) == (2026, NOW)
    assert rules(found) == ["FICHIER-SANS-ANNEE", "FICHIER-SANS-DATE"]


def test_a_date_without_hour_is_enough(tmp_path: Path) -> None:
    content = envelope("eleves", "").replace(b"HORODATAGE>", b"DATE_EXPORT>").replace(b" 08:00:00", b"")

    head, found = head_of(tmp_path, content)

    assert head is not None
    assert head.exported_at == datetime(2026, 11, 19, 23, 0, tzinfo=UTC)
    assert found == []


def test_an_export_of_the_future_is_dated_of_now(tmp_path: Path) -> None:
    head, found = head_of(tmp_path, envelope("eleves", "", at="24/12/2026 08:00:00"))

    assert head is not None
    assert head.exported_at == NOW
    assert rules(found) == ["FICHIER-FUTUR"]
