"""What is fixed about who is where, and when: no database, no clock."""

from datetime import date

#: CODE_MOTIF_SORTIE of a deceased pupil. Source: nomenclature « motifs de sortie » of the SIECLE exports.
DECEASED = "43"
#: CODE_PARENTE of an adult pupil who answers for himself: no guardian. Source: nomenclature « liens de parenté ».
SELF = "70"
#: Departures below this number are never a mass departure: a small school loses a family of four at once.
MASS_DEPARTURE_FLOOR = 10
#: How long somebody waits for the imports under way before being asked to come back, milliseconds.
TURN_PATIENCE = 10_000
#: A phone or e-mail that more people than this share in one file proves nothing about any of them.
SHARED_CONTACT = 3


def school_year(day: date) -> int:
    """The school year of a day, named by its September (28 August 2026 -> 2025)."""
    return day.year if day.month >= 9 else day.year - 1


def has_left(leaves_on: date | None, today: date) -> bool:
    """Whether a DATE_SORTIE has come: past or today; a future one says the pupil is still there."""
    return leaves_on is not None and leaves_on <= today


def next_year_begins(year: int) -> date:
    """From this day a pupil seen in a later year is no longer in that one. Source: decision 0016."""
    return date(year + 1, 9, 1)


def year_is_over(year: int, today: date) -> bool:
    """Whether nobody can still be enrolled for that year: 1 October after it. Source: decision 0016."""
    return today >= date(year + 1, 10, 1)


def files_by_coming_year(day: date) -> bool:
    """Whether letters are for the coming year's classes: in July and August. Source: decision 0096."""
    return day.month in {7, 8}


def expected_departure(year: int, leaves_on: date | None) -> bool:
    """Whether a departure is the ordinary end of the year (June and after), which no guard should mistake."""
    return leaves_on is not None and leaves_on >= date(year + 1, 6, 1)


def is_mass_departure(*, gone: int, present: int, percent: int) -> bool:
    """Whether so many people gone at once look like a damaged file.

    Args:
        gone: those the file would suspend.
        present: those there before it.
        percent: the operator's limit.
    """
    return gone >= MASS_DEPARTURE_FLOOR and gone * 100 > present * percent


def proves_identity(contact: str) -> bool:
    """Whether a phone or e-mail can tell two homonyms apart: not empty, not a filler such as 06 00 00 00 00."""
    if "@" in contact:
        return True
    digits = "".join(sign for sign in contact if sign.isdigit())
    return len(digits) >= 9 and len(set(digits[-8:])) > 2
