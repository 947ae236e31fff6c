"""The true encoding of a document, whatever it says of itself, and its bytes as clean UTF-8.

SIECLE writes and declares ISO-8859-15. Files reach us resaved, mislabelled, or through Windows: names must come out
right, or not at all. Source: decision 0010.
"""

import codecs
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from educonnect.imports import wording
from educonnect.imports.container import Bounded
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Finding, Listener

_DECLARED: Final = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"'>]{1,60})["']""")
#: Not allowed in XML: no export should hold them, some do.
_CONTROLS: Final = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})
_CONTROL_SIGNS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NOT_C1: Final = bytes({*range(256)} - {*range(0x80, 0xA0)})
#: Bytes that ISO-8859-15 reads as €ŠšŽžŒœŸ where ISO-8859-1 has signs that no name holds.
_NOT_LATIN9_ONLY: Final = bytes({*range(256)} - {0xA4, 0xA6, 0xA8, 0xB4, 0xB8, 0xBC, 0xBD, 0xBE})
_PAIR: Final = re.compile(rb"[\xc3-\xc5][\x80-\xbf]")


class Family(Enum):
    """How the bytes are declared, as far as reading them goes."""

    UTF_8 = auto()
    LATIN = auto()
    WINDOWS = auto()
    UTF_16 = auto()


_FAMILIES: Final = {
    "utf-8": Family.UTF_8,
    "ascii": Family.UTF_8,
    "iso8859-15": Family.LATIN,
    "iso8859-1": Family.LATIN,
    "cp1252": Family.WINDOWS,
    "utf-16": Family.UTF_16,
    "utf-16-le": Family.UTF_16,
    "utf-16-be": Family.UTF_16,
}


def _table(base: str, c1: str) -> str:
    upper = bytes(range(256)).decode(base, "replace")
    windows = bytes(range(0x80, 0xA0)).decode(c1, "replace").replace("�", " ")
    return upper[:0x80] + windows + upper[0xA0:]


