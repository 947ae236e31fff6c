"""Pages that differ from one browser to another by a few words: rendered once, then only filled."""

import html
from collections.abc import Callable, Mapping

from django.conf import settings
from django.utils.translation import get_language


class Kept:
    """A page with holes, kept in pieces by each process, one set of pieces a language.

    Whoever uses it answers for this: beside its holes the page says the same to everybody.
    """

    def __init__(self, *holes: str) -> None:
        self.marks = {hole: f"@@{hole}@@" for hole in holes}
        self._pieces: dict[tuple[str, bool], tuple[str, ...]] = {}

    def filled(self, render: Callable[[], str], values: Mapping[str, str]) -> str:
        """The page.

        Args:
            render: the page with `marks` where its holes are; called the first time only.
            values: hole -> value, escaped here unless it is already markup (`SafeString`); a value that looks like a
                mark stays what it is.
        """
        key = (get_language() or "", settings.DEMO)
        pieces = self._pieces.get(key)
        if pieces is None:
            pieces = self._pieces[key] = self._cut(str(render()))
        written = {self.marks[hole]: self._written(value) for hole, value in values.items()}
        return "".join(written.get(piece, piece) for piece in pieces)

    def _cut(self, page: str) -> tuple[str, ...]:
        """Text, mark, text, mark… text."""
        pieces = [page]
        for mark in self.marks.values():
            cut: list[str] = []
            for piece in pieces:
                for part in piece.split(mark):
                    cut += [part, mark]
                cut.pop()
            pieces = cut
        return tuple(pieces)

    @staticmethod
    def _written(value: str) -> str:
        return str(value) if hasattr(value, "__html__") else html.escape(value)
