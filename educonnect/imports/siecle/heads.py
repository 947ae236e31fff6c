"""What a document is, before it is read: its kind, school, year and date."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from educonnect.imports import encoding, rules, wording
from educonnect.imports.container import Document, Shelf
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Listener
from educonnect.imports.siecle import records, values
from educonnect.imports.siecle.kinds import NOT_NEEDED, ROOTS, Kind
from educonnect.population.rules import school_year
from educonnect.schools.errors import NotAUai
from educonnect.schools.uai import Uai

#: A clock a little fast is no matter; an export of next week is.
_CLOCK_SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Head:
    """A document that can be read, and what it says of itself."""

    document: Document
    kind: Kind
    uai: Uai
    year: int
    exported_at: datetime


def read_head(shelf: Shelf, document: Document, *, now: datetime, year: int | None, found: Listener) -> Head | None:
    """Read the first lines of a document; None where there is nothing to read further.

    Args:
        year: the only school year wanted; without it, the current one and the next are accepted.

    Raises:
        FileRefused: the document cannot be read, or is not one that may be loaded now.
    """
    label = document.label
    try:
        with shelf.open(document) as stream:
            root, parameters = records.head(encoding.roughly(stream, label), label)
    except FileRefused as refused:
        if not document.explicit and refused.finding.rule == wording.NOT_XML.code:
            if _is_archive(shelf, document):
                raise FileRefused(wording.ARCHIVE_NESTED.finding(label)) from refused
            found(wording.MEMBER_NOT_XML.finding(label))
            return None
        raise
    if what := NOT_NEEDED.get(root):
        found(wording.NOT_NEEDED.finding(label, what=what))
        return None
    kind = ROOTS.get(root)
    if kind is None:
        raise FileRefused(wording.UNKNOWN_ROOT.finding(label, root=root[:40]))
    try:
        uai = Uai.parse(parameters.get("UAJ", ""))
    except NotAUai as error:
        raise FileRefused(wording.UAI_MISSING.finding(label)) from error
    if not uai.has_right_key:
        found(wording.UAI_KEY.finding(label, uai=uai.code))
    if not uai.si_instance:
        found(wording.UAI_PLACE.finding(label, uai=uai.code))
    return Head(
        document=document,
        kind=kind,
        uai=uai,
        year=_year(parameters, label, uai, today=now.astimezone(values.PARIS).date(), wanted=year, found=found),
        exported_at=_exported_at(parameters, label, uai, now=now, found=found),
    )


def _year(parameters: records.Fields, label: str, uai: Uai, *, today: date, wanted: int | None, found: Listener) -> int:
    written = parameters.get("ANNEE_SCOLAIRE", "")
    if not written:
        year = wanted or school_year(today)
        found(wording.YEAR_MISSING.finding(label, uai=uai.code, year=year))
        return year
    year = values.number(written) or 0
    if wanted is not None:
        if year != wanted:
            raise FileRefused(wording.YEAR_OTHER.finding(label, uai=uai.code, year=written[:10], wanted=wanted))
    elif not rules.is_accepted_year(year, today):
        raise FileRefused(wording.YEAR_REFUSED.finding(label, uai=uai.code, year=written[:10]))
    if year > school_year(today):
        found(wording.YEAR_NEXT.finding(label, uai=uai.code, year=year))
    return year


def _exported_at(parameters: records.Fields, label: str, uai: Uai, *, now: datetime, found: Listener) -> datetime:
    exported_at = values.moment(parameters.get("HORODATAGE")) or values.moment(parameters.get("DATE_EXPORT"))
    if exported_at is None:
        found(wording.DATE_MISSING.finding(label, uai=uai.code))
        return now
    if exported_at > now + _CLOCK_SLACK:
        found(wording.DATE_FUTURE.finding(label, uai=uai.code))
        return now
    return exported_at


def _is_archive(shelf: Shelf, document: Document) -> bool:
    with shelf.open(document) as stream:
        return stream.read(4).startswith(b"PK")
