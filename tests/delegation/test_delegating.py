"""The desk: a right is given within the giver's own, ends by itself, is withdrawn at once, and is told."""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier

import pytest
from django.db import connection, transaction

from educonnect.accounts.errors import EmailInvalid
from educonnect.accounts.models import Kind
from educonnect.delegation import delegating, suspending
from educonnect.delegation.delegating import Newcomer, Preview
from educonnect.delegation.errors import (
    AlreadyGiven,
    ClassOfAnotherYear,
    EndsTooEarly,
    EndsTooLate,
    GivenElsewhere,
    NoClass,
    NotInForce,
    Oneself,
    StartsInThePast,
    Suspended,
)
from educonnect.delegation.mandate import OutOfMandate, held, mandate_for
from educonnect.delegation.models import Delegation, Function, GivenAs, Post
from educonnect.delegation.rules import ALL, Right
from educonnect.jobs import sealing
from educonnect.journal.models import Entry
from educonnect.messaging import sending
from educonnect.messaging.models import OutboxMessage
from educonnect.population.models import Enrolment
from educonnect.staff.models import Staff
from tests.delegation.desk import (
    AUGUST,
    DAY,
    NOW,
    TODAY,
    a_class,
    a_school,
    colleague,
    desk,
    granted_head,
    in_post,
    wish,
)
from tests.delegation.factories import a_delegation, a_staff
from tests.population.factories import EnrolmentFactory
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db
NEWCOMER = Newcomer("Zoé", "D’Artimon", "Zoe.Dartimon@ac.invalid")


def rights(staff, school, now=NOW) -> set[Right]:
    """What somebody may do there."""
    found = set()
    for right in (Right.ADMINISTRATION, Right.DEPANNAGE, Right.DELEGATION):
        try:
            mandate_for(staff.pk, right, uai=school.pk, now=now)
        except OutOfMandate:
            continue
        found.add(right)
    return found


def mails(key: str = "") -> list[dict[str, str]]:
    """The messages that wait to leave, in order; invitations are asked for by their key."""
    found = OutboxMessage.objects.filter(key__startswith=key).order_by("pk")
    return [
        json.loads(sealing.unseal(bytes(one.sealed), purpose=sending.PURPOSE))
        for one in (found if key else found.exclude(key__startswith="invitation:"))
    ]


def test_T73_the_head_gives_a_right_to_a_colleague_who_is_told_and_it_is_journalled():
    school, head = a_school(name="Collège des Alizés")
    secretary = colleague(school)

    given = delegating.give(desk(head, school), secretary.pk, wish(school, Right.ADMINISTRATION), now=NOW)

    assert rights(secretary, school) == {Right.ADMINISTRATION, Right.DEPANNAGE}
    assert (given.given_by, given.given_as, given.ends_on) == (head, GivenAs.HEAD, AUGUST)
    line = Entry.objects.get(event="delegation.given")
    assert (line.actor, line.uai) == (f"staff:{head.pk}", school.pk)
    assert line.detail == {
        "delegation": given.pk,
        "staff": secretary.pk,
        "right": "administration",
        "since": "2026-11-25",
        "until": "2027-08-31",
        "as_head": False,
        "classes": [],
    }
    (mail,) = mails()
    assert mail["to"] == secretary.email
    assert "Administration des comptes, Collège des Alizés" in mail["body"]
    assert "du 25 novembre 2026 au 31 août 2027" in mail["body"]


def test_T67_a_right_ends_by_itself_at_the_end_of_its_last_day():
    school, head = a_school()
    secretary = colleague(school)
    delegating.give(desk(head, school), secretary.pk, wish(school, starts_on=TODAY + DAY), now=NOW)

    in_paris = dt.timezone(dt.timedelta(hours=2))
    instants = [
        NOW,
        NOW + DAY,
        dt.datetime(2027, 8, 31, 23, 59, tzinfo=in_paris),
        dt.datetime(2027, 9, 1, 0, 0, 1, tzinfo=in_paris),
    ]

    assert [rights(secretary, school, now) for now in instants] == [
        set(),
        {Right.DEPANNAGE},
        {Right.DEPANNAGE},
        set(),
    ]


def test_T67_nobody_gives_to_themselves():
    school, head = a_school()

    with pytest.raises(Oneself):
        delegating.give(desk(head, school), head.pk, wish(school), now=NOW)

    assert not Delegation.objects.exists()


