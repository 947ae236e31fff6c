"""Who is enrolled on a day, and the ends that come with time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from educonnect.population.enrolments import current_of, current_on, end_due
from educonnect.population.models import Enrolment, Guardianship
from tests.population.factories import EnrolmentFactory, GuardianshipFactory, PupilFactory
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db


def at(year, month, day):
    return datetime(year, month, day, 8, tzinfo=UTC)


def test_a_departure_to_come_ends_the_enrolment_when_its_day_comes_and_the_links_with_it():
    enrolment = EnrolmentFactory(leaves_on=date(2027, 2, 1))
    link = GuardianshipFactory(pupil=enrolment.pupil, school=enrolment.school)

    assert end_due(now=at(2027, 1, 31)) == 0
    assert end_due(now=at(2027, 2, 1)) == 1
    assert end_due(now=at(2027, 2, 2)) == 0

    enrolment.refresh_from_db()
    link.refresh_from_db()
    assert enrolment.ended_at == link.ended_at == at(2027, 2, 1)


def test_last_year_ends_in_september_for_whoever_is_in_the_new_base_and_in_october_for_the_others():
    moved = EnrolmentFactory(year=2025)
    waiting = EnrolmentFactory(year=2025, school=moved.school)
    EnrolmentFactory(pupil=moved.pupil, school=moved.school, year=2026)
    GuardianshipFactory(pupil=moved.pupil, school=moved.school)

    ended = [end_due(now=at(2026, month, day)) for month, day in ((8, 31), (9, 1), (9, 30), (10, 1))]

    assert ended == [0, 1, 0, 1]
    assert Enrolment.objects.get(ended_at=None).year == 2026
    assert Guardianship.objects.get().ended_at is None
    assert waiting.pupil_id != moved.pupil_id


@pytest.mark.parametrize("come", [0, 4])
def test_the_year_of_a_school_whose_new_base_has_not_come_does_not_end_by_the_calendar(come):
    school = SchoolFactory()
    EnrolmentFactory.create_batch(10, year=2025, school=school)
    EnrolmentFactory.create_batch(come, year=2026, school=school)

    assert end_due(now=at(2026, 10, 1)) == 0
    EnrolmentFactory.create_batch(5 - come, year=2026, school=school)
    assert end_due(now=at(2026, 11, 1)) == 10


def test_a_school_that_never_comes_back_ends_a_year_later():
    EnrolmentFactory.create_batch(10, year=2025, school=SchoolFactory())

    assert end_due(now=at(2027, 8, 31)) == 0
    assert end_due(now=at(2027, 9, 1)) == 10


def test_what_a_school_still_has_of_a_deceased_pupil_ends():
    EnrolmentFactory(pupil__deceased=True)

    assert end_due(now=at(2026, 11, 1)) == 1


def test_next_years_base_is_not_current_before_september():
    enrolment = EnrolmentFactory(year=2026)

    assert not current_on(date(2026, 8, 31)).exists()
    assert current_on(date(2026, 9, 1)).get() == enrolment


def test_the_deceased_and_those_who_left_are_not_current():
    EnrolmentFactory(pupil__deceased=True)
    EnrolmentFactory(leaves_on=date(2026, 10, 1))
    EnrolmentFactory(ended_at=at(2026, 9, 9))

    assert not current_on(date(2026, 10, 1)).exists()


def test_of_two_schools_the_later_start_says_where_the_pupil_is():
    pupil = PupilFactory()
    day = date(2026, 11, 2)
    first = EnrolmentFactory(pupil=pupil, started_on=date(2026, 9, 1))
    second = EnrolmentFactory(pupil=pupil, started_on=date(2026, 10, 15))
    EnrolmentFactory(pupil=pupil, year=2027)

    assert current_of(pupil.enrolments.all(), day) == second
    second.leaves_on = day
    assert current_of([first, second], day) == first


def test_before_september_a_newcomer_has_only_next_years_enrolment():
    coming = EnrolmentFactory(year=2026)

    assert current_of([coming], date(2026, 7, 1)) == coming
    assert current_of([], date(2026, 7, 1)) is None
    assert current_of([coming], date(2026, 7, 1) + timedelta(days=90)) == coming
