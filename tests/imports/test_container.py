import io
import os
import random
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from pytest_django import Settings

from educonnect.imports.container import Document, Shelf
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Finding
from tests.imports.builders import archive, eleves, pupil, rules

MIB = 1024 * 1024


def documents(*paths: Path) -> tuple[list[Document], list[Finding]]:
    found: list[Finding] = []
    with Shelf() as shelf:
        return list(shelf.documents(paths, found.append)), found


def contents(path: Path) -> list[bytes]:
    found: list[Finding] = []
    with Shelf() as shelf:
        read = []
        for document in shelf.documents([path], found.append):
            with shelf.open(document) as stream:
                read.append(b"".join(iter(stream.read, b"")))
        return read


def given(folder: Path, content: bytes, name: str = "envoi.bin") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def given_archive(folder: Path, members: Mapping[str, bytes]) -> Path:
    return given(folder, archive(members))


def test_a_file_is_one_document_whatever_its_extension(tmp_path: Path) -> None:
    assert contents(given(tmp_path, b"<a/>", "eleves.pdf")) == [b"<a/>"]


def test_an_archive_gives_each_of_its_members_whatever_its_extension(tmp_path: Path) -> None:
    path = given(tmp_path, archive({"a.xml": b"<a/>", "dossier/b.txt": b"<b/>"}), "export.xml")

    assert contents(path) == [b"<a/>", b"<b/>"]


def test_folders_hidden_files_and_leftovers_of_other_systems_are_passed_over(tmp_path: Path) -> None:
    path = given_archive(
        tmp_path,
        {
            "dossier/": b"",
            ".cache.xml": b"x",
            "__MACOSX/._a.xml": b"x",
            "dossier/.b/c.xml": b"x",
            "dossier/a.xml": b"<a/>",
        },
    )

    found, said = documents(path)

    assert [document.label for document in found] == ["envoi.bin/dossier/a.xml"]
    assert said == []


