"""From a course to its level."""

from collections.abc import Mapping
from typing import Final

#: Dispositif (the first three characters) -> MEFSTAT4; `{year}` is the course's year. Source: MEF nomenclature.
_BY_DISPOSITIF: Final = {
    "004": "1110",
    "001": "1121",
    "100": "2111",
    "101": "2112",
    "102": "2115",
    "103": "2116",
    "105": "2118",
    "106": "2119",
    "164": "2431",
    "165": "2432",
    "166": "2433",
    "167": "2434",
    "200": "2211",
    "210": "2211",
    "201": "2212",
    "211": "2212",
    "213": "2212",
    "202": "2213",
    "212": "2213",
    "240": "2311",
    "241": "232{year}",
    "271": "232{year}",
    "242": "233{year}",
    "247": "238{year}",
    "276": "238{year}",
    "250": "23B1",
    "251": "23C{year}",
    "301": "311{year}",
}
_BY_DISPOSITIF_AND_YEAR: Final = {
    ("000", "1"): "1111",
    ("000", "2"): "1112",
    ("000", "3"): "1113",
    ("002", "1"): "1122",
    ("002", "2"): "1123",
    ("003", "1"): "1124",
    ("003", "2"): "1125",
}
_LONGEST_YEARS: Final = {"241": 2, "271": 2, "242": 3, "247": 3, "276": 3, "251": 2, "301": 2}


def level_of(mef: str, nomenclature: Mapping[str, tuple[str, str]]) -> str:
    """The level (MEFSTAT4) of a course, empty where nothing tells it.

    Args:
        mef: 11 characters (dispositif 3, formation 5, duration 1, year 1, variant 1), or the 10 of the nation's list.
        nomenclature: code -> (label, MEFSTAT4), as the school's own Nomenclature file gave it; it wins over what
            the code itself lets guess.
    """
    known = nomenclature.get(mef)
    if known and known[1]:
        return known[1]
    if len(mef) not in {10, 11}:
        return ""
    dispositif, duration, year = mef[:3], mef[8], mef[9]
    if level := _BY_DISPOSITIF_AND_YEAR.get((dispositif, year)):
        return level
    if dispositif == "311":
        return "3211" if duration == "1" else f"322{year}" if year in {"1", "2"} else ""
    pattern = _BY_DISPOSITIF.get(dispositif, "")
    if "{year}" in pattern:
        if not (year.isdigit() and 1 <= int(year) <= _LONGEST_YEARS[dispositif]):
            return ""
        return pattern.format(year=year)
    return pattern
