"""The gate: what it opens, to whom, and what it refuses."""

import datetime as dt
from contextlib import suppress

import pytest
from django.utils import timezone

from educonnect.accounts.models import Kind
from educonnect.delegation.mandate import Mandate, OutOfMandate, Scope, held, mandate_for, operator_mandate
from educonnect.delegation.models import Function, GivenAs, Suspension
from educonnect.delegation.rules import Right
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.population.factories import EnrolmentFactory, GuardianshipFactory
from tests.schools.factories import DivisionFactory, SchoolFactory

pytestmark = pytest.mark.django_db

PARIS = timezone.get_default_timezone()
NOW = dt.datetime(2026, 11, 25, 12, 0, tzinfo=PARIS)
TODAY = NOW.date()
DAY = dt.timedelta(days=1)
OF_SCHOOLS = (Right.ADMINISTRATION, Right.DEPANNAGE, Right.DELEGATION)


def rights(staff, **place: str) -> set[Right]:
    """Every right that the gate opens to them in a place."""
    found = set()
    for right in OF_SCHOOLS:
        with suppress(OutOfMandate):
            found.add(mandate_for(staff.pk, right, now=NOW, **place).right)
    return found


def suspended(staff, **where) -> Suspension:
    return Suspension.objects.create(staff=staff, by="staff:1", at=NOW, **where)


# --- posts
@pytest.mark.parametrize(
    ("function", "sector", "expected"),
    [
        (Function.HEAD, "PU", set(OF_SCHOOLS)),
        (Function.DEPUTY, "PU", {Right.ADMINISTRATION, Right.DEPANNAGE}),
        (Function.OTHER, "PU", set()),
        (Function.HEAD, "PR", set()),
        (Function.DEPUTY, "PR", set()),
        (Function.HEAD, "", set()),
    ],
)
def test_a_post_opens_its_school_and_no_other(function: str, sector: str, expected: set[Right]) -> None:
    school, other = SchoolFactory(sector=sector), SchoolFactory(sector="PU")
    post = a_post(function, school=school)

    assert rights(post.staff, uai=school.pk) == expected
    assert rights(post.staff, uai=other.pk) == set()
    assert rights(post.staff, academie="31") == rights(post.staff) == set()


def test_a_directeur_decole_administers_guardians_and_no_pupil() -> None:
    school = SchoolFactory(degree=1)
    post = a_post(Function.PRIMARY_HEAD, school=school)
    link = GuardianshipFactory(pupil=EnrolmentFactory(school=school).pupil)

    mandate = mandate_for(post.staff_id, Right.ADMINISTRATION, uai=school.pk, now=NOW)

    assert mandate.kinds == {Kind.GUARDIAN}
    assert set(mandate.guardians()) == {link.guardian}
    assert rights(post.staff, uai=school.pk) == {Right.ADMINISTRATION}


def test_a_directeur_decole_reaches_pupils_where_the_school_opens_their_accounts() -> None:
    school = SchoolFactory(degree=1, opens_first_degree_pupils=True)
    post = a_post(Function.PRIMARY_HEAD, school=school)

    mandate = mandate_for(post.staff_id, Right.ADMINISTRATION, uai=school.pk, now=NOW)

    assert mandate.kinds == set(Kind)


def test_a_post_of_an_academie_opens_it_and_its_schools() -> None:
    inside, outside = SchoolFactory(academie="31"), SchoolFactory(academie="28")
    post = a_post(Function.ACADEMIE, academie="31")

    assert rights(post.staff, academie="31") == rights(post.staff, uai=inside.pk) == set(OF_SCHOOLS)
    assert rights(post.staff, academie="28") == rights(post.staff, uai=outside.pk) == rights(post.staff) == set()


def test_a_post_of_the_nation_opens_everywhere() -> None:
    school = SchoolFactory()
    post = a_post(Function.NATION)

    assert rights(post.staff) == rights(post.staff, academie="28") == rights(post.staff, uai=school.pk)
    assert mandate_for(post.staff_id, Right.ADMINISTRATION, now=NOW).scope == Scope()


