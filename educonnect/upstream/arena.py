"""What an académie's hub says of somebody, read piece by piece: a value that cannot be read is left out, and counted.

Source: public clients of the hubs; decision 0125.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from educonnect.schools.errors import NotAUai
from educonnect.schools.uai import Uai

#: More values of one claim than anybody has; the rest is left out.
_MOST_VALUES = 200
_LONGEST = 2000
_LONGEST_FUNCTION = 60
_NOTHING = {"", "X"}
_DATES = ("%d/%m/%Y", "%Y-%m-%d")
_HEADS = "DIR"
_DEPUTIES = "ADF"
_RESP = "FrEduRneResp="


@dataclass(frozen=True, slots=True)
class HubDelegation:
    """One line of FrEduResDel, for one school."""

    application: str
    uai: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class HubClaims:
    """What could be read.

    Attributes:
        function: FrEduFonctAdm, such as DIR. functions: school -> the function there, of FrEduRne.
        responsible: schools of FrEduRneResp. main: the school of `rne`, or empty.
        codaca: the académie the hub says they are of, as it writes it.
        left_out: how many values could not be read.
    """

    function: str
    functions: Mapping[str, str]
    responsible: frozenset[str]
    main: str
    codaca: str
    delegations: tuple[HubDelegation, ...]
    left_out: int = field(compare=False)

    def heads(self) -> frozenset[str]:
        """The schools they head."""
        return self.responsible if self.function == _HEADS else frozenset()

    def deputies(self) -> frozenset[str]:
        """The schools they are the deputy of."""
        if self.function != _DEPUTIES:
            return frozenset()
        there = {uai for uai, function in self.functions.items() if function == _DEPUTIES}
        return self.responsible | there | ({self.main} if self.main else frozenset())

    def schools(self) -> frozenset[str]:
        """Every school they work in or answer for."""
        return self.responsible | self.functions.keys() | ({self.main} if self.main else frozenset())


def read(claims: Mapping[str, Any]) -> HubClaims:
    """Whatever was sent gives something; nothing in it raises."""
    left_out = _Count()
    functions: dict[str, str] = {}
    for value in _values(claims.get("FrEduRne"), left_out):
        if uai := _school(value, left_out):
            parts = value.split("$")
            functions.setdefault(uai, _word(parts[3] if len(parts) > 3 else ""))
    responsible = {_school(value, left_out) for value in _values(claims.get("FrEduRneResp"), left_out)}
    main = {_school(value, left_out) for value in _values(claims.get("rne"), left_out)}
    delegations = {
        delegation: None
        for value in _values(claims.get("FrEduResDel"), left_out, joined="")
        for delegation in _delegations(value, left_out)
    }
    return HubClaims(
        function=_word(_text(claims.get("FrEduFonctAdm"))),
        functions=functions,
        responsible=frozenset(responsible - {""}),
        main=next(iter(sorted(main - {""})), ""),
        codaca=_word(_text(claims.get("codaca"))),
        delegations=tuple(delegations),
        left_out=left_out.times,
    )


class _Count:
    times = 0


def _values(claim: object, left_out: _Count, *, joined: str = ";|") -> Iterator[str]:
    """The values of a claim that may be one text, several joined in one, or a list."""
    told = claim if isinstance(claim, list) else [] if claim is None else [claim]
    left_out.times += max(len(told) - _MOST_VALUES, 0)
    pieces = [
        piece
        for one in told[:_MOST_VALUES]
        for piece in (re.split(f"[{joined}]", one) if isinstance(one, str) and joined else [one])
    ]
    left_out.times += max(len(pieces) - _MOST_VALUES, 0)
    for piece in pieces[:_MOST_VALUES]:
        value = _text(piece)
        if not isinstance(piece, str) or len(piece) > _LONGEST:
            left_out.times += 1
        elif value.upper() not in _NOTHING:
            yield value


def _school(value: str, left_out: _Count) -> str:
    try:
        return Uai.parse(value.split("$", maxsplit=1)[0]).code
    except NotAUai:
        left_out.times += 1
        return ""


def _delegations(value: str, left_out: _Count) -> Iterator[HubDelegation]:
    """`name|URL|begin|end|giver|FrEduRneResp=…;…|server|module`."""
    parts = value.split("|")
    application = _application(parts[1]) if len(parts) > 5 else ""
    starts_on, ends_on = (_day(parts[2]), _day(parts[3])) if len(parts) > 5 else (None, None)
    if not application or starts_on is None or ends_on is None or not parts[5].startswith(_RESP):
        left_out.times += 1
        return
    for one in parts[5].removeprefix(_RESP).split(";"):
        if one.strip().upper() not in _NOTHING and (uai := _school(one, left_out)):
            yield HubDelegation(application, uai, starts_on, ends_on)


def _application(address: str) -> str:
    try:
        named = parse_qs(urlsplit(address).query, max_num_fields=20).get("applicationname", [])
    except ValueError:
        return ""
    return named[0].strip().lower()[:_LONGEST_FUNCTION] if len(named) == 1 else ""


def _day(text: str) -> date | None:
    for shape in _DATES:
        try:
            return datetime.strptime(text.strip(), shape).date()  # noqa: DTZ007 - a day, of no zone
        except ValueError:
            continue
    return None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) and len(value) <= _LONGEST else ""


def _word(text: str) -> str:
    """A function as the hub writes it, without what could not be printed; `X` is none."""
    clean = "".join(one for one in unicodedata.normalize("NFC", text) if one.isprintable()).strip().upper()
    return "" if clean in _NOTHING else clean[:_LONGEST_FUNCTION]
