import pytest

from educonnect.schools.mef import level_of
from educonnect.schools.reference import LEVELS


@pytest.mark.parametrize(
    ("mef", "level"),
    [
        ("00010001310", "1111"),
        ("00010001330", "1113"),
        ("00410001110", "1110"),
        ("00110002110", "1121"),
        ("00210002210", "1122"),
        ("00210002220", "1123"),
        ("00310002220", "1125"),
        ("10010012110", "2111"),
        ("10110001110", "2112"),
        ("10210001110", "2115"),
        ("10310019110", "2116"),
        ("16410002110", "2431"),
        ("16710002110", "2434"),
        ("20010018110", "2211"),
        ("20110019110", "2212"),
        ("20210019110", "2213"),
        ("24125510211", "2321"),
        ("24125510221", "2322"),
        ("24720001310", "2381"),
        ("24720001330", "2383"),
        ("31112005210", "3221"),
        ("31112005110", "3211"),
        ("30111001220", "3112"),
        ("2011001911", "2212"),
    ],
)
def test_the_course_alone_tells_its_level(mef: str, level: str) -> None:
    assert level_of(mef, {}) == level
    assert level in LEVELS


def test_the_nomenclature_of_the_school_wins() -> None:
    assert level_of("10310019110", {"10310019110": ("3EME", "2117")}) == "2117"


def test_a_course_listed_without_level_is_derived() -> None:
    assert level_of("10310019110", {"10310019110": ("3EME", "")}) == "2116"


@pytest.mark.parametrize("mef", ["", "2001", "99910019110", "24720001390", "247200013A0", "20010018110X"])
def test_a_course_that_says_nothing_has_no_level(mef: str) -> None:
    assert level_of(mef, {}) == ""