#: Latin-9 whose unused bytes are read as Windows does: there, they are quotes, dashes, œ.
_LATIN9: Final = _table("iso8859-15", "cp1252")
_WINDOWS: Final = _table("cp1252", "cp1252")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the first bytes say. `name` is as written, empty when nothing is declared."""

    name: str
    family: Family
    utf_16: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """How to read a document, found by reading it once.

    Attributes:
        digest: SHA-256 hex of the bytes as they are.
        clean: a chunk of bytes -> the same in UTF-8.
    """

    digest: str
    _make: Callable[[], Callable[[bytes], bytes]]

    def utf_8(self, stream: Bounded) -> Iterator[bytes]:
        """The document in UTF-8, without byte-order mark or control characters, chunk by chunk."""
        clean = self._make()
        while chunk := stream.read():
            yield clean(chunk)


def declaration(head: bytes, label: str) -> Declaration:
    """What a document's first bytes say of its encoding.

    Raises:
        FileRefused: an encoding that no export uses.
    """
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff", b"\x00\x00\x00<", b"<\x00\x00\x00")):
        raise FileRefused(wording.UNKNOWN_ENCODING.finding(label, 1, encoding="UTF-32"))
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"<\x00", "utf-16-le")):
        if head.startswith(mark):
            return Declaration("UTF-16", Family.UTF_16, name)
    if head.startswith(b"\x00<"):
        return Declaration("UTF-16", Family.UTF_16, "utf-16-be")
    found = _DECLARED.search(head[:400])
    if not found:
        return Declaration("", Family.UTF_8)
    name = found[1].decode("ascii", "replace").strip()
    try:
        family = _FAMILIES[codecs.lookup(name).name]
    except (LookupError, ValueError) as error:
        raise FileRefused(wording.UNKNOWN_ENCODING.finding(label, 1, encoding=name)) from error
    # a document that says UTF-16 in letters of one byte is not UTF-16
    return Declaration(name, Family.UTF_8 if family is Family.UTF_16 else family)


def roughly(stream: Bounded, label: str) -> Iterator[bytes]:
    """A document as UTF-8 good enough to read its codes and dates, none of which has an accent.

    Raises:
        FileRefused: empty, not XML, or an encoding that no export uses.
    """
    chunk = stream.read()
    declared = declaration(chunk, label)
    begins = chunk[:400].replace(b"\0", b"").removeprefix(codecs.BOM_UTF8).lstrip(b"\xff\xfe \t\r\n")
    if not begins:
        raise FileRefused(wording.FILE_EMPTY.finding(label))
    if not begins.startswith(b"<"):
        raise FileRefused(wording.NOT_XML.finding(label))
    clean = _cleaner(declared, is_utf_8=False, controls=True)()
    chunk = chunk.removeprefix(codecs.BOM_UTF8)
    while chunk:
        yield clean(chunk)
        chunk = stream.read()


def survey(stream: Bounded, label: str, found: Listener) -> Text:
    """Read a document once to know its true encoding.

    Raises:
        FileRefused: unknown or mixed encodings, or what reading raises.
    """
    chunk = stream.read()
    seen = _Seen(declaration(chunk, label))
    while chunk:
        seen.look(chunk)
        chunk = stream.read()
    seen.end()
    for finding in seen.findings(label):
        found(finding)
    return Text(seen.digest.hexdigest(), _cleaner(seen.declared, is_utf_8=seen.is_utf_8, controls=bool(seen.controls)))


class _Seen:
    """What the bytes of a document show of their encoding."""

    def __init__(self, declared: Declaration) -> None:
        self.declared = declared
        self.digest = hashlib.sha256()
        self.is_utf_8 = True
        self.accents = self.windows = self.latin9 = self.pairs = False
        self.controls = self.first_control = self._lines = 0
        self._utf_8 = codecs.getincrementaldecoder("utf-8")()
        self._utf_16 = codecs.getincrementaldecoder(declared.utf_16 or "utf-16-le")(errors="replace")

    def look(self, chunk: bytes) -> None:
        self.digest.update(chunk)
        if self.declared.family is Family.UTF_16:
            text = self._utf_16.decode(chunk)
            self._count(len(_CONTROL_SIGNS.findall(text)), text)
            return
        # where a control sign stands matters for its line only, so any encoding of one byte will do
        self._count(len(chunk) - len(chunk.translate(None, _CONTROLS)), chunk)
        if self.is_utf_8:
            try:
                self._utf_8.decode(chunk)
            except UnicodeDecodeError:
                self.is_utf_8 = False
        if not chunk.isascii():
            self.accents = True
            self.windows = self.windows or bool(chunk.translate(None, _NOT_C1))
            self.latin9 = self.latin9 or bool(chunk.translate(None, _NOT_LATIN9_ONLY))
            self.pairs = self.pairs or _PAIR.search(chunk) is not None

    def _count(self, controls: int, chunk: bytes | str) -> None:
        if controls:
            text = chunk if isinstance(chunk, str) else chunk.decode("latin-1")
            if not self.controls and (first := _CONTROL_SIGNS.search(text)):
                self.first_control = self._lines + text.count("\n", 0, first.start()) + 1
            self.controls += controls
        self._lines += chunk.count("\n") if isinstance(chunk, str) else chunk.count(b"\n")

    def end(self) -> None:
        try:
            self._utf_8.decode(b"", final=True)
        except UnicodeDecodeError:
            self.is_utf_8 = False

    def findings(self, label: str) -> Iterator[Finding]:
        """What is to be said of the encoding.

        Raises:
            FileRefused: two encodings in one file.
        """
        declared, name = self.declared.family, self.declared.name
        if self.controls:
            line = self.first_control
            yield wording.CONTROL_SIGNS.finding(label, line, count=self.controls, at_line=line)
        if declared is Family.UTF_8 and not self.is_utf_8:
            if self.pairs:
                raise FileRefused(wording.MIXED_ENCODING.finding(label))
            if name:
                yield wording.REALLY_LATIN.finding(label)
        elif declared in {Family.LATIN, Family.WINDOWS} and self.accents and self.is_utf_8:
            yield wording.REALLY_UTF8.finding(label, encoding=name)
        elif declared is Family.LATIN:
            if self.windows:
                yield wording.WINDOWS_SIGNS.finding(label)
            if self.latin9 and codecs.lookup(name).name == "iso8859-1":
                yield wording.REALLY_LATIN9.finding(label)


def _cleaner(declared: Declaration, *, is_utf_8: bool, controls: bool) -> Callable[[], Callable[[bytes], bytes]]:
    drop = _CONTROLS if controls else b""

    def of_utf_16() -> Callable[[bytes], bytes]:
        decoder = codecs.getincrementaldecoder(declared.utf_16)(errors="replace")

        def clean(chunk: bytes) -> bytes:
            text = decoder.decode(chunk).replace("\ufeff", "")
            return _CONTROL_SIGNS.sub("", text).encode("utf-8", "replace")

        return clean

    def of_utf_8() -> Callable[[bytes], bytes]:
        return lambda chunk: chunk.translate(None, drop)

    def of_table() -> Callable[[bytes], bytes]:
        table = _WINDOWS if declared.family is Family.WINDOWS else _LATIN9

        def clean(chunk: bytes) -> bytes:
            kept = chunk.translate(None, drop)
            return kept if kept.isascii() else codecs.charmap_decode(kept, "strict", table)[0].encode()

        return clean

    if declared.family is Family.UTF_16:
        return of_utf_16
    return of_utf_8 if is_utf_8 else of_table