def test_a_folder_is_walked_in_the_order_of_names(tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    (folder / "2").mkdir(parents=True)
    (folder / ".git").mkdir()
    given(folder, b"<b/>", "b.xml")
    given(folder / "2", b"<a/>", "a.xml")
    given(folder / ".git", b"<c/>", "c.xml")

    found, _said = documents(folder)

    assert [document.label for document in found] == ["exports/2/a.xml", "exports/b.xml"]


@pytest.mark.parametrize("name", ["../a.xml", "a/../../b.xml", "/etc/a.xml", "..\\a.xml", "C:\\a.xml", "C:/a.xml"])
def test_T71_an_archive_whose_paths_lead_out_is_refused_whole(tmp_path: Path, name: str) -> None:
    found, said = documents(given_archive(tmp_path, {"good.xml": b"<a/>", name: b"<a/>"}))

    assert found == []
    assert rules(said) == ["FICHIER-CHEMIN"]


def test_T71_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    found, said = documents(given_archive(tmp_path, {"a.xml": b"<a>" + b" " * 40 * MIB + b"</a>"}))

    assert found == []
    assert rules(said) == ["FICHIER-BOMBE"]


def test_T71_members_that_share_their_bytes_are_counted_together(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(20_000)
    written = bytearray(archive({"a.xml": noise * 50 + b" " * 3 * MIB}))
    entry = written.index(b"PK\x01\x02")
    end = written.index(b"PK\x05\x06")
    many = 600
    directory = bytes(written[entry:end]) * many
    tail = bytearray(written[end:])
    tail[8:12] = many.to_bytes(2, "little") * 2
    tail[12:16] = len(directory).to_bytes(4, "little")

    found, said = documents(given(tmp_path, bytes(written[:entry]) + directory + bytes(tail)))

    assert found == []
    assert rules(said) == ["FICHIER-BOMBE"]


def test_T71_a_member_beyond_the_limit_is_refused_and_the_others_are_read(tmp_path: Path, settings: Settings) -> None:
    settings.IMPORT_FILE_MIB = 1
    noise = random.Random(1).randbytes(MIB + 1)

    found, said = documents(given_archive(tmp_path, {"big.xml": noise, "small.xml": b"<a/>"}))

    assert [document.label for document in found] == ["envoi.bin/small.xml"]
    assert rules(said) == ["FICHIER-TAILLE"]


def test_T71_a_file_of_ten_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = given(tmp_path, eleves(pupil()))
    os.truncate(path, 10 * 1024 * MIB)

    found, said = documents(path)

    assert found == []
    assert rules(said) == ["FICHIER-TAILLE"]


def test_T71_a_file_that_grows_while_it_is_read_is_stopped_at_the_limit(tmp_path: Path, settings: Settings) -> None:
    settings.IMPORT_FILE_MIB = 1
    path = given(tmp_path, b"<a/>")
    with Shelf() as shelf:
        [document] = shelf.documents([path], [].append)
        os.truncate(path, 2 * MIB)

        with shelf.open(document) as stream, pytest.raises(FileRefused) as refused:
            b"".join(iter(stream.read, b""))

    assert refused.value.finding.rule == "FICHIER-TAILLE"


def test_a_member_with_a_password_is_said(tmp_path: Path) -> None:
    content = bytearray(archive({"a.xml": b"<a/>"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1

    found, said = documents(given(tmp_path, bytes(content)))

    assert found == []
    assert rules(said) == ["FICHIER-CHIFFRE"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_may_ask_for_gigabytes_is_not_tried(tmp_path: Path, method: int) -> None:
    found, said = documents(given(tmp_path, archive({"a.xml": b"<a/>"}, method)))

    assert found == []
    assert rules(said) == ["FICHIER-ZIP"]


def test_a_damaged_member_is_said_when_it_is_read(tmp_path: Path) -> None:
    content = bytearray(archive({"a.xml": random.Random(1).randbytes(5000)}))
    content[2000] ^= 0xFF

    with pytest.raises(FileRefused) as refused:
        contents(given(tmp_path, bytes(content)))

    assert refused.value.finding.rule == "FICHIER-ZIP"


def test_a_truncated_archive_is_said(tmp_path: Path) -> None:
    found, said = documents(given(tmp_path, archive({"a.xml": b"<a/>" * 100})[:-30]))

    assert found == []
    assert rules(said) == ["FICHIER-ZIP"]


def test_an_empty_archive_is_said(tmp_path: Path) -> None:
    found, said = documents(given_archive(tmp_path, {}))

    assert found == []
    assert rules(said) == ["FICHIER-VIDE"]


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("educonnect.imports.rules.MOST_MEMBERS", 2)

    found, said = documents(given_archive(tmp_path, {"a": b"<a/>", "b": b"<a/>", "c": b"<a/>"}))

    assert found == []
    assert rules(said) == ["FICHIER-NOMBRE"]


def test_a_missing_file_and_what_is_not_a_file_are_said(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    found, said = documents(tmp_path / "absent.xml", tmp_path / "pipe")

    assert found == []
    assert rules(said) == ["FICHIER-ABSENT", "FICHIER-ABSENT"]


def test_a_name_cannot_write_on_the_terminal(tmp_path: Path) -> None:
    found, _said = documents(given_archive(tmp_path, {"a\x1b[2Jb.xml": b"<a/>"}))

    assert found[0].label == "envoi.bin/a�[2Jb.xml"


def test_many_archives_are_open_a_few_at_a_time(tmp_path: Path) -> None:
    paths = [given(tmp_path, archive({"a.xml": b"<a/>"}), f"{number:02d}.zip") for number in range(40)]
    with Shelf() as shelf:
        found = list(shelf.documents(paths, [].append))

        for document in [*found, *reversed(found)]:
            with shelf.open(document) as stream:
                assert stream.read() == b"<a/>"

        assert len(shelf._archives) <= 16


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_one_document_each(tmp_path: Path) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        file.writestr("a.xml", b"<a/>")
        file.writestr("a.xml", b"<b/>")

    assert contents(given(tmp_path, written.getvalue())) == [b"<a/>", b"<b/>"]


def test_a_folder_that_cannot_be_opened_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "exports" / "ferme"
    closed.mkdir(parents=True)
    scandir = os.scandir

    def refusing(folder: str) -> object:
        if Path(folder) == closed:
            raise PermissionError(13, "Permission denied", str(closed))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)

    read, found = documents(tmp_path / "exports")

    assert read == []
    assert [(one.rule, one.file) for one in found] == [("FICHIER-ABSENT", "exports/ferme")]
