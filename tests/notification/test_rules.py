from datetime import date

import pytest

from educonnect.notification import rules


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 9, 1), "mardi 1er septembre 2026"),
        (date(2027, 1, 12), "mardi 12 janvier 2027"),
        (date(2028, 2, 29), "mardi 29 février 2028"),
        (date(2026, 12, 31), "jeudi 31 décembre 2026"),
    ],
)
def test_a_limit_is_printed_in_words(day: date, words: str) -> None:
    assert rules.in_words(day, weekday=True).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("birthdate", "age"), [(date(2009, 10, 14), 17), (date(2009, 10, 15), 16), (date(2008, 2, 29), 18)]
)
def test_an_age_changes_on_the_birthday(birthdate: date, age: int) -> None:
    assert rules.age_on(birthdate, date(2026, 10, 14)) == age


def test_classes_come_as_people_count_them_and_no_class_last() -> None:
    codes = ["", "2DE10", "6B", "2DE2", "1STMG", "6A", "2de3"]

    assert sorted(codes, key=rules.natural) == ["1STMG", "2DE2", "2de3", "2DE10", "6A", "6B", ""]


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("0536490000", "05 36 49 00 00"),
        ("05.36.49.00.00", "05 36 49 00 00"),
        ("+33 5 36 49 00 00", "+33 5 36 49 00 00"),
        ("poste 12", "poste 12"),
        ("", ""),
    ],
)
def test_a_phone_number_is_printed_in_pairs(given: str, printed: str) -> None:
    assert rules.phone(given).replace("\u00a0", " ") == printed
