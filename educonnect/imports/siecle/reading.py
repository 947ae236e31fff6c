"""The files of one school and year, made one Roll.

Every rule of a record is here, once: what is kept, what is cleaned, what is left out, and what is said of it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from educonnect.imports import encoding, rules, wording
from educonnect.imports.container import Shelf
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Finding, Findings, Rule
from educonnect.imports.siecle import records, values
from educonnect.imports.siecle.heads import Head
from educonnect.imports.siecle.kinds import RECORDS, ROOTS, Kind
from educonnect.imports.siecle.records import Fields
from educonnect.imports.siecle.values import Unreadable
from educonnect.population.ine import Ine, Shape
from educonnect.population.names import fold
from educonnect.population.roll import Roll, RollGuardian, RollLink, RollPupil
from educonnect.population.rules import DECEASED, SELF
from educonnect.schools.mef import level_of
from educonnect.schools.uai import Uai

_Say = Callable[[Rule], None]

#: Reasons of quarantine, stored.
INE_MISSING: Final = "INE_MISSING"
INE_MALFORMED: Final = "INE_MALFORMED"
INE_DUPLICATED: Final = "INE_DUPLICATED"
IDENTITY_INCOMPLETE: Final = "IDENTITY_INCOMPLETE"

_CIVILITIES: Final = {"M": "M.", "M.": "M.", "MR": "M.", "MME": "Mme", "MLLE": "Mme", "MME.": "Mme"}
_KINSHIP_BEFORE_2018: Final = {"1": "20", "2": "10"}
#: NIVEAU_RESPONSABILITE, and RESP_LEGAL of before 2018 (1 and 2 legal, 0 contact).
_LEVELS: Final = {"1": 1, "2": 2, "3": 3}
_LEVELS_BEFORE_2018: Final = {"1": 1, "2": 1, "0": 3}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the files of a school say: its people, and itself (`name`, `kind`… as `open_school` takes them)."""

    roll: Roll
    school: dict[str, str]


def read_school(shelf: Shelf, heads: list[Head], *, now: datetime, found: Findings) -> Reading:
    """Read the files of one school and year, one of each kind at most.

    Raises:
        FileRefused: a file cannot be read to its end. What was found before is in `found`.
    """
    school = _School(heads[0].uai, heads[0].year, now, found)
    order = list(Kind)
    for head in sorted(heads, key=lambda one: order.index(one.kind)):
        school.read(shelf, head)
    return school.reading()


@dataclass(slots=True)
class _Waiting:
    """A pupil's record, until the classes are known."""

    fields: Fields
    line: int
    ine: Ine
    former_ine: str
    family_name: str
    first_name: str
    used_name: str
    birthdate: date


@dataclass(slots=True)
class _Link:
    level: int
    kinship: str


