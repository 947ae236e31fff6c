"""What is fixed of notifications."""

from datetime import date, timedelta

#: Letters of one chunk at most: what one typesetting process prints before it ends.
CHUNK = 250
#: After this time a chunk that no job will make is asked for again.
RESUME_AFTER = timedelta(minutes=10)
#: From this age a pass Culture account may be opened, and from this one its credit. Source: reform of the pass Culture,
#: 1 March 2025.
PASS_CULTURE_FROM = 15
CREDIT_FROM = 17
#: From this age the pass Culture asks for an identity document instead of an ÉduConnect account.
DOCUMENT_FROM = 18

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def in_words(day: date, *, weekday: bool = False) -> str:
    """A date in full: « mardi 1er septembre 2026 ».

    Letters are French whatever the reader's language; spaces do not break.
    """
    number = "1er" if day.day == 1 else str(day.day)
    words = f"{number}\u00a0{MONTHS[day.month - 1]}\u00a0{day.year}"
    return f"{WEEKDAYS[day.weekday()]}\u00a0{words}" if weekday else words


def phone(number: str) -> str:
    """A phone number as read aloud, in pairs that no line end parts; one that is not French stays as it is."""
    digits = "".join(sign for sign in number if sign.isdecimal())
    if len(digits) == 10 and digits.startswith("0") and not number.startswith("+"):
        return "\u00a0".join(digits[at : at + 2] for at in range(0, 10, 2))
    return number.strip().replace(" ", "\u00a0")


def age_on(birthdate: date, day: date) -> int:
    """Whole years lived on that day."""
    return day.year - birthdate.year - ((day.month, day.day) < (birthdate.month, birthdate.day))


def natural(code: str) -> tuple[tuple[int, int | str], ...]:
    """A key that sorts class codes as people do: 2DE2 before 2DE10; no class comes last."""
    if not code:
        return ((2, ""),)
    parts: list[tuple[int, int | str]] = []
    digits = ""
    for sign in code.casefold():
        if sign.isdecimal():
            digits += sign
            continue
        if digits:
            parts.append((0, int(digits)))
            digits = ""
        parts.append((1, sign))
    if digits:
        parts.append((0, int(digits)))
    return tuple(parts)
