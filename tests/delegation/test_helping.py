from datetime import UTC, datetime

import pytest
import time_machine

from educonnect.delegation import helping
from educonnect.delegation.errors import Oneself, ReachesFurther
from educonnect.delegation.mandate import Mandate, OutOfMandate, mandate_for, operator_mandate
from educonnect.delegation.models import Function, Invitation, Suspension
from educonnect.delegation.rules import Right
from educonnect.journal.models import Entry
from educonnect.messaging.models import OutboxMessage
from educonnect.schools.models import School
from educonnect.staff import factors
from educonnect.staff.errors import NoAddress
from educonnect.staff.models import Staff
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.messaging.reading import read
from tests.schools.factories import SchoolFactory
from tests.web.staff.visitors import with_application

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def school() -> School:
    return SchoolFactory(sector="PU", academie="31")


@pytest.fixture
def head(school: School) -> Mandate:
    return mandate_for(a_post(Function.HEAD, school=school).staff_id, Right.DELEGATION, uai=school.pk, now=NOW)


def test_T35_the_sessions_of_a_person_of_the_school_end_by_the_epoch_and_it_is_journalled(
    school: School, head: Mandate
) -> None:
    secretary = a_delegation(Right.ADMINISTRATION, school).staff

    helping.end_sessions(head, secretary.pk, now=NOW)

    assert Staff.objects.get(pk=secretary.pk).epoch == secretary.epoch + 1
    line = Entry.objects.get(event="staff.sessions-ended")
    assert (line.actor, line.uai, line.detail["staff"]) == (head.actor, school.pk, secretary.pk)


def test_who_lost_their_factors_loses_them_here_and_is_invited_anew(school: School, head: Mandate) -> None:
    secretary = a_delegation(Right.ADMINISTRATION, school).staff
    with_application(secretary, NOW)

    helping.forget_factors(head, secretary.pk, now=NOW)

    assert not factors.of(secretary.pk).some
    assert Staff.objects.get(pk=secretary.pk).epoch == secretary.epoch + 1
    assert Invitation.objects.get().staff == secretary
    assert [read(one)["to"] for one in OutboxMessage.objects.all()] == [secretary.email] * OutboxMessage.objects.count()


def test_nothing_is_taken_away_where_no_invitation_could_be_sent(school: School, head: Mandate) -> None:
    secretary = a_delegation(Right.ADMINISTRATION, school, staff=a_staff(email="")).staff
    with_application(secretary, NOW)

    with pytest.raises(NoAddress):
        helping.forget_factors(head, secretary.pk, now=NOW)

    assert factors.of(secretary.pk).some


def test_a_school_weakens_nobody_who_acts_over_an_academie_and_the_nation_helps_them(
    school: School, head: Mandate
) -> None:
    wide = a_post(Function.ACADEMIE, academie="31").staff
    a_delegation(Right.ADMINISTRATION, school, staff=wide)
    of_academie = mandate_for(
        a_post(Function.ACADEMIE, academie="31").staff_id, Right.DELEGATION, academie="31", now=NOW
    )
    nation = mandate_for(a_post(Function.NATION).staff_id, Right.DELEGATION, now=NOW)

    for made in (head, of_academie):
        with pytest.raises(ReachesFurther):
            helping.forget_factors(made, wide.pk, now=NOW)
    helping.forget_factors(nation, wide.pk, now=NOW)
    helping.forget_factors(operator_mandate(), wide.pk, now=NOW)

    assert Invitation.objects.filter(staff=wide).count() == 1


def test_a_school_weakens_no_head_of_another_who_works_there_too(school: School, head: Mandate) -> None:
    elsewhere = a_post(Function.HEAD, school=SchoolFactory(sector="PU", academie="31")).staff
    a_delegation(Right.DEPANNAGE, school, staff=elsewhere)
    of_academie = mandate_for(
        a_post(Function.ACADEMIE, academie="31").staff_id, Right.DELEGATION, academie="31", now=NOW
    )

    with pytest.raises(ReachesFurther):
        helping.forget_factors(head, elsewhere.pk, now=NOW)
    helping.forget_factors(of_academie, elsewhere.pk, now=NOW)

    assert Invitation.objects.filter(staff=elsewhere).count() == 1


@pytest.mark.parametrize("elsewhere", ["head", "given"])
def test_a_school_weakens_nobody_who_acts_in_another_and_the_academie_of_both_helps_them(
    school: School, head: Mandate, elsewhere: str
) -> None:
    person = a_post(Function.OTHER, school=school).staff
    other = SchoolFactory(sector="PU", academie="31")
    if elsewhere == "head":
        a_post(Function.HEAD, staff=person, school=other)
    else:
        a_delegation(Right.DEPANNAGE, other, staff=person)
    with_application(person, NOW)
    of_academie, of_another = (
        mandate_for(a_post(Function.ACADEMIE, academie=code).staff_id, Right.DELEGATION, academie=code, now=NOW)
        for code in ("31", "25")
    )

    with pytest.raises(ReachesFurther):
        helping.forget_factors(head, person.pk, now=NOW)
    with pytest.raises(OutOfMandate):
        helping.forget_factors(of_another, person.pk, now=NOW)
    assert factors.of(person.pk).some
    helping.forget_factors(of_academie, person.pk, now=NOW)

    assert not factors.of(person.pk).some


def test_somebody_who_merely_works_in_another_school_is_helped_by_either(school: School, head: Mandate) -> None:
    person = a_post(Function.OTHER, school=school).staff
    a_post(Function.OTHER, staff=person, school=SchoolFactory())
    a_delegation(Right.DEPANNAGE, SchoolFactory(), staff=person, withdrawn_at=NOW)
    with_application(person, NOW)

    helping.forget_factors(head, person.pk, now=NOW)

    assert not factors.of(person.pk).some


def test_nobody_else_s_person_is_reached_nor_oneself(school: School, head: Mandate) -> None:
    stranger = a_delegation(Right.ADMINISTRATION, SchoolFactory()).staff

    for act in (helping.end_sessions, helping.forget_factors):
        with pytest.raises(OutOfMandate):
            act(head, stranger.pk, now=NOW)
    with pytest.raises(Oneself):
        helping.forget_factors(head, int(head.actor.removeprefix("staff:")), now=NOW)


def test_a_mandate_stopped_meanwhile_helps_nobody(school: School, head: Mandate) -> None:
    secretary = a_delegation(Right.ADMINISTRATION, school).staff
    Suspension.objects.create(staff_id=int(head.actor.removeprefix("staff:")), by="staff:0", at=NOW)

    with pytest.raises(OutOfMandate):
        helping.end_sessions(head, secretary.pk, now=NOW)
