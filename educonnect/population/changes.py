"""Changes: what applying a roll did to a school."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """BLOCKING: the record was left out. WARNING: it was taken, someone should look."""

    BLOCKING = "bloquant"
    WARNING = "avertissement"


class Rule(StrEnum):
    """What a note is about; the word is shown in reports, so it never changes meaning."""

    INE_REATTRIBUTED = "INE_REATTRIBUTED"  # the number belongs to somebody else (name and birth date differ)
    INE_TWICE = "INE_TWICE"  # two records of the roll claim one pupil
    INE_CHANGED = "INE_CHANGED"  # the same pupil, known until now under another number
    IDENTITY_CHANGED = "IDENTITY_CHANGED"  # name or birth date corrected
    SEVERAL_LEGAL = "SEVERAL_LEGAL"  # more than two legal guardians
    LINK_TWICE = "LINK_TWICE"  # one guardian linked twice to one pupil; the more responsible level is kept
    GUARDIAN_REPLACED = "GUARDIAN_REPLACED"  # a number of the base now names somebody else
    GUARDIAN_MERGED = "GUARDIAN_MERGED"  # recognised as a guardian already known under another number
    SHARED_CONTACT = "SHARED_CONTACT"  # a phone or e-mail too many people share proves nothing


@dataclass(frozen=True, slots=True)
class Note:
    """One remark on one record of the roll; its French sentence is added by whoever reports it.

    Attributes:
        source_id: ELEVE_ID or PERSONNE_ID of the record.
        field: name of the field in the school base, such as `ID_NATIONAL`.
    """

    rule: Rule
    severity: Severity
    source_id: int
    field: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Exact counts of what was written, and whom accounts are for.

    Attributes:
        unchanged: these very files were already applied: nothing was looked at.
        pupils_enrolled: pupils of the roll who are there now (deceased left out): account to open.
        guardians_legal: legal guardians of those pupils: account to open.
        pupils_deceased: pupils the roll says have died since: account to close at once.
        guardians_withdrawn: guardians who lost legal responsibility for a pupil who is still there.
        links_ignored: links to a pupil or a person the roll does not hold, or of an adult pupil to himself.
        guardians_ignored: persons linked to nobody.
    """

    unchanged: bool = False
    pupils_created: int = 0
    pupils_updated: int = 0
    enrolments_created: int = 0
    enrolments_updated: int = 0
    enrolments_ended: int = 0
    enrolments_resumed: int = 0
    divisions_created: int = 0
    guardians_created: int = 0
    guardians_updated: int = 0
    guardianships_created: int = 0
    guardianships_updated: int = 0
    guardianships_ended: int = 0
    quarantined: int = 0
    links_ignored: int = 0
    guardians_ignored: int = 0
    pupils_enrolled: tuple[int, ...] = ()
    guardians_legal: tuple[int, ...] = ()
    pupils_deceased: tuple[int, ...] = ()
    guardians_withdrawn: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def written(self) -> int:
        """How many rows of people, enrolments and links were created, changed or ended."""
        return (
            self.pupils_created
            + self.pupils_updated
            + self.enrolments_created
            + self.enrolments_updated
            + self.enrolments_ended
            + self.enrolments_resumed
            + self.divisions_created
            + self.guardians_created
            + self.guardians_updated
            + self.guardianships_created
            + self.guardianships_updated
            + self.guardianships_ended
        )
