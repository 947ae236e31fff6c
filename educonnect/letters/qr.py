"""The QR code of a letter: a public address, never a secret."""

import io
from functools import lru_cache
from urllib.parse import urlsplit

import segno


def text(url: str) -> str:
    """The address as the code holds it: upper case where case means nothing, which makes a smaller code.

    Scheme and host have no case; a path has one, and is kept.
    """
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise ValueError("an address with credentials is never printed")
    host = f"{parts.scheme}://{parts.netloc}".upper()
    rest = url.split("://", 1)[1][len(parts.netloc) :]
    return host if rest in {"", "/"} else host + rest


@lru_cache(maxsize=64)
def svg(content: str) -> str:
    """The code as vectors, quiet zone included."""
    code = segno.make_qr(content, error="m", mask=3, boost_error=False)
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=True, nl=False)
    return drawn.getvalue().decode()