def test_no_post_opens_a_school_that_does_not_exist() -> None:
    post = a_post(Function.NATION)

    with pytest.raises(OutOfMandate):
        mandate_for(post.staff_id, Right.DEPANNAGE, uai="9720000Z", now=NOW)


@pytest.mark.parametrize(
    "over",
    [
        {"starts_on": TODAY + DAY},
        {"ends_on": TODAY - DAY},
        {"ended_at": NOW - DAY},
    ],
)
def test_a_post_to_come_over_or_ended_opens_nothing(over: dict) -> None:
    school = SchoolFactory()
    post = a_post(Function.HEAD, school=school)
    for name, value in over.items():
        setattr(post, name, value)
    post.save()

    assert rights(post.staff, uai=school.pk) == set()


def test_somebody_closed_holds_nothing() -> None:
    school = SchoolFactory()
    post = a_post(Function.HEAD, school=school, staff=a_staff(closed_at=NOW))
    a_delegation(Right.DEPANNAGE, school, staff=post.staff)

    assert held(post.staff_id, now=NOW) == []


# --- dates
@pytest.mark.parametrize(
    ("at", "open_"),
    [
        (dt.datetime(2026, 8, 31, 0, 0, tzinfo=PARIS), False),
        (dt.datetime(2026, 9, 1, 0, 0, tzinfo=PARIS), True),
        (dt.datetime(2027, 8, 31, 23, 59, 59, tzinfo=PARIS), True),
        (dt.datetime(2027, 8, 31, 21, 59, 59, tzinfo=dt.UTC), True),
        (dt.datetime(2027, 8, 31, 22, 0, tzinfo=dt.UTC), False),  # midnight in Paris
        (dt.datetime(2027, 9, 1, 0, 0, tzinfo=PARIS), False),
    ],
)
def test_T67_a_delegation_holds_from_its_first_day_to_the_end_of_its_last_in_paris(
    at: dt.datetime, open_: bool
) -> None:
    school = SchoolFactory()
    given = a_delegation(Right.DEPANNAGE, school, starts_on=dt.date(2026, 9, 1), ends_on=dt.date(2027, 8, 31))

    assert bool(held(given.staff_id, now=at)) is open_
    if open_:
        mandate = mandate_for(given.staff_id, Right.DEPANNAGE, uai=school.pk, now=at)
        assert mandate.until == dt.datetime(2027, 9, 1, 0, 0, tzinfo=PARIS)


def test_a_right_until_the_last_day_there_is_is_a_right_without_end() -> None:
    school = SchoolFactory()
    given = a_delegation(Right.DEPANNAGE, school, ends_on=dt.date.max)

    assert mandate_for(given.staff_id, Right.DEPANNAGE, uai=school.pk, now=NOW).until is None


def test_a_mandate_ends_with_the_last_of_what_makes_it() -> None:
    school = SchoolFactory()
    staff = a_staff()
    for last in (TODAY, TODAY + 9 * DAY):
        a_delegation(Right.DEPANNAGE, school, staff=staff, ends_on=last)

    mandate = mandate_for(staff.pk, Right.DEPANNAGE, uai=school.pk, now=NOW)

    assert mandate.until == dt.datetime.combine(TODAY + 10 * DAY, dt.time(), PARIS)


# --- delegations
def test_a_delegation_gives_its_right_and_never_the_right_to_give() -> None:
    school = SchoolFactory()
    secretary, helper = a_delegation(Right.ADMINISTRATION, school), a_delegation(Right.DEPANNAGE, school)

    assert rights(secretary.staff, uai=school.pk) == {Right.ADMINISTRATION, Right.DEPANNAGE}
    assert rights(helper.staff, uai=school.pk) == {Right.DEPANNAGE}
    assert mandate_for(helper.staff_id, Right.DEPANNAGE, uai=school.pk, now=NOW).kinds == {Kind.PUPIL}


def test_a_delegation_that_was_withdrawn_opens_nothing() -> None:
    given = a_delegation(Right.DEPANNAGE, SchoolFactory(), withdrawn_at=NOW)

    assert held(given.staff_id, now=NOW) == []


