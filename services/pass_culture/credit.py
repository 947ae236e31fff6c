"""Who is granted what: the credit rules of the pass, by date of application.

Sources: « Le pass Culture s’étend aux jeunes de 15 à 17 ans » (January 2022: 17 first, 16 on 20 January, 15 on 31
January); decree reforming the pass, in force on 1 March 2025 (« Réforme du pass Culture »: 50 € at 17, 150 € at 18,
15-16 register for free offers only, to be spent before the 21st birthday).
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Rule:
    """What an age is granted when it applies between two dates (both included).

    Attributes:
        euros: the credit; 0 where the pass opens free offers only.
        spent_before: the birthday at which what is left is lost.
    """

    age: int
    since: date
    until: date
    euros: int
    spent_before: int


REFORM_2025 = date(2025, 3, 1)
FOREVER = date.max
LAST_DAY_OF_THE_FIRST_RULES = date(2025, 2, 28)

RULES = (
    Rule(17, date(2022, 1, 10), LAST_DAY_OF_THE_FIRST_RULES, 30, 18),
    Rule(16, date(2022, 1, 20), LAST_DAY_OF_THE_FIRST_RULES, 30, 18),
    Rule(15, date(2022, 1, 31), LAST_DAY_OF_THE_FIRST_RULES, 20, 18),
    Rule(17, REFORM_2025, FOREVER, 50, 21),
    Rule(16, REFORM_2025, FOREVER, 0, 21),
    Rule(15, REFORM_2025, FOREVER, 0, 21),
)


def age_on(birthdate: date, day: date) -> int:
    """Full years on that day; born on 29 February, a year older on 1 March of ordinary years."""
    return day.year - birthdate.year - ((day.month, day.day) < (birthdate.month, birthdate.day))


def granted(birthdate: date, applied_on: date) -> Rule | None:
    """The rule that applies to somebody certified by ÉduConnect, or None: too young, or of age."""
    age = age_on(birthdate, applied_on)
    return next((rule for rule in RULES if rule.age == age and rule.since <= applied_on <= rule.until), None)


def lost_on(birthdate: date, rule: Rule) -> date:
    """The birthday at which what is left of the credit is lost."""
    year = birthdate.year + rule.spent_before
    try:
        return birthdate.replace(year=year)
    except ValueError:  # born on 29 February
        return date(year, 3, 1)
