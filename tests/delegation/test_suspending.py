"""Rights stop at once in the place of whoever stops them, and hold again once restored."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from educonnect.delegation import suspending
from educonnect.delegation.errors import Oneself
from educonnect.delegation.mandate import Mandate, OutOfMandate, held, mandate_for, operator_mandate
from educonnect.delegation.models import Delegation, Function, Suspension
from educonnect.delegation.rules import Right
from educonnect.journal.models import Entry
from tests.delegation.desk import AUGUST, NOW, a_school, colleague, desk, in_post
from tests.delegation.factories import a_delegation, a_staff
from tests.delegation.test_delegating import mails

pytestmark = pytest.mark.django_db


def of_academie(academie: str) -> Mandate:
    agent = in_post(Function.ACADEMIE, academie=academie)
    return mandate_for(agent.pk, Right.DELEGATION, academie=academie, now=NOW)


def of_the_nation() -> Mandate:
    return mandate_for(in_post(Function.NATION).pk, Right.DELEGATION, now=NOW)


def where(staff) -> set[str]:
    """The schools where somebody holds a right."""
    return {one.school for one in held(staff.pk, now=NOW)}


def three_schools():
    """Two of one académie, one of another; somebody with a right in each, and the head of the first."""
    (first, head), (second, _), (third, _) = (a_school(academie=code) for code in ("31", "31", "32"))
    person = a_staff()
    for school in (first, second, third):
        a_delegation(Right.DEPANNAGE, school, staff=person, ends_on=AUGUST)
    return [first, second, third], head, person


def test_T66_a_head_stops_somebody_in_the_school_alone_at_once_and_they_are_told():
    (first, second, third), head, person = three_schools()

    assert suspending.suspend(desk(head, first), person.pk, now=NOW)

    assert where(person) == {second.pk, third.pk}
    with pytest.raises(OutOfMandate):
        mandate_for(person.pk, Right.DEPANNAGE, uai=first.pk, now=NOW)
    line = Entry.objects.get(event="rights.suspended")
    assert (line.actor, line.uai, line.detail["staff"]) == (f"staff:{head.pk}", first.pk, person.pk)
    assert (mails()[0]["to"], mails()[0]["subject"]) == (person.email, "Vos droits sur ÉduConnect sont suspendus")
    assert Delegation.objects.filter(staff=person, withdrawn_at=None).count() == 3


def test_T66_an_academie_stops_somebody_in_its_schools_and_the_nation_everywhere():
    (_, _, third), _, person = three_schools()

    suspending.suspend(of_academie("31"), person.pk, now=NOW)
    assert where(person) == {third.pk}

    suspending.suspend(of_the_nation(), person.pk, now=NOW)
    assert where(person) == set()


def test_T66_posts_stop_too():
    school, head = a_school()
    agent = in_post(Function.ACADEMIE, academie=school.academie)

    suspending.suspend(of_academie(school.academie), head.pk, now=NOW)
    suspending.suspend(of_academie(school.academie), agent.pk, now=NOW)

    assert held(head.pk, now=NOW) == held(agent.pk, now=NOW) == []


def test_nobody_is_stopped_who_holds_nothing_there_nor_oneself():
    (first, *_), head, _ = three_schools()
    elsewhere = a_school()[1]

    for number in (elsewhere.pk, in_post(Function.ACADEMIE, academie=first.academie).pk, a_staff().pk, 0):
        with pytest.raises(OutOfMandate):
            suspending.suspend(desk(head, first), number, now=NOW)
    with pytest.raises(OutOfMandate):
        suspending.suspend(of_academie("32"), head.pk, now=NOW)
    with pytest.raises(Oneself):
        suspending.suspend(desk(head, first), head.pk, now=NOW)
    with pytest.raises(Oneself):
        suspending.restore(desk(head, first), head.pk, now=NOW)
    assert not Suspension.objects.exists()


def test_only_whoever_gives_rights_stops_them():
    school, _ = a_school()
    person = colleague(school)
    given = a_delegation(Right.ADMINISTRATION, school, ends_on=AUGUST)
    own = mandate_for(given.staff_id, Right.ADMINISTRATION, uai=school.pk, now=NOW)

    for gesture in (suspending.suspend, suspending.restore):
        with pytest.raises(OutOfMandate):
            gesture(own, person.pk, now=NOW)


def test_T66_somebody_whose_rights_are_stopped_stops_nobody_with_a_mandate_of_before():
    school, head = a_school()
    mandate, person = desk(head, school), colleague(school)
    suspending.suspend(of_academie(school.academie), head.pk, now=NOW)

    with pytest.raises(OutOfMandate):
        suspending.suspend(mandate, person.pk, now=NOW)


def test_rights_hold_again_once_restored_and_the_person_is_told():
    (first, *_), head, person = three_schools()
    before = where(person)
    suspending.suspend(desk(head, first), person.pk, now=NOW)

    assert suspending.restore(desk(head, first), person.pk, now=NOW)

    assert where(person) == before
    line = Entry.objects.get(event="rights.restored")
    assert (line.actor, line.uai, line.detail["staff"]) == (f"staff:{head.pk}", first.pk, person.pk)
    assert mails()[1]["subject"] == "Vos droits sur ÉduConnect sont rétablis"


def test_suspending_or_restoring_twice_changes_nothing_more():
    (first, *_), head, person = three_schools()
    mandate = desk(head, first)

    stopped = [suspending.suspend(mandate, person.pk, now=NOW) for _ in range(2)]
    back = [suspending.restore(mandate, person.pk, now=NOW) for _ in range(2)]

    assert stopped == back == [True, False]
    assert Entry.objects.filter(event__startswith="rights.").count() == len(mails()) == 2


def test_a_head_does_not_lift_what_the_academie_stopped_but_the_academie_lifts_what_a_head_stopped():
    (first, second, third), head, person = three_schools()
    academie = of_academie("31")
    suspending.suspend(desk(head, first), person.pk, now=NOW)
    suspending.suspend(academie, person.pk, now=NOW)

    assert suspending.restore(desk(head, first), person.pk, now=NOW)
    assert where(person) == {third.pk}
    assert suspending.stopped_in(desk(head, first), first.pk) == {person.pk}
    assert not suspending.restore(of_academie("32"), person.pk, now=NOW)

    suspending.suspend(desk(head, first), person.pk, now=NOW)
    assert [one.school for one in suspending.suspended(academie)] == [first, None]
    assert suspending.restore(academie, person.pk, now=NOW)
    assert where(person) == {first.pk, second.pk, third.pk}


def test_the_command_line_stops_somebody_everywhere():
    _, _, person = three_schools()

    suspending.suspend(operator_mandate(), person.pk, now=NOW)

    assert where(person) == set()
    assert Suspension.objects.get().by == "operator:command-line"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_suspend_once():
    school, head = a_school()
    person, mandate = colleague(school), desk(head, school)
    together = Barrier(2)

    def suspend(_) -> bool:
        together.wait(timeout=30)
        try:
            return suspending.suspend(mandate, person.pk, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(suspend, range(2))) == [False, True]

    assert Suspension.objects.count() == 1
