from collections import Counter

from educonnect.schools.reference import (
    ACADEMIES,
    DEPARTEMENTS,
    LEVELS,
    REGIONS,
    SCHOOL_KINDS,
    SI_INSTANCES,
    TERRITORIES,
    Cycle,
    level_label,
)


def test_there_are_thirty_academies_in_eighteen_regions() -> None:
    assert len(ACADEMIES) == 30
    assert len(REGIONS) == 18


def test_normandie_keeps_two_information_systems() -> None:
    of_normandie = [one.code for one in SI_INSTANCES.values() if one.academie == "70"]

    assert of_normandie == ["05", "21"]
    assert "70" not in SI_INSTANCES
    assert len(SI_INSTANCES) - len(TERRITORIES) == 31
    assert DEPARTEMENTS["61"].si_instance == "05"
    assert DEPARTEMENTS["76"].si_instance == "21"


def test_each_departement_belongs_to_one_academie_and_one_information_system() -> None:
    of_academies = Counter(code for one in ACADEMIES.values() for code in one.departements)
    of_instances = Counter(code for one in SI_INSTANCES.values() for code in one.departements)

    assert set(of_academies.values()) == set(of_instances.values()) == {1}
    assert set(of_instances) == set(DEPARTEMENTS)
    assert sum(len(code) == 2 and code != "99" for code in DEPARTEMENTS) == 96


def test_levels_have_a_cycle_and_a_degree() -> None:
    assert {LEVELS[code].cycle for code in ("2111", "2112", "2115", "2116", "2434")} == {Cycle.COLLEGE}
    assert LEVELS["2211"].cycle is Cycle.LYCEE_GT
    assert LEVELS["2382"].cycle is Cycle.LYCEE_PRO
    assert LEVELS["3111"].cycle is Cycle.SUPERIEUR
    assert LEVELS["1125"].degree == 1
    assert LEVELS["3221"].degree == 2


def test_a_level_has_a_short_name_and_an_unknown_one_shows_its_code() -> None:
    assert level_label("2211") == "2de GT"
    assert level_label("9999") == "9999"


def test_kinds_of_schools_have_a_degree() -> None:
    assert SCHOOL_KINDS["CLG"].degree == 2
    assert SCHOOL_KINDS["EMPU"].degree == 1
