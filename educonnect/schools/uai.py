"""UAI: the number of a school, and what it tells of where the school stands."""

import re
from dataclasses import dataclass
from typing import Final, Self

from educonnect.schools.errors import NotAUai
from educonnect.schools.reference import DEPARTEMENTS, Departement

#: The key's alphabet: I, O and Q would be taken for figures.
_KEYS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
_SHAPE: Final = re.compile(r"[0-9]{7}[A-Z]")

#: Prefixes that are not the number of their département.
_PREFIXES: Final = {"620": "2A", "720": "2B", "020": "2A", "985": "976"}


@dataclass(frozen=True, slots=True)
class Uai:
    """A well-formed UAI. Its key may be wrong: old and fictive bases hold such codes; it warns, never blocks."""

    code: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a UAI as typed or written in a file: spaces around and letter case do not matter.

        Raises:
            NotAUai: not seven figures and a letter.
        """
        code = text.strip().upper()
        if not _SHAPE.fullmatch(code):
            raise NotAUai
        return cls(code)

    def __str__(self) -> str:
        return self.code

    @property
    def has_right_key(self) -> bool:
        """The letter is the seven-figure number modulo 23. Source: checked on the published directory of schools."""
        return self.code[7] == _KEYS[int(self.code[:7]) % 23]

    @property
    def _place(self) -> Departement | None:
        prefix = self.code[:3]
        written = _PREFIXES.get(prefix) or (prefix[1:] if prefix[0] == "0" else prefix)
        return DEPARTEMENTS.get(written)

    @property
    def departement(self) -> str:
        """`75`, `2A`, `972`; empty where the prefix belongs to none."""
        return self._place.code if self._place else ""

    @property
    def academie(self) -> str:
        """The académie's code (`70` for the whole of Normandie); empty where the prefix belongs to none."""
        return self._place.academie if self._place else ""

    @property
    def si_instance(self) -> str:
        """The information system that numbers this school's people: `05` or `21` in Normandie."""
        return self._place.si_instance if self._place else ""

    @property
    def phone_region(self) -> str:
        """Where a telephone number without a country code is dialled from: `FR`, `MQ`…"""
        return self._place.phone_region if self._place else "FR"
