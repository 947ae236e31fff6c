"""What an upstream publishes of itself: its addresses and its keys, read when needed and kept for an hour."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwk
from joserfc.errors import JoseError

from educonnect.upstream import rules
from educonnect.upstream.errors import Reason, SignInRefused
from educonnect.upstream.fetching import Answer, Oversized, Unreachable, fetch
from educonnect.upstream.loopback import on_loopback
from educonnect.upstream.reading import Malformed, as_object
from educonnect.upstream.rules import Upstream

Key = jwk.RSAKey | jwk.ECKey | jwk.OctKey
_KEY_TYPES: Mapping[str, type[jwk.RSAKey] | type[jwk.ECKey]] = {"RS256": jwk.RSAKey, "ES256": jwk.ECKey}
_LEAST_RSA_BITS = 2048
_MOST_KEYS = 50


@dataclass(frozen=True, slots=True)
class Metadata:
    """Source: OpenID Connect Discovery 1.0, 3; RFC 9207, 3.

    Attributes:
        tells_issuer: answers bear `iss`, and one without it is refused.
        end_session: empty where signing out there is not offered.
    """

    authorization: str
    token: str
    userinfo: str
    jwks: str
    end_session: str
    tells_issuer: bool


@dataclass(slots=True)
class _Shelf:
    """What this process read from one upstream. One thread reads at a time; the others wait for it a little."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    metadata: Metadata | None = None
    metadata_at: float = 0.0
    keys: tuple[dict[str, Any], ...] = ()
    keys_at: float | None = None
    failed_at: float | None = None


_shelves: dict[Upstream, _Shelf] = {}


def metadata(upstream: Upstream) -> Metadata:
    """The upstream's addresses.

    Raises:
        SignInRefused: it does not answer, or not as it should.
    """
    shelf = _shelf(upstream)
    if shelf.metadata is None or time.monotonic() - shelf.metadata_at > rules.PUBLISHED_FRESH:
        with _turn(shelf):
            _renew_metadata(upstream, shelf)
    if shelf.metadata is None:
        raise SignInRefused(Reason.DOWN)
    return shelf.metadata


def key(upstream: Upstream, kid: str | None) -> Key:
    """The key that verifies a signature; keys are read again, at most twice a minute, for one that is not known.

    Without `kid` there must be one key only that could.

    Raises:
        SignInRefused: no such key, or the keys cannot be read.
    """
    if upstream.alg == "HS256":
        return jwk.OctKey.import_key(upstream.client_secret)
    shelf = _shelf(upstream)
    addresses = metadata(upstream)
    found = _fitting(upstream, shelf, kid)
    if not found or _age(shelf.keys_at) > rules.PUBLISHED_FRESH:
        with _turn(shelf):
            if _age(shelf.keys_at) > rules.PUBLISHED_PAUSE:
                _renew_keys(upstream, shelf, addresses)
        found = _fitting(upstream, shelf, kid)
    if len(found) != 1:
        raise SignInRefused(Reason.UNPROVEN)
    return found[0]


def forget() -> None:
    """Read everything anew."""
    _shelves.clear()


def _shelf(upstream: Upstream) -> _Shelf:
    return _shelves.setdefault(upstream, _Shelf())


@contextmanager
def _turn(shelf: _Shelf) -> Iterator[None]:
    """The right to read, or a refusal: who waits for a slow upstream is told, not kept."""
    if not shelf.turn.acquire(timeout=rules.TURN):
        raise SignInRefused(Reason.DOWN)
    try:
        yield
    finally:
        shelf.turn.release()


