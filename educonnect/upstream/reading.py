"""JSON and JWT that others send: one reading only, or none."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

_COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_LONGEST_TOKEN = 128 * 1024
#: Header parameters that name a key of the sender's own choosing (RFC 8725, 3.10).
_FOREIGN_KEYS = frozenset({"jku", "jwk", "x5u"})


class Malformed(Exception):
    """This is not what it should be."""


def as_object(text: bytes) -> dict[str, Any]:
    """A JSON object, no name twice, no number that JSON does not have.

    Raises:
        Malformed
    """
    try:
        read = json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    if not isinstance(read, dict):
        raise Malformed
    return read


def signed(token: bytes, alg: str, find_key: Callable[[str | None], Any]) -> dict[str, Any]:
    """The claims of a JWT signed by the one algorithm that was registered.

    Args:
        find_key: `kid`, which may be missing -> the key.

    Raises:
        Malformed: anything else, whatever it says of itself (`none`, another algorithm, a key in its header).
    """
    if len(token) > _LONGEST_TOKEN or not _COMPACT.fullmatch(token):
        raise Malformed
    header = as_object(_octets(token.split(b".")[0]))
    kid = header.get("kid")
    if header.get("alg") != alg or "crit" in header or _FOREIGN_KEYS & header.keys():
        raise Malformed
    if kid is not None and not isinstance(kid, str):
        raise Malformed
    try:
        opened = jws.deserialize_compact(token, find_key(kid), algorithms=[alg])
    except (JoseError, ValueError, TypeError) as error:
        raise Malformed from error
    return as_object(opened.payload)


def _octets(part: bytes) -> bytes:
    try:
        return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name twice")
    return read


def _no_number(name: str) -> Any:
    raise ValueError(name)
