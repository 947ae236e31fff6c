"""Write a fictive school's base as the exports a real one hands over: SIECLE XML in Latin-9, each alone in its ZIP.

Same school, same bytes. Elements are written as the specification of the exports names them; an absent value leaves its
element out, an empty one leaves it empty.

Source: specification of the SIECLE exports (ministry, version 17.4.0); schema changes of summer 2016 and of 2018.
"""

import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from educonnect.demo.academie import FATHER, MOTHER, Course, FictiveGuardian, FictivePupil, FictiveSchool, Link, Schema

ENCODING = "iso-8859-15"
CHUNK = 200  # records encoded and compressed at a time
LEVELS_BEFORE_2018 = {1: "1", 2: "0", 3: "0"}
KINSHIP_BEFORE_2016 = {FATHER: "1", MOTHER: "2"}
SUBJECTS = (("030201", "ANGLAIS LV1"), ("030602", "ESPAGNOL LV2"), ("061300", "MATHEMATIQUES"), ("100100", "EPS"))


def write_school(school: FictiveSchool, folder: Path, today: date) -> list[Path]:
    """Write the five archives of a school in `folder/<UAI>`; returns their paths.

    The exports are dated from the evening before `today`, so that none ever comes from the future.
    """
    target = folder / school.uai
    target.mkdir(parents=True, exist_ok=True)
    exported = today - timedelta(days=1)
    files: tuple[tuple[str, str, Callable[[FictiveSchool], Iterator[str]]], ...] = (
        ("ElevesAvecAdresses", "BEE_ELEVES", _pupils),
        ("ResponsablesAvecAdresses", "BEE_RESPONSABLES", _guardians),
        ("Structures", "BEE_STRUCTURES", _structures),
        ("Nomenclature", "BEE_NOMENCLATURES", _nomenclature),
        ("Communs", "BEE_COMMUN", _common),
    )
    written = []
    for name, root, body in files:
        path = target / f"ExportXML_{name}.zip"
        _zip(path, f"{name}.xml", _document(root, school, exported, body(school)), exported)
        written.append(path)
    return written


