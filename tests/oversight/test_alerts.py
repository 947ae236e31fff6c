"""Alerts on what a thief of somebody's rights would do: who is told, once, and who may see to it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from educonnect.delegation.mandate import Mandate, OutOfMandate, actor_of, mandate_for
from educonnect.delegation.models import Function
from educonnect.delegation.rules import Right
from educonnect.helpdesk.errors import NotActivated
from educonnect.helpdesk.reset import reset
from educonnect.journal.models import Entry
from educonnect.messaging.models import OutboxMessage
from educonnect.messaging.sending import deliver
from educonnect.notification import campaign, export
from educonnect.notification.selection import Selection
from educonnect.oversight import alerts, rules
from educonnect.oversight.alerts import Place
from educonnect.oversight.models import Alert
from educonnect.oversight.rules import Cause
from educonnect.privacy import retention
from educonnect.schools.models import School
from educonnect.staff.models import Staff
from tests.delegation.factories import a_delegation, a_mandate, a_post, a_staff
from tests.notification.conftest import World, world
from tests.schools.factories import SchoolFactory

__all__ = ["world"]
pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 14, 8, 0, tzinfo=UTC)
OWN = {"activated_at": datetime(2026, 9, 10, tzinfo=UTC), "password": "argon2$of-their-own"}


@pytest.fixture(autouse=True)
def _at_work() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def the_head(school: School) -> Mandate:
    return mandate_for(a_post(Function.HEAD, school=school).staff_id, Right.DELEGATION, uai=school.pk, now=NOW)


def the_academie(code: str = "31") -> Mandate:
    holder = a_post(Function.ACADEMIE, academie=code).staff_id
    return mandate_for(holder, Right.DELEGATION, academie=code, now=NOW)


def number(mandate: Mandate) -> int:
    return int(mandate.actor.removeprefix("staff:"))


def too_much(actor: str, school: School, cause: Cause = Cause.ROWS, amount: int = 501) -> None:
    alerts.count(actor, cause, amount, places=[Place(uai=school.pk)], now=timezone.now())


def recipients() -> list[str]:
    mail.outbox.clear()
    for message in OutboxMessage.objects.filter(state="pending").order_by("pk"):
        deliver(message.pk, now=timezone.now())
    return sorted(address for one in mail.outbox for address in one.to)


def address(mandate: Mandate) -> str:
    return Staff.objects.get(pk=number(mandate)).email


def test_nothing_is_said_of_an_hour_of_ordinary_work(world: World) -> None:
    member = a_mandate(Right.ADMINISTRATION, world.school)

    alerts.rows(member, 500, now=NOW)
    alerts.resets(member, 0, uais=[world.school.pk], now=NOW)

    assert not Alert.objects.exists()


def test_what_exceeds_an_hours_work_is_told_to_the_head_and_the_academie(world: World) -> None:
    head, academie, stranger = the_head(world.school), the_academie(), the_academie("01")
    another = the_head(SchoolFactory())
    member = a_mandate(Right.ADMINISTRATION, world.school)

    alerts.rows(member, 300, now=NOW)
    alerts.rows(member, 201, now=NOW)

    (alert,) = Alert.objects.all()
    assert (alert.cause, alert.staff_id, alert.school_id, alert.academie) == (
        "rows",
        number(member),
        world.school.pk,
        "31",
    )
    assert alert.count == 501
    assert alerts.open_for(head) == alerts.open_for(academie) == [alert]
    assert alerts.open_for(stranger) == alerts.open_for(another) == []
    assert recipients() == sorted([address(head), address(academie)])


def test_an_email_names_the_member_of_the_staff_and_no_pupil(world: World) -> None:
    the_head(world.school)
    accounts = [world.pupil("DUVERGER", f"Camille {n}", **OWN) for n in range(3)]
    member = a_mandate(Right.DEPANNAGE, world.school)
    alerts.count(member.actor, Cause.RESETS, 98, places=[Place(uai=world.school.pk)], now=NOW)

    reset(member, [account.pk for account in accounts], now=NOW)

    recipients()
    (message,) = mail.outbox
    assert "Maude VALDAIRE" in message.body
    assert "a remplacé 101 mots de passe" in message.body
    for account in accounts:
        assert account.username not in message.body
        assert str(account.pupil.family_name) not in message.body


def test_files_with_passwords_taken_again_and_again_are_told(world: World) -> None:
    head = the_head(world.school)
    for n in range(3):
        world.pupil("DUVERGER", f"Camille {n}")
    member = a_mandate(Right.ADMINISTRATION, world.school, now=NOW)
    asked = campaign.notify(member, Selection(world.school.pk), now=NOW)
    while campaign.help_finish(asked.pk):
        pass

    for _ in range(rules.ALERT_FROM[Cause.FILES]):
        campaign.files(member, asked.pk)
    assert alerts.open_for(head) == []
    campaign.files(member, asked.pk)

    assert [(one.cause, one.count) for one in alerts.open_for(head)] == [("files", 11)]
    assert export.followed(member, asked.pk).pk == asked.pk


def test_refused_scopes_are_told_where_the_person_works(world: World) -> None:
    head = the_head(world.school)
    member = a_delegation(Right.DEPANNAGE, world.school).staff

    for _ in range(9):
        alerts.refused(member.pk, now=NOW)
    assert alerts.open_for(head) == []
    alerts.refused(member.pk, now=NOW)

    assert [(one.cause, one.staff_id) for one in alerts.open_for(head)] == [("refused", member.pk)]


def test_somebody_who_holds_nothing_any_more_is_told_of_to_the_nation() -> None:
    nation = mandate_for(a_post(Function.NATION).staff_id, Right.DELEGATION, now=NOW)

    gone = a_staff()

    for _ in range(10):
        alerts.refused(gone.pk, now=NOW)

    assert [one.staff_id for one in alerts.open_for(nation)] == [gone.pk]
    assert recipients() == [address(nation)]


def test_one_alert_and_one_message_a_cause_and_an_hour_whatever_follows(world: World) -> None:
    head = the_head(world.school)
    actor = a_mandate(Right.ADMINISTRATION, world.school).actor

    too_much(actor, world.school)
    for _ in range(20):
        too_much(actor, world.school, amount=50)
    assert [one.count for one in alerts.open_for(head)] == [501 + 20 * 50]
    assert recipients() == [address(head)]

    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        too_much(actor, world.school)
        assert recipients() == [address(head)]
    assert Alert.objects.count() == 2


def test_what_goes_on_once_an_alert_was_seen_is_told_anew(world: World) -> None:
    head, actor = the_head(world.school), actor_of(a_delegation(Right.DEPANNAGE, world.school).staff_id)
    too_much(actor, world.school)
    (first,) = alerts.open_for(head)
    alerts.see(head, first.pk, now=NOW)

    for _ in range(2):
        too_much(actor, world.school, amount=10)

    (second,) = alerts.open_for(head)
    assert (second.count, recipients()) == (521, [address(head)] * 2)


def test_many_schools_at_once_are_one_message_to_the_academie(world: World) -> None:
    academie = the_academie()
    actor = actor_of(a_post(Function.ACADEMIE, academie="31").staff_id)
    schools = [SchoolFactory() for _ in range(4)]

    for school in schools:
        too_much(actor, school)

    assert len(alerts.open_for(academie)) == 4
    assert recipients() == [address(academie)]


def test_a_heads_own_misuse_is_told_to_the_academie_and_not_to_the_head(world: World) -> None:
    head, academie = the_head(world.school), the_academie()

    too_much(head.actor, world.school)

    (alert,) = alerts.open_for(academie)
    assert recipients() == [address(academie)]
    assert alerts.open_for(head) == alerts.all_for(head) == []
    with pytest.raises(OutOfMandate):
        alerts.see(head, alert.pk, now=NOW)
    assert alerts.see(academie, alert.pk, now=NOW)


def test_where_the_academie_is_nobody_else_the_nation_is_told(world: World) -> None:
    nation = mandate_for(a_post(Function.NATION).staff_id, Right.DELEGATION, now=NOW)
    academie = the_academie()

    too_much(academie.actor, world.school)
    alerts.count(academie.actor, Cause.RESETS, 101, places=[Place(academie="31")], now=NOW)

    assert alerts.open_for(academie) == []
    assert len(alerts.open_for(nation)) == 2
    assert recipients() == [address(nation)] * 2


def test_an_alert_is_seen_once_and_says_by_whom(world: World) -> None:
    head, academie = the_head(world.school), the_academie()
    too_much(actor_of(a_staff().pk), world.school)
    (alert,) = alerts.open_for(head)

    assert alerts.see(head, alert.pk, now=NOW)
    assert not alerts.see(academie, alert.pk, now=NOW)

    alert.refresh_from_db()
    assert (alert.seen_at, alert.seen_by) == (NOW, head.actor)
    assert alerts.open_for(academie) == []
    assert alerts.all_for(academie) == [alert]
    assert Entry.objects.get(event="alert.seen").detail["staff"] == alert.staff_id


@pytest.mark.parametrize("right", [Right.ADMINISTRATION, Right.DEPANNAGE])
def test_alerts_are_read_by_those_who_give_rights_alone(world: World, right: Right) -> None:
    too_much(actor_of(a_staff().pk), world.school)

    with pytest.raises(OutOfMandate):
        alerts.open_for(a_mandate(right, world.school))


def test_an_alert_of_another_school_is_nowhere(world: World) -> None:
    too_much(actor_of(a_staff().pk), world.school)
    alert = Alert.objects.get()

    for mandate in (the_head(SchoolFactory()), the_academie("01")):
        for gesture in (lambda m: alerts.find(m, alert.pk), lambda m: alerts.see(m, alert.pk, now=NOW)):
            with pytest.raises(OutOfMandate):
                gesture(mandate)


def test_a_gesture_that_is_undone_is_not_counted(world: World) -> None:
    head = the_head(world.school)
    actor = a_mandate(Right.ADMINISTRATION, world.school).actor

    with transaction.atomic():
        too_much(actor, world.school)
        transaction.set_rollback(True)

    too_much(actor, world.school, amount=500)
    assert alerts.open_for(head) == []


def test_whoever_is_refused_a_reset_is_not_counted_for_it(world: World) -> None:
    waiting = world.pupil("DUVERGER")
    member = a_mandate(Right.DEPANNAGE, world.school)
    alerts.count(member.actor, Cause.RESETS, 100, places=[Place(uai=world.school.pk)], now=NOW)

    with pytest.raises(NotActivated):
        reset(member, [waiting.pk], now=NOW)

    assert not Alert.objects.exists()


def test_counting_costs_one_statement_until_it_is_too_much(world: World) -> None:
    member = a_mandate(Right.DEPANNAGE, world.school)

    with CaptureQueriesContext(connection) as captured:
        alerts.rows(member, 50, now=NOW)

    assert len([one for one in captured if "SAVEPOINT" not in one["sql"]]) == 1


def test_the_journal_tells_of_an_alert_with_numbers_only(world: World) -> None:
    actor = a_mandate(Right.DEPANNAGE, world.school).actor

    too_much(actor, world.school)

    entry = Entry.objects.get(event="alert.raised")
    assert (entry.actor, entry.uai) == ("system", world.school.pk)
    assert entry.detail == {
        "alert": Alert.objects.get().pk,
        "staff": int(actor.removeprefix("staff:")),
        "cause": "rows",
        "count": 501,
        "academie": "31",
    }


def test_alerts_are_forgotten_after_a_year(world: World) -> None:
    too_much(actor_of(a_staff().pk), world.school)

    with time_machine.travel(NOW + timedelta(days=360)):
        assert retention.preview(now=timezone.now())["alerts"].count == 0
    with time_machine.travel(NOW + timedelta(days=370)):
        assert retention.apply(now=timezone.now())["alerts"] == 1
    assert not Alert.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_gestures_at_once_raise_one_alert(world: World) -> None:
    head = the_head(world.school)
    actor = a_mandate(Right.ADMINISTRATION, world.school).actor
    start = threading.Barrier(4)

    def gesture() -> None:
        start.wait()
        too_much(actor, world.school)
        connection.close()

    threads = [threading.Thread(target=gesture) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert [one.count for one in alerts.open_for(head)] == [4 * 501]
    assert OutboxMessage.objects.count() == 1
