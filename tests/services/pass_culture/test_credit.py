from datetime import date

import pytest

from services.pass_culture import credit


@pytest.mark.parametrize(
    ("age", "applied_on", "euros"),
    [
        (17, date(2022, 1, 9), None),
        (17, date(2022, 1, 10), 30),
        (16, date(2022, 1, 19), None),
        (16, date(2022, 1, 20), 30),
        (15, date(2022, 1, 30), None),
        (15, date(2022, 1, 31), 20),
        (15, date(2025, 2, 28), 20),
        (17, date(2025, 2, 28), 30),
        (17, date(2025, 3, 1), 50),
        (16, date(2025, 3, 1), 0),
        (15, date(2025, 3, 1), 0),
        (14, date(2026, 11, 23), None),
        (18, date(2026, 11, 23), None),
    ],
)
def test_what_an_age_is_granted_depends_on_the_day_it_applies(age: int, applied_on: date, euros: int | None) -> None:
    birthdate = applied_on.replace(year=applied_on.year - age)

    rule = credit.granted(birthdate, applied_on)

    assert (rule.euros if rule else None) == euros


def test_each_rule_names_its_source_and_no_day_has_two_for_an_age() -> None:
    days = sorted({day for rule in credit.RULES for day in (rule.since, rule.until)})

    found = [
        [rule for rule in credit.RULES if rule.age == age and rule.since <= day <= rule.until]
        for day in days
        for age in range(14, 20)
    ]

    assert all(rule.source in {credit.OPENING, credit.REFORM, credit.ADULTS} for rule in credit.RULES)
    assert max(map(len, found)) == 1


@pytest.mark.parametrize(
    ("day", "euros"), [(date(2022, 1, 9), None), (date(2025, 2, 28), 300), (date(2025, 3, 1), 150)]
)
def test_what_18_is_granted_by_the_other_way(day: date, euros: int | None) -> None:
    rule = credit.rule_at(credit.ADULT, day)

    assert (rule.euros if rule else None) == euros


def test_the_day_before_a_birthday_the_former_age_still_counts() -> None:
    applied_on = date(2026, 5, 14)

    assert credit.age_on(date(2009, 5, 14), applied_on) == 17
    assert credit.age_on(date(2009, 5, 15), applied_on) == 16


def test_since_the_reform_the_credit_lasts_until_the_21st_birthday_even_for_29_february() -> None:
    rule = credit.granted(date(2008, 2, 29), date(2026, 1, 5))

    assert rule is not None
    assert credit.lost_on(date(2008, 2, 29), rule) == date(2029, 3, 1)
