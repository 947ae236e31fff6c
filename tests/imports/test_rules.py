from datetime import date

import pytest

from educonnect.imports import rules


@pytest.mark.parametrize(
    ("today", "accepted"),
    [
        (date(2026, 9, 1), {2026, 2027}),
        (date(2027, 5, 15), {2026, 2027}),
        (date(2027, 8, 31), {2026, 2027}),
        (date(2027, 9, 1), {2027, 2028}),
    ],
)
def test_the_current_year_and_the_one_being_prepared_are_accepted(today: date, accepted: set[int]) -> None:
    assert {year for year in range(2020, 2035) if rules.is_accepted_year(year, today)} == accepted