def test_delegations_over_classes_add_up_and_never_beyond_them() -> None:
    school = SchoolFactory()
    one, two, three = (DivisionFactory(school=school) for _ in range(3))
    staff = a_staff()
    a_delegation(Right.DEPANNAGE, school, staff=staff, divisions=[one])
    a_delegation(Right.ADMINISTRATION, school, staff=staff, divisions=[two])
    theirs = {EnrolmentFactory(school=school, division=division).pupil for division in (one, two)}
    EnrolmentFactory(school=school, division=three)
    EnrolmentFactory(school=school, division=None)

    helping = mandate_for(staff.pk, Right.DEPANNAGE, uai=school.pk, now=NOW)
    administering = mandate_for(staff.pk, Right.ADMINISTRATION, uai=school.pk, now=NOW)

    assert set(helping.pupils()) == theirs
    assert helping.scope.divisions == {one.pk, two.pk}
    assert administering.scope.divisions == {two.pk}
    assert not helping.covers(school.pk)


def test_a_delegation_whose_classes_are_gone_opens_nobody() -> None:
    school = SchoolFactory()
    division = DivisionFactory(school=school)
    given = a_delegation(Right.DEPANNAGE, school, divisions=[division])
    EnrolmentFactory(school=school)
    division.delete()

    mandate = mandate_for(given.staff_id, Right.DEPANNAGE, uai=school.pk, now=NOW)

    assert not mandate.pupils().exists()
    assert not mandate.accounts().exists()


def test_a_whole_school_stands_before_some_of_its_classes() -> None:
    school = SchoolFactory()
    staff = a_staff()
    a_delegation(Right.DEPANNAGE, school, staff=staff, divisions=[DivisionFactory(school=school)])
    a_delegation(Right.DEPANNAGE, school, staff=staff, ends_on=TODAY)

    mandate = mandate_for(staff.pk, Right.DEPANNAGE, uai=school.pk, now=NOW)

    assert mandate.scope.divisions is None
    assert mandate.until == dt.datetime.combine(TODAY + DAY, dt.time(), PARIS)


def test_what_is_held_over_guardians_never_widens_what_is_over_pupils() -> None:
    school = SchoolFactory(degree=1)
    post = a_post(Function.PRIMARY_HEAD, school=school)
    division = DivisionFactory(school=school)
    a_delegation(Right.DEPANNAGE, school, staff=post.staff, divisions=[division])
    inside = EnrolmentFactory(school=school, division=division).pupil
    EnrolmentFactory(school=school)

    helping = mandate_for(post.staff_id, Right.DEPANNAGE, uai=school.pk, now=NOW)
    administering = mandate_for(post.staff_id, Right.ADMINISTRATION, uai=school.pk, now=NOW)

    assert (set(helping.pupils()), helping.kinds) == ({inside}, {Kind.PUPIL})
    assert (administering.scope.divisions, administering.kinds) == (None, {Kind.GUARDIAN})


# --- private heads
def granted(staff, school, **values):
    return a_delegation(Right.ADMINISTRATION, school, staff=staff, as_head=True, given_as=GivenAs.ACADEMIE, **values)


def test_a_private_head_holds_all_once_the_academie_granted_it() -> None:
    school = SchoolFactory(sector="PR")
    post = a_post(Function.HEAD, school=school)
    granted(post.staff, school)

    assert rights(post.staff, uai=school.pk) == set(OF_SCHOOLS)


def test_what_was_granted_to_a_head_opens_nothing_once_they_no_longer_are() -> None:
    school = SchoolFactory(sector="PR")
    post = a_post(Function.HEAD, school=school)
    granted(post.staff, school)
    post.ended_at = NOW
    post.save()

    assert rights(post.staff, uai=school.pk) == set()


def test_a_deputy_is_no_head_whatever_was_granted() -> None:
    school = SchoolFactory(sector="PR")
    post = a_post(Function.DEPUTY, school=school)
    granted(post.staff, school)

    assert rights(post.staff, uai=school.pk) == set()


