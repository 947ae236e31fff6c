import pytest

from educonnect.schools.errors import NotAUai
from educonnect.schools.uai import Uai
from tests.schools.factories import uai


@pytest.mark.parametrize("code", ["0750001U", "0999999F", "6200001G", "7200001N", "9720001U", "9760001X"])
def test_the_check_letter_is_the_number_modulo_23(code: str) -> None:
    assert Uai.parse(code).has_right_key


def test_a_wrong_key_is_told_and_does_not_prevent_reading() -> None:
    assert not Uai.parse("0750001A").has_right_key


def test_spaces_and_case_do_not_matter() -> None:
    assert Uai.parse(" 0750001u ").code == "0750001U"


@pytest.mark.parametrize("text", ["", "075000U", "07500011", "A750001U", "0750001UU", "٠750001U", "0750001é"])
def test_another_shape_is_not_a_uai(text: str) -> None:
    with pytest.raises(NotAUai):
        Uai.parse(text)


@pytest.mark.parametrize(
    ("number", "departement", "academie", "si_instance", "phone_region"),
    [
        (750001, "75", "01", "01", "FR"),
        (10001, "01", "10", "10", "FR"),
        (140001, "14", "70", "05", "FR"),
        (760001, "76", "70", "21", "FR"),
        (6200001, "2A", "27", "27", "FR"),
        (7200001, "2B", "27", "27", "FR"),
        (200001, "2A", "27", "27", "FR"),
        (9710001, "971", "32", "32", "GP"),
        (9720001, "972", "31", "31", "MQ"),
        (9780001, "978", "32", "32", "MF"),
        (9760001, "976", "43", "43", "YT"),
        (9850001, "976", "43", "43", "YT"),
        (9880001, "988", "40", "40", "NC"),
        (9750001, "975", "44", "44", "PM"),
        (999999, "99", "00", "00", "FR"),
        (960001, "", "", "", "FR"),
        (5000001, "", "", "", "FR"),
    ],
)
def test_the_prefix_tells_where_the_school_stands(
    number: int, departement: str, academie: str, si_instance: str, phone_region: str
) -> None:
    read = Uai.parse(uai(number))

    assert (read.departement, read.academie, read.si_instance, read.phone_region) == (
        departement,
        academie,
        si_instance,
        phone_region,
    )
