"""The kinds of files, told by their root element: names and extensions say nothing.

Source: technical specification of the SIECLE base élèves exports; STS exports (`sts_emp_<UAI>_<year>.xml`).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    """What is read, in the order it is best read in. The word is stored with each snapshot."""

    COMMUNS = "communs"
    NOMENCLATURES = "nomenclatures"
    STRUCTURES = "structures"
    ELEVES = "eleves"
    RESPONSABLES = "responsables"
    STS = "sts"


ROOTS: Final[Mapping[str, Kind]] = {
    "BEE_COMMUN": Kind.COMMUNS,
    "BEE_COMMUNS": Kind.COMMUNS,
    "BEE_NOMENCLATURES": Kind.NOMENCLATURES,
    "BEE_STRUCTURES": Kind.STRUCTURES,
    "BEE_ELEVES": Kind.ELEVES,
    "BEE_RESPONSABLES": Kind.RESPONSABLES,
    "STS_EDT": Kind.STS,
}

#: Files that people give with the others and that hold nothing for accounts.
NOT_NEEDED: Final[Mapping[str, Promise]] = {
    "BEE_ETABLISSEMENTS": _("annuaire des établissements"),
    "BEE_ETABLISSEMENTS_ELEVES": _("établissements des élèves"),
    "BEE_GEOGRAPHIQUE": _("nomenclature géographique"),
    "BEE_GEOGRAPHIQUES": _("nomenclature géographique"),
    "BEE_EPHC_ELEVES": _("élèves des années passées"),
    "BEE_EPHC_RESPONSABLES": _("responsables des années passées"),
    "EDT_STS": _("emplois du temps pour STS"),
}

#: What each kind is made of: (element, parent) of a record -> its repeated blocks.
RECORDS: Final[Mapping[Kind, Mapping[tuple[str, str], str]]] = {
    Kind.COMMUNS: {("UAJ", "DONNEES"): ""},
    Kind.NOMENCLATURES: {("MEF", "MEFS"): ""},
    Kind.STRUCTURES: {("DIVISION", "DIVISIONS"): ""},
    Kind.ELEVES: {("ELEVE", "ELEVES"): "", ("STRUCTURES_ELEVE", "STRUCTURES"): "STRUCTURE"},
    Kind.RESPONSABLES: {
        ("PERSONNE", "PERSONNES"): "",
        ("RESPONSABLE_ELEVE", "RESPONSABLES"): "",
        ("RESPONSABLE", "RESPONSABLES"): "",
    },
    Kind.STS: {("INDIVIDU", "INDIVIDUS"): ""},
}