@dataclass(slots=True)
class _School:
    uai: Uai
    year: int
    now: datetime
    found: Findings
    exported_at: dict[str, datetime] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    mefs: dict[str, tuple[str, str]] = field(default_factory=dict)
    attached: dict[str, str] = field(default_factory=dict)
    divisions: dict[str, str] = field(default_factory=dict)
    pupils: dict[int, _Waiting] = field(default_factory=dict)
    quarantined: dict[int, str] = field(default_factory=dict)
    classes: dict[int, set[str]] = field(default_factory=dict)
    in_blocks: Counter[int] = field(default_factory=Counter)
    guardians: dict[int, RollGuardian] = field(default_factory=dict)
    rejected_guardians: set[int] = field(default_factory=set)
    links: list[tuple[int, int, _Link]] = field(default_factory=list)
    labels: dict[Kind, str] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)

    # --- a file
    def read(self, shelf: Shelf, head: Head) -> None:
        document, label = head.document, head.document.label

        def found(finding: Finding, /) -> None:
            self.found.add(replace(finding, uai=self.uai.code))

        with shelf.open(document) as stream:
            text = encoding.survey(stream, label, found)
        self.labels[head.kind] = label
        take = {
            "ELEVE": self._pupil,
            "STRUCTURES_ELEVE": self._classes,
            "PERSONNE": self._guardian,
            "RESPONSABLE_ELEVE": self._link,
            "RESPONSABLE": self._link,
            "DIVISION": self._division,
            "MEF": self._mef,
            "UAJ": self._facts,
        }

        def record(name: str, fields: Fields, blocks: list[Fields], line: int) -> None:
            if name == "PARAMETRES":
                if fields.get("UAJ", "").upper() != self.uai.code:
                    raise FileRefused(wording.CHANGED_MEANWHILE.finding(label))
            else:
                take[name](fields, blocks, line)

        def root(name: str) -> None:
            if ROOTS.get(name) is not head.kind:
                raise FileRefused(wording.CHANGED_MEANWHILE.finding(label))

        with shelf.open(document) as stream:
            records.read(text.utf_8(stream), label, wanted=RECORDS[head.kind], take=record, root=root)
        self.exported_at[head.kind.value] = head.exported_at
        self.digests[head.kind.value] = text.digest

    def _say(self, kind: Kind, rule: Rule, line: int = 0, record: str = "", **values: object) -> None:
        self.found.add(rule.finding(self.labels.get(kind, ""), line, record=record, uai=self.uai.code, **values))

    # --- Communs, Nomenclature, Structures
    def _facts(self, fields: Fields, _: list[Fields], __: int) -> None:
        name, more = values.tidy(fields.get("DENOM_PRINC", "")), values.tidy(fields.get("DENOM_COMPL", ""))
        if more and fold(more) not in fold(name):
            name = f"{name} {more}".strip()
        self.facts = {
            "name": name,
            "kind": values.tidy(fields.get("CODE_TYPE_ETAB", "")),
            "sector": fields.get("SECTEUR_CODE", ""),
            "town": values.tidy(fields.get("LIBELLE_POSTAL", "")),
            "phone": values.tidy(fields.get("TELEPHONE", "")),
            "head_title": values.tidy(fields.get("QUAL_RESP", "")),
        }

    def _mef(self, fields: Fields, _: list[Fields], __: int) -> None:
        code = fields.get("CODE_MEF", "")
        if not code or len(code) > 11:
            return
        label = fields.get("LIBELLE_LONG") or fields.get("LIBELLE_EDITION") or fields.get("FORMATION", "")
        self.mefs[code] = (values.tidy(label)[:60], fields.get("CODE_MEFSTAT", "")[:4])
        if attached := fields.get("MEF_RATTACHEMENT"):
            self.attached[code] = attached

    def _division(self, fields: Fields, _: list[Fields], __: int) -> None:
        code = values.tidy(fields.get("CODE_STRUCTURE", ""))
        if code and len(code) <= 8 and code.casefold() not in rules.INACTIVE:
            self.divisions[code] = values.tidy(fields.get("LIBELLE_LONG", ""))[:40]

    # --- Eleves
    def _pupil(self, fields: Fields, _: list[Fields], line: int) -> None:
        source_id = values.number(fields.get("ELEVE_ID"))
        if source_id is None:
            self._say(Kind.ELEVES, wording.PUPIL_UNNUMBERED, line)
            return
        record = f"ELEVE_ID {source_id}"

        def say(rule: Rule) -> None:
            self._say(Kind.ELEVES, rule, line, record)

        if source_id in self.pupils or source_id in self.quarantined:
            say(wording.PUPIL_TWICE)
            return
        self.lines[source_id] = line
        family = values.surname(fields.get("NOM_DE_FAMILLE") or fields.get("NOM", ""))
        first = values.given_name(fields.get("PRENOM", ""))
        used = values.surname(fields.get("NOM_USAGE", ""))
        birthdate = self._birthdate(fields, say)
        if not family.text:
            say(wording.NAME_MISSING)
        if not first.text:
            say(wording.FIRST_NAME_MISSING)
        ine, former = self._ine(fields)
        if not ine:
            say(wording.INE_MISSING)
            self.quarantined[source_id] = INE_MISSING
            return
        if len(ine.code) != 11 or not ine.code.isascii() or not ine.code.replace("_", "0").isalnum():
            say(wording.INE_SHAPE)
            self.quarantined[source_id] = INE_MALFORMED
            return
        if birthdate is None or not family.text or not first.text:
            self.quarantined[source_id] = IDENTITY_INCOMPLETE
            return
        if ine.shape is not Shape.OTHER and not ine.has_right_key:
            say(wording.INE_KEY)
        self._name_findings((family, first, used), say)
        self.pupils[source_id] = _Waiting(
            fields, line, ine, former, family.text, first.text, used.text if used != family else "", birthdate
        )

    @staticmethod
    def _name_findings(names: tuple[values.Name, ...], say: _Say) -> None:
        if any(name.question for name in names):
            say(wording.NAME_QUESTION)
        if any(name.garbled for name in names):
            say(wording.NAME_GARBLED)
        if any(name.quoted for name in names):
            say(wording.NAME_QUOTED)
        if any(name.long for name in names):
            say(wording.NAME_LONG)

    @staticmethod
    def _ine(fields: Fields) -> tuple[Ine | None, str]:
        """The number in force and the former one. Source: ID_NATIONAL is the one in force, RNIE before BEA."""
        written = [
            Ine.parse(value) for name in ("ID_NATIONAL", "INE_RNIE", "INE_BEA") if (value := fields.get(name, ""))
        ]
        if not written:
            return None, ""
        former = next(
            (one.code for one in reversed(written) if one.code != written[0].code and len(one.code) == 11), ""
        )
        return written[0], former

    def _birthdate(self, fields: Fields, say: _Say) -> date | None:
        try:
            birthdate = values.day(fields.get("DATE_NAISS"))
        except Unreadable:
            say(wording.BIRTHDATE_UNREADABLE)
            return None
        if birthdate is None:
            say(wording.BIRTHDATE_MISSING)
            return None
        if birthdate > self.now.astimezone(values.PARIS).date():
            say(wording.BIRTHDATE_FUTURE)
            return None
        if birthdate.year < rules.OLDEST_BIRTH_YEAR:
            say(wording.BIRTHDATE_ANCIENT)
            return None
        if self.year - birthdate.year not in rules.USUAL_AGES:
            say(wording.BIRTHDATE_ODD)
        return birthdate

    def _classes(self, fields: Fields, blocks: list[Fields], _: int) -> None:
        source_id = values.number(fields.get("ELEVE_ID"))
        if source_id is None:
            return
        self.in_blocks[source_id] += 1
        for block in blocks:
            code = values.tidy(block.get("CODE_STRUCTURE", ""))
            if code and block.get("TYPE_STRUCTURE", "D").upper() == "D":
                self.classes.setdefault(source_id, set()).add(code)

    def _division_of(self, source_id: int, say: _Say) -> str:
        if self.in_blocks[source_id] > 1:
            say(wording.SEVERAL_BLOCKS)
        codes = self.classes.get(source_id, set())
        kept = sorted(code for code in codes if code.casefold() not in rules.INACTIVE)
        if len(kept) < len(codes):
            say(wording.INACTIVE_DIVISION)
        if len(kept) > 1:
            say(wording.SEVERAL_DIVISIONS)
        if not kept:
            return ""
        code = kept[0]
        if len(code) > 8:
            say(wording.DIVISION_LONG)
            return ""
        if code not in self.divisions:
            if Kind.STRUCTURES in self.digests:
                say(wording.DIVISION_UNKNOWN)
            self.divisions[code] = ""
        return code

    def _roll_pupils(self) -> Iterator[RollPupil]:
        self._quarantine_same_ine()
        no_class: list[int] = []
        levelless: set[str] = set()
        people: Counter[tuple[str, str, date]] = Counter()
        for source_id, one in self.pupils.items():
            record, line, fields = f"ELEVE_ID {source_id}", one.line, one.fields

            def say(rule: Rule, record: str = record, line: int = line) -> None:
                self._say(Kind.ELEVES, rule, line, record)

            division = self._division_of(source_id, say)
            mef, level = self._mef_of(fields, levelless, say)
            leaves_on = self._date(fields, "DATE_SORTIE", wording.LEAVING_UNREADABLE, say)
            reason = fields.get("CODE_MOTIF_SORTIE", "")[:2]
            sex = fields.get("CODE_SEXE", "")
            if sex not in {"1", "2"}:
                say(wording.SEX)
                sex = ""
            commune = fields.get("CODE_COMMUNE_INSEE_NAISS", "").upper()
            if commune and not values.is_commune(commune):
                say(wording.BIRTHPLACE)
                commune = ""
            if reason == DECEASED:
                say(wording.DECEASED)
            elif not division and leaves_on is None and not self.classes.get(source_id):
                no_class.append(source_id)
            person = (fold(one.family_name), fold(one.first_name), one.birthdate)
            people[person] += 1
            if people[person] > 1:
                say(wording.HOMONYM)
            yield RollPupil(
                source_id=source_id,
                ine=one.ine.code,
                family_name=one.family_name,
                first_name=one.first_name,
                birthdate=one.birthdate,
                former_ine=one.former_ine,
                used_name=one.used_name,
                other_names=" ".join(
                    name.text for key in ("PRENOM2", "PRENOM3") if (name := values.given_name(fields.get(key, ""))).text
                )[:200],
                sex=sex,
                birth_commune=commune,
                birth_country=fields.get("CODE_PAYS", "")[:5],
                division=division,
                mef=mef,
                level=level,
                started_on=self._date(fields, "DATE_ENTREE", wording.STARTING_UNREADABLE, say),
                leaves_on=leaves_on,
                leaving_reason=reason,
            )
        if no_class and len(no_class) == len(self.pupils):
            self._say(Kind.ELEVES, wording.NO_DIVISION_AT_ALL)
        else:
            for source_id in no_class:
                self._say(Kind.ELEVES, wording.NO_DIVISION, self.pupils[source_id].line, f"ELEVE_ID {source_id}")

    def _quarantine_same_ine(self) -> None:
        owners: dict[str, list[int]] = {}
        for source_id, one in self.pupils.items():
            owners.setdefault(one.ine.code, []).append(source_id)
        for several in owners.values():
            if len(several) > 1:
                for source_id in several:
                    one = self.pupils.pop(source_id)
                    self._say(Kind.ELEVES, wording.INE_TWICE, one.line, f"ELEVE_ID {source_id}")
                    self.quarantined[source_id] = INE_DUPLICATED

    def _mef_of(self, fields: Fields, levelless: set[str], say: _Say) -> tuple[str, str]:
        mef = fields.get("CODE_MEF", "").upper()
        if not mef:
            say(wording.NO_MEF)
            return "", ""
        if len(mef) != 11:
            say(wording.MEF_SHAPE)
            if len(mef) > 11:
                return "", ""
        level = level_of(mef, self.mefs)
        if not level and mef not in levelless:
            levelless.add(mef)
            self._say(Kind.ELEVES, wording.MEF_LEVEL, mef=mef)
        return mef, level

    @staticmethod
    def _date(fields: Fields, name: str, rule: Rule, say: _Say) -> date | None:
        try:
            return values.day(fields.get(name))
        except Unreadable:
            say(rule)
            return None

    # --- Responsables
    def _guardian(self, fields: Fields, _: list[Fields], line: int) -> None:
        source_id = values.number(fields.get("PERSONNE_ID"))
        if source_id is None:
            self._say(Kind.RESPONSABLES, wording.PERSON_UNNUMBERED, line)
            return
        record = f"PERSONNE_ID {source_id}"

        def say(rule: Rule) -> None:
            self._say(Kind.RESPONSABLES, rule, line, record)

        if source_id in self.guardians or source_id in self.rejected_guardians:
            say(wording.PERSON_TWICE)
            return
        family = values.surname(fields.get("NOM_DE_FAMILLE") or fields.get("NOM", ""))
        first = values.given_name(fields.get("PRENOM", ""))
        used = values.surname(fields.get("NOM_USAGE", ""))
        if not family.text or not first.text:
            say(wording.PERSON_UNNAMED)
            self.rejected_guardians.add(source_id)
            return
        self._name_findings((family, first, used), say)
        self.guardians[source_id] = RollGuardian(
            source_id=source_id,
            family_name=family.text,
            first_name=first.text,
            civility=_CIVILITIES.get(fields.get("LC_CIVILITE", "").upper(), ""),
            used_name=used.text if used != family else "",
            mobile=self._mobile(fields, say),
            email=self._email(fields, say),
        )

    def _mobile(self, fields: Fields, say: _Say) -> str:
        region = self.uai.phone_region
        if written := fields.get("TEL_PORTABLE"):
            read = values.phone(written, region)
            if not read.exists:
                say(wording.PHONE_UNREADABLE)
            elif not read.mobile:
                say(wording.PHONE_FIXED)
            return read.text
        for name in ("TEL_PERSONNEL", "TEL_PROFESSIONNEL"):
            if (written := fields.get(name)) and (read := values.phone(written, region)).mobile:
                return read.text
        return ""

    @staticmethod
    def _email(fields: Fields, say: _Say) -> str:
        written = fields.get("MEL", "")
        if written and not values.is_email(written):
            say(wording.EMAIL_UNREADABLE)
            return ""
        return written

    def _link(self, fields: Fields, _: list[Fields], line: int) -> None:
        pupil, guardian = values.number(fields.get("ELEVE_ID")), values.number(fields.get("PERSONNE_ID"))
        if pupil is None or guardian is None:
            self._say(Kind.RESPONSABLES, wording.LINK_UNREADABLE, line)
            return
        if written := fields.get("NIVEAU_RESPONSABILITE"):
            level = _LEVELS.get(written)
        else:
            level = _LEVELS_BEFORE_2018.get(fields.get("RESP_LEGAL", ""))
        if level is None:
            self._say(Kind.RESPONSABLES, wording.LEVEL_UNREADABLE, line, f"ELEVE_ID {pupil}")
            level = 3
        kinship = fields.get("CODE_PARENTE", "")[:2]
        self.links.append((pupil, guardian, _Link(level, _KINSHIP_BEFORE_2018.get(kinship, kinship))))

    def _roll_links(self) -> Iterator[RollLink]:
        without_person = without_pupil = own = 0
        for pupil, guardian, link in self.links:
            if link.kinship == SELF:
                own += 1
            elif guardian not in self.guardians:
                without_person += 1
            elif Kind.ELEVES in self.digests and pupil not in self.pupils:
                without_pupil += 1
            else:
                yield RollLink(pupil, guardian, link.level, link.kinship)
        for rule, count in (
            (wording.LINKS_WITHOUT_PERSON, without_person),
            (wording.LINKS_WITHOUT_PUPIL, without_pupil),
            (wording.OWN_GUARDIAN, own),
        ):
            if count:
                self._say(Kind.RESPONSABLES, rule, count=count)

    def _roll_guardians(self, links: tuple[RollLink, ...]) -> Iterator[RollGuardian]:
        linked = {link.guardian for link in links}
        if alone := len(self.guardians.keys() - linked):
            self._say(Kind.RESPONSABLES, wording.PERSONS_UNLINKED, count=alone)
        seen: set[tuple[str, str, str]] = set()
        for source_id, one in self.guardians.items():
            if source_id not in linked:
                continue
            names = fold(one.family_name), fold(one.first_name)
            contacts = {(*names, contact.lower()) for contact in (one.mobile, one.email) if contact}
            if contacts & seen:
                self._say(Kind.RESPONSABLES, wording.PERSON_HOMONYM, record=f"PERSONNE_ID {source_id}")
            seen |= contacts
            yield one

    # --- the whole
    def reading(self) -> Reading:
        # an academic course without a level of its own has that of the national one it is attached to
        for code, attached in self.attached.items():
            if not self.mefs[code][1] and attached in self.mefs:
                self.mefs[code] = (self.mefs[code][0], self.mefs[attached][1])
        pupils = tuple(self._roll_pupils())
        if Kind.ELEVES in self.digests and not pupils:
            self._say(Kind.ELEVES, wording.NO_PUPIL)
        links = tuple(self._roll_links())
        return Reading(
            roll=Roll(
                uai=self.uai.code,
                year=self.year,
                exported_at=self.exported_at,
                digests=self.digests,
                pupils=pupils,
                guardians=tuple(self._roll_guardians(links)),
                links=links,
                divisions=self.divisions,
                mefs=self.mefs,
                quarantined=self.quarantined,
            ),
            school=self.facts,
        )
