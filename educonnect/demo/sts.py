"""Write a fictive school's staff as STS-Web exports them: plain XML in Latin-9, school and year in attributes.

Same school, same bytes. Source: STS exports (`sts_emp_<UAI>_<year>.xml`).
"""

from datetime import date, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from educonnect.demo.academie import FictiveSchool, FictiveStaff
from educonnect.demo.siecle import ENCODING


def write_staff(school: FictiveSchool, folder: Path, today: date) -> Path:
    """Write `folder/<UAI>/sts_emp_<UAI>_<year>.xml`, dated from the evening before `today`; returns its path."""
    target = folder / school.uai
    target.mkdir(parents=True, exist_ok=True)
    path = target / f"sts_emp_{school.uai}_{school.year}.xml"
    path.write_bytes(_document(school, today - timedelta(days=1)).encode(ENCODING, "replace"))
    return path


def _document(school: FictiveSchool, exported: date) -> str:
    day = exported.strftime("%d/%m/%Y")
    teachers = {one.division: one for one in school.staff if one.division}
    divisions = "".join(
        f'<DIVISION CODE="{escape(code)}"><SERVICES><SERVICE CODE_MATIERE="061300" CODE_MOD_COURS="CG"><ENSEIGNANTS>'
        f'<ENSEIGNANT ID="{one.number}" TYPE="epp"/></ENSEIGNANTS></SERVICE></SERVICES></DIVISION>\n'
        for code, one in teachers.items()
    )
    return (
        '<?xml version="1.0" encoding="ISO-8859-15"?>\n'
        f'<STS_EDT>\n<PARAMETRES><UAJ CODE="{school.uai}"><SIGLE>{school.kind}</SIGLE>'
        f"<DENOM_PRINC>{school.title}</DENOM_PRINC><DENOM_COMPL>{escape(school.name)}</DENOM_COMPL></UAJ>"
        f'<ANNEE_SCOLAIRE ANNEE="{school.year}"><DATE_DEBUT>{school.year}-09-01</DATE_DEBUT>'
        f"<DATE_FIN>{school.year + 1}-08-31</DATE_FIN></ANNEE_SCOLAIRE><DATE_EXPORT>{day}</DATE_EXPORT>"
        f"<HORODATAGE>{day} 21:30:00</HORODATAGE></PARAMETRES>\n<DONNEES>\n"
        f"<INDIVIDUS>\n{''.join(map(_individual, school.staff))}</INDIVIDUS>\n"
        f"<STRUCTURE><DIVISIONS>\n{divisions}</DIVISIONS></STRUCTURE>\n</DONNEES>\n</STS_EDT>\n"
    )


def _individual(one: FictiveStaff) -> str:
    name = escape(one.family_name)
    known = (
        ""
        if one.local
        else f"<SEXE>{2 if one.woman else 1}</SEXE><NOM_PATRONYMIQUE>{name}</NOM_PATRONYMIQUE>"
        f"<DATE_NAISSANCE>{one.birthdate.isoformat()}</DATE_NAISSANCE>"
    )
    form_teacher = (
        f"<PROFS_PRINC><PROF_PRINC><CODE_STRUCTURE>{escape(one.division)}</CODE_STRUCTURE></PROF_PRINC></PROFS_PRINC>"
        if one.division
        else ""
    )
    return (
        f'<INDIVIDU ID="{one.number}" TYPE="{"local" if one.local else "epp"}">'
        f"<CIVILITE>{2 if one.woman else 1}</CIVILITE><NOM_USAGE>{name}</NOM_USAGE>"
        f"<PRENOM>{escape(one.first_name)}</PRENOM>{known}<FONCTION>{one.function}</FONCTION>{form_teacher}</INDIVIDU>\n"
    )