@pytest.mark.parametrize("right", [Right.ADMINISTRATION, Right.DEPANNAGE])
def test_T67_whoever_was_given_a_right_cannot_pass_it_on(right):
    school, head = a_school()
    secretary = colleague(school)
    delegating.give(desk(head, school), secretary.pk, wish(school, right), now=NOW)

    with pytest.raises(OutOfMandate):
        desk(secretary, school)
    own = mandate_for(secretary.pk, right, uai=school.pk, now=NOW)
    with pytest.raises(OutOfMandate):
        delegating.give(own, colleague(school).pk, wish(school, right), now=NOW)


def test_T67_a_deputy_gives_nothing():
    school, _ = a_school()
    deputy = in_post(Function.DEPUTY, school)

    with pytest.raises(OutOfMandate):
        desk(deputy, school)


def test_T67_a_head_granted_depannage_alone_gives_no_more_even_with_more_of_their_own():
    school = SchoolFactory(sector="PR")
    head, teacher = granted_head(school, Right.DEPANNAGE), colleague(school)
    a_delegation(Right.ADMINISTRATION, school, staff=head, ends_on=AUGUST, given_as=GivenAs.ACADEMIE)

    assert rights(head, school) == {Right.ADMINISTRATION, Right.DEPANNAGE, Right.DELEGATION}
    with pytest.raises(OutOfMandate):
        delegating.give(desk(head, school), teacher.pk, wish(school, Right.ADMINISTRATION), now=NOW)
    delegating.give(desk(head, school), teacher.pk, wish(school), now=NOW)

    assert rights(teacher, school) == {Right.DEPANNAGE}


@pytest.mark.parametrize("right", [Right.DELEGATION, Right.OPERATION])
def test_T67_the_right_to_give_is_never_given(right):
    school, head = a_school()

    with pytest.raises(OutOfMandate):
        delegating.give(desk(head, school), colleague(school).pk, wish(school, right), now=NOW)


def test_T67_nothing_is_given_in_another_s_school_nor_for_its_classes():
    school, head = a_school()
    other, _ = a_school()
    person, theirs = colleague(school), a_class(other)

    for wished in (wish(other), wish(school, divisions=frozenset({theirs.pk})), wish(school, divisions=frozenset({0}))):
        with pytest.raises(OutOfMandate):
            delegating.give(desk(head, school), person.pk, wished, now=NOW)

    assert not Delegation.objects.exists()


def test_a_mandate_over_one_school_gives_nothing_in_another_of_the_same_head():
    school, head = a_school()
    other = in_post(Function.HEAD, SchoolFactory(), staff=head).posts.latest("pk").school
    person = colleague(other)

    with pytest.raises(OutOfMandate):
        delegating.give(desk(head, school), person.pk, wish(other), now=NOW)
    with pytest.raises(OutOfMandate):
        delegating.give_newcomer(desk(head, school), NEWCOMER, wish(other), now=NOW)


def test_nothing_is_given_to_somebody_unknown_to_the_school_or_closed():
    school, head = a_school()
    closed = colleague(school)
    closed.closed_at = NOW
    closed.save()
    left = colleague(school)
    Post.objects.filter(staff=left).update(ends_on=TODAY - DAY)

    for number in (a_staff().pk, in_post(Function.OTHER, SchoolFactory()).pk, closed.pk, left.pk, 0):
        with pytest.raises(OutOfMandate):
            delegating.give(desk(head, school), number, wish(school), now=NOW)


def test_T67_a_giver_who_lost_the_right_to_give_in_between_gives_nothing():
    school, head = a_school()
    person, mandate = colleague(school), desk(head, school)
    Post.objects.filter(staff=head).update(ended_at=NOW)

    with pytest.raises(OutOfMandate):
        delegating.give(mandate, person.pk, wish(school), now=NOW)


def test_whoever_gives_loses_nothing():
    school, head = a_school()
    before = held(head.pk, now=NOW)

    delegating.give(desk(head, school), colleague(school).pk, wish(school, Right.ADMINISTRATION), now=NOW)

    assert held(head.pk, now=NOW) == before
    assert before[0].rights == ALL


