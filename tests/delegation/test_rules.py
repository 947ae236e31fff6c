"""The table of rights, said a second time: every function, sector and degree."""

from itertools import product

import pytest

from educonnect.delegation.models import Function
from educonnect.delegation.rules import HOLDS, Right, rights_of_post
from educonnect.schools.models import Sector

NOTHING: set[str] = set()
BOTH = {"administration", "depannage"}
ALL = {"administration", "depannage", "delegation"}

#: What is not named here gives nothing. Sector and degree of `None`: whatever they are.
GIVES = {
    ("head", "PU", 2): ALL,
    ("deputy", "PU", 2): BOTH,
    **{("primary-head", sector, 1): {"administration"} for sector in Sector.values},
    **{
        (function, sector, degree): ALL
        for function in ("academie", "nation")
        for sector in Sector.values
        for degree in (1, 2)
    },
}


@pytest.mark.parametrize(("function", "sector", "degree"), list(product(Function.values, Sector.values, (1, 2))))
def test_a_function_gives_what_the_table_says_and_no_more(function: str, sector: str, degree: int) -> None:
    assert rights_of_post(function, sector=sector, degree=degree) == GIVES.get((function, sector, degree), NOTHING)


@pytest.mark.parametrize("function", ["", "HEAD", "Head ", "chef", "DIR", "administrateur"])
def test_a_word_that_is_no_function_gives_nothing(function: str) -> None:
    assert rights_of_post(function, sector="PU", degree=2) == NOTHING


def test_no_function_and_no_right_holds_the_command_lines() -> None:
    for function, sector, degree in product(Function.values, Sector.values, (1, 2)):
        assert Right.OPERATION not in rights_of_post(function, sector=sector, degree=degree)
    assert all(Right.OPERATION not in held for held in HOLDS.values())


def test_a_right_that_is_given_never_gives_rights() -> None:
    assert set(HOLDS) == {Right.ADMINISTRATION, Right.DEPANNAGE}
    assert all(Right.DELEGATION not in held for held in HOLDS.values())
    assert Right.ADMINISTRATION not in HOLDS[Right.DEPANNAGE]
