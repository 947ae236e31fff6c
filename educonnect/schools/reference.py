"""What the nation fixes: académies, départements, kinds of schools, levels. No database, no Django.

Source: ministry's open data « académies » and « établissements », nomenclatures of the school bases (BCN).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Academie:
    """An académie. `departements` are codes as people write them: `75`, `2A`, `972`."""

    code: str
    name: str
    region: str
    departements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SiInstance:
    """The information system that numbers pupils and adults. One an académie, but two in Normandie,
    where the bases of Caen and Rouen survive their merger; statistics still show them apart."""

    code: str
    name: str
    academie: str
    departements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Departement:
    """A département or overseas territory, with the region of its telephone numbers (ISO 3166)."""

    code: str
    name: str
    academie: str
    si_instance: str
    phone_region: str


_ACADEMIES: Final = """
    01|Paris|Île-de-France|75
    02|Aix-Marseille|Provence-Alpes-Côte d’Azur|04 05 13 84
    03|Besançon|Bourgogne-Franche-Comté|25 39 70 90
    04|Bordeaux|Nouvelle-Aquitaine|24 33 40 47 64
    06|Clermont-Ferrand|Auvergne-Rhône-Alpes|03 15 43 63
    07|Dijon|Bourgogne-Franche-Comté|21 58 71 89
    08|Grenoble|Auvergne-Rhône-Alpes|07 26 38 73 74
    09|Lille|Hauts-de-France|59 62
    10|Lyon|Auvergne-Rhône-Alpes|01 42 69
    11|Montpellier|Occitanie|11 30 34 48 66
    12|Nancy-Metz|Grand Est|54 55 57 88
    13|Poitiers|Nouvelle-Aquitaine|16 17 79 86
    14|Rennes|Bretagne|22 29 35 56
    15|Strasbourg|Grand Est|67 68
    16|Toulouse|Occitanie|09 12 31 32 46 65 81 82
    17|Nantes|Pays de la Loire|44 49 53 72 85
    18|Orléans-Tours|Centre-Val de Loire|18 28 36 37 41 45
    19|Reims|Grand Est|08 10 51 52
    20|Amiens|Hauts-de-France|02 60 80
    22|Limoges|Nouvelle-Aquitaine|19 23 87
    23|Nice|Provence-Alpes-Côte d’Azur|06 83
    24|Créteil|Île-de-France|77 93 94
    25|Versailles|Île-de-France|78 91 92 95
    27|Corse|Corse|2A 2B
    28|La Réunion|La Réunion|974
    31|Martinique|Martinique|972
    32|Guadeloupe|Guadeloupe|971 977 978
    33|Guyane|Guyane|973
    43|Mayotte|Mayotte|976
    70|Normandie|Normandie|14 27 50 61 76
"""


def _academies() -> Iterator[Academie]:
    for line in _ACADEMIES.splitlines():
        if line := line.strip():
            code, name, region, departements = line.split("|")
            yield Academie(code, name, region, tuple(departements.split()))


#: The 30 académies by their two-digit code.
ACADEMIES: Final[Mapping[str, Academie]] = MappingProxyType({one.code: one for one in _academies()})

#: The 18 régions académiques, in alphabetical order.
REGIONS: Final[tuple[str, ...]] = tuple(sorted({one.region for one in ACADEMIES.values()}))

#: Territories that have schools and no académie; their vice-rectorats number like one.
TERRITORIES: Final[Mapping[str, Academie]] = MappingProxyType(
    {
        "40": Academie("40", "Nouvelle-Calédonie", "", ("988",)),
        "41": Academie("41", "Polynésie française", "", ("987",)),
        "42": Academie("42", "Wallis-et-Futuna", "", ("986",)),
        "44": Academie("44", "Saint-Pierre-et-Miquelon", "", ("975",)),
        "00": Academie("00", "Étranger", "", ("99",)),
    }
)

_NORMANDIE: Final = (
    SiInstance("05", "Normandie (Caen)", "70", ("14", "50", "61")),
    SiInstance("21", "Normandie (Rouen)", "70", ("27", "76")),
)

#: The 31 information-system instances of the 30 académies, then those of the territories.
SI_INSTANCES: Final[Mapping[str, SiInstance]] = MappingProxyType(
    {one.code: one for one in _NORMANDIE}
    | {
        one.code: SiInstance(one.code, one.name, one.code, one.departements)
        for one in (*ACADEMIES.values(), *TERRITORIES.values())
        if one.code != "70"
    }
)

_DEPARTEMENT_NAMES: Final = """
    01 Ain|02 Aisne|03 Allier|04 Alpes-de-Haute-Provence|05 Hautes-Alpes|06 Alpes-Maritimes|07 Ardèche|08 Ardennes
    09 Ariège|10 Aube|11 Aude|12 Aveyron|13 Bouches-du-Rhône|14 Calvados|15 Cantal|16 Charente|17 Charente-Maritime
    18 Cher|19 Corrèze|21 Côte-d’Or|22 Côtes-d’Armor|23 Creuse|24 Dordogne|25 Doubs|26 Drôme|27 Eure|28 Eure-et-Loir
    29 Finistère|2A Corse-du-Sud|2B Haute-Corse|30 Gard|31 Haute-Garonne|32 Gers|33 Gironde|34 Hérault
    35 Ille-et-Vilaine|36 Indre|37 Indre-et-Loire|38 Isère|39 Jura|40 Landes|41 Loir-et-Cher|42 Loire|43 Haute-Loire
    44 Loire-Atlantique|45 Loiret|46 Lot|47 Lot-et-Garonne|48 Lozère|49 Maine-et-Loire|50 Manche|51 Marne
    52 Haute-Marne|53 Mayenne|54 Meurthe-et-Moselle|55 Meuse|56 Morbihan|57 Moselle|58 Nièvre|59 Nord|60 Oise|61 Orne
    62 Pas-de-Calais|63 Puy-de-Dôme|64 Pyrénées-Atlantiques|65 Hautes-Pyrénées|66 Pyrénées-Orientales|67 Bas-Rhin
    68 Haut-Rhin|69 Rhône|70 Haute-Saône|71 Saône-et-Loire|72 Sarthe|73 Savoie|74 Haute-Savoie|75 Paris
    76 Seine-Maritime|77 Seine-et-Marne|78 Yvelines|79 Deux-Sèvres|80 Somme|81 Tarn|82 Tarn-et-Garonne|83 Var
    84 Vaucluse|85 Vendée|86 Vienne|87 Haute-Vienne|88 Vosges|89 Yonne|90 Territoire de Belfort|91 Essonne
    92 Hauts-de-Seine|93 Seine-Saint-Denis|94 Val-de-Marne|95 Val-d’Oise|971 Guadeloupe|972 Martinique|973 Guyane
    974 La Réunion|975 Saint-Pierre-et-Miquelon|976 Mayotte|977 Saint-Barthélemy|978 Saint-Martin
    986 Wallis-et-Futuna|987 Polynésie française|988 Nouvelle-Calédonie|99 Étranger
