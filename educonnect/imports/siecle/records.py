"""A SIECLE document as a stream of records: one pass, memory of one record."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final
from xml.parsers import expat

from educonnect.imports import findings, rules, wording
from educonnect.imports.errors import FileRefused

Fields = dict[str, str]
#: Receives: element name, its attributes and leaf children (never empty, trimmed), its blocks, its line.
Take = Callable[[str, Fields, list[Fields], int], None]

_PARAMETRES: Final = "PARAMETRES"
#: STS writes `<UAJ CODE="9720001U">` where SIECLE writes `<UAJ>9720001U</UAJ>`: element of PARAMETRES -> attribute.
_TOLD_BESIDE: Final = {"UAJ": "CODE", "ANNEE_SCOLAIRE": "ANNEE"}
#: Text comes in pieces of 8 kB at most, one a chunk at least: a value of more pieces is cut.
_PIECES: Final = 8


class Stop(Exception):
    """Enough was read."""


def read(
    chunks: Iterable[bytes],
    label: str,
    *,
    wanted: Mapping[tuple[str, str], str],
    take: Take,
    root: Callable[[str], None],
    line_of_error: int = 0,
) -> None:
    """Parse a document and hand over each record as it ends.

    A record's attributes and leaf children are one: `ELEVE_ID` may be either; the attribute wins. An empty element is
    an absent one. Elements below a leaf (`SCOLARITE_AN_DERNIER/CODE_MEF`) are never taken for the record's own.

    Args:
        chunks: UTF-8, without control characters.
        wanted: (element, parent) of records -> name of the blocks inside it (`STRUCTURE`), or empty. `PARAMETRES` is
            always handed over.
        root: called with the root's name before anything else.

    Raises:
        FileRefused: malformed or truncated (what came before the break was handed over), DOCTYPE, absurd depth.
        Stop: raised by `take` or `root`, passed on.
    """
    parser = expat.ParserCreate("utf-8", None)
    parser.buffer_text = True
    handlers = _Handlers(parser, label, wanted, take, root)
    handed = 0
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            handed += len(chunk)
            handlers.forget_long_text()
            # expat reads an unfinished tag again at each chunk: an endless one costs the square of its length
            if handed - parser.CurrentByteIndex > rules.LONGEST_TOKEN:
                raise FileRefused(_malformed(label, parser.CurrentLineNumber, parser.CurrentColumnNumber))
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FileRefused(_malformed(label, error.lineno, error.offset)) from error
    finally:
        handlers.let_go()


def _malformed(label: str, line: int, column: int) -> findings.Finding:
    return wording.MALFORMED.finding(label, line, at_line=line, at_column=column + 1)


class _Handlers:
    """What expat calls. Three states: between records, inside one, inside a part that holds none."""

    def __init__(
        self,
        parser: expat.XMLParserType,
        label: str,
        wanted: Mapping[tuple[str, str], str],
        take: Take,
        root: Callable[[str], None],
    ) -> None:
        self._parser, self._label, self._wanted, self._take, self._root = parser, label, wanted, take, root
        self._parents = {parent for _, parent in wanted}
        self._path: list[str] = []
        self._text: list[str] = []
        self._name = ""
        self._fields: Fields = {}
        self._blocks: list[Fields] = []
        self._block_name = ""
        self._block: Fields | None = None
        self._line = 0
        self._level = 0
        self._skipped = 0
        parser.StartDoctypeDeclHandler = self._doctype
        self._between()

    def _doctype(self, *_: object) -> None:
        raise FileRefused(wording.DOCTYPE.finding(self._label, self._parser.CurrentLineNumber))

    def let_go(self) -> None:
        """Parser and handlers hold each other, and the school being read: free it now, not when memory is short."""
        parser = self._parser
        parser.StartElementHandler = parser.EndElementHandler = None
        parser.CharacterDataHandler = parser.StartDoctypeDeclHandler = None

    # --- between records
    def _between(self) -> None:
        parser = self._parser
        parser.StartElementHandler = self._start_between
        parser.EndElementHandler = self._end_between
        parser.CharacterDataHandler = None

    def _start_between(self, name: str, attributes: Fields) -> None:
        path = self._path
        parent = path[-1] if path else ""
        if not path:
            self._root(name)
        block = self._wanted.get((name, parent))
        if block is not None or (name == _PARAMETRES and len(path) == 1):
            self._name, self._block_name = name, block or ""
            self._fields = {key: text for key, value in attributes.items() if (text := value.strip())}
            self._blocks, self._block = [], None
            self._line = self._parser.CurrentLineNumber
            self._level = 0
            self._inside()
        elif len(path) == 2 and name not in self._parents:
            self._skip()
        elif len(path) >= rules.DEEPEST:
            raise FileRefused(_malformed(self._label, self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber))
        else:
            path.append(name)

    def _end_between(self, _: str) -> None:
        self._path.pop()

    # --- inside a record: level 1 its children, level 2 those of its blocks
    def _inside(self) -> None:
        parser = self._parser
        parser.StartElementHandler = self._start_inside
        parser.EndElementHandler = self._end_inside
        self._text.clear()
        parser.CharacterDataHandler = self._text.append

    def _start_inside(self, name: str, attributes: Fields) -> None:
        self._level += 1
        self._text.clear()
        if self._level == 1 and name == self._block_name:
            self._block = {key: text for key, value in attributes.items() if (text := value.strip())}
        elif self._level > rules.DEEPEST:
            raise FileRefused(_malformed(self._label, self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber))
        elif attributes and self._level == 1 and self._name == _PARAMETRES and (code := _TOLD_BESIDE.get(name)):
            self._text.append(attributes.get(code, ""))
            self._keep(self._fields, name)

    def _end_inside(self, name: str) -> None:
        level = self._level
        self._level = level - 1
        if level == 1:
            if self._block is not None:
                if len(self._blocks) < rules.MOST_FIELDS:
                    self._blocks.append(self._block)
                self._block = None
            else:
                self._keep(self._fields, name)
        elif level == 2:
            if self._block is not None:
                self._keep(self._block, name)
        elif level == 0:
            self._between()
            self._take(self._name, self._fields, self._blocks, self._line)
            return
        self._text.clear()

    def _keep(self, fields: Fields, name: str) -> None:
        text = self._text
        if not text:
            return
        value = text[0].strip() if len(text) == 1 else "".join(text).strip()
        if value and name not in fields and len(fields) < rules.MOST_FIELDS:
            fields[name] = value[: rules.LONGEST_VALUE]

    def forget_long_text(self) -> None:
        """A value without end is cut while it comes."""
        if len(self._text) > _PIECES:
            self._text[:] = ["".join(self._text).lstrip()[: 2 * rules.LONGEST_VALUE]]

    # --- inside a part that holds no record (addresses, options…)
    def _skip(self) -> None:
        parser = self._parser
        self._skipped = 1
        parser.StartElementHandler = self._start_skipped
        parser.EndElementHandler = self._end_skipped

    def _start_skipped(self, _: str, __: Fields) -> None:
        self._skipped += 1

    def _end_skipped(self, _: str) -> None:
        self._skipped -= 1
        if not self._skipped:
            self._between()


def head(chunks: Iterator[bytes], label: str) -> tuple[str, Fields]:
    """The root's name and what PARAMETRES says, reading no further than it must.

    Raises:
        FileRefused: as `read`.
    """
    seen: list[str] = []
    parameters: Fields = {}

    def take(name: str, fields: Fields, _: list[Fields], __: int) -> None:
        if name == _PARAMETRES:
            parameters.update(fields)
            raise Stop

    def root(name: str) -> None:
        seen.append(name)

    with suppress(Stop):
        read(chunks, label, wanted={}, take=take, root=root)
    return seen[0], parameters
