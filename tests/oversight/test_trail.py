"""The journal as staff read it: what was done in a place, by whom, on whom, and nothing of another place."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from educonnect.accounts.models import Account
from educonnect.delegation import delegating, suspending
from educonnect.delegation.mandate import Mandate, OutOfMandate, actor_of, mandate_for
from educonnect.delegation.models import Function
from educonnect.delegation.rules import Right
from educonnect.helpdesk.reset import reset
from educonnect.journal.models import Entry
from educonnect.journal.recording import record, record_each
from educonnect.journal.rules import Event
from educonnect.oversight import rules, trail
from educonnect.oversight.names import On, WhoKind
from educonnect.oversight.trail import Search
from educonnect.privacy import erasure
from educonnect.schools.models import School
from educonnect.staff.models import Staff
from tests.delegation.desk import AUGUST, a_school, colleague, desk, wish
from tests.delegation.desk import NOW as DESK_DAY
from tests.delegation.factories import a_delegation, a_mandate, a_post, a_staff
from tests.notification.conftest import World, world
from tests.plans import rows_read, touched
from tests.schools.factories import SchoolFactory

__all__ = ["world"]
pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 14, 8, 0, tzinfo=UTC)


def head_of(school: School) -> Mandate:
    return mandate_for(
        a_post(Function.HEAD, school=school).staff_id, Right.DELEGATION, uai=school.pk, now=timezone.now()
    )


def academie_of(code: str) -> Mandate:
    holder = a_post(Function.ACADEMIE, academie=code).staff_id
    return mandate_for(holder, Right.DELEGATION, academie=code, now=timezone.now())


def done(event: Event, at: datetime = NOW, **said: object) -> None:
    with time_machine.travel(at, tick=False):
        record(event, **said)  # type: ignore[arg-type]


def told(page: trail.Page) -> list[str]:
    return [line.event.value for line in page.lines]


def test_T73_the_head_reads_who_did_what_on_whom_and_when(world: World) -> None:
    account = world.pupil("DUVERGER", "Camille")
    secretary = a_delegation(Right.DEPANNAGE, world.school).staff
    done(Event.ACCOUNT_RESET, actor=actor_of(secretary.pk), account_id=account.pk, uai=world.school.pk, batch="reset")

    (line,) = trail.lines(head_of(world.school)).lines

    assert (line.event, line.at, line.count) == (Event.ACCOUNT_RESET, NOW, 1)
    assert (line.who.kind, line.who.post) == (WhoKind.STAFF, "delegate")
    assert line.who.name == f"Maude {secretary.name}"
    assert (line.on.is_, line.on.name, line.on.username) == (On.ACCOUNT, "DUVERGER Camille", account.username)


def test_T73_each_change_of_rights_is_read_with_who_made_it_and_for_whom() -> None:
    school, head = a_school()
    person, mandate = colleague(school), desk(head, school)
    with time_machine.travel(DESK_DAY, tick=True):
        given = delegating.give(mandate, person.pk, wish(school), now=DESK_DAY)
        delegating.change_end(mandate, given.pk, AUGUST - timedelta(days=30), now=DESK_DAY)
        suspending.suspend(mandate, person.pk, now=DESK_DAY)
        suspending.restore(mandate, person.pk, now=DESK_DAY)
        delegating.withdraw(mandate, given.pk, now=DESK_DAY)

        lines = trail.lines(mandate, Search(kind=rules.Kind.RIGHTS)).lines

    assert [line.event.value for line in reversed(lines)] == [
        "delegation.given",
        "staff.invited",
        "delegation.extended",
        "rights.suspended",
        "rights.restored",
        "delegation.withdrawn",
    ]
    assert {(line.who.staff_id, line.who.post, line.on.pk, line.uai) for line in lines} == {
        (head.pk, "head", person.pk, school.pk)
    }


def test_lines_of_another_school_are_in_no_answer(world: World) -> None:
    other = SchoolFactory()
    account = world.pupil("DUVERGER")
    for uai in (world.school.pk, other.pk):
        done(Event.ACCOUNT_RESET, actor="staff:7", account_id=account.pk, uai=uai)
        done(Event.PORTAL_SET, actor="staff:7", uai=uai)
    head = head_of(world.school)

    for search in (
        Search(),
        Search(staff_id=7),
        Search(account_id=account.pk),
        Search(since=date(2026, 1, 1)),
        *(Search(kind=kind) for kind in rules.Kind),
    ):
        for each in (False, True):
            assert {line.uai for line in trail.lines(head, search, each=each).lines} <= {world.school.pk}


def test_the_academie_reads_its_schools_and_its_own_lines_together_newest_first(world: World) -> None:
    sister, stranger = SchoolFactory(), SchoolFactory(academie="01")
    for hour, uai in enumerate([world.school.pk, stranger.pk, sister.pk, world.school.pk]):
        done(Event.PORTAL_SET, NOW + timedelta(hours=hour), actor="staff:7", uai=uai)
    done(Event.RIGHTS_SUSPENDED, NOW + timedelta(minutes=90), actor="staff:9", staff=7, academie="31")
    done(Event.RIGHTS_SUSPENDED, NOW + timedelta(minutes=95), actor="staff:9", staff=7, academie="01")

    page = trail.lines(academie_of("31"))

    assert [line.uai for line in page.lines] == [world.school.pk, sister.pk, "", world.school.pk]


def test_a_class_that_was_reset_at_once_is_one_line_and_each_of_them_where_asked(world: World) -> None:
    accounts = [world.pupil("DUVERGER", f"Camille {n}", activated_at=NOW, password="x") for n in range(5)]
    secretary = a_mandate(Right.DEPANNAGE, world.school)
    reset(secretary, [account.pk for account in accounts], now=NOW)
    head = head_of(world.school)

    (gesture,) = trail.lines(head).lines
    each = trail.lines(head, each=True).lines

    assert (gesture.count, gesture.on.is_) == (5, On.NOBODY)
    assert {line.on.pk for line in each} == {account.pk for account in accounts}


def test_what_one_line_tells_already_is_not_told_account_by_account(world: World) -> None:
    account = world.pupil("DUVERGER")
    done(Event.SCHOOL_IMPORTED, actor="operator:command-line", uai=world.school.pk)
    with time_machine.travel(NOW, tick=False):
        record_each(Event.ACCOUNT_OPENED, [account.pk, account.pk + 1], uai=world.school.pk)
    head = head_of(world.school)

    assert told(trail.lines(head)) == ["school.imported"]
    assert told(trail.lines(head, Search(account_id=account.pk))) == ["account.opened"]


def test_of_a_pupil_staff_read_how_far_the_account_got_and_nothing_of_what_is_done_with_it(world: World) -> None:
    account = world.pupil("DUVERGER")
    for event in Event:
        done(event, actor=f"account:{account.pk}", account_id=account.pk)

    read = set(told(trail.lines(head_of(world.school), Search(account_id=account.pk), size=500)))

    assert read == {event.value for event in rules.MILESTONES}
    assert not any(word.startswith(("session.", "federation.", "account.email", "account.recovery")) for word in read)


def test_the_life_of_an_account_elsewhere_is_not_read(world: World) -> None:
    account, other = world.pupil("DUVERGER"), SchoolFactory()
    done(Event.ACCOUNT_RESET, actor="staff:7", account_id=account.pk, uai=other.pk)
    done(Event.ACCOUNT_RESET, actor="staff:7", account_id=account.pk)  # by an académie, in no school

    assert trail.lines(head_of(world.school), Search(account_id=account.pk)).lines == []


def test_an_account_out_of_scope_is_refused_not_empty(world: World) -> None:
    stranger = world.pupil("DUVERGER", enrolment__school=SchoolFactory(), enrolment__division=None)

    with pytest.raises(OutOfMandate):
        trail.lines(head_of(world.school), Search(account_id=stranger.pk))


def test_names_are_looked_up_at_reading_time_and_only_in_scope(world: World) -> None:
    gone = world.pupil("DUVERGER", enrolment__ended_at=NOW)
    erased = world.pupil("ABADIE", enrolment__ended_at=NOW)
    leaver = a_staff()
    for hour, account in enumerate((gone, erased)):
        at = NOW + timedelta(hours=hour)
        done(Event.ACCOUNT_UNLOCKED, at, actor=actor_of(leaver.pk), account_id=account.pk, uai=world.school.pk)
    assert erasure.erase_accounts([erased.pk])
    Staff.objects.filter(pk=leaver.pk).delete()

    lines = trail.lines(head_of(world.school)).lines

    assert {line.on.is_ for line in lines} == {On.OUTSIDE, On.ERASED}
    assert {line.on.name + line.on.username + line.who.name for line in lines} == {""}
    assert {line.who.kind for line in lines} == {WhoKind.STAFF}


def test_pages_follow_each_other_without_a_gap_whatever_the_size(world: World) -> None:
    for n in range(9):
        done(Event.PORTAL_SET, NOW + timedelta(seconds=n // 3), actor=f"staff:{n}", uai=world.school.pk)
    head = head_of(world.school)

    for size in (1, 2, 4, 9):
        read, after = [], None
        while True:
            page = trail.lines(head, size=size, after=after)
            read += [line.who.staff_id for line in page.lines]
            after = page.after
            if after is None:
                break
        assert read == [8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_a_search_holds_to_person_sort_and_days(world: World) -> None:
    uai = world.school.pk
    done(Event.PORTAL_SET, datetime(2026, 10, 1, 22, 30, tzinfo=UTC), actor="staff:7", uai=uai)  # 2 October in Paris
    done(Event.FILES_TAKEN, datetime(2026, 10, 3, 8, tzinfo=UTC), actor="staff:8", uai=uai, campaign=1)
    head = head_of(world.school)

    def asked(**search: object) -> list[str]:
        return told(trail.lines(head, Search(**search)))  # type: ignore[arg-type]

    assert asked(staff_id=7) == ["portal.set"]
    assert asked(kind=rules.Kind.LETTERS) == ["campaign.files-taken"]
    assert asked(since=date(2026, 10, 2), until=date(2026, 10, 2)) == ["portal.set"]
    assert asked(until=date(2026, 10, 1)) == []
    assert asked(kind=rules.Kind.ACCESS) == []


def test_how_staff_come_in_is_read_by_themselves_alone(world: World) -> None:
    member = a_delegation(Right.DEPANNAGE, world.school).staff
    done(Event.STAFF_SIGNED_IN, actor=actor_of(member.pk), uai=world.school.pk)
    done(Event.STAFF_SIGNED_IN, actor="staff:999999")

    assert trail.lines(head_of(world.school)).lines == []
    assert told(trail.own(member.pk, now=NOW)) == ["staff.signed-in"]


def test_ones_own_journal_names_those_of_todays_scope_only(world: World) -> None:
    member = a_delegation(Right.DEPANNAGE, world.school).staff
    mine = world.pupil("DUVERGER")
    gone = world.pupil("ABADIE", enrolment__school=SchoolFactory(), enrolment__division=None)
    for hour, account in enumerate((mine, gone)):
        at = NOW + timedelta(hours=hour)
        done(Event.ACCOUNT_UNLOCKED, at, actor=actor_of(member.pk), account_id=account.pk, uai=world.school.pk)

    lines = trail.own(member.pk, now=timezone.now()).lines

    assert sorted((line.on.is_, line.on.name) for line in lines) == [(On.ACCOUNT, "DUVERGER Camille"), (On.OUTSIDE, "")]


def test_ones_own_journal_is_of_nobody_else(world: World) -> None:
    done(Event.PORTAL_SET, actor="staff:71", uai=world.school.pk)

    assert trail.own(7, now=NOW).lines == []
    with pytest.raises(OutOfMandate):
        trail.own(7, Search(staff_id=71), now=NOW)


@pytest.mark.parametrize("right", [Right.ADMINISTRATION, Right.DEPANNAGE])
def test_whoever_does_not_give_rights_reads_nobodys_journal(world: World, right: Right) -> None:
    with pytest.raises(OutOfMandate):
        trail.lines(a_mandate(right, world.school))


def test_the_nation_reads_place_by_place(world: World) -> None:
    everywhere = a_post(Function.NATION).staff_id
    done(Event.PORTAL_SET, actor="staff:7", uai=world.school.pk)

    with pytest.raises(OutOfMandate):
        trail.lines(mandate_for(everywhere, Right.DELEGATION, now=timezone.now()))

    in_school = mandate_for(everywhere, Right.DELEGATION, uai=world.school.pk, now=timezone.now())
    assert told(trail.lines(in_school)) == ["portal.set"]


def test_an_alert_is_not_read_by_whom_it_is_about(world: World) -> None:
    head = head_of(world.school)
    number = int(head.actor.removeprefix("staff:"))
    done(Event.ALERT_RAISED, uai=world.school.pk, staff=number, cause="files")

    assert trail.lines(head).lines == []
    assert told(trail.lines(head_of(world.school))) == ["alert.raised"]


def test_every_event_is_read_by_staff_or_said_not_to_be() -> None:
    read = {event for events in rules.EVENTS.values() for event in events}

    assert read | rules.NOT_FOR_STAFF == set(Event)
    assert read & rules.NOT_FOR_STAFF == set()


SCHOOLS = 21


def _filled(world: World) -> None:
    """A journal nearly all of which is sign-ins, and other schools' lines."""
    others = [SchoolFactory().pk for _ in range(SCHOOLS - 1)]
    Entry.objects.bulk_create(
        Entry(at=NOW - timedelta(seconds=n), event="session.signed-in", actor=f"account:{n}", account_id=n)
        for n in range(20_000)
    )
    Entry.objects.bulk_create(
        Entry(at=NOW - timedelta(minutes=n), event="account.reset", actor="staff:7", uai=uai, account_id=n)
        for uai in [*others, world.school.pk]
        for n in range(400)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE journal_entry")


@pytest.mark.parametrize("place", ["school", "academie", "own"])
def test_a_page_costs_what_it_shows_whatever_the_journal_holds(world: World, place: str) -> None:
    _filled(world)
    read = {
        "school": lambda: trail.lines(head, size=10),
        "academie": lambda: trail.lines(academie, size=10),
        "own": lambda: trail.own(7, now=NOW, size=10),
    }[place]
    head, academie = head_of(world.school), academie_of("31")
    with CaptureQueriesContext(connection) as captured:
        page = read()
    (statement,) = [one["sql"] for one in captured if "min(e.id)" in one["sql"]]

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement)
        plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan

    # 32 at a time is how the database sorts what comes nearly in order
    assert len(page.lines) == 10
    assert (
        touched(plan[0]["Plan"], "journal_entry")
        <= {"school": 40, "academie": SCHOOLS * 40, "own": (10 + 2) * SCHOOLS + 40}[place]
    )
    assert len(captured) <= 10


def test_statements_of_a_page_do_not_grow_with_its_lines(world: World) -> None:
    accounts: list[Account] = [world.pupil("DUVERGER", f"Camille {n}") for n in range(8)]
    head = head_of(world.school)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            trail.lines(head)
        return len(captured)

    done(Event.ACCOUNT_UNLOCKED, actor=actor_of(a_staff().pk), account_id=accounts[0].pk, uai=world.school.pk)
    one = cost()
    for account in accounts[1:]:
        done(Event.ACCOUNT_UNLOCKED, actor=actor_of(a_staff().pk), account_id=account.pk, uai=world.school.pk)

    assert cost() == one == 7


def test_the_names_of_a_page_are_looked_up_without_listing_everybody_of_the_academie(world: World) -> None:
    accounts = [world.pupil(f"DUVERGER{n}", "Camille") for n in range(120)]
    done(Event.ACCOUNT_RESET, actor="staff:7", account_id=accounts[0].pk, uai=world.school.pk)
    academie = academie_of("31")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_account, population_enrolment, population_pupil")
        cursor.execute("SET LOCAL enable_seqscan = off")  # tables are long everywhere but here

    read = rows_read(lambda: trail.lines(academie), "accounts_account", "population_enrolment")

    assert read <= 20