"""

_PHONE_REGIONS: Final = {
    "971": "GP",
    "972": "MQ",
    "973": "GF",
    "974": "RE",
    "975": "PM",
    "976": "YT",
    "977": "BL",
    "978": "MF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}


def _departements() -> Iterator[Departement]:
    owners = {departement: one for one in SI_INSTANCES.values() for departement in one.departements}
    for entry in _DEPARTEMENT_NAMES.replace("\n", "|").split("|"):
        if entry := entry.strip():
            code, name = entry.split(" ", 1)
            owner = owners[code]
            yield Departement(code, name, owner.academie, owner.code, _PHONE_REGIONS.get(code, "FR"))


#: Départements and territories by the code people write: `75`, `2A`, `972`; `99` abroad.
DEPARTEMENTS: Final[Mapping[str, Departement]] = MappingProxyType({one.code: one for one in _departements()})


@dataclass(frozen=True, slots=True)
class SchoolKind:
    """A kind of school as the bases code it (CODE_TYPE_ETAB). `degree` 1 or 2."""

    code: str
    label: str
    degree: int


#: CODE_TYPE_ETAB -> kind. A code that is not here is kept as it came and read as second degree.
SCHOOL_KINDS: Final[Mapping[str, SchoolKind]] = MappingProxyType(
    {
        one.code: one
        for one in (
            SchoolKind("CLG", "Collège", 2),
            SchoolKind("LYC", "Lycée", 2),
            SchoolKind("LGT", "Lycée général et technologique", 2),
            SchoolKind("LG", "Lycée général", 2),
            SchoolKind("LT", "Lycée technologique", 2),
            SchoolKind("LPO", "Lycée polyvalent", 2),
            SchoolKind("LP", "Lycée professionnel", 2),
            SchoolKind("SEP", "Section d’enseignement professionnel", 2),
            SchoolKind("SEGPA", "Section d’enseignement général et professionnel adapté", 2),
            SchoolKind("EREA", "Établissement régional d’enseignement adapté", 2),
            SchoolKind("CFA", "Centre de formation d’apprentis", 2),
            SchoolKind("CFPA", "Centre de formation professionnelle", 2),
            SchoolKind("GRET", "Groupement d’établissements", 2),
            SchoolKind("EME", "Établissement médico-éducatif", 2),
            SchoolKind("IMP", "Institut médico-pédagogique", 2),
            SchoolKind("ECOLE", "École", 1),
            SchoolKind("EMPU", "École maternelle", 1),
            SchoolKind("EEPU", "École élémentaire", 1),
            SchoolKind("EPPU", "École primaire", 1),
        )
    }
)


class Cycle(StrEnum):
    """Where in schooling a level stands."""

    MATERNELLE = "école maternelle"
    ELEMENTAIRE = "école élémentaire"
    COLLEGE = "collège"
    LYCEE_GT = "lycée général et technologique"
    LYCEE_PRO = "lycée professionnel"
    SUPERIEUR = "enseignement supérieur"


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the nation: its MEFSTAT4, the short name people use, the full one."""

    code: str
    short: str
    label: str
    cycle: Cycle

    @property
    def degree(self) -> int:
        """1 for écoles, 2 beyond (post-baccalauréat classes of lycées included)."""
        return 1 if self.cycle in {Cycle.MATERNELLE, Cycle.ELEMENTAIRE} else 2