# --- suspensions
def test_a_suspension_stops_all_everywhere_until_it_is_lifted() -> None:
    school = SchoolFactory()
    post = a_post(Function.HEAD, school=school)
    a_delegation(Right.DEPANNAGE, SchoolFactory(), staff=post.staff)
    suspension = suspended(post.staff)

    assert held(post.staff_id, now=NOW) == []

    suspension.lifted_at = NOW
    suspension.save()
    assert len(held(post.staff_id, now=NOW)) == 2


@pytest.mark.parametrize("function", [Function.HEAD, Function.ACADEMIE, Function.NATION])
def test_a_suspension_in_an_academie_stops_all_there_and_nothing_elsewhere(function: str) -> None:
    school, elsewhere = SchoolFactory(academie="31"), SchoolFactory(academie="28")
    staff = a_staff()
    if function == Function.HEAD:
        a_post(function, staff=staff, school=school)
    else:
        a_post(function, staff=staff, academie="31" if function == Function.ACADEMIE else "")
    a_delegation(Right.DEPANNAGE, elsewhere, staff=staff)
    suspended(staff, academie="31")

    assert rights(staff, uai=school.pk) == rights(staff, academie="31") == set()
    assert Right.DEPANNAGE in rights(staff, uai=elsewhere.pk)


@pytest.mark.parametrize("function", [Function.HEAD, Function.ACADEMIE, Function.NATION])
def test_a_suspension_in_a_school_stops_all_there_and_nothing_elsewhere(function: str) -> None:
    school, elsewhere = SchoolFactory(academie="31"), SchoolFactory(academie="28")
    staff = a_staff()
    if function == Function.HEAD:
        a_post(function, staff=staff, school=school)
    else:
        a_post(function, staff=staff, academie="31" if function == Function.ACADEMIE else "")
    a_delegation(Right.DEPANNAGE, elsewhere, staff=staff)
    suspended(staff, school=school)

    assert rights(staff, uai=school.pk) == set()
    assert Right.DEPANNAGE in rights(staff, uai=elsewhere.pk)


def test_somebody_suspended_in_a_school_does_not_reach_its_people_by_the_academie() -> None:
    school, other = SchoolFactory(academie="31"), SchoolFactory(academie="31")
    post = a_post(Function.ACADEMIE, academie="31")
    EnrolmentFactory(school=school)
    reached = EnrolmentFactory(school=other).pupil
    suspended(post.staff, school=school)

    mandate = mandate_for(post.staff_id, Right.ADMINISTRATION, academie="31", now=NOW)

    assert set(mandate.pupils()) == {reached}
    assert set(mandate.schools()) == {other}
    assert not mandate.covers(school.pk)


# --- the gate itself
def test_a_mandate_is_made_by_the_gate_alone() -> None:
    with pytest.raises(AssertionError):
        Mandate(
            actor="staff:1", right=Right.ADMINISTRATION, scope=Scope(), kinds=frozenset(Kind), until=None, gate=object()
        )


def test_the_command_line_holds_every_right_and_no_person_of_the_staff_holds_its_own() -> None:
    operator_mandate().require(Right.ADMINISTRATION)
    post = a_post(Function.NATION)

    with pytest.raises(OutOfMandate):
        mandate_for(post.staff_id, Right.OPERATION, now=NOW)
    with pytest.raises(OutOfMandate):
        mandate_for(post.staff_id, Right.DEPANNAGE, now=NOW).require(Right.ADMINISTRATION)


def test_a_mandate_costs_few_statements_whatever_is_held(django_assert_num_queries) -> None:
    staff = a_staff()
    schools = [SchoolFactory() for _ in range(5)]
    for school in schools:
        a_post(Function.DEPUTY, staff=staff, school=school)
        a_delegation(Right.DEPANNAGE, school, staff=staff, divisions=[DivisionFactory(school=school)])

    with django_assert_num_queries(5):  # the place, suspensions, posts, delegations, their classes
        mandate_for(staff.pk, Right.DEPANNAGE, uai=schools[0].pk, now=NOW)
