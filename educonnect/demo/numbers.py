"""Identifiers for people and schools that do not exist: right keys, ranges nobody was given.

Schools take the serial numbers 9000 to 9999 of a département, which no register uses; pupils the INE in 99.
"""

A23 = "ABCDEFGHJKLMNPRSTUVWXYZ"  # A to Z without I, O, Q
A10 = "ABCDEFGHJK"
SERIALS = 1000
DEPARTEMENTS = ("972", "971", "973", "974", "976", *(f"{number:03d}" for number in range(1, 96) if number != 20))
LAST_INE = 9_999_999


def uai(number: int) -> str:
    """The fictive school number `number` (from 0): 9000 onwards in Martinique, then in other départements."""
    digits = f"{DEPARTEMENTS[number // SERIALS]}{9000 + number % SERIALS}"
    return digits + A23[int(digits) % 23]


def rnie(number: int) -> str:
    """INE of the national register, number 0 to LAST_INE of the fictive range: nine digits, two key letters."""
    digits = 990_000_000 + number
    key = 97 - digits % 97
    return f"{digits}{A10[key // 10]}{A10[key % 10]}"


def bea(number: int) -> str:
    """Former academic INE: ten digits and a key letter; académie 31, year « 99 », six digits of serial."""
    digits = f"3199{number % 1_000_000:06d}"
    return digits + A23[int(digits) % 23]


def apprentice(number: int) -> str:
    """The shape met for apprentices: four digits, A, five digits, a letter."""
    return f"9999A{number % 100_000:05d}{A23[number % 23]}"


def mobile(number: int) -> str:
    """A mobile number that reaches nobody: the regulator keeps 06 39 98 00 00 to 99 99 for fiction.

    Ten thousand do for the guardians of one school; those of a large académie share them, under other names.
    """
    digits = f"063998{number % 10_000:04d}"
    return " ".join(digits[start : start + 2] for start in range(0, 10, 2))


def landline(number: int) -> str:
    """A landline number that reaches nobody: 05 36 49 is kept for fiction."""
    return f"053649{number % 10_000:04d}"
