from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from educonnect.schools import directory
from educonnect.schools.errors import NotAUai
from educonnect.schools.models import School
from tests.schools.factories import uai

pytestmark = pytest.mark.django_db

UAI = uai(140001)


def test_a_school_is_opened_where_its_uai_says() -> None:
    directory.open_school(UAI, name="Collège fictif", kind="CLG", sector="PU")

    school = School.objects.get(pk=UAI)
    assert (school.departement, school.academie, school.si_instance) == ("14", "70", "05")
    assert (school.name, school.degree) == ("Collège fictif", 2)


def test_an_ecole_is_of_the_first_degree() -> None:
    assert directory.open_school(UAI, kind="EMPU").degree == 1


def test_an_empty_value_hides_nothing() -> None:
    directory.open_school(UAI, name="Collège fictif", town="Caen")

    directory.open_school(UAI, name="", town="Bayeux")

    school = School.objects.get(pk=UAI)
    assert (school.name, school.town) == ("Collège fictif", "Bayeux")


def test_an_unknown_sector_is_left_out_and_a_long_name_is_cut() -> None:
    school = directory.open_school(UAI, sector="**", name="x" * 200)

    assert (school.sector, len(school.name)) == ("", 120)


def test_opening_again_without_news_writes_nothing(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    directory.open_school(UAI, name="Collège fictif")

    with django_assert_num_queries(1):
        directory.open_school(UAI, name="Collège fictif")


def test_another_shape_is_refused() -> None:
    with pytest.raises(NotAUai):
        directory.open_school("lycée")

    assert not School.objects.exists()


def test_what_is_kept_of_a_fact_fits_its_column() -> None:
    for name, length in directory._KNOWN.items():
        assert School._meta.get_field(name).max_length == length
