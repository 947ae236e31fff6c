"""A CSV file of posts, read line by line: what it says, and all that is wrong with it at once."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from educonnect.delegation.models import Function
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Listener, Rule
from educonnect.imports.posts import wording
from educonnect.imports.siecle import values
from educonnect.population.names import fold
from educonnect.schools.errors import NotAUai
from educonnect.schools.reference import ACADEMIES, TERRITORIES
from educonnect.schools.uai import Uai

#: Far above what a country's heads take: 60 000 lines of a hundred characters.
MOST_MIB: Final = 8
MOST_LINES: Final = 100_000
COLUMNS: Final = ("fonction", "academie", "uai", "nom", "prenom", "courriel", "debut", "fin")
NEEDED: Final = ("fonction", "nom", "prenom", "courriel")
#: As written, folded -> what it is.
FUNCTIONS: Final[Mapping[str, Function]] = {
    "chef": Function.HEAD,
    "chef d etablissement": Function.HEAD,
    "cheffe": Function.HEAD,
    "cheffe d etablissement": Function.HEAD,
    "adjoint": Function.DEPUTY,
    "adjointe": Function.DEPUTY,
    "adjoint au chef d etablissement": Function.DEPUTY,
    "adjointe au chef d etablissement": Function.DEPUTY,
    "directeur d ecole": Function.PRIMARY_HEAD,
    "directrice d ecole": Function.PRIMARY_HEAD,
    "academie": Function.ACADEMIE,
    "nation": Function.NATION,
    "equipe nationale": Function.NATION,
}
_OF_SCHOOLS: Final = frozenset({Function.HEAD, Function.DEPUTY, Function.PRIMARY_HEAD})
_LONGEST_NAME: Final = 60
_LONGEST_CELL: Final = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One post, as its line says it."""

    number: int
    function: Function
    title: str
    academie: str
    uai: Uai | None
    name: str
    first_name: str
    email: str
    starts_on: date | None
    ends_on: date | None

    @property
    def place(self) -> tuple[str, str, str]:
        """What makes two lines one post."""
        return self.function.value, self.uai.code if self.uai else "", self.academie


def read_lines(path: Path, found: Listener) -> list[Line]:
    """Every line that says a post; whatever is wrong is told to `found`, with the number of the line."""
    label = "".join(sign if sign.isprintable() else "�" for sign in path.name)[:200]
    lines: list[Line] = []
    try:
        rows = _rows(path, label)
        columns = _columns(next(rows, (0, []))[1], label, found)
        _read(rows, columns, label, lines, found)
    except FileRefused as refused:
        found(refused.finding)
    return lines


def _read(
    rows: Iterator[tuple[int, list[str]]], columns: list[str], label: str, lines: list[Line], found: Listener
) -> None:
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(lines) >= MOST_LINES:
            raise FileRefused(wording.TOO_MANY.finding(label, number, limit=MOST_LINES))
        if any(cell.strip() for cell in cells[len(columns) :]):
            found(wording.LINE_SHAPE.finding(label, number))
            continue
        written = dict(zip(columns, (values.tidy(cell[:_LONGEST_CELL]) for cell in cells), strict=False))
        wrong: list[Rule] = []
        line = _line(number, {name: written.get(name, "") for name in COLUMNS}, wrong)
        for rule in wrong:
            found(rule.finding(label, number))
        if line is not None and not wrong:
            lines.append(line)


def _rows(path: Path, label: str) -> Iterator[tuple[int, list[str]]]:
    try:
        if not path.is_file() or path.stat().st_size > MOST_MIB * 1024 * 1024:
            raise OSError
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise FileRefused(wording.FILE_UNREADABLE.finding(label, limit=MOST_MIB)) from error
    text = _text(content)
    if "\0" in text:
        raise FileRefused(wording.NOT_CSV.finding(label))
    heading = text.split("\n", 1)[0]
    separator = max(";,\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise FileRefused(wording.NOT_CSV.finding(label, reader.line_num)) from error


def _text(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else what a French spreadsheet writes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        of_windows = any(0x80 <= byte < 0xA0 for byte in content)
        return content.decode("cp1252" if of_windows else "iso8859-15", "replace")


def _columns(heading: list[str], label: str, found: Listener) -> list[str]:
    columns = [fold(cell) for cell in heading]
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise FileRefused(wording.COLUMNS_MISSING.finding(label, 1, missing=", ".join(missing)))
    for name in COLUMNS:
        if columns.count(name) > 1:
            raise FileRefused(wording.COLUMN_TWICE.finding(label, 1, column=name))
    for name, written in zip(columns, heading, strict=True):
        if name and name not in COLUMNS:
            found(wording.COLUMN_UNKNOWN.finding(label, 1, column=written.strip()[:40]))
    return columns


def _line(number: int, cells: Mapping[str, str], wrong: list[Rule]) -> Line | None:
    function = FUNCTIONS.get(fold(cells["fonction"]))
    if function is None:
        wrong.append(wording.FUNCTION_UNKNOWN)
        return None
    academie, uai = _place(function, cells, wrong)
    name, first_name = values.surname(cells["nom"]).text, values.given_name(cells["prenom"]).text
    if not fold(name) or not fold(first_name):
        wrong.append(wording.NAME_MISSING)
    email = cells["courriel"].lower()
    if not values.is_email(email):
        wrong.append(wording.EMAIL_UNREADABLE)
    starts_on, ends_on = (_day(cells[column], wrong) for column in ("debut", "fin"))
    if starts_on and ends_on and ends_on < starts_on:
        wrong.append(wording.DATES_CROSSED)
    return Line(
        number=number,
        function=function,
        title=cells["fonction"],
        academie=academie,
        uai=uai,
        name=name[:_LONGEST_NAME].rstrip(),
        first_name=first_name[:_LONGEST_NAME].rstrip(),
        email=email,
        starts_on=starts_on,
        ends_on=ends_on,
    )


def _place(function: Function, cells: Mapping[str, str], wrong: list[Rule]) -> tuple[str, Uai | None]:
    """The académie of a post of one, the school of a post of one."""
    academie, written = cells["academie"], cells["uai"]
    if academie and academie not in ACADEMIES and academie not in TERRITORIES:
        wrong.append(wording.ACADEMIE_UNKNOWN)
        return "", None
    if function in _OF_SCHOOLS:
        uai = _uai(written, wrong)
        if uai is not None and academie and uai.academie != academie:
            wrong.append(wording.ACADEMIE_OTHER)
        return "", uai
    if written or (function == Function.NATION and academie):
        wrong.append(wording.NOT_HERE)
    elif function == Function.ACADEMIE and not academie:
        wrong.append(wording.ACADEMIE_UNKNOWN)
    return academie, None


def _uai(written: str, wrong: list[Rule]) -> Uai | None:
    try:
        uai = Uai.parse(written)
    except NotAUai:
        uai = None
    if uai is None or not uai.has_right_key:
        wrong.append(wording.UAI_UNREADABLE)
        return None
    return uai


def _day(written: str, wrong: list[Rule]) -> date | None:
    try:
        return values.day(written)
    except values.Unreadable:
        wrong.append(wording.DATE_UNREADABLE)
        return None