def _renew_metadata(upstream: Upstream, shelf: _Shelf) -> None:
    age = time.monotonic() - shelf.metadata_at
    if shelf.metadata is not None and age <= rules.PUBLISHED_FRESH:
        return  # another thread read it meanwhile
    if _age(shelf.failed_at) <= rules.PUBLISHED_PAUSE:
        shelf.metadata = shelf.metadata if age <= rules.PUBLISHED_STALE else None
        return
    try:
        told = _document(upstream.issuer.rstrip("/") + "/.well-known/openid-configuration")
        shelf.metadata = _read(upstream, told)
        shelf.metadata_at, shelf.failed_at = time.monotonic(), None
    except SignInRefused:
        shelf.failed_at = time.monotonic()
        if shelf.metadata is None or age > rules.PUBLISHED_STALE:
            shelf.metadata = None
            raise


def _renew_keys(upstream: Upstream, shelf: _Shelf, addresses: Metadata) -> None:
    try:
        told = _document(addresses.jwks).get("keys")
        if not isinstance(told, list):
            raise SignInRefused(Reason.UNREADABLE)
    except SignInRefused:
        if _age(shelf.keys_at) > rules.PUBLISHED_STALE:
            raise
        return
    shelf.keys = tuple(one for one in told[:_MOST_KEYS] if isinstance(one, dict))
    shelf.keys_at = time.monotonic()


def _age(at: float | None) -> float:
    return float("inf") if at is None else time.monotonic() - at


def _fitting(upstream: Upstream, shelf: _Shelf, kid: str | None) -> list[Key]:
    kind = _KEY_TYPES[upstream.alg]
    found: list[Key] = []
    for told in shelf.keys:
        if told.get("kty") != kind.key_type or told.get("use", "sig") != "sig":
            continue
        if told.get("alg", upstream.alg) != upstream.alg or (kid is not None and told.get("kid") != kid):
            continue
        if "d" in told or told.get("crv", "P-256") != "P-256":
            continue
        if kind is jwk.RSAKey and not _long(told.get("n")):
            continue
        try:
            found.append(kind.import_key(told))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return found


def _long(modulus: object) -> bool:
    """Whether a modulus, in base64url, has bits enough."""
    return isinstance(modulus, str) and len(modulus) * 6 >= _LEAST_RSA_BITS and not modulus.startswith("A")


def _document(url: str) -> dict[str, Any]:
    try:
        answer = fetch(url, accept="application/json")
        return _object(answer)
    except Unreachable as error:
        raise SignInRefused(Reason.DOWN) from error
    except (Oversized, Malformed) as error:
        raise SignInRefused(Reason.UNREADABLE) from error


def _object(answer: Answer) -> dict[str, Any]:
    if answer.status >= 500:
        raise SignInRefused(Reason.DOWN)
    if answer.status != 200:  # a redirect is not followed: it would lead where nobody registered anything
        raise SignInRefused(Reason.UNREADABLE)
    return as_object(answer.body)


def _read(upstream: Upstream, told: dict[str, Any]) -> Metadata:
    if told.get("issuer") != upstream.issuer:
        raise SignInRefused(Reason.ANOTHER_ISSUER)
    local = on_loopback(upstream.issuer)
    found = Metadata(
        authorization=_address(told.get("authorization_endpoint"), local=local),
        token=_address(told.get("token_endpoint"), local=local),
        userinfo=_address(told.get("userinfo_endpoint"), local=local),
        jwks=_address(told.get("jwks_uri"), local=local),
        end_session=_address(told.get("end_session_endpoint"), local=local),
        tells_issuer=told.get("authorization_response_iss_parameter_supported") is True,
    )
    if not (found.authorization and found.token and found.userinfo and found.jwks):
        raise SignInRefused(Reason.UNREADABLE)
    return found


def _address(value: object, *, local: bool) -> str:
    """An address one may send a person or a secret to; empty for anything else."""
    if not isinstance(value, str) or len(value) > 500 or not value.isascii() or not value.isprintable():
        return ""
    try:
        parts = urlsplit(value)
        sound = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc and not parts.fragment
    except ValueError:
        return ""
    if " " in value or "\\" in value or not sound:
        return ""
    return value if parts.scheme == "https" or (local and parts.scheme == "http" and on_loopback(value)) else ""
