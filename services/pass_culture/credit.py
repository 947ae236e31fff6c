"""Who is granted what: the credit rules of the pass, by date of application.

Each rule names its source. The table begins on the day ÉduConnect first opened a credit.

- `OPENING`: « Un pass Culture pour les collégiens et les lycées », and the radio of January 2022 for the days it began:
  17 first, 16 on 20 January, 15 on 31 January. To be spent before 18 (service-public.fr).
- `REFORM`: « Réforme du pass Culture », in force on 1 March 2025: free offers only at 15 and 16. Its « three years
  instead of two » and the press’s « four years from the 17th birthday » both fit: until the 21st birthday.
- `ADULTS`: the pass’s public source code: 300 € at 18, over 24 months, by 20 at the latest. ÉduConnect certifies
  those under 18 alone: at 18 the identity document is the way.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Rule:
    """What an age is granted when it applies between two dates (both included).

    Attributes:
        euros: the credit; 0 where the pass opens free offers only.
        spent_before: the birthday at which what is left is lost.
        source: where the rule is public, as named above.
    """

    age: int
    since: date
    until: date
    euros: int
    spent_before: int
    source: str


OPENING, REFORM, ADULTS = "opening of January 2022", "reform of 1 March 2025", "public source code"
ADULT = 18
REFORM_2025 = date(2025, 3, 1)
FOREVER = date.max
LAST_DAY_OF_THE_FIRST_RULES = date(2025, 2, 28)

RULES = (
    Rule(18, date(2022, 1, 10), LAST_DAY_OF_THE_FIRST_RULES, 300, 20, ADULTS),
    Rule(17, date(2022, 1, 10), LAST_DAY_OF_THE_FIRST_RULES, 30, 18, OPENING),
    Rule(16, date(2022, 1, 20), LAST_DAY_OF_THE_FIRST_RULES, 30, 18, OPENING),
    Rule(15, date(2022, 1, 31), LAST_DAY_OF_THE_FIRST_RULES, 20, 18, OPENING),
    Rule(18, REFORM_2025, FOREVER, 150, 21, REFORM),
    Rule(17, REFORM_2025, FOREVER, 50, 21, REFORM),
    Rule(16, REFORM_2025, FOREVER, 0, 21, REFORM),
    Rule(15, REFORM_2025, FOREVER, 0, 21, REFORM),
)


def age_on(birthdate: date, day: date) -> int:
    """Full years on that day; born on 29 February, a year older on 1 March of ordinary years."""
    return day.year - birthdate.year - ((day.month, day.day) < (birthdate.month, birthdate.day))


def rule_at(age: int, day: date) -> Rule | None:
    """What the pass grants at that age to whoever applies that day."""
    return next((rule for rule in RULES if rule.age == age and rule.since <= day <= rule.until), None)


def granted(birthdate: date, applied_on: date) -> Rule | None:
    """The rule that applies to somebody certified by ÉduConnect, or None: too young, or of age."""
    age = age_on(birthdate, applied_on)
    return rule_at(age, applied_on) if age < ADULT else None


def lost_on(birthdate: date, rule: Rule) -> date:
    """The birthday at which what is left of the credit is lost."""
    year = birthdate.year + rule.spent_before
    try:
        return birthdate.replace(year=year)
    except ValueError:  # born on 29 February
        return date(year, 3, 1)
