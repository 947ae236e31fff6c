"""A whole school year, in seconds: two bases side by side, a summer, leavers and newcomers."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from educonnect.accounts.closing import close_departed
from educonnect.accounts.models import Account
from educonnect.population.enrolments import current_on, end_due
from educonnect.population.models import Enrolment, Guardianship
from tests.accounts.test_opening import bring_in
from tests.population.rolls import class_of, families_of, roll
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db


def at(year, month, day):
    return datetime(year, month, day, 5, tzinfo=UTC)


def night(now):
    end_due(now=now)
    close_departed(now=now)


def present(school, now):
    return current_on(timezone.localdate(now)).filter(school=school).count()


def test_a_year_passes_without_mass_suspension_nor_a_second_account():
    school = SchoolFactory()
    old = class_of(60)
    leavers, staying, newcomers = old[:20], old[20:], class_of(25, first=100)

    # November: the current base
    bring_in(roll(school.uai, old, *families_of(old), year=2026, exported_at=at(2026, 11, 3)), now=at(2026, 11, 3))
    first = dict(Account.objects.values_list("pk", "username"))
    assert present(school, at(2026, 11, 3)) == 60

    # June: the next year's base beside it, no class yet; newcomers have their account before the summer
    coming = [replace(one, division="", level="2212", started_on=date(2027, 9, 1)) for one in [*staying, *newcomers]]
    changes = bring_in(
        roll(school.uai, coming, *families_of(coming), year=2027, exported_at=at(2027, 6, 10)), now=at(2027, 6, 10)
    )
    night(at(2027, 6, 11))
    assert changes.enrolments_ended == 0
    assert present(school, at(2027, 6, 11)) == 60
    assert Account.objects.count() == len(first) + 2 * 25

    # July: the leavers have their date in the current base, which still lists everyone
    july = [replace(one, leaves_on=date(2027, 7, 5)) for one in leavers] + staying
    bring_in(roll(school.uai, july, *families_of(july), year=2026, exported_at=at(2027, 7, 8)), now=at(2027, 7, 8))
    night(at(2027, 8, 31))
    assert present(school, at(2027, 8, 31)) == 40

    # September: the new year begins by itself, and levels have risen
    night(at(2027, 9, 1))
    assert present(school, at(2027, 9, 1)) == 65
    assert set(Enrolment.objects.filter(ended_at=None).values_list("level", flat=True)) == {"2212"}
    there = [replace(one, division="1GEN1") for one in coming]
    bring_in(roll(school.uai, there, *families_of(there), year=2027, exported_at=at(2027, 9, 6)), now=at(2027, 9, 6))
    night(at(2027, 10, 1))
    assert present(school, at(2027, 10, 1)) == 65
    assert Guardianship.objects.filter(ended_at=None).count() == 65

    # the end of December has passed: only the leavers and their families are closed; nobody has a second account
    night(at(2027, 12, 31))
    assert not Account.objects.exclude(closed_at=None).exists()
    night(at(2028, 1, 1))
    assert Account.objects.exclude(closed_at=None).count() == 2 * 20
    assert Account.objects.count() == 2 * (60 + 25)
    assert first.items() <= dict(Account.objects.values_list("pk", "username")).items()