def test_a_right_for_classes_reaches_their_pupils_alone_and_dies_with_them():
    school, head = a_school()
    teacher, mine = colleague(school), a_class(school, pupils=3)
    a_class(school, pupils=2)
    wished = wish(school, divisions=frozenset({mine.pk}))
    delegating.give(desk(head, school), teacher.pk, wished, now=NOW)

    mandate = mandate_for(teacher.pk, Right.DEPANNAGE, uai=school.pk, now=NOW)
    assert set(mandate.pupils()) == {one.pupil for one in Enrolment.objects.filter(division=mine)}

    mine.delete()
    Enrolment.objects.filter(division=None).update(division=a_class(school))
    mandate = mandate_for(teacher.pk, Right.DEPANNAGE, uai=school.pk, now=NOW)
    assert not mandate.pupils().exists()


def test_several_classes_given_apart_add_up():
    school, head = a_school()
    teacher, first, second = colleague(school), a_class(school, pupils=1), a_class(school, pupils=2)

    for division in (first, second):
        delegating.give(desk(head, school), teacher.pk, wish(school, divisions=frozenset({division.pk})), now=NOW)

    assert mandate_for(teacher.pk, Right.DEPANNAGE, uai=school.pk, now=NOW).pupils().count() == 3


@pytest.mark.parametrize(
    ("days", "refusal"),
    [
        ({"starts_on": TODAY - DAY}, StartsInThePast),
        ({"ends_on": TODAY - DAY}, EndsTooEarly),
        ({"starts_on": TODAY + 9 * DAY, "ends_on": TODAY + 8 * DAY}, EndsTooEarly),
        ({"ends_on": dt.date(2028, 9, 1)}, EndsTooLate),
        ({"ends_on": dt.date.max}, EndsTooLate),
        ({"starts_on": dt.date.max, "ends_on": dt.date.max}, EndsTooLate),
        ({"divisions": frozenset()}, NoClass),
    ],
)
def test_T67_a_right_begins_today_at_the_earliest_and_ends_with_the_coming_year_at_the_latest(days, refusal):
    school, head = a_school()
    person = colleague(school)

    with pytest.raises(refusal):
        delegating.give(desk(head, school), person.pk, wish(school, **days), now=NOW)
    with pytest.raises(refusal):
        delegating.preview(desk(head, school), wish(school, **days), now=NOW)

    given = delegating.give(desk(head, school), person.pk, wish(school, ends_on=dt.date(2028, 8, 31)), now=NOW)
    assert given.ends_on == dt.date(2028, 8, 31)


def test_classes_are_those_of_the_year_in_which_the_right_begins_and_it_ends_with_them():
    school, head = a_school()
    person, coming = colleague(school), a_class(school, year=2027)
    these = frozenset({coming.pk})
    september = dt.date(2027, 9, 1)

    with pytest.raises(ClassOfAnotherYear):
        delegating.give(desk(head, school), person.pk, wish(school, divisions=these), now=NOW)
    with pytest.raises(ClassOfAnotherYear):
        delegating.give(desk(head, school), person.pk, wish(school, divisions=these | {a_class(school).pk}), now=NOW)
    this_year = wish(school, divisions=frozenset({a_class(school).pk}), ends_on=dt.date(2027, 9, 1))
    with pytest.raises(EndsTooLate) as refused:
        delegating.give(desk(head, school), person.pk, this_year, now=NOW)
    assert refused.value.latest == AUGUST

    wished = wish(school, divisions=these, starts_on=september, ends_on=dt.date(2028, 8, 31))
    assert delegating.give(desk(head, school), person.pk, wished, now=NOW).starts_on == september


