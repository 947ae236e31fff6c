"""Ine: the national pupil number, in its two shapes."""

import re
from dataclasses import dataclass
from enum import StrEnum

_RNIE = re.compile(r"[0-9]{9}[A-HJK]{2}")
_BEA = re.compile(r"[0-9]{10}[A-HJ-NPR-Z]")
_RNIE_LETTERS = "ABCDEFGHJK"
_BEA_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


class Shape(StrEnum):
    """RNIE: 9 digits and 2 letters, since 2017. BEA: 10 digits and 1 letter, before. OTHER: anything else met."""

    RNIE = "RNIE"
    BEA = "BEA"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Ine:
    """A national pupil number as a school base writes it: trimmed, upper case, nothing guessed.

    A wrong key is told, never refused: anonymised and hand-typed files have many, and some training bodies use
    shapes of their own.
    """

    code: str
    shape: Shape
    has_right_key: bool

    @classmethod
    def parse(cls, text: str) -> "Ine":
        """Read a number; never fails. An unknown shape has no key to be right.

        Source: check letters computed on published numbers: RNIE is 97 - (9 digits mod 97), written in ten
        letters; BEA is the 10 digits mod 23, in the alphabet without I, O, Q.
        """
        code = "".join(text.split()).upper()
        if _RNIE.fullmatch(code):
            key = 97 - int(code[:9]) % 97
            return cls(code, Shape.RNIE, code[9:] == _RNIE_LETTERS[key // 10] + _RNIE_LETTERS[key % 10])
        if _BEA.fullmatch(code):
            return cls(code, Shape.BEA, code[10] == _BEA_LETTERS[int(code[:10]) % 23])
        return cls(code, Shape.OTHER, has_right_key=False)
