"""Apply the pupils and guardians of a school: the roll, then an account for each newcomer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from educonnect.accounts.closing import withdraw
from educonnect.accounts.opening import open_accounts
from educonnect.imports import wording
from educonnect.imports.container import Shelf
from educonnect.imports.findings import Finding, Findings, Rule
from educonnect.imports.groups import Group
from educonnect.imports.siecle.kinds import Kind
from educonnect.imports.siecle.reading import Reading, read_school
from educonnect.population import changes as population
from educonnect.population import reports
from educonnect.population.changes import Changes
from educonnect.population.synchronise import synchronise
from educonnect.schools.directory import open_school


@dataclass(frozen=True, slots=True)
class Pupils(Group[Reading]):
    """The SIECLE files of one school and year."""

    allow_mass_departure: bool = False

    def read(self, shelf: Shelf, found: Findings) -> Reading:
        """See `Group`."""
        return read_school(shelf, self.heads, now=self.now, found=found)

    def write(self, what: Reading) -> tuple[dict[str, int], Iterable[Finding]]:
        """See `Group`."""
        open_school(self.uai, **what.school)
        changes = synchronise(what.roll, now=self.now, allow_mass_departure=self.allow_mass_departure)
        opened = open_accounts(
            pupils=changes.pupils_enrolled,
            guardians=changes.guardians_legal,
            now=self.now,
            actor=self.mandate.actor,
            uai=self.uai,
        )
        closed = withdraw(
            pupils=changes.pupils_deceased,
            guardians=changes.guardians_withdrawn,
            now=self.now,
            actor=self.mandate.actor,
            uai=self.uai,
        )
        counts = {
            "pupils": len(what.roll.pupils),
            "guardians": len(what.roll.guardians),
            **{
                one.name: value
                for one in fields(Changes)
                if isinstance(value := getattr(changes, one.name), int) and not isinstance(value, bool)
            },
            "unchanged": int(changes.unchanged),
            "accounts_opened": opened,
            "accounts_closed": closed,
            "reports_waiting": reports.waiting().filter(school=self.uai).count(),
        }
        labels = {head.kind: head.document.label for head in self.heads}
        return counts, [_noted(note, labels, self.uai) for note in changes.notes]


#: What `synchronise` notes -> the rule that says it, and the file it came from.
_NOTES: Final[Mapping[population.Rule, tuple[Rule, Kind]]] = {
    population.Rule.INE_REATTRIBUTED: (wording.INE_REATTRIBUTED, Kind.ELEVES),
    population.Rule.INE_TWICE: (wording.INE_TWICE, Kind.ELEVES),
    population.Rule.INE_CHANGED: (wording.INE_CHANGED, Kind.ELEVES),
    population.Rule.IDENTITY_CHANGED: (wording.IDENTITY_CHANGED, Kind.ELEVES),
    population.Rule.SEVERAL_LEGAL: (wording.SEVERAL_LEGAL, Kind.RESPONSABLES),
    population.Rule.LINK_TWICE: (wording.LINK_TWICE, Kind.RESPONSABLES),
    population.Rule.GUARDIAN_REPLACED: (wording.PERSON_REPLACED, Kind.RESPONSABLES),
    population.Rule.GUARDIAN_MERGED: (wording.PERSON_MERGED, Kind.RESPONSABLES),
    population.Rule.SHARED_CONTACT: (wording.CONTACT_SHARED, Kind.RESPONSABLES),
}


def _noted(note: population.Note, labels: Mapping[Kind, str], uai: str) -> Finding:
    rule, kind = _NOTES[note.rule]
    of_pupil = kind is Kind.ELEVES or note.rule is population.Rule.SEVERAL_LEGAL
    number = "ELEVE_ID" if of_pupil else "PERSONNE_ID"
    finding = rule.finding(labels.get(kind, ""), record=f"{number} {note.source_id}", uai=uai)
    return replace(finding, field=note.field)
