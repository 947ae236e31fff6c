"""In random worlds, whatever a member of the staff may ask for yields what is in scope, all of it, and nothing else."""

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from educonnect.accounts.models import Kind
from educonnect.delegation.mandate import Mandate, OutOfMandate, mandate_for
from educonnect.delegation.rules import Right
from tests.delegation import gestures, gestures_of_rights  # noqa: F401 - it fills the table
from tests.delegation.oracle import NATION, Place, Reach, places, reach
from tests.delegation.worlds import NOW, Drawn, World, build, worlds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_a_school_day")]

RIGHTS = ("administration", "depannage", "delegation", "operation")
#: How many worlds; `WORLDS=200` looks further, at others each time.
EXAMPLES = int(os.environ.get("WORLDS", "0"))
some_worlds = settings(
    max_examples=EXAMPLES or 5,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    phases=tuple(Phase) if EXAMPLES else (Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def mandate(world: World, person: int, right: str, place: Place) -> Mandate:
    where = {"uai": world.uais[place]} if isinstance(place, int) else {"academie": place}
    return mandate_for(world.staff[person], Right(right), now=NOW, **where)


def every_reach(drawn: Drawn) -> list[tuple[int, Reach]]:
    """Who reaches what, each reach once."""
    found: dict[Reach, int] = {}
    for person in drawn.staff:
        for right in RIGHTS:
            for place in places(drawn):
                if known := reach(drawn, person, right, place):
                    found.setdefault(known, person.n)
    return [(person, known) for known, person in found.items()]


@some_worlds
@given(worlds())
def test_T65_a_mandate_is_made_where_it_is_due_and_reaches_what_is_due(drawn: Drawn) -> None:
    with transaction.atomic():
        world = build(drawn)
        for person in drawn.staff:
            for right in RIGHTS:
                for place in places(drawn):
                    due = reach(drawn, person, right, place)
                    where = f"{person} {right} {place!r}"
                    try:
                        made = mandate(world, person.n, right, place)
                    except OutOfMandate:
                        assert due is None, where
                        continue
                    assert due is not None, where
                    assert made.kinds == {Kind(kind) for kind in due.kinds}, where
        for person, due in every_reach(drawn):
            made = mandate(world, person, due.right, due.place)
            assert gestures.reached(world, made) == due, f"{drawn.staff[person]} {due}"
        transaction.set_rollback(True)


@some_worlds
@given(worlds())
@pytest.mark.usefixtures("_printing_aside")
def test_T65_no_gesture_goes_beyond_its_mandate_nor_falls_short_of_it(drawn: Drawn) -> None:
    with transaction.atomic():
        world = build(drawn)
        for person, due in _various(every_reach(drawn)):
            made = mandate(world, person, due.right, due.place)
            for name, check in gestures.TABLE.items():
                with transaction.atomic():
                    try:
                        check(world, made, due)
                    except AssertionError as error:
                        raise AssertionError(f"{name}: {drawn.staff[person]} {due}") from error
                    transaction.set_rollback(True)
        transaction.set_rollback(True)


def _various(found: list[tuple[int, Reach]]) -> list[tuple[int, Reach]]:
    """A few of each sort: the nation, académies, schools, classes; each right; each population."""
    kept: dict[object, list[tuple[int, Reach]]] = {}
    for person, due in found:
        size = "nation" if due.place == NATION else "school" if isinstance(due.place, int) else "académie"
        sort = kept.setdefault((size, due.whole, due.right, due.kinds), [])
        if len(sort) < (2 if size == "school" else 1):
            sort.append((person, due))
    return [one for sort in kept.values() for one in sort]


def test_T65_each_gesture_of_the_domain_is_in_the_table() -> None:
    assert gestures.of_the_domain() - gestures.TABLE.keys() == set(), "give it a row in tests/delegation/gestures.py"
    assert gestures.TABLE.keys() - gestures.of_the_domain() == set()


@pytest.mark.parametrize(
    "place", ["", "0", "zz", "31 ", " 31", "3١", "%00", "\x00", "31' OR 1=1 --", "31\x00", "9" * 300]
)
@pytest.mark.parametrize("named", ["uai", "academie"])
def test_an_odd_place_is_no_place(place: str, named: str) -> None:
    from educonnect.delegation.models import Function
    from tests.delegation.factories import a_post

    head_of_all = a_post(Function.NATION).staff_id
    academie = a_post(Function.ACADEMIE, academie="31").staff_id

    if place:
        with pytest.raises(OutOfMandate):
            mandate_for(head_of_all, Right.ADMINISTRATION, now=NOW, **{named: place})
    with pytest.raises(OutOfMandate):
        mandate_for(academie, Right.ADMINISTRATION, now=NOW, **{named: place})
