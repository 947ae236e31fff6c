"""Those who left: their account closes when the year has turned, and waits for them."""

from datetime import UTC, date, datetime

import pytest

from educonnect.accounts.closing import close_departed, withdraw
from educonnect.accounts.models import Account
from educonnect.journal.models import Entry
from tests.accounts.factories import GuardianAccountFactory, PupilAccountFactory
from tests.population.factories import EnrolmentFactory, GuardianshipFactory, PupilFactory
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db


def at(year, month, day):
    return datetime(year, month, day, 12, tzinfo=UTC)


def closed():
    return set(Account.objects.filter(closed_at__isnull=False).values_list("pk", flat=True))


def test_a_pupil_who_left_keeps_the_account_until_the_31_december_that_follows():
    account = PupilAccountFactory()
    EnrolmentFactory(pupil=account.pupil, year=2025, leaves_on=date(2026, 7, 4), ended_at=at(2026, 7, 5))

    assert close_departed(now=at(2026, 12, 31)) == 0
    assert close_departed(now=at(2027, 1, 1), actor="test:1") == 1
    assert close_departed(now=at(2027, 1, 2)) == 0

    account.refresh_from_db()
    assert (account.closed_at, account.epoch) == (at(2027, 1, 1), 1)
    assert Entry.objects.get(event="account.closed").actor == "test:1"


def test_a_pupil_still_in_one_school_stays_open_whatever_another_says():
    account = PupilAccountFactory()
    EnrolmentFactory(pupil=account.pupil, year=2024, ended_at=at(2025, 7, 5))
    EnrolmentFactory(pupil=account.pupil)

    assert close_departed(now=at(2027, 1, 1)) == 0


def test_an_account_in_no_import_closes_once_its_year_has_turned():
    account = PupilAccountFactory(opened_at=at(2026, 3, 3))

    assert close_departed(now=at(2026, 12, 31)) == 0
    assert close_departed(now=at(2027, 1, 1)) == 1
    assert closed() == {account.pk}


def test_the_account_of_a_deceased_pupil_closes_at_once():
    account = PupilAccountFactory(pupil__deceased=True)
    EnrolmentFactory(pupil=account.pupil)

    assert close_departed(now=at(2026, 11, 1)) == 1
    assert closed() == {account.pk}


def test_a_guardian_stays_while_one_child_is_somewhere_and_closes_after_the_last():
    account = GuardianAccountFactory(opened_at=at(2024, 9, 1))
    school = SchoolFactory()
    elder, younger = PupilFactory(), PupilFactory()
    EnrolmentFactory(pupil=elder, school=school, ended_at=at(2025, 7, 5), year=2024)
    last = EnrolmentFactory(pupil=younger, school=school)
    GuardianshipFactory(guardian=account.guardian, pupil=elder, school=school, ended_at=at(2025, 7, 5))
    link = GuardianshipFactory(guardian=account.guardian, pupil=younger, school=school)

    assert close_departed(now=at(2027, 1, 1)) == 0
    last.ended_at = link.ended_at = at(2027, 7, 5)
    last.save()
    link.save()
    assert close_departed(now=at(2027, 12, 31)) == 0
    assert close_departed(now=at(2028, 1, 1)) == 1


def test_a_guardian_who_lost_the_last_right_is_closed_at_once_and_another_loses_his_sessions():
    lost, keeps, untouched = GuardianAccountFactory(), GuardianAccountFactory(), GuardianAccountFactory()
    for account, level in ((lost, 3), (keeps, 1), (untouched, 1)):
        GuardianshipFactory(guardian=account.guardian, pupil=EnrolmentFactory().pupil, level=level)

    count = withdraw(guardians=[lost.guardian_id, keeps.guardian_id], now=at(2026, 11, 1))

    assert count == 1
    assert closed() == {lost.pk}
    assert dict(Account.objects.values_list("pk", "epoch")) == {lost.pk: 1, keeps.pk: 1, untouched.pk: 0}


def test_only_the_deceased_are_closed_with_their_roll():
    gone, alive = PupilAccountFactory(pupil__deceased=True), PupilAccountFactory()

    assert withdraw(pupils=[gone.pupil_id, alive.pupil_id], now=at(2026, 11, 1)) == 1
    assert closed() == {gone.pk}


def test_closing_is_a_handful_of_statements(django_assert_num_queries):
    for account in PupilAccountFactory.create_batch(5, opened_at=at(2025, 3, 3)):
        EnrolmentFactory(pupil=account.pupil, year=2024, ended_at=at(2025, 7, 5))

    with django_assert_num_queries(5):
        assert close_departed(now=at(2026, 11, 1)) == 5