def _zip(path: Path, member: str, parts: Iterator[str], day: date) -> None:
    entry = zipfile.ZipInfo(member, date_time=(day.year, day.month, day.day, 21, 30, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive, archive.open(entry, "w") as file:
        pending: list[str] = []
        for part in parts:
            pending.append(part)
            if len(pending) >= CHUNK:
                file.write("".join(pending).encode(ENCODING, "replace"))  # what cannot be written becomes « ? »
                pending.clear()
        file.write("".join(pending).encode(ENCODING, "replace"))


def _document(root: str, school: FictiveSchool, exported: date, body: Iterator[str]) -> Iterator[str]:
    version = {Schema.BEFORE_2016: "2.0", Schema.BEFORE_2018: "2.1", Schema.CURRENT: "3.1"}[school.schema]
    day = _day(exported)
    yield (
        '<?xml version="1.0" encoding="ISO-8859-15"?>\n'
        f'<{root} VERSION="{version}">\n<PARAMETRES><UAJ>{school.uai}</UAJ>'
        f"<ANNEE_SCOLAIRE>{school.year}</ANNEE_SCOLAIRE><DATE_EXPORT>{day}</DATE_EXPORT>"
        f"<HORODATAGE>{day} 21:30:00</HORODATAGE></PARAMETRES>\n<DONNEES>\n"
    )
    yield from body
    yield f"</DONNEES>\n</{root}>\n"


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _optional(tag: str, value: str) -> str:
    return f"<{tag}>{escape(value)}</{tag}>" if value else ""


# --- Eleves -------------------------------------------------------------------------------------------------------
def _pupils(school: FictiveSchool) -> Iterator[str]:
    yield "<ELEVES>\n"
    for rank, pupil in enumerate(school.pupils, start=1):
        yield _pupil(school, pupil, rank)
    yield "</ELEVES>\n<OPTIONS>\n"
    outer, inner = ("OPTIONS_ELEVE", "OPTION") if school.schema is Schema.BEFORE_2016 else ("OPTION", "OPTIONS_ELEVE")
    subjects = "".join(
        f"<{inner}><NUM_OPTION>{number}</NUM_OPTION><CODE_MODALITE_ELECT>S</CODE_MODALITE_ELECT>"
        f"<CODE_MATIERE>{code}</CODE_MATIERE></{inner}>"
        for number, (code, _label) in enumerate(SUBJECTS, start=1)
    )
    for rank, pupil in enumerate(school.pupils, start=1):
        yield f'<{outer} ELEVE_ID="{pupil.number}" ELENOET="{rank}">{subjects}</{outer}>\n'
    yield "</OPTIONS>\n<STRUCTURES>\n"
    for rank, pupil in enumerate(school.pupils, start=1):
        if pupil.divisions:
            yield _classes(pupil, rank)
    # a block for somebody the file does not hold: left behind by a deleted record
    yield (
        '<STRUCTURES_ELEVE ELEVE_ID="1"><STRUCTURE><CODE_STRUCTURE>FANTOME</CODE_STRUCTURE>'
        "<TYPE_STRUCTURE>D</TYPE_STRUCTURE></STRUCTURE></STRUCTURES_ELEVE>\n</STRUCTURES>\n<BOURSES>\n"
    )
    for pupil in school.pupils[::4]:
        yield f"<BOURSE><ELEVE_ID>{pupil.number}</ELEVE_ID><CODE_BOURSE>CO</CODE_BOURSE></BOURSE>\n"
    yield "</BOURSES>\n"
    yield from _addresses(school)


def _pupil(school: FictiveSchool, pupil: FictivePupil, rank: int) -> str:
    old = school.schema is Schema.BEFORE_2016
    ine = pupil.ine
    if ine is None:
        identifiers = ""
    elif not ine:
        identifiers = "<ID_NATIONAL></ID_NATIONAL>"
    else:
        identifiers = f"<ID_NATIONAL>{ine}</ID_NATIONAL>" + _optional("INE_BEA", pupil.former_ine)
        if not old and ine != pupil.former_ine:
            identifiers += f"<INE_RNIE>{ine}</INE_RNIE>"
    if old:
        names = f"<NOM>{escape(pupil.family_name[:25])}</NOM>"
    else:
        names = f"<NOM_DE_FAMILLE>{escape(pupil.family_name)}</NOM_DE_FAMILLE>"
        # both forms mean the same: nothing there, or there and empty
        names += f"<NOM_USAGE>{escape(pupil.used_name)}</NOM_USAGE>" if pupil.used_name or rank % 3 == 0 else ""
    others = "".join(f"<PRENOM{n}>{escape(name)}</PRENOM{n}>" for n, name in enumerate(pupil.other_names, start=2))
    local = f"{rank:05d}{school.uai[1:-1]}"
    birthplace = (
        f"<CODE_PAYS>{pupil.birth_country}</CODE_PAYS>"
        + (
            f"<CODE_DEPARTEMENT_NAISS>{_birth_departement(pupil.birth_commune)}</CODE_DEPARTEMENT_NAISS>"
            f"<CODE_COMMUNE_INSEE_NAISS>{pupil.birth_commune}</CODE_COMMUNE_INSEE_NAISS>"
            if pupil.birth_commune
            else ""
        )
        + _optional("VILLE_NAISS", pupil.birth_town)
    )
    leaving = (
        f"<DATE_SORTIE>{_day(pupil.leaves)}</DATE_SORTIE><CODE_MOTIF_SORTIE>{pupil.leaving_reason}</CODE_MOTIF_SORTIE>"
        if pupil.leaves
        else ""
    )
    return (
        f'<ELEVE ELEVE_ID="{pupil.number}" ELENOET="{rank}">{identifiers}<ELENOET>{rank}</ELENOET>'
        f"<ID_ELEVE_ETAB>{local}</ID_ELEVE_ETAB>{names}<PRENOM>{escape(pupil.first_name)}</PRENOM>{others}"
        f"<DATE_NAISS>{_day(pupil.birthdate)}</DATE_NAISS>{_optional('CODE_SEXE', pupil.sex)}{birthplace}"
        "<CODE_PAYS_NAT>100</CODE_PAYS_NAT><DOUBLEMENT>0</DOUBLEMENT><ACCEPTE_SMS>0</ACCEPTE_SMS>"
        f"{_optional('MEL', pupil.email)}"
        f"<DATE_ENTREE>{_day(pupil.entered) if pupil.entered else ''}</DATE_ENTREE>{leaving}"
        f"<CODE_REGIME>2</CODE_REGIME><CODE_STATUT>{pupil.status}</CODE_STATUT><CODE_MEF>{pupil.course.mef}</CODE_MEF>"
        f"<CODE_PROVENANCE>1</CODE_PROVENANCE><ADHESION_TRANSPORT>{rank % 2}</ADHESION_TRANSPORT>"
        f"<ADRESSE_ID>{pupil.address}</ADRESSE_ID>"
        "<SCOLARITE_AN_DERNIER><CODE_MEF>10310019110</CODE_MEF><CODE_STRUCTURE>3A</CODE_STRUCTURE>"
        f"<CODE_RNE>{school.uai}</CODE_RNE><CODE_NATURE>340</CODE_NATURE><SIGLE>CLG</SIGLE>"
        f"<DENOM_PRINC>COLLEGE</DENOM_PRINC><DENOM_COMPL>{escape(school.name)}</DENOM_COMPL>"
        f"</SCOLARITE_AN_DERNIER></ELEVE>\n"
    )


def _birth_departement(commune: str) -> str:
    return commune[:3] if commune.startswith("97") else "0" + commune[:2]


def _classes(pupil: FictivePupil, rank: int) -> str:
    classes = [
        f"<STRUCTURE><CODE_STRUCTURE>{escape(code)}</CODE_STRUCTURE><TYPE_STRUCTURE>D</TYPE_STRUCTURE></STRUCTURE>"
        for code in pupil.divisions
    ]
    group = "<STRUCTURE><CODE_STRUCTURE>GRPLV2</CODE_STRUCTURE><TYPE_STRUCTURE>G</TYPE_STRUCTURE></STRUCTURE>"
    blocks = [*classes, group] if rank % 2 else [group, *classes]  # their order means nothing
    return f'<STRUCTURES_ELEVE ELEVE_ID="{pupil.number}" ELENOET="{rank}">{"".join(blocks)}</STRUCTURES_ELEVE>\n'


def _addresses(school: FictiveSchool) -> Iterator[str]:
    yield "<ADRESSES>\n"
    for number, (line, town) in school.addresses.items():
        yield (
            f'<ADRESSE ADRESSE_ID="{number}"><LIGNE1_ADRESSE>{escape(line)}</LIGNE1_ADRESSE>'
            f"<CODE_POSTAL>97299</CODE_POSTAL><CODE_PAYS>100</CODE_PAYS><LL_PAYS>FRANCE</LL_PAYS>"
            f"<CODE_DEPARTEMENT>972</CODE_DEPARTEMENT><LIBELLE_POSTAL>{escape(town.upper())}</LIBELLE_POSTAL></ADRESSE>\n"
        )
    yield "</ADRESSES>\n"


# --- Responsables -------------------------------------------------------------------------------------------------
def _guardians(school: FictiveSchool) -> Iterator[str]:
    people: dict[int, FictiveGuardian] = {}
    for pupil in school.pupils:
        for link in pupil.links:
            people.setdefault(link.guardian.number, link.guardian)
    yield "<PERSONNES>\n"
    for guardian in (*people.values(), *school.strangers):
        yield _guardian(guardian)
    yield "</PERSONNES>\n<RESPONSABLES>\n"
    for pupil in school.pupils:
        for rank, link in enumerate(pupil.links):
            yield _link(school, pupil, link, rank)
    if school.strangers:  # and a link to somebody the file does not hold
        yield _link(
            school, school.pupils[0], Link(FictiveGuardian(1, "", "", ""), level=3, kinship="90"), len(school.pupils)
        )
    yield "</RESPONSABLES>\n"
    yield from _addresses(school)


def _guardian(guardian: FictiveGuardian) -> str:
    civility = {"M.": "MONSIEUR", "MME": "MADAME"}.get(guardian.civility, "")
    titles = (
        f"<LC_CIVILITE>{guardian.civility}</LC_CIVILITE><LL_CIVILITE>{civility}</LL_CIVILITE>"
        if civility
        else "<LC_CIVILITE></LC_CIVILITE>"
    )
    return (
        f'<PERSONNE PERSONNE_ID="{guardian.number}">{titles}'
        f"<NOM_DE_FAMILLE>{escape(guardian.family_name)}</NOM_DE_FAMILLE>{_optional('NOM_USAGE', guardian.used_name)}"
        f"<PRENOM>{escape(guardian.first_name)}</PRENOM>{_optional('TEL_PERSONNEL', guardian.landline)}"
        f"{_optional('TEL_PORTABLE', guardian.mobile)}<ACCEPTE_SMS>{1 if guardian.mobile else 0}</ACCEPTE_SMS>"
        f"{_optional('MEL', guardian.email)}<COMMUNICATION_ADRESSE>0</COMMUNICATION_ADRESSE>"
        + (f"<ADRESSE_ID>{guardian.address}</ADRESSE_ID>" if guardian.address else "")
        + "<CODE_PROFESSION>99</CODE_PROFESSION></PERSONNE>\n"
    )


def _link(school: FictiveSchool, pupil: FictivePupil, link: Link, rank: int) -> str:
    yes, no = ("1", "0") if pupil.number % 2 else ("true", "false")  # both spellings occur
    head = f"<RESPONSABLE_ELEVE><ELEVE_ID>{pupil.number}</ELEVE_ID><PERSONNE_ID>{link.guardian.number}</PERSONNE_ID>"
    if school.schema is Schema.CURRENT:
        return (
            f"{head}<CODE_PARENTE>{link.kinship}</CODE_PARENTE>"
            f"<NIVEAU_RESPONSABILITE>{link.level}</NIVEAU_RESPONSABILITE>"
            f"<PAIE_FRAIS_SCOLAIRES>{no if rank else yes}</PAIE_FRAIS_SCOLAIRES>"
            f"<PERCOIT_LES_AIDES>{no if rank else yes}</PERCOIT_LES_AIDES>"
            f"<HEBERGE_ELEVE>{yes if link.level == 1 else no}</HEBERGE_ELEVE>"
            f"<A_CONTACTER_EN_PRIORITE>{no if rank else yes}</A_CONTACTER_EN_PRIORITE></RESPONSABLE_ELEVE>\n"
        )
    kinship = link.kinship
    if school.schema is Schema.BEFORE_2016:
        kinship = KINSHIP_BEFORE_2016.get(kinship, "7")
    legal = "2" if link.level == 1 and rank else LEVELS_BEFORE_2018[link.level]  # the second parent was « 2 »
    return (
        f"{head}<CODE_PARENTE>{kinship}</CODE_PARENTE><RESP_LEGAL>{legal}</RESP_LEGAL>"
        f"<RESP_FINANCIER>{0 if rank else 1}</RESP_FINANCIER><PERS_PAIEMENT>{0 if rank else 1}</PERS_PAIEMENT>"
        f"<PERS_CONTACT>{1 if link.level == 3 else 0}</PERS_CONTACT></RESPONSABLE_ELEVE>\n"
    )


# --- Structures, Nomenclature, Communs ----------------------------------------------------------------------------
def _structures(school: FictiveSchool) -> Iterator[str]:
    yield "<DIVISIONS>\n"
    for code, course in school.divisions.items():
        yield (
            f'<DIVISION CODE_STRUCTURE="{escape(code)}"><LIBELLE_LONG>{escape(code)}</LIBELLE_LONG>'
            f"<CODE_RNE>{school.uai}</CODE_RNE><MEFS_APPARTENANCE><MEF_APPARTENANCE><CODE_MEF>{course.mef}</CODE_MEF>"
            "</MEF_APPARTENANCE></MEFS_APPARTENANCE></DIVISION>\n"
        )
    yield "</DIVISIONS>\n<GROUPES>\n"
    yield '<GROUPE CODE_STRUCTURE="GRPLV2"><LIBELLE_LONG>GROUPE LV2</LIBELLE_LONG></GROUPE>\n</GROUPES>\n'


def _nomenclature(school: FictiveSchool) -> Iterator[str]:
    courses: dict[str, Course] = {course.mef: course for course in school.divisions.values()}
    courses.update({pupil.course.mef: pupil.course for pupil in school.pupils})
    yield "<MEFS>\n"
    for mef, course in courses.items():
        yield (
            f'<MEF CODE_MEF="{mef}"><FORMATION>{course.label[:6]}</FORMATION>'
            f"<LIBELLE_LONG>{escape(course.label[:40]):<40}</LIBELLE_LONG>"  # padded, as old exports are
            f"<LIBELLE_EDITION>{escape(course.label.capitalize())}</LIBELLE_EDITION><STATUT_MEF>ST</STATUT_MEF>"
            f"<MEF_RATTACHEMENT>{mef}</MEF_RATTACHEMENT><CODE_MEFSTAT>{course.level}0010001</CODE_MEFSTAT></MEF>\n"
        )
    yield "</MEFS>\n<MATIERES>\n"
    for code, label in SUBJECTS:
        yield f'<MATIERE CODE_MATIERE="{code}"><LIBELLE_LONG>{label}</LIBELLE_LONG></MATIERE>\n'
    yield "</MATIERES>\n"


def _common(school: FictiveSchool) -> Iterator[str]:
    from educonnect.demo.numbers import landline

    sector = "PR" if school.private else "PU"
    quality = {"LYC": "PROVISEURE OU PROVISEUR", "LP": "PROVISEURE OU PROVISEUR", "CLG": "PRINCIPALE OU PRINCIPAL"}
    yield (
        f"<UAJ><ETAB_UAJ_ID>{school.number + 1}</ETAB_UAJ_ID><DENOM_PRINC>{school.title}</DENOM_PRINC>"
        f"<DENOM_COMPL>{escape(school.name)}</DENOM_COMPL><NOM_RESP>{escape(school.head)}</NOM_RESP>"
        f"<QUAL_RESP>{quality[school.kind]}</QUAL_RESP><LIGNE1_ADRESSE>{school.number + 1} rue de l'École"
        f"</LIGNE1_ADRESSE><TELEPHONE>{landline(school.number)}</TELEPHONE><MEL_1>{school.uai.lower()}@academie.example"
        f"</MEL_1><CODE_TYPE_ETAB>{school.kind}</CODE_TYPE_ETAB><SECTEUR_CODE>{sector}</SECTEUR_CODE>"
        f"<CODE_POSTAL>97299</CODE_POSTAL><LIBELLE_POSTAL>{escape(school.town.upper())}</LIBELLE_POSTAL></UAJ>\n"
        f"<ANNEE_SCOLAIRE><DATE_DEBUT_ELEVE>01/09/{school.year}</DATE_DEBUT_ELEVE>"
        f"<DATE_FIN_ELEVE>04/07/{school.year + 1}</DATE_FIN_ELEVE></ANNEE_SCOLAIRE>\n"
    )
