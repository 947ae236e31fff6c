"""What was given, as documents to read: files, folders, archives and their members.

Nothing is ever written to disk, nothing is trusted: neither names, nor sizes, nor extensions.
"""

import os
import stat
import struct
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Final, Self

from django.conf import settings

from educonnect.imports import rules, wording
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Listener, Rule

_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
_MIB: Final = 1024 * 1024
_OPEN_ARCHIVES: Final = 16

#: What reading a damaged archive raises, whatever its damage.
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    IndexError,
)


@dataclass(frozen=True, slots=True)
class Document:
    """Something to read: a file, or a member of an archive.

    Attributes:
        member: place in the archive's directory (names may repeat there); None for a file of its own.
        label: how it is named to people, free of control characters.
        explicit: named by the person; else found in a folder or an archive, where what is not XML is passed over.
    """

    path: Path
    member: int | None
    label: str
    explicit: bool


class Bounded:
    """A stream that refuses to give more than the limit, and tells a damaged archive in one way."""

    def __init__(self, raw: IO[bytes], label: str, limit: int) -> None:
        self._raw, self._label, self._left, self._limit = raw, label, limit, limit

    def read(self, size: int = rules.CHUNK) -> bytes:
        """The next bytes, none at the end.

        Raises:
            FileRefused: past the limit, or damaged.
        """
        try:
            chunk = self._raw.read(size)
        except _DAMAGE as error:
            raise FileRefused(wording.ARCHIVE_BROKEN.finding(self._label)) from error
        self._left -= len(chunk)
        if self._left < 0:
            raise FileRefused(wording.TOO_BIG.finding(self._label, limit=self._limit // _MIB))
        return chunk


class Shelf:
    """The given paths, whose archives stay open while they are read; a few at a time."""

    def __init__(self) -> None:
        self._archives: OrderedDict[Path, zipfile.ZipFile] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._archives:
            self._archives.popitem()[1].close()

    def documents(self, paths: Iterable[Path], found: Listener, *, besides: Path | None = None) -> Iterator[Document]:
        """Every document of these files and folders, in the order of their names; what cannot be read is told.

        Args:
            besides: a file that may stand in one of the folders and is not read.
        """
        for path in paths:
            if path.is_dir():
                for one in _files_under(path, besides, found):
                    yield from self._documents_of(one, str(one.relative_to(path.parent)), found, explicit=False)
            else:
                yield from self._documents_of(path, path.name, found, explicit=True)

    @contextmanager
    def open(self, document: Document) -> Iterator[Bounded]:
        """The bytes of a document.

        Raises:
            FileRefused: it cannot be opened; reading may raise it too.
        """
        limit = settings.IMPORT_FILE_MIB * _MIB
        raw: IO[bytes]
        try:
            if document.member is None:
                raw = document.path.open("rb")
            else:
                archive = self._archive(document.path)
                raw = archive.open(archive.infolist()[document.member])
        except _DAMAGE as error:
            rule = wording.FILE_MISSING if document.member is None else wording.ARCHIVE_BROKEN
            raise FileRefused(rule.finding(document.label)) from error
        with raw:
            yield Bounded(raw, document.label, limit)

    def _documents_of(self, path: Path, name: str, found: Listener, *, explicit: bool) -> Iterator[Document]:
        label = _shown(name)
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise FileNotFoundError
            with path.open("rb") as file:
                begins = file.read(4)
        except (OSError, ValueError):
            found(wording.FILE_MISSING.finding(label))
            return
        if begins not in {_ZIP, _EMPTY_ZIP}:
            if status.st_size > settings.IMPORT_FILE_MIB * _MIB:
                found(wording.TOO_BIG.finding(label, limit=settings.IMPORT_FILE_MIB))
                return
            yield Document(path, None, label, explicit)
            return
        try:
            members = self._archive(path).infolist()
        except _DAMAGE:
            found(wording.ARCHIVE_BROKEN.finding(label))
            return
        if rule := _refuses(members, status.st_size):
            found(rule.finding(label, limit=rules.MOST_MEMBERS))
            return
        wanted = [(at, one) for at, one in enumerate(members) if not one.is_dir() and not _is_noise(one.filename)]
        if not wanted:
            found(wording.FILE_EMPTY.finding(label))
        for at, one in wanted:
            inside = f"{label}/{_shown(one.filename)}"
            if rule := _refuses_member(one):
                found(rule.finding(inside, limit=settings.IMPORT_FILE_MIB))
            else:
                yield Document(path, at, inside, explicit=False)

    def _archive(self, path: Path) -> zipfile.ZipFile:
        archive = self._archives.pop(path, None) or zipfile.ZipFile(path)
        self._archives[path] = archive
        while len(self._archives) > _OPEN_ARCHIVES:
            self._archives.popitem(last=False)[1].close()
        return archive


def _refuses(members: list[zipfile.ZipInfo], size: int) -> Rule | None:
    if len(members) > rules.MOST_MEMBERS:
        return wording.TOO_MANY_MEMBERS
    if any(_leaves(one.filename) for one in members):
        return wording.ARCHIVE_PATH
    # overlapping members share their bytes: the whole must be plausible, not only each
    unpacked = sum(one.file_size for one in members)
    if unpacked > settings.IMPORT_ARCHIVE_MIB * _MIB:
        return wording.BOMB
    if unpacked > rules.RATIO_FROM and unpacked > size * rules.HIGHEST_RATIO:
        return wording.BOMB
    return None


def _refuses_member(one: zipfile.ZipInfo) -> Rule | None:
    if one.flag_bits & 0x1:
        return wording.ARCHIVE_ENCRYPTED
    # the other methods may ask for gigabytes of memory before the first byte
    if one.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return wording.ARCHIVE_BROKEN
    if one.file_size > rules.RATIO_FROM and one.file_size > one.compress_size * rules.HIGHEST_RATIO:
        return wording.BOMB
    if one.file_size > settings.IMPORT_FILE_MIB * _MIB:
        return wording.TOO_BIG
    return None


def _leaves(name: str) -> bool:
    path = name.replace("\\", "/")
    return path.startswith("/") or path[1:2] == ":" or ".." in PurePosixPath(path).parts


def _files_under(folder: Path, besides: Path | None, found: Listener) -> list[Path]:
    """Every file of a folder and its folders, sorted; a folder that cannot be opened is told, never passed over."""

    def closed(error: OSError) -> None:
        found(wording.FILE_MISSING.finding(_shown(str(Path(error.filename).relative_to(folder.parent)))))

    files: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=closed):
        folders[:] = [one for one in folders if not _is_hidden(one)]
        files += [Path(parent, one) for one in names if not _is_hidden(one)]
    return sorted(
        one for one in files if one.is_file() and not (besides and besides.exists() and one.samefile(besides))
    )


def _is_noise(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return not parts or any(_is_hidden(part) for part in parts)


def _is_hidden(part: str) -> bool:
    return part == "__MACOSX" or (part.startswith(".") and part not in {".", ".."})


def _shown(name: str) -> str:
    return "".join(sign if sign.isprintable() else "�" for sign in name)[:200]
