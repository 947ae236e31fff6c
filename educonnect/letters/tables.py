"""Tables to open in a spreadsheet, and names to give to files: what people typed never becomes a formula or a path."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

#: What begins a formula in a spreadsheet, in any width. Source: OWASP, CSV injection; ASVS 1.2.10.
FORMULA = frozenset("=+-@|%＝＋－＠")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # without it a French spreadsheet reads another encoding
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)


def neutral(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe stands before what would begin one.

    Tabs, line ends and other controls become spaces: some programs drop them, and read what follows.
    """
    plain = "".join(" " if unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} else sign for sign in cell)
    begins = plain.lstrip()[:1]
    return f"'{plain}" if begins in FORMULA and begins else plain


def rows(table: Iterable[Sequence[str]]) -> bytes:
    """Lines of a CSV, UTF-8, `;` between cells, every cell neutral and between quotes."""
    drawn = io.StringIO()
    writer = csv.writer(drawn, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([neutral(cell) for cell in row] for row in table)
    return drawn.getvalue().encode()


def file_name(text: str, *, otherwise: str) -> str:
    """A name that is safe on any system and in any archive: plain letters, digits, `-` and `_`, at most 40.

    Args:
        otherwise: used when nothing is left of the text.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    kept = re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-")[:40].rstrip("-")
    if not kept:
        return otherwise
    return f"_{kept}" if RESERVED.match(kept) else kept
