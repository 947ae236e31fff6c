"""The académie grants rights to the heads of private schools, who then give them in turn."""

import datetime as dt

import pytest

from educonnect.delegation import delegating, granting
from educonnect.delegation.errors import AlreadyGiven, EndsTooLate, NoHead, NothingToGrant, Oneself
from educonnect.delegation.mandate import Mandate, OutOfMandate, held, mandate_for, operator_mandate
from educonnect.delegation.models import Delegation, Function, GivenAs, Post
from educonnect.delegation.rules import ALL, Right
from educonnect.journal.models import Entry
from tests.delegation.desk import AUGUST, DAY, NOW, TODAY, a_school, colleague, desk, granted_head, in_post, wish
from tests.delegation.factories import a_delegation, a_staff
from tests.delegation.test_delegating import mails
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db
SIZE = 50


def of_academie(academie: str = "31") -> Mandate:
    agent = in_post(Function.ACADEMIE, academie=academie)
    return mandate_for(agent.pk, Right.DELEGATION, academie=academie, now=NOW)


def a_private_school(**values):
    school = SchoolFactory(sector="PR", **values)
    return school, in_post(Function.HEAD, school)


def test_a_private_head_holds_nothing_until_the_academie_grants_it_then_delegates():
    school, head = a_private_school()
    academie, teacher = of_academie(), colleague(school)
    assert held(head.pk, now=NOW) == []

    granted = granting.grant(academie, school.pk, head.pk, Right.ADMINISTRATION, AUGUST, now=NOW)

    assert (granted.as_head, granted.given_as, granted.starts_on) == (True, GivenAs.ACADEMIE, TODAY)
    assert held(head.pk, now=NOW)[0].rights == ALL
    delegating.give(desk(head, school), teacher.pk, wish(school, Right.ADMINISTRATION), now=NOW)
    assert held(teacher.pk, now=NOW)[0].rights == {Right.ADMINISTRATION, Right.DEPANNAGE}
    assert Entry.objects.filter(event="delegation.given", detail__as_head=True).count() == 1
    assert mails()[0]["to"] == head.email


def test_T67_depannage_alone_may_be_granted_and_ends_by_itself():
    school, head = a_private_school()

    granting.grant(of_academie(), school.pk, head.pk, Right.DEPANNAGE, AUGUST, now=NOW)

    assert held(head.pk, now=NOW)[0].rights == {Right.DEPANNAGE, Right.DELEGATION}
    assert held(head.pk, now=NOW + 365 * DAY) == []


def test_only_the_academie_of_the_school_and_the_nation_grant():
    school, head = a_private_school()
    colleague_head = granted_head(school, Right.ADMINISTRATION)
    nation = mandate_for(in_post(Function.NATION).pk, Right.DELEGATION, now=NOW)
    here = desk(in_post(Function.ACADEMIE, academie="31"), school)

    for mandate in (desk(colleague_head, school), of_academie("32"), here):
        with pytest.raises(OutOfMandate):
            granting.grant(mandate, school.pk, head.pk, Right.DEPANNAGE, AUGUST, now=NOW)
    for mandate in (nation, operator_mandate()):
        granted = granting.grant(mandate, school.pk, head.pk, Right.DEPANNAGE, AUGUST, now=NOW)
        assert delegating.withdraw(mandate, granted.pk, now=NOW)


def test_there_is_nothing_to_grant_in_a_public_school_nor_at_primary_school():
    public, head = a_school()
    primary = SchoolFactory(sector="PR", degree=1)
    director = in_post(Function.HEAD, primary)

    for school, person in ((public, head), (primary, director)):
        with pytest.raises(NothingToGrant):
            granting.grant(of_academie(), school.pk, person.pk, Right.DEPANNAGE, AUGUST, now=NOW)


def test_only_the_head_of_that_school_is_granted_and_not_oneself():
    school, _ = a_private_school()
    other, other_head = a_private_school()
    left = in_post(Function.HEAD, school)
    Post.objects.filter(staff=left).update(ended_at=NOW)
    agent = in_post(Function.ACADEMIE, academie="31", staff=in_post(Function.HEAD, other))
    academie = mandate_for(agent.pk, Right.DELEGATION, academie="31", now=NOW)

    for person in (other_head, colleague(school), left, a_staff()):
        with pytest.raises(NoHead):
            granting.grant(academie, school.pk, person.pk, Right.DEPANNAGE, AUGUST, now=NOW)
    with pytest.raises(Oneself):
        granting.grant(academie, other.pk, agent.pk, Right.DEPANNAGE, AUGUST, now=NOW)
    same = in_post(Function.HEAD, school, staff=a_staff(email=agent.email.upper()))
    with pytest.raises(Oneself):
        granting.grant(academie, school.pk, same.pk, Right.DEPANNAGE, AUGUST, now=NOW)


def test_what_was_granted_goes_with_the_post_and_does_not_make_a_head_of_the_next_school():
    school, head = a_private_school()
    granting.grant(of_academie(), school.pk, head.pk, Right.ADMINISTRATION, AUGUST, now=NOW)
    Post.objects.filter(staff=head).update(ended_at=NOW)
    in_post(Function.HEAD, SchoolFactory(sector="PR"), staff=head)

    assert held(head.pk, now=NOW) == []


