"""SIECLE files written small, for tests: only what a test says differs from an ordinary export."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from educonnect.imports.container import Shelf
from educonnect.imports.findings import Finding, Findings
from educonnect.imports.siecle.heads import read_head
from educonnect.imports.siecle.reading import Reading, read_school
from tests.population.factories import ine
from tests.schools.factories import uai

UAI = uai(9720001)
OTHER_UAI = uai(9720002)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("Europe/Paris"))
ROOTS = {
    "eleves": "BEE_ELEVES",
    "responsables": "BEE_RESPONSABLES",
    "structures": "BEE_STRUCTURES",
    "nomenclatures": "BEE_NOMENCLATURES",
    "communs": "BEE_COMMUN",
}
ORDINARY = {
    "NOM_DE_FAMILLE": "DUVERGER",
    "PRENOM": "Camille",
    "DATE_NAISS": "14/05/2010",
    "CODE_SEXE": "2",
    "CODE_PAYS": "100",
    "CODE_COMMUNE_INSEE_NAISS": "97209",
    "DATE_ENTREE": "01/09/2026",
    "CODE_MEF": "20010018110",
}


def element(name: str, value: object) -> str:
    return f"<{name}>{value}</{name}>"


def envelope(
    kind: str,
    inside: str,
    *,
    school: str = UAI,
    year: object = 2026,
    at: str = "20/11/2026 08:00:00",
    declared: str = "ISO-8859-15",
    encoding: str = "iso8859-15",
) -> bytes:
    parameters = "".join(
        element(name, value)
        for name, value in (("UAJ", school), ("ANNEE_SCOLAIRE", year), ("HORODATAGE", at))
        if value is not None
    )
    root = ROOTS.get(kind, kind)
    return (
        f'<?xml version="1.0" encoding="{declared}"?>\n<{root} VERSION="3.1">\n<PARAMETRES>{parameters}</PARAMETRES>\n'
        f"<DONNEES>\n{inside}\n</DONNEES>\n</{root}>\n"
    ).encode(encoding)


def pupil(number: int = 1, extra: str = "", **fields: str | None) -> str:
    """An ELEVE; a field given None is left out, `ID_NATIONAL` is made from the number unless given."""
    values = {"ID_NATIONAL": ine(110000000 + number)} | ORDINARY | fields
    inside = "".join(element(name, value) for name, value in values.items() if value is not None)
    return f'<ELEVE ELEVE_ID="{1000 + number}" ELENOET="{number}">{inside}{extra}</ELEVE>\n'


def classes(number: int = 1, *codes: str, groups: Iterable[str] = ()) -> str:
    structures = "".join(
        element("STRUCTURE", element("CODE_STRUCTURE", code) + element("TYPE_STRUCTURE", kind))
        for kind, several in (("G", groups), ("D", codes))
        for code in several
    )
    return f'<STRUCTURES_ELEVE ELEVE_ID="{1000 + number}" ELENOET="{number}">{structures}</STRUCTURES_ELEVE>\n'


def eleves(*pupils: str, structures: str = "", **envelope_options: object) -> bytes:
    inside = element("ELEVES", "".join(pupils)) + "<OPTIONS/>" + element("STRUCTURES", structures)
    return envelope("eleves", inside, **envelope_options)  # type: ignore[arg-type]


def person(number: int = 1, **fields: str | None) -> str:
    values: dict[str, str | None] = {
        "LC_CIVILITE": "MME",
        "NOM_DE_FAMILLE": "DUVERGER",
        "PRENOM": "Maryse",
        "TEL_PORTABLE": f"0696 20 {number // 100:02d} {number % 100:02d}",
        **fields,
    }
    inside = "".join(element(name, value) for name, value in values.items() if value is not None)
    return f'<PERSONNE PERSONNE_ID="{5000 + number}">{inside}</PERSONNE>\n'


def link(number: int = 1, guardian: int = 1, *, level: str | None = "1", kinship: str = "10", **fields: str) -> str:
    values = {"ELEVE_ID": 1000 + number, "PERSONNE_ID": 5000 + guardian, "CODE_PARENTE": kinship} | fields
    if level is not None:
        values["NIVEAU_RESPONSABILITE"] = level
    return element("RESPONSABLE_ELEVE", "".join(element(name, value) for name, value in values.items())) + "\n"


def responsables(persons: str, links: str, **envelope_options: object) -> bytes:
    inside = element("PERSONNES", persons) + element("RESPONSABLES", links)
    return envelope("responsables", inside, **envelope_options)  # type: ignore[arg-type]


def structures(labels: Mapping[str, str], **envelope_options: object) -> bytes:
    inside = "".join(
        f'<DIVISION CODE_STRUCTURE="{code}">{element("LIBELLE_LONG", label)}</DIVISION>'
        for code, label in labels.items()
    )
    return envelope("structures", element("DIVISIONS", inside), **envelope_options)  # type: ignore[arg-type]


def nomenclatures(mefs: Mapping[str, tuple[str, str]], extra: str = "", **envelope_options: object) -> bytes:
    inside = "".join(
        f'<MEF CODE_MEF="{code}">{element("LIBELLE_LONG", label)}{element("CODE_MEFSTAT", stat)}</MEF>'
        for code, (label, stat) in mefs.items()
    )
    return envelope("nomenclatures", element("MEFS", inside + extra), **envelope_options)  # type: ignore[arg-type]


def communs(**fields: str) -> bytes:
    values = {"DENOM_PRINC": "LYCEE FICTIF", "CODE_TYPE_ETAB": "LYC", "SECTEUR_CODE": "PU"} | fields
    return envelope("communs", element("UAJ", "".join(element(name, value) for name, value in values.items())))


def individual(number: int | str = 1, kind: str = "epp", **fields: str | None) -> str:
    values = {
        "SEXE": "2",
        "CIVILITE": "2",
        "NOM_USAGE": "VALDAIRE",
        "NOM_PATRONYMIQUE": "VALDAIRE",
        "PRENOM": "Maude",
        "DATE_NAISSANCE": "1980-03-12",
        "GRADE": "CERT CL N",
        "FONCTION": "ENS",
    } | fields
    inside = "".join(element(name, value) for name, value in values.items() if value is not None)
    nested = element("PROFS_PRINC", element("PROF_PRINC", element("CODE_STRUCTURE", "2DE1")))
    return f'<INDIVIDU ID="{number}" TYPE="{kind}">{inside}{nested}</INDIVIDU>\n'


def sts(
    *individuals: str,
    school: str = UAI,
    year: object = 2026,
    at: str = "20/11/2026 08:00:00",
    declared: str = "ISO-8859-15",
    encoding: str = "iso8859-15",
) -> bytes:
    """An STS export: its school and year stand in attributes, unlike SIECLE's."""
    parameters = (
        f'<UAJ CODE="{school}"><SIGLE>LYC</SIGLE><ACADEMIE><CODE>31</CODE></ACADEMIE></UAJ>'
        f'<ANNEE_SCOLAIRE ANNEE="{year}"><DATE_DEBUT>2026-09-01</DATE_DEBUT><DATE_FIN>2027-08-31</DATE_FIN>'
        f"</ANNEE_SCOLAIRE><HORODATAGE>{at}</HORODATAGE>"
    )
    services = '<SERVICE CODE_MATIERE="030201"><ENSEIGNANTS><ENSEIGNANT ID="1" TYPE="epp"/></ENSEIGNANTS></SERVICE>'
    return (
        f'<?xml version="1.0" encoding="{declared}"?>\n<STS_EDT>\n<PARAMETRES>{parameters}</PARAMETRES>\n<DONNEES>\n'
        f'<STRUCTURE><DIVISIONS><DIVISION CODE="2DE1">{services}</DIVISION></DIVISIONS></STRUCTURE>\n'
        f"{element('INDIVIDUS', ''.join(individuals))}\n</DONNEES>\n</STS_EDT>\n"
    ).encode(encoding)


def zipped(**members: bytes) -> bytes:
    return archive({f"{name}.xml": content for name, content in members.items()})


def archive(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return written.getvalue()


def write(folder: Path, **files: bytes) -> list[Path]:
    """Write each file under a name that says nothing of its kind."""
    paths = []
    for number, (_name, content) in enumerate(files.items()):
        path = folder / f"export-{number}.dat"
        path.write_bytes(content)
        paths.append(path)
    return paths


def read(folder: Path, *contents: bytes, year: int | None = None) -> tuple[Reading, list[Finding]]:
    """Read files of one school, as an import does, without a database."""
    found = Findings(UAI)
    paths = write(folder, **{str(at): one for at, one in enumerate(contents)})
    with Shelf() as shelf:
        heads = [
            head
            for document in shelf.documents(paths, found.add)
            if (head := read_head(shelf, document, now=NOW, year=year, found=found.add))
        ]
        reading = read_school(shelf, heads, now=NOW, found=found)
    return reading, list(found.all())


def rules(found: Iterable[Finding]) -> list[str]:
    return [finding.rule for finding in found]