def test_asked_twice_a_right_is_given_once():
    school, head = a_school()
    person = colleague(school)

    first, second = (delegating.give(desk(head, school), person.pk, wish(school), now=NOW) for _ in range(2))

    assert first == second
    assert Entry.objects.filter(event="delegation.given").count() == 1
    assert len(mails()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_givers_at_the_same_instant_give_once():
    school, head = a_school()
    person, mandate = colleague(school), desk(head, school)
    together = Barrier(2)

    def give(_) -> int:
        together.wait(timeout=30)
        try:
            return delegating.give(mandate, person.pk, wish(school), now=NOW).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        given = set(pool.map(give, range(2)))

    assert {one.pk for one in Delegation.objects.all()} == given
    assert len(given) == 1


def test_the_same_right_for_other_days_that_meet_is_refused_with_its_end():
    school, head = a_school()
    person, division = colleague(school), a_class(school)
    delegating.give(desk(head, school), person.pk, wish(school), now=NOW)

    with pytest.raises(AlreadyGiven) as refused:
        delegating.give(desk(head, school), person.pk, wish(school, ends_on=AUGUST - DAY), now=NOW)

    assert refused.value.until == AUGUST
    later = wish(school, starts_on=AUGUST + DAY, ends_on=AUGUST + 9 * DAY)
    for other in (later, wish(school, Right.ADMINISTRATION), wish(school, divisions=frozenset({division.pk}))):
        delegating.give(desk(head, school), person.pk, other, now=NOW)
    assert Delegation.objects.count() == 4


def test_nothing_is_given_to_somebody_whose_rights_are_suspended():
    school, head = a_school()
    person = colleague(school)
    suspending.suspend(desk(head, school), person.pk, now=NOW)

    with pytest.raises(Suspended):
        delegating.give(desk(head, school), person.pk, wish(school), now=NOW)


def test_the_preview_counts_whom_the_mandate_will_reach():
    school, head = a_school()
    person, mine = colleague(school), a_class(school, pupils=3)
    a_class(school, pupils=2)
    EnrolmentFactory(school=school, ended_at=NOW)
    EnrolmentFactory()
    cases = [
        (wish(school), Preview(5, 0, None)),
        (wish(school, Right.ADMINISTRATION), Preview(5, 5, None)),
        (wish(school, divisions=frozenset({mine.pk})), Preview(3, 0, (mine.code,))),
        (wish(school, Right.ADMINISTRATION, divisions=frozenset({mine.pk})), Preview(3, 3, (mine.code,))),
    ]

    for wished, foreseen in cases:
        assert delegating.preview(desk(head, school), wished, now=NOW) == foreseen
        given = delegating.give(desk(head, school), person.pk, wished, now=NOW)
        mandate = mandate_for(person.pk, wished.right, uai=school.pk, now=NOW)
        assert (mandate.pupils().count(), mandate.guardians().count()) == (foreseen.pupils, foreseen.guardians)
        kinds = {Kind.PUPIL} if wished.right == Right.DEPANNAGE else set(Kind)
        assert mandate.kinds == kinds
        delegating.withdraw(desk(head, school), given.pk, now=NOW)


def test_the_preview_takes_the_same_statements_whatever_the_school(django_assert_num_queries):
    school, head = a_school()
    division = a_class(school, pupils=1)
    mandate = desk(head, school)
    for _ in range(2):
        with django_assert_num_queries(3):  # the school, its pupils, their guardians
            delegating.preview(mandate, wish(school, Right.ADMINISTRATION), now=NOW)
        with django_assert_num_queries(6):
            delegating.preview(mandate, wish(school, Right.ADMINISTRATION, divisions=frozenset({division.pk})), now=NOW)
        a_class(school, pupils=5)


def test_the_lists_take_the_same_statements_however_many_rights(django_assert_num_queries):
    school, head = a_school()
    mandate = desk(head, school)
    for _ in range(2):
        a_delegation(Right.DEPANNAGE, school, ends_on=AUGUST, divisions=[a_class(school)])
        a_delegation(Right.DEPANNAGE, school, ends_on=TODAY - DAY, divisions=[a_class(school)])
        for listed in (delegating.in_force, delegating.over):
            with django_assert_num_queries(2):  # the rights, their classes
                assert [one.staff for one in listed(mandate, school.pk, now=NOW)]


def test_a_right_withdrawn_is_refused_at_once_and_the_person_is_told():
    school, head = a_school()
    person = colleague(school)
    given = delegating.give(desk(head, school), person.pk, wish(school), now=NOW)

    assert delegating.withdraw(desk(head, school), given.pk, now=NOW)

    assert rights(person, school) == set()
    given.refresh_from_db()
    assert (given.withdrawn_at, given.withdrawn_by) == (NOW, f"staff:{head.pk}")
    line = Entry.objects.get(event="delegation.withdrawn")
    assert line.detail == {"delegation": given.pk, "staff": person.pk, "right": "depannage"}
    assert mails()[-1]["subject"] == "Un droit vous a été retiré sur ÉduConnect"


def test_withdrawing_twice_is_harmless_and_what_is_over_stays_as_it_is():
    school, head = a_school()
    given = delegating.give(desk(head, school), colleague(school).pk, wish(school), now=NOW)
    past = a_delegation(Right.DEPANNAGE, school, starts_on=TODAY - 9 * DAY, ends_on=TODAY - DAY)

    done = [delegating.withdraw(desk(head, school), pk, now=NOW) for pk in (given.pk, given.pk, past.pk)]

    assert done == [True, False, False]
    assert Entry.objects.filter(event="delegation.withdrawn").count() == 1
    past.refresh_from_db()
    assert past.withdrawn_at is None


@pytest.mark.django_db(transaction=True)
def test_two_withdrawals_at_the_same_instant_withdraw_once():
    school, head = a_school()
    mandate = desk(head, school)
    given = delegating.give(mandate, colleague(school).pk, wish(school), now=NOW)
    together = Barrier(3)

    def withdraw(_) -> bool:
        together.wait(timeout=30)
        try:
            return delegating.withdraw(mandate, given.pk, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(withdraw, range(3)))

    assert sorted(done) == [False, False, True]
    assert Entry.objects.filter(event="delegation.withdrawn").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_right_given_while_the_same_is_withdrawn_is_in_force():
    school, head = a_school()
    teacher = colleague(school)
    mandate = desk(head, school)
    former = delegating.give(mandate, teacher.pk, wish(school), now=NOW)

    def give() -> Delegation:
        try:
            return delegating.give(mandate, teacher.pk, wish(school), now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            delegating.withdraw(mandate, former.pk, now=NOW)
            asked = pool.submit(give)
            wait([asked], timeout=1)  # it waits for the withdrawal, or is done
        given = asked.result(timeout=30)

    given.refresh_from_db()
    assert given.withdrawn_at is None
    assert rights(teacher, school) == {Right.DEPANNAGE}


def test_another_school_s_right_is_neither_withdrawn_nor_changed_nor_seen():
    school, head = a_school()
    other, _ = a_school()
    theirs = a_delegation(Right.DEPANNAGE, other, ends_on=AUGUST)
    mandate = desk(head, school)

    with pytest.raises(OutOfMandate):
        delegating.withdraw(mandate, theirs.pk, now=NOW)
    with pytest.raises(OutOfMandate):
        delegating.change_end(mandate, theirs.pk, AUGUST - DAY, now=NOW)
    with pytest.raises(OutOfMandate):
        delegating.one(mandate, school.pk, theirs.pk)
    with pytest.raises(OutOfMandate):
        delegating.one(mandate, other.pk, theirs.pk)
    assert not delegating.in_force(mandate, other.pk, now=NOW).exists()
    with pytest.raises(OutOfMandate):
        delegating.people(mandate, other.pk, now=NOW)


def test_the_head_withdraws_neither_what_the_academie_granted_them_nor_what_comes_from_the_hub():
    school = SchoolFactory(sector="PR")
    head = granted_head(school, Right.ADMINISTRATION)
    own = Delegation.objects.get(staff=head)
    hub = a_delegation(Right.DEPANNAGE, school, ends_on=AUGUST, given_as=GivenAs.HUB)

    with pytest.raises(OutOfMandate):
        delegating.withdraw(desk(head, school), own.pk, now=NOW)
    with pytest.raises(OutOfMandate):
        delegating.change_end(desk(head, school), own.pk, dt.date(2028, 8, 31), now=NOW)
    with pytest.raises(GivenElsewhere):
        delegating.withdraw(desk(head, school), hub.pk, now=NOW)
    with pytest.raises(GivenElsewhere):
        delegating.change_end(desk(head, school), hub.pk, AUGUST - DAY, now=NOW)


def test_the_end_of_a_right_is_changed_within_the_same_bounds():
    school, head = a_school()
    given = delegating.give(desk(head, school), colleague(school).pk, wish(school), now=NOW)
    mandate = desk(head, school)

    for day, refusal in ((TODAY - DAY, EndsTooEarly), (dt.date(2028, 9, 1), EndsTooLate)):
        with pytest.raises(refusal):
            delegating.change_end(mandate, given.pk, day, now=NOW)
    for day in (dt.date(2028, 8, 31), dt.date(2028, 8, 31), TODAY):
        assert delegating.change_end(mandate, given.pk, day, now=NOW).ends_on == day

    lines = Entry.objects.filter(event="delegation.extended").order_by("pk")
    assert [line.detail["until"] for line in lines] == ["2028-08-31", "2026-11-25"]
    assert "jusqu’au 31 août 2028" in mails()[1]["body"]


def test_what_is_over_is_not_prolonged():
    school, head = a_school()
    past = a_delegation(Right.DEPANNAGE, school, starts_on=TODAY - 9 * DAY, ends_on=TODAY - DAY)
    given = delegating.give(desk(head, school), colleague(school).pk, wish(school), now=NOW)
    delegating.withdraw(desk(head, school), given.pk, now=NOW)

    for one in (past, given):
        with pytest.raises(NotInForce):
            delegating.change_end(desk(head, school), one.pk, dt.date(2028, 8, 31), now=NOW)


def test_T67_a_right_the_giver_no_longer_holds_is_not_prolonged():
    school = SchoolFactory(sector="PR")
    head = granted_head(school, Right.ADMINISTRATION)
    given = delegating.give(desk(head, school), colleague(school).pk, wish(school, Right.ADMINISTRATION), now=NOW)
    Delegation.objects.filter(staff=head).update(right=Right.DEPANNAGE)

    with pytest.raises(OutOfMandate):
        delegating.change_end(desk(head, school), given.pk, dt.date(2028, 8, 31), now=NOW)


def test_what_a_head_gave_outlives_the_post_to_its_own_end_and_the_academie_sees_it():
    school, head = a_school()
    person = colleague(school)
    given = delegating.give(desk(head, school), person.pk, wish(school), now=NOW)
    Post.objects.filter(staff=head).update(ended_at=NOW)
    agent = in_post(Function.ACADEMIE, academie=school.academie)

    assert rights(person, school) == {Right.DEPANNAGE}
    assert rights(person, school, NOW + 365 * DAY) == set()
    mandate = desk(agent, school)
    assert list(delegating.in_force(mandate, school.pk, now=NOW)) == [given]
    assert delegating.withdraw(mandate, given.pk, now=NOW)


@pytest.mark.parametrize("function", [Function.ACADEMIE, Function.NATION])
def test_the_academie_and_the_nation_delegate_in_a_school_too(function):
    school, _ = a_school(academie="31")
    agent = in_post(function, academie="31" if function == Function.ACADEMIE else "")
    person = colleague(school)

    given = delegating.give(desk(agent, school), person.pk, wish(school, Right.ADMINISTRATION), now=NOW)

    assert given.given_as == GivenAs.ACADEMIE
    with pytest.raises(OutOfMandate):
        desk(in_post(Function.ACADEMIE, academie="32"), school)


def test_what_is_in_force_or_to_come_is_listed_apart_from_what_is_over():
    school, head = a_school()
    mandate = desk(head, school)
    now = a_delegation(Right.DEPANNAGE, school, starts_on=TODAY, ends_on=TODAY)
    to_come = a_delegation(Right.DEPANNAGE, school, starts_on=TODAY + DAY, ends_on=AUGUST)
    past = [
        a_delegation(Right.DEPANNAGE, school, starts_on=TODAY - 9 * DAY, ends_on=TODAY - DAY),
        a_delegation(Right.DEPANNAGE, school, ends_on=AUGUST, withdrawn_at=NOW, withdrawn_by="staff:1"),
    ]

    assert list(delegating.in_force(mandate, school.pk, now=NOW)) == [now, to_come]
    assert list(delegating.over(mandate, school.pk, now=NOW)) == past[::-1]
    assert list(delegating.over(mandate, school.pk, now=NOW, before=past[1].pk)) == past[:1]


def invitations_sent() -> list[str]:
    """To whom, in order."""
    return [mail["to"] for mail in mails("invitation:")]


def test_somebody_no_base_names_is_invited_with_the_right():
    school, head = a_school()

    given = delegating.give_newcomer(desk(head, school), NEWCOMER, wish(school), now=NOW)

    person = given.staff
    assert (person.first_name, person.name, person.email) == ("Zoé", "D’Artimon", "zoe.dartimon@ac.invalid")
    assert invitations_sent() == [person.email]
    events = [line.event for line in Entry.objects.order_by("pk")]
    assert events == ["staff.added", "delegation.given", "staff.invited"]
    assert all("Artimon" not in json.dumps(line.detail) for line in Entry.objects.all())
    assert rights(person, school) == {Right.DEPANNAGE}


def test_a_newcomer_typed_twice_is_one_person_invited_once():
    school, head = a_school()
    again = Newcomer("Zoe", "DARTIMON", " zoe.dartimon@AC.invalid ")

    first = delegating.give_newcomer(desk(head, school), NEWCOMER, wish(school), now=NOW)
    second = delegating.give_newcomer(desk(head, school), again, wish(school), now=NOW)
    other = delegating.give_newcomer(desk(head, school), again, wish(school, Right.ADMINISTRATION), now=NOW)

    assert first == second
    assert other.staff == first.staff
    assert len(invitations_sent()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_newcomer_typed_twice_at_the_same_instant_is_one_person():
    school, head = a_school()
    mandate, together = desk(head, school), Barrier(2)

    def give(_) -> int:
        together.wait(timeout=30)
        try:
            return delegating.give_newcomer(mandate, NEWCOMER, wish(school), now=NOW).staff_id
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        people = set(pool.map(give, range(2)))

    assert len(people) == Delegation.objects.count() == 1


def test_an_address_known_elsewhere_is_a_new_person_here_and_nothing_tells():
    school, head = a_school()
    elsewhere = a_staff(email=NEWCOMER.email.lower(), issuer="https://hub.invalid", subject="x")

    given = delegating.give_newcomer(desk(head, school), NEWCOMER, wish(school), now=NOW)

    assert given.staff != elsewhere
    assert rights(elsewhere, school) == set()


def test_an_address_the_school_knows_is_that_person():
    school, head = a_school()
    known = colleague(school)

    given = delegating.give_newcomer(desk(head, school), Newcomer("X", "Y", known.email.upper()), wish(school), now=NOW)

    assert given.staff == known


def test_an_address_that_an_upstream_alone_says_of_a_colleague_is_a_new_person():
    school, head = a_school()
    told = colleague(school)
    Staff.objects.filter(pk=told.pk).update(issuer="https://hub.invalid", subject="x")

    given = delegating.give_newcomer(desk(head, school), Newcomer("X", "Y", told.email), wish(school), now=NOW)

    assert given.staff != told
    assert rights(told, school) == set()


def test_T67_one_s_own_address_is_oneself_and_no_address_is_refused():
    school, head = a_school()
    before = Staff.objects.count()

    with pytest.raises(Oneself):
        delegating.give_newcomer(desk(head, school), Newcomer("X", "Y", head.email.upper()), wish(school), now=NOW)
    for email in ("", "x", "x@y", "x@y.fr\nBcc: z@y.fr"):
        with pytest.raises(EmailInvalid):
            delegating.give_newcomer(desk(head, school), Newcomer("X", "Y", email), wish(school), now=NOW)

    assert Staff.objects.count() == before


def test_somebody_a_base_names_is_invited_once_their_address_is_given_and_whoever_came_never_is():
    school, head = a_school()
    named, came = colleague(school), colleague(school)
    Staff.objects.filter(pk=named.pk).update(email="")
    Staff.objects.filter(pk=came.pk).update(issuer="https://hub.invalid", subject="x")

    delegating.give(desk(head, school), named.pk, wish(school), email="named@ac.invalid", now=NOW)
    delegating.give(desk(head, school), came.pk, wish(school), email="other@ac.invalid", now=NOW)

    named.refresh_from_db()
    came.refresh_from_db()
    assert named.email == "named@ac.invalid"
    assert came.email != "other@ac.invalid"
    assert invitations_sent() == ["named@ac.invalid"]


def test_an_address_that_one_school_types_opens_nothing_of_another_s():
    school, head = a_school()
    other, _ = a_school()
    shared = in_post(Function.OTHER, school, staff=colleague(other))
    Staff.objects.filter(pk=shared.pk).update(email="", base_key="sts:31:epp:7")
    a_delegation(Right.ADMINISTRATION, other, staff=shared, starts_on=TODAY, ends_on=AUGUST)

    given = delegating.give(desk(head, school), shared.pk, wish(school), email="who@ac.invalid", now=NOW)
    again = delegating.give(desk(head, school), shared.pk, wish(school), email="who@ac.invalid", now=NOW)

    shared.refresh_from_db()
    assert (shared.email, again) == ("", given)
    assert (given.staff.name, given.staff.email) == (shared.name, "who@ac.invalid")
    assert rights(given.staff, school) == {Right.DEPANNAGE}
    assert rights(given.staff, other) == set()
    assert invitations_sent() == ["who@ac.invalid"]


def test_T67_nobody_gives_to_whoever_bears_their_own_address():
    school, head = a_school()
    again = colleague(school)
    Staff.objects.filter(pk=again.pk).update(email=head.email.upper())

    with pytest.raises(Oneself):
        delegating.give(desk(head, school), again.pk, wish(school), now=NOW)
