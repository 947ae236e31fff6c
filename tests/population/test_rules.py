"""Who is where, and when."""

from datetime import date

import pytest

from educonnect.population import rules


@pytest.mark.parametrize(
    ("day", "year"), [(date(2026, 8, 31), 2025), (date(2026, 9, 1), 2026), (date(2027, 1, 1), 2026)]
)
def test_a_school_year_begins_in_september(day, year):
    assert rules.school_year(day) == year


def test_a_departure_counts_from_its_day():
    assert not rules.has_left(None, date(2026, 11, 2))
    assert not rules.has_left(date(2026, 11, 3), date(2026, 11, 2))
    assert rules.has_left(date(2026, 11, 2), date(2026, 11, 2))


def test_a_year_is_over_in_october():
    assert not rules.year_is_over(2025, date(2026, 9, 30))
    assert rules.year_is_over(2025, date(2026, 10, 1))


@pytest.mark.parametrize(
    ("gone", "present", "mass"), [(9, 9, False), (10, 49, True), (10, 50, False), (11, 50, True), (400, 2000, False)]
)
def test_a_mass_departure_is_a_share_above_a_floor(gone, present, mass):
    assert rules.is_mass_departure(gone=gone, present=present, percent=20) is mass
