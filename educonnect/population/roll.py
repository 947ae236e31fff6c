"""Roll: the one shape in which a school's people arrive, whatever base they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class RollPupil:
    """A pupil as the school base has it, cleaned: trimmed, control characters gone, dates read.

    Attributes:
        source_id: ELEVE_ID, the key of links in this roll.
        ine: upper case; never empty (a record without INE goes to `Roll.quarantined`).
        division: code of the one class, empty when none.
        leaves_on: DATE_SORTIE, past or future.
    """

    source_id: int
    ine: str
    family_name: str
    first_name: str
    birthdate: date
    former_ine: str = ""
    used_name: str = ""
    other_names: str = ""
    sex: str = ""
    birth_commune: str = ""
    birth_country: str = ""
    division: str = ""
    mef: str = ""
    level: str = ""
    started_on: date | None = None
    leaves_on: date | None = None
    leaving_reason: str = ""


@dataclass(frozen=True, slots=True)
class RollGuardian:
    """An adult of the school base. `mobile` is E.164 where it could be parsed, else as given."""

    source_id: int
    family_name: str
    first_name: str
    civility: str = ""
    used_name: str = ""
    mobile: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class RollLink:
    """Who answers for whom: level 1 legal, 2 in charge, 3 contact (older RESP_LEGAL already mapped)."""

    pupil: int
    guardian: int
    level: int
    kinship: str = ""


@dataclass(frozen=True, slots=True)
class Roll:
    """The people of one school for one year, from one or several files of one export.

    Attributes:
        exported_at: kind of file (`eleves`, `responsables`, `structures`…) -> its HORODATAGE. A kind that is absent
            says nothing: a roll without `responsables` leaves guardians as they are.
        digests: kind of file -> SHA-256 hex of its XML bytes; the same digest again changes nothing.
        divisions: code -> label. mefs: code -> (label, MEFSTAT4).
        quarantined: ELEVE_ID -> reason, such as `INE_MISSING`.
    """

    uai: str
    year: int
    exported_at: Mapping[str, datetime]
    digests: Mapping[str, str]
    pupils: tuple[RollPupil, ...] = ()
    guardians: tuple[RollGuardian, ...] = ()
    links: tuple[RollLink, ...] = ()
    divisions: Mapping[str, str] = field(default_factory=dict)
    mefs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    quarantined: Mapping[int, str] = field(default_factory=dict)
