"""What is fixed about imports: no Django, no database."""

from datetime import date
from typing import Final

from educonnect.population.rules import school_year

#: Beyond this, an archive's members unpack to more than any export does (they reach 30 or 40). Source: decision 0010.
HIGHEST_RATIO: Final = 200
#: The ratio of small members proves nothing.
RATIO_FROM: Final = 8 * 1024 * 1024
MOST_MEMBERS: Final = 50_000
#: Longest start tag, comment or other piece of mark-up; SIECLE's hold a hundred characters.
LONGEST_TOKEN: Final = 1024 * 1024
DEEPEST: Final = 50
#: Longest value kept of an element; the longest field of the exports has 254.
LONGEST_VALUE: Final = 1000
MOST_FIELDS: Final = 200
CHUNK: Final = 64 * 1024

OLDEST_BIRTH_YEAR: Final = 1900
#: Ages, in years, outside of which a birth date deserves a look.
USUAL_AGES: Final = range(2, 31)
#: A division of this name holds those who left. Source: practice of schools, met in anonymised exports.
INACTIVE: Final = frozenset({"inactifs", "inactif", "inactives"})


def is_accepted_year(year: int, today: date) -> bool:
    """Whether a base of this year may be loaded without saying so: the current one, or the next, being prepared."""
    return year in {school_year(today), school_year(today) + 1}
