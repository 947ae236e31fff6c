"""Usernames: `e.durand`, then `e.durand2`… for homonyms; unique in the nation and never given twice."""

from collections import Counter
from collections.abc import Sequence

from educonnect.population import staging
from educonnect.population.names import fold

#: Digits of homonym numbers: 0 and 1 are left out, which read like o and l on paper. Source: decision 0019.
DIGITS = "23456789"
#: Letters of the family name that are kept.
LONGEST = 40
#: What stands for a name without any Latin letter.
NAMELESS = "x"


def stem_of(first_name: str, family_name: str) -> str:
    """`initial.name`, in unaccented lower-case letters: « Éloïse », « D'Œuvre-Noël » -> `e.doeuvrenoel`.

    Spaces, hyphens, apostrophes, digits and letters of other alphabets are left out, so a stem never ends in a
    digit and a homonym's number is read without doubt.
    """
    return f"{_letters(first_name)[:1] or NAMELESS}.{_letters(family_name)[:LONGEST] or NAMELESS}"


def username(stem: str, rank: int) -> str:
    """The username of the holder number `rank` (from 1) of a stem: the first has no number, the second has 2.

    Numbers are written with the digits 2 to 9 only: 2, 3 … 9, 22, 23 … 29, 32 …
    """
    number, left = "", rank - 1
    while left > 0:
        left, digit = divmod(left - 1, len(DIGITS))
        number = DIGITS[digit] + number
    return stem + number


def allot(stems: Sequence[str]) -> list[str]:
    """New usernames, one for each stem given, in the same order; in one statement whatever their number.

    The rows of the stems stay locked until the transaction ends, in alphabetical order for all: two imports that
    share stems wait, and never crosswise.
    """
    wanted = sorted(Counter(stems).items())
    rows = staging.fetch(
        "INSERT INTO accounts_usernamestem AS held (stem, allotted) "
        "SELECT * FROM unnest(%s::text[], %s::int[]) AS wanted(stem, allotted) ORDER BY stem "
        "ON CONFLICT (stem) DO UPDATE SET allotted = held.allotted + excluded.allotted RETURNING stem, allotted",
        [[stem for stem, _ in wanted], [times for _, times in wanted]],
    )
    counts = dict(wanted)
    following = {stem: allotted - counts[stem] for stem, allotted in rows}
    given = []
    for stem in stems:
        following[stem] += 1
        given.append(username(stem, following[stem]))
    return given


def _letters(name: str) -> str:
    return "".join(sign for sign in fold(name) if "a" <= sign <= "z")