def test_a_grant_asked_twice_is_given_once_within_the_bounds_of_any_right():
    school, head = a_private_school()
    academie = of_academie()

    first, second = (granting.grant(academie, school.pk, head.pk, Right.DEPANNAGE, AUGUST, now=NOW) for _ in range(2))

    assert first == second
    assert len(mails()) == 1
    with pytest.raises(AlreadyGiven):
        granting.grant(academie, school.pk, head.pk, Right.DEPANNAGE, AUGUST - DAY, now=NOW)
    with pytest.raises(EndsTooLate):
        granting.grant(academie, school.pk, head.pk, Right.ADMINISTRATION, dt.date(2028, 9, 1), now=NOW)


def test_the_academie_changes_the_end_of_a_grant_and_withdraws_it_at_once():
    school, head = a_private_school()
    academie, teacher = of_academie(), colleague(school)
    granted = granting.grant(academie, school.pk, head.pk, Right.DEPANNAGE, AUGUST, now=NOW)
    delegating.give(desk(head, school), teacher.pk, wish(school), now=NOW)

    assert delegating.change_end(academie, granted.pk, dt.date(2028, 8, 31), now=NOW).ends_on.year == 2028
    assert delegating.withdraw(academie, granted.pk, now=NOW)

    assert held(head.pk, now=NOW) == []
    assert len(held(teacher.pk, now=NOW)) == 1  # to its own end, before the académie's eyes
    assert held(teacher.pk, now=NOW + 365 * DAY) == []


def test_the_schools_of_the_academie_are_listed_those_whose_head_waits_alone_if_asked():
    (waiting, head), (granted, _) = a_private_school(), a_private_school()
    granting.grant(
        of_academie(), granted.pk, Post.objects.get(school=granted).staff_id, Right.DEPANNAGE, AUGUST, now=NOW
    )
    replaced, _ = a_private_school()
    a_delegation(Right.DEPANNAGE, replaced, as_head=True, given_as=GivenAs.ACADEMIE, ends_on=AUGUST)
    unknown = SchoolFactory(sector="")
    public, _ = a_school()
    SchoolFactory(sector="PR", academie="32")

    found = granting.schools(of_academie(), size=SIZE, now=NOW)
    assert [one.school for one in found] == [waiting, granted, replaced, unknown, public]
    assert [len(one.heads) for one in found] == [1, 1, 1, 0, 1]
    assert [len(one.grants) for one in found] == [0, 1, 1, 0, 0]
    assert [one.by_function for one in found] == [False, False, False, False, True]
    assert list(found[0].heads) == [head]
    asked = granting.schools(of_academie(), without_grant=True, size=SIZE, now=NOW)
    assert [one.school for one in asked] == [waiting, replaced, unknown]
    assert granting.one_school(of_academie(), waiting.pk, now=NOW) == asked[0]
    assert granting.waiting(of_academie(), now=NOW) == 2  # nobody is known to head the last one yet


@pytest.mark.parametrize("typed", ["972", "evariste", "ÉVARISTE", "gros morne", "Évariste Morne", "evar gros"])
def test_a_school_is_found_by_its_uai_its_name_or_its_town(typed):
    school = SchoolFactory(name="Lycée Évariste Inventé", town="Gros-Morne", sector="PR")
    SchoolFactory(uai="0750001U", name="Autre", town="Ailleurs", sector="PR")

    assert [one.school for one in granting.schools(of_academie(), typed=typed, size=SIZE, now=NOW)] == [school]


@pytest.mark.parametrize(
    ("typed", "count"),
    [("", 1), (".*", 1), ("(", 1), ("l[xy]cée", 0), ("x|lycee", 0), ("a" * 500, 0), ("x' OR 1=1", 0), ("٣", 0)],
)
def test_nothing_typed_is_read_as_a_pattern(typed, count):
    SchoolFactory(name="Lycée inventé")

    assert len(granting.schools(of_academie(), typed=typed, size=SIZE, now=NOW)) == count


def test_pages_follow_one_another_in_three_statements_each(django_assert_num_queries):
    schools = [a_private_school()[0] for _ in range(5)]
    academie = of_academie()

    with django_assert_num_queries(3):
        first = granting.schools(academie, size=3, now=NOW)
    with django_assert_num_queries(3):
        second = granting.schools(academie, after=first[-1].school.pk, without_grant=True, size=3, now=NOW)

    assert [one.school for one in (*first, *second)] == schools


def test_a_head_lists_no_school_of_the_academie():
    school, head = a_school()

    with pytest.raises(OutOfMandate):
        granting.schools(desk(head, school), size=SIZE, now=NOW)
    with pytest.raises(OutOfMandate):
        granting.one_school(desk(head, school), school.pk, now=NOW)
    with pytest.raises(OutOfMandate):
        granting.one_school(of_academie("32"), school.pk, now=NOW)
    assert not Delegation.objects.exists()
