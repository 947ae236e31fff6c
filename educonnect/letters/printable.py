"""What can be printed of a text: a name from anywhere never stops the letters of its class.

PDF/UA-1 refuses a character that no font holds, and the line that holds no space may leave the page.
"""

import re
import unicodedata
from typing import Any

# every character of these ranges is in the fonts we ship (a test prints them all)
RANGES = (
    (0x20, 0x7E),
    (0xA0, 0x24F),  # Latin, all of Europe's
    (0x370, 0x373),
    (0x386, 0x38A),
    (0x38E, 0x3A1),
    (0x3A3, 0x3FF),  # Greek
    (0x400, 0x482),
    (0x48A, 0x513),  # Cyrillic, without its combining marks
    (0x1E00, 0x1EFF),  # Latin of Vietnam
    (0x2010, 0x2015),
    (0x2018, 0x201E),
    (0x2020, 0x2022),
    (0x2026, 0x2026),
    (0x2030, 0x2030),
    (0x2039, 0x203A),
    (0x20AC, 0x20AC),
    (0x2116, 0x2116),
    (0x2122, 0x2122),
)
PRINTABLE = re.compile("[" + "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in RANGES) + "]*")
UNKNOWN = "?"
WORD = re.compile(r"\S{26,}")
ZERO_WIDTH_SPACE = "\u200b"
# how many characters of the monospaced font a line holds
ADDRESS_LINE, USERNAME_LINE = 38, 28
LONG_ADDRESS_LINE, LONG_USERNAME_LINE = 52, 46


def text(value: str) -> str:
    """The text with what no font of ours holds replaced: by its plain letters where it has some, else by `?`.

    Invisible characters (controls, direction marks) are dropped; any white space is a space.
    """
    if PRINTABLE.fullmatch(value):
        return value
    return "".join(map(_character, unicodedata.normalize("NFC", value)))


def _character(value: str) -> str:
    if any(first <= ord(value) <= last for first, last in RANGES):
        return value
    if value.isspace():
        return " "
    if unicodedata.category(value)[0] == "C":
        return ""
    plain = [part for part in unicodedata.normalize("NFKD", value) if part.isascii() and part.isprintable()]
    if plain:
        return "".join(plain)
    return "" if unicodedata.category(value)[0] == "M" else UNKNOWN


def breakable(value: str) -> str:
    """The text, in which words longer than a line may break anywhere."""
    return WORD.sub(lambda word: ZERO_WIDTH_SPACE.join(word[0]), text(value))


def lines(value: str, most: int, chunk: int) -> str:
    """A value to type as it is: whole when it holds on a line, else cut in full lines."""
    value = text(value)
    if len(value) <= most:
        return value
    return "\n".join(value[start : start + chunk] for start in range(0, len(value), chunk))


def values(letter: dict[str, Any]) -> dict[str, Any]:
    """The values of a letter, each made printable."""
    return {name: _value(name, value) for name, value in letter.items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return values(value)
    if isinstance(value, list | tuple):
        return [_value(name, item) for item in value]
    match name:
        case "qr" | "password":
            return value
        case "url":
            return lines(value, ADDRESS_LINE, LONG_ADDRESS_LINE)
        case "username":
            return lines(value, USERNAME_LINE, LONG_USERNAME_LINE)
        case "qr_alt":
            return text(value)
        case _:
            return breakable(value)
