"""The people of a school's STS export: their names, and their functions as words that give nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from educonnect.imports import encoding, wording
from educonnect.imports.container import Shelf
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Finding, Findings, Rule
from educonnect.imports.siecle import records, values
from educonnect.imports.siecle.heads import Head
from educonnect.imports.siecle.kinds import RECORDS, ROOTS, Kind
from educonnect.imports.siecle.records import Fields

#: FONCTION -> words, as they are kept; another code stays one. Source: STS exports met.
FUNCTIONS: Final[Mapping[str, str]] = {
    "DIR": "direction",
    "ADJ": "direction adjointe",
    "ENS": "enseignement",
    "DOC": "documentation",
    "EDU": "vie scolaire",
}
#: Whose number it is: the académie's (`epp`), or the school's own.
_TYPES: Final = frozenset({"epp", "local"})
_LONGEST_NUMBER: Final = 20
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the school.

    Attributes:
        record: as a finding names them. kind: `epp` or `local`.
    """

    record: str
    line: int
    kind: str
    number: str
    name: str
    first_name: str
    title: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the file says, and its digest."""

    people: list[Person]
    label: str
    digest: str


def read_people(shelf: Shelf, head: Head, *, found: Findings) -> Reading:
    """Read the people of an STS export.

    Raises:
        FileRefused: it cannot be read to its end, or names nobody. What was found before is in `found`.
    """
    document, label, uai = head.document, head.document.label, head.uai.code

    def heard(finding: Finding, /) -> None:
        found.add(replace(finding, uai=uai))

    with shelf.open(document) as stream:
        text = encoding.survey(stream, label, heard)
    taking = _Taking(label, uai, found)

    def record(name: str, fields: Fields, _: list[Fields], line: int) -> None:
        if name == "INDIVIDU":
            taking.take(fields, line)
        elif fields.get("UAJ", "").upper() != uai:
            raise FileRefused(wording.CHANGED_MEANWHILE.finding(label))

    def root(name: str) -> None:
        if ROOTS.get(name) is not Kind.STS:
            raise FileRefused(wording.CHANGED_MEANWHILE.finding(label))

    with shelf.open(document) as stream:
        records.read(text.utf_8(stream), label, wanted=RECORDS[Kind.STS], take=record, root=root)
    if not taking.people:
        raise FileRefused(wording.STAFF_NOBODY.finding(label, uai=uai))
    return Reading(list(taking.people.values()), label, text.digest)


@dataclass(slots=True)
class _Taking:
    label: str
    uai: str
    found: Findings
    people: dict[tuple[str, str], Person] = field(default_factory=dict)

    def take(self, fields: Fields, line: int) -> None:
        """Keep a person, or say why not."""
        kind, number = fields.get("TYPE", "").lower(), fields.get("ID", "")
        if kind not in _TYPES or not (number.isascii() and number.isalnum() and len(number) <= _LONGEST_NUMBER):
            self._say(wording.STAFF_UNNUMBERED, line)
            return
        record = f"INDIVIDU {kind} {number}"
        if (kind, number) in self.people:
            self._say(wording.STAFF_TWICE, line, record)
            return
        name = values.surname(fields.get("NOM_USAGE") or fields.get("NOM_PATRONYMIQUE", ""))
        first_name = values.given_name(fields.get("PRENOM", ""))
        if not name.text or not first_name.text:
            self._say(wording.STAFF_UNNAMED, line, record)
            return
        for rule, seen in (
            (wording.NAME_QUESTION, name.question or first_name.question),
            (wording.NAME_GARBLED, name.garbled or first_name.garbled),
            (wording.NAME_QUOTED, name.quoted or first_name.quoted),
        ):
            if seen:
                self._say(rule, line, record)
        code = values.tidy(fields.get("FONCTION", ""))[:_LONGEST_NAME]
        self.people[kind, number] = Person(
            record=record,
            line=line,
            kind=kind,
            number=number,
            name=name.text[:_LONGEST_NAME].rstrip(),
            first_name=first_name.text[:_LONGEST_NAME].rstrip(),
            title=FUNCTIONS.get(code.upper(), code),
        )

    def _say(self, rule: Rule, line: int, record: str = "") -> None:
        self.found.add(rule.finding(self.label, line, record=record, uai=self.uai))
