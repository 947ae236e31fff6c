import random
from pathlib import Path

import pytest

from educonnect.imports import encoding
from educonnect.imports import rules as rules_of_imports
from educonnect.imports.container import Shelf
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Finding
from tests.imports.builders import rules


def as_read(folder: Path, content: bytes) -> tuple[str, list[Finding]]:
    path = folder / "a.xml"
    path.write_bytes(content)
    found: list[Finding] = []
    with Shelf() as shelf:
        [document] = shelf.documents([path], found.append)
        with shelf.open(document) as stream:
            text = encoding.survey(stream, document.label, found.append)
        with shelf.open(document) as stream:
            return b"".join(text.utf_8(stream)).decode("utf-8-sig"), found


def document(declared: str, text: str) -> str:
    prolog = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return f"{prolog}<a>{text}</a>"


@pytest.mark.parametrize(
    ("declared", "real"),
    [
        ("ISO-8859-15", "iso8859-15"),
        ("iso-8859-15", "iso8859-15"),
        ("latin9", "iso8859-15"),
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("", "utf-8"),
        ("", "utf-8-sig"),
        ("", "iso8859-15"),
        ("windows-1252", "cp1252"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("UTF-16", "utf-16-be"),
    ],
)
def test_names_come_out_right_in_each_encoding(tmp_path: Path, declared: str, real: str) -> None:
    written = document(declared, "Éloïse Œuvrard")

    read, found = as_read(tmp_path, written.encode(real))

    assert read == written
    assert found == []


def test_T71_utf_8_that_says_latin_is_read_as_utf_8_and_said(tmp_path: Path) -> None:
    written = document("ISO-8859-15", "Éloïse")

    read, found = as_read(tmp_path, written.encode())

    assert read == written
    assert rules(found) == ["FICHIER-UTF8"]


def test_T71_latin_that_says_utf_8_is_read_as_latin_and_said(tmp_path: Path) -> None:
    written = document("UTF-8", "Éloïse")

    read, found = as_read(tmp_path, written.encode("iso8859-15"))

    assert read == written
    assert rules(found) == ["FICHIER-LATIN"]


def test_T71_two_encodings_in_one_file_are_refused(tmp_path: Path) -> None:
    content = document("UTF-8", "Éloïse").encode() + "É".encode("iso8859-15")

    with pytest.raises(FileRefused) as refused:
        as_read(tmp_path, content)

    assert refused.value.finding.rule == "FICHIER-MELANGE"


def test_latin_1_with_letters_of_latin_9_is_latin_9(tmp_path: Path) -> None:
    written = document("ISO-8859-1", "Œuvrard")

    read, found = as_read(tmp_path, written.encode("iso8859-15"))

    assert read == written
    assert rules(found) == ["FICHIER-LATIN9"]


def test_signs_of_windows_under_a_latin_declaration_are_read_as_meant(tmp_path: Path) -> None:
    read, found = as_read(tmp_path, document("ISO-8859-15", "L’Œuvre").encode("cp1252"))

    assert read == document("ISO-8859-15", "L’Œuvre")
    assert rules(found) == ["FICHIER-WINDOWS"]


@pytest.mark.parametrize("declared", ["EBCDIC-CP-FR", "x-klingon", "utf-7", "rot13", "UTF-32", "a" * 60])
def test_T71_an_unknown_encoding_is_refused_by_name(tmp_path: Path, declared: str) -> None:
    with pytest.raises(FileRefused) as refused:
        as_read(tmp_path, document(declared, "a").encode())

    assert refused.value.finding.rule == "FICHIER-ENCODAGE"
    assert declared in refused.value.finding.problem


def test_utf_32_is_not_taken_for_utf_16(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        as_read(tmp_path, document("UTF-32", "a").encode("utf-32"))

    assert refused.value.finding.rule == "FICHIER-ENCODAGE"


@pytest.mark.parametrize("real", ["utf-8", "iso8859-15", "utf-16"])
def test_control_characters_are_taken_out_and_the_first_is_placed(tmp_path: Path, real: str) -> None:
    declared = {"utf-8": "UTF-8", "iso8859-15": "ISO-8859-15", "utf-16": "UTF-16"}[real]

    read, found = as_read(tmp_path, document(declared, "\n\né\x00\x0b\x1f\t").encode(real))

    assert read == document(declared, "\n\né\t")
    assert rules(found) == ["FICHIER-CONTROLE"]
    assert found[0].line == 3
    assert found[0].problem.startswith("3 caractère")


def test_a_letter_cut_by_the_end_of_a_chunk_is_whole(tmp_path: Path) -> None:
    text = "é" * (rules_of_imports.CHUNK + 1)
    written = document("UTF-8", "x" + text)

    read, found = as_read(tmp_path, written.encode())

    assert read == written
    assert found == []


def test_the_digest_is_that_of_the_bytes_as_they_are(tmp_path: Path) -> None:
    digests = set()
    for seed in (1, 1, 2):
        path = tmp_path / "a.xml"
        path.write_bytes(b"<a>" + random.Random(seed).randbytes(100).hex().encode() + b"</a>")
        with Shelf() as shelf:
            [one] = shelf.documents([path], [].append)
            with shelf.open(one) as stream:
                digests.add(encoding.survey(stream, "a", [].append).digest)

    assert len(digests) == 2