#: MEFSTAT4 -> level, in the order of schooling.
LEVELS: Final[Mapping[str, Level]] = MappingProxyType(
    {
        one.code: one
        for one in (
            Level("1110", "TPS", "Toute petite section", Cycle.MATERNELLE),
            Level("1111", "PS", "Petite section", Cycle.MATERNELLE),
            Level("1112", "MS", "Moyenne section", Cycle.MATERNELLE),
            Level("1113", "GS", "Grande section", Cycle.MATERNELLE),
            Level("1121", "CP", "Cours préparatoire", Cycle.ELEMENTAIRE),
            Level("1122", "CE1", "Cours élémentaire 1", Cycle.ELEMENTAIRE),
            Level("1123", "CE2", "Cours élémentaire 2", Cycle.ELEMENTAIRE),
            Level("1124", "CM1", "Cours moyen 1", Cycle.ELEMENTAIRE),
            Level("1125", "CM2", "Cours moyen 2", Cycle.ELEMENTAIRE),
            Level("2111", "6e", "Sixième", Cycle.COLLEGE),
            Level("2112", "5e", "Cinquième", Cycle.COLLEGE),
            Level("2115", "4e", "Quatrième", Cycle.COLLEGE),
            Level("2116", "3e", "Troisième", Cycle.COLLEGE),
            Level("2117", "3e", "Troisième (parcours particulier)", Cycle.COLLEGE),
            Level("2118", "Relais", "Dispositif relais", Cycle.COLLEGE),
            Level("2119", "ULIS", "Unité localisée pour l’inclusion scolaire", Cycle.COLLEGE),
            Level("2431", "6e SEGPA", "Sixième SEGPA", Cycle.COLLEGE),
            Level("2432", "5e SEGPA", "Cinquième SEGPA", Cycle.COLLEGE),
            Level("2433", "4e SEGPA", "Quatrième SEGPA", Cycle.COLLEGE),
            Level("2434", "3e SEGPA", "Troisième SEGPA", Cycle.COLLEGE),
            Level("2211", "2de GT", "Seconde générale et technologique", Cycle.LYCEE_GT),
            Level("2212", "1re GT", "Première générale et technologique", Cycle.LYCEE_GT),
            Level("2213", "Tle GT", "Terminale générale et technologique", Cycle.LYCEE_GT),
            Level("2311", "CAP en 1 an", "CAP en un an", Cycle.LYCEE_PRO),
            Level("2321", "CAP 1re année", "CAP en deux ans, première année", Cycle.LYCEE_PRO),
            Level("2322", "CAP 2e année", "CAP en deux ans, deuxième année", Cycle.LYCEE_PRO),
            Level("2331", "CAP 3 ans, 1re année", "CAP en trois ans, première année", Cycle.LYCEE_PRO),
            Level("2332", "CAP 3 ans, 2e année", "CAP en trois ans, deuxième année", Cycle.LYCEE_PRO),
            Level("2333", "CAP 3 ans, 3e année", "CAP en trois ans, troisième année", Cycle.LYCEE_PRO),
            Level("2381", "2de pro", "Seconde professionnelle", Cycle.LYCEE_PRO),
            Level("2382", "1re pro", "Première professionnelle", Cycle.LYCEE_PRO),
            Level("2383", "Tle pro", "Terminale professionnelle", Cycle.LYCEE_PRO),
            Level("23B1", "BMA en 1 an", "Brevet des métiers d’art en un an", Cycle.LYCEE_PRO),
            Level("23C1", "BMA 1re année", "Brevet des métiers d’art, première année", Cycle.LYCEE_PRO),
            Level("23C2", "BMA 2e année", "Brevet des métiers d’art, deuxième année", Cycle.LYCEE_PRO),
            Level("3111", "CPGE 1re année", "Classe préparatoire, première année", Cycle.SUPERIEUR),
            Level("3112", "CPGE 2e année", "Classe préparatoire, deuxième année", Cycle.SUPERIEUR),
            Level("3211", "BTS en 1 an", "BTS en un an", Cycle.SUPERIEUR),
            Level("3221", "BTS 1re année", "BTS, première année", Cycle.SUPERIEUR),
            Level("3222", "BTS 2e année", "BTS, deuxième année", Cycle.SUPERIEUR),
        )
    }
)


def level_label(code: str) -> str:
    """The short name of a MEFSTAT4 (`2de GT`), or the code itself where it is not known."""
    level = LEVELS.get(code)
    return level.short if level else code
