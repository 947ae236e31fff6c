"""Values of the school bases, cleaned and read: names, dates, telephones, addresses."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from phonenumbers import (
    NumberParseException,
    PhoneMetadata,
    PhoneNumberFormat,
    PhoneNumberType,
    format_number,
    is_valid_number,
    number_type,
    parse,
)

PARIS: Final = ZoneInfo("Europe/Paris")
_OPEN_ENDED: Final = 9999
_QUOTES: Final = "\"'’‘“”«»` "
_GARBLED: Final = re.compile("[ÃÂ][\u0080-\u00bf€ŠšŽžŒœŸ‘’“”•–—™]|ï¿½|\ufffd")
_EMAIL: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*\.[A-Za-z]{2,63}"
)
_COMMUNE: Final = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}")


def tidy(value: str) -> str:
    """Without invisible signs, one space between words, composed accents."""
    if not value.isprintable():
        value = "".join(
            sign if sign.isprintable() else " " if sign.isspace() or unicodedata.category(sign) == "Zs" else ""
            for sign in value
        )
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    return " ".join(value.split())


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is kept, and what was seen of it."""

    text: str
    quoted: bool = False
    long: bool = False
    garbled: bool = False
    question: bool = False


def surname(value: str) -> Name:
    """A family name in capitals, as the base itself writes it. Source: SIECLE import specification, ELNOM."""
    return _name(value, lambda text: text.upper())


def given_name(value: str) -> Name:
    """A first name; one wholly in capitals or wholly small gets its capitals, another keeps its own."""
    return _name(value, lambda text: text.title() if text.isupper() or text.islower() else text)


def _name(value: str, shape: Callable[[str], str]) -> Name:
    text = tidy(value)
    if text.isalpha() and text.isascii() and len(text) <= 100:
        return Name(shape(text))
    bare = text.strip(_QUOTES)
    shaped = shape(bare)
    return Name(
        text=shaped[:100].rstrip(),
        quoted=bare != text,
        long=len(shaped) > 100,
        garbled=_GARBLED.search(bare) is not None,
        question="?" in bare,
    )


class Unreadable(ValueError):
    """The value is there and cannot be read."""


@lru_cache(maxsize=20_000)
def _day(text: str) -> date:
    if len(text) == 10 and text.isascii():
        for day, month, year, separators in (
            (text[:2], text[3:5], text[6:], text[2] + text[5]),
            (text[8:], text[5:7], text[:4], text[4] + text[7]),
        ):
            if separators in {"//", "--"} and day.isdigit() and month.isdigit() and year.isdigit():
                try:
                    return date(int(year), int(month), int(day))
                except ValueError:
                    break
    raise Unreadable(text)


def day(text: str | None) -> date | None:
    """A date written JJ/MM/AAAA (AAAA-MM-JJ too); None where there is none, or for the open end 31/12/9999.

    Raises:
        Unreadable: it is not a date of the calendar.
    """
    if not text:
        return None
    found = _day(text)
    return None if found.year == _OPEN_ENDED else found


def moment(text: str | None) -> datetime | None:
    """An HORODATAGE, JJ/MM/AAAA HH:MM:SS in Paris time; the hour may be missing. None where it cannot be read."""
    if not text:
        return None
    head, _, hour = text.strip().replace("T", " ").partition(" ")
    try:
        found = day(head)
        if found is None:
            return None
        clock = time.fromisoformat(hour.strip()[:8]) if hour.strip() else time()
        return datetime.combine(found, clock.replace(tzinfo=None), PARIS)
    except ValueError:
        return None


def number(text: str | None) -> int | None:
    """A positive whole number that the database holds, else None."""
    if text and len(text) <= 18 and text.isascii() and text.isdigit():
        return int(text)
    return None


def is_commune(text: str) -> bool:
    """Whether this has the shape of an INSEE commune code, Corsica's included."""
    return _COMMUNE.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """Whether this has the shape of an e-mail address of at most 254 characters."""
    return len(text) <= 254 and _EMAIL.fullmatch(text) is not None and ".." not in text


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number: E.164 where it exists, else as given, at most 20 characters."""

    text: str
    exists: bool
    mobile: bool


#: The regions that share the French way of dialling: ten figures from a zero, wherever one calls from.
_FRENCH: Final = ("FR", "GP", "MQ", "GF", "RE", "YT", "BL", "MF", "PM")
_TEN: Final = re.compile(r"(?:0|(?:\+|00)(?:33|590|594|596|262)0?)([1-9][0-9]{8})")
#: Kept for films and examples, in no territory's plan. Source: ARCEP decision 2018-0881, numbers for fiction.
_FICTION: Final = re.compile(r"63998[0-9]{4}")
_SEPARATORS: Final = str.maketrans("", "", " .-/()\u00a0")


@cache
def _french_mobiles(region: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    order = [region, *(one for one in _FRENCH if one != region)] if region in _FRENCH else []
    patterns = []
    for one in order:
        metadata = PhoneMetadata.metadata_for_region(one)
        if metadata is not None and metadata.mobile is not None and metadata.mobile.national_number_pattern:
            patterns.append((re.compile(metadata.mobile.national_number_pattern), f"+{metadata.country_code}"))
    return tuple(patterns)


def phone(value: str, region: str) -> Phone:
    """Read a telephone number dialled from a region (`MQ`: 0696… is one there).

    A mobile of another French territory, written as one dials it (0690… in Paris), is that territory's.
    """
    bare = value.translate(_SEPARATORS)
    if found := _TEN.fullmatch(bare):
        if _FICTION.fullmatch(found[1]):
            return Phone("+33" + found[1], exists=True, mobile=True)
        mobiles = _french_mobiles(region)
        for pattern, country in mobiles:
            if pattern.fullmatch(found[1]):
                return Phone(country + found[1], exists=True, mobile=True)
        if mobiles and found[1][0] in "67":  # a mobile in every French plan, or nothing
            return Phone(tidy(value)[:20], exists=False, mobile=False)
    try:
        read = parse(value, region)
    except NumberParseException:
        return Phone(tidy(value)[:20], exists=False, mobile=False)
    if not is_valid_number(read):
        return Phone(tidy(value)[:20], exists=False, mobile=False)
    mobile = number_type(read) in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
    return Phone(format_number(read, PhoneNumberFormat.E164), exists=True, mobile=mobile)
