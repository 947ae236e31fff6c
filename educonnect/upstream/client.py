"""OpenID Connect relying party: authorization code with PKCE, one upstream at a time, nothing taken on trust.

Source: OpenID Connect Core 1.0, 3.1; RFC 9700; RFC 9207; ANSSI-PA-080.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from educonnect.upstream import published, rules
from educonnect.upstream.attempts import Leaving
from educonnect.upstream.errors import Reason, SignInRefused
from educonnect.upstream.fetching import Answer, Oversized, Unreachable, fetch
from educonnect.upstream.reading import Malformed, as_object, signed
from educonnect.upstream.rules import Upstream

_VISIBLE = re.compile(r"[\x21-\x7e]{1,8192}")
_SUBJECT = re.compile(r"[\x20-\x7e]{1,255}")
_TOLD = re.compile(r"[a-z_]{1,40}")
#: A code for people that ProConnect puts in its description of an error.
_CODE = re.compile(r"\bY\d{6}\b")
_DOWN = frozenset({"server_error", "temporarily_unavailable"})
_OURS = frozenset({"invalid_request", "invalid_scope", "unauthorized_client", "unsupported_response_type"})


@dataclass(frozen=True, slots=True)
class Told:
    """What an upstream proved of somebody.

    Attributes:
        claims: of userinfo. id_token: as it came, for the upstream's own sign-out.
    """

    issuer: str
    subject: str
    acr: str
    amr: frozenset[str]
    authenticated_at: float | None
    claims: Mapping[str, Any] = field(repr=False)
    id_token: str = field(repr=False)


def address(upstream: Upstream, leaving: Leaving, *, redirect_uri: str, again: bool = False) -> str:
    """Where the browser goes to sign in; no parameter that ProConnect does not know (it answers Y000400).

    Args:
        again: even if they are signed in there already.

    Raises:
        SignInRefused: the upstream does not answer.
    """
    endpoint = published.metadata(upstream).authorization
    digest = hashlib.sha256(leaving.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": upstream.client_id,
        "redirect_uri": redirect_uri,
        "scope": upstream.scope,
        "state": leaving.state,
        "nonce": leaving.nonce,
        "code_challenge": _plain64(digest),
        "code_challenge_method": "S256",
    }
    if upstream.acr:
        asked["acr_values"] = " ".join(upstream.acr)
    if upstream.asks_claims:
        # without the moment they signed in there, nobody who comes from there could ever prove anything lately
        asked["claims"] = json.dumps({"id_token": {"amr": {"essential": True}, "auth_time": {"essential": True}}})
    if again:
        asked["prompt"] = "login"
        if not upstream.asks_claims:
            asked["max_age"] = "0"  # the answer must then tell that moment: OpenID Connect Core 1.0, 3.1.2.1
    return endpoint + ("&" if urlsplit(endpoint).query else "?") + urlencode(asked)


def state_of(answer: Mapping[str, list[str]]) -> str:
    """The state of an answer, read before anything else of it.

    Raises:
        SignInRefused: there is none, or a parameter stands twice.
    """
    if any(len(values) != 1 for name, values in answer.items() if name in _ANSWER):
        raise SignInRefused(Reason.NOT_WAITING)
    return _one(answer, "state")[:200]


_ANSWER = frozenset({"state", "code", "iss", "error", "error_description"})


def finish(
    upstream: Upstream, leaving: Leaving, answer: Mapping[str, list[str]], *, redirect_uri: str, now: datetime
) -> Told:
    """Who came back, from the upstream's answer.

    Raises:
        SignInRefused
    """
    _require_issuer(upstream, _one(answer, "iss"))
    if "error" in answer:
        raise _error(_one(answer, "error"), _one(answer, "error_description"))
    code = _one(answer, "code")
    if not _VISIBLE.fullmatch(code):
        raise SignInRefused(Reason.NOT_WAITING)
    id_token, access_token = _exchange(upstream, code, leaving.verifier, redirect_uri)
    claims = _id_token(upstream, id_token, access_token, leaving.nonce, now)
    acr, amr = _level(upstream, claims)
    return Told(
        issuer=upstream.issuer,
        subject=claims["sub"],
        acr=acr,
        amr=amr,
        authenticated_at=_moment(claims, "auth_time"),
        claims=_userinfo(upstream, access_token, claims["sub"], now),
        id_token=id_token,
    )


def sign_out_address(upstream: Upstream, id_token: str, *, state: str, back: str) -> str:
    """Where the browser goes to sign out there too; empty where that is not offered.

    Source: OpenID Connect RP-Initiated Logout 1.0, 2.
    """
    endpoint = published.metadata(upstream).end_session
    if not endpoint:
        return ""
    asked = {"id_token_hint": id_token, "post_logout_redirect_uri": back, "state": state}
    return endpoint + ("&" if urlsplit(endpoint).query else "?") + urlencode(asked)


def _require_issuer(upstream: Upstream, told: str) -> None:
    """Whoever answers is whom we asked. Source: RFC 9207, 2.4."""
    if (told or published.metadata(upstream).tells_issuer) and told != upstream.issuer:
        raise SignInRefused(Reason.ANOTHER_ISSUER)


def _error(error: str, description: str) -> SignInRefused:
    told = error if _TOLD.fullmatch(error) else ""
    if found := _CODE.search(description):
        told = f"{told} {found[0]}".strip()
    if error == "access_denied":
        return SignInRefused(Reason.GIVEN_UP if not found else Reason.REFUSED, told)
    if error in _DOWN:
        return SignInRefused(Reason.DOWN, told)
    return SignInRefused(Reason.MISCONFIGURED if error in _OURS else Reason.REFUSED, told)


def _exchange(upstream: Upstream, code: str, verifier: str, redirect_uri: str) -> tuple[str, str]:
    """ID token and access token, for a code that is good for once."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": upstream.client_id,
        "client_secret": upstream.client_secret,
        "code_verifier": verifier,
    }
    answer = _call(published.metadata(upstream).token, form=form, accept="application/json")
    told = _json(answer)
    if answer.status != 200:
        error = told.get("error")
        if error == "invalid_grant":
            raise SignInRefused(Reason.CODE_OVER, error)
        raise SignInRefused(Reason.MISCONFIGURED, error if isinstance(error, str) and _TOLD.fullmatch(error) else "")
    id_token, access_token, kind = (told.get(name) for name in ("id_token", "access_token", "token_type"))
    if not (isinstance(id_token, str) and isinstance(access_token, str) and isinstance(kind, str)):
        raise SignInRefused(Reason.UNREADABLE)
    if kind.lower() != "bearer" or not _VISIBLE.fullmatch(access_token) or not id_token.isascii():
        raise SignInRefused(Reason.UNREADABLE)
    return id_token, access_token


def _id_token(upstream: Upstream, token: str, access_token: str, nonce: str, now: datetime) -> dict[str, Any]:
    """Source: OpenID Connect Core 1.0, 3.1.3.7."""
    claims = _opened(upstream, token.encode())
    _require_audience(upstream, claims)
    expires, issued = _moment(claims, "exp"), _moment(claims, "iat")
    at, skew = now.timestamp(), rules.SKEW.total_seconds()
    if expires is None or issued is None or expires <= at - skew:
        raise SignInRefused(Reason.UNPROVEN)
    if not at - rules.TOKEN_AGE.total_seconds() - skew <= issued <= at + skew:
        raise SignInRefused(Reason.UNPROVEN)
    if (_moment(claims, "nbf") or at) > at + skew or (_moment(claims, "auth_time") or at) > at + skew:
        raise SignInRefused(Reason.UNPROVEN)
    told, subject, half = claims.get("nonce"), claims.get("sub"), claims.get("at_hash")
    if not isinstance(told, str) or not hmac.compare_digest(told.encode(), nonce.encode()):
        raise SignInRefused(Reason.UNPROVEN)
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise SignInRefused(Reason.UNPROVEN)
    if half is not None and half != _plain64(hashlib.sha256(access_token.encode()).digest()[:16]):
        raise SignInRefused(Reason.UNPROVEN)
    return claims


def _userinfo(upstream: Upstream, access_token: str, subject: str, now: datetime) -> dict[str, Any]:
    """Source: OpenID Connect Core 1.0, 5.3.2 and 5.3.4."""
    kind = "application/jwt" if upstream.signed_userinfo else "application/json"
    answer = _call(
        published.metadata(upstream).userinfo, headers={"Authorization": f"Bearer {access_token}"}, accept=kind
    )
    if answer.status >= 500:
        raise SignInRefused(Reason.DOWN)
    if answer.status != 200 or answer.media_type != kind:
        raise SignInRefused(Reason.UNREADABLE)
    if upstream.signed_userinfo:
        claims = _opened(upstream, answer.body.strip())
        _require_audience(upstream, claims)
        expires = _moment(claims, "exp")
        if expires is not None and expires <= now.timestamp() - rules.SKEW.total_seconds():
            raise SignInRefused(Reason.UNPROVEN)
    else:
        claims = _json(answer)
    if claims.get("sub") != subject:
        raise SignInRefused(Reason.UNPROVEN)
    return claims


def _opened(upstream: Upstream, token: bytes) -> dict[str, Any]:
    try:
        return signed(token, upstream.alg, lambda kid: published.key(upstream, kid))
    except Malformed as error:
        raise SignInRefused(Reason.UNPROVEN) from error


def _require_audience(upstream: Upstream, claims: dict[str, Any]) -> None:
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    party = claims.get("azp")
    alone = audiences == [upstream.client_id]
    if claims.get("iss") != upstream.issuer or upstream.client_id not in audiences:
        raise SignInRefused(Reason.UNPROVEN)
    if (party is not None or not alone) and party != upstream.client_id:
        raise SignInRefused(Reason.UNPROVEN)


def _level(upstream: Upstream, claims: dict[str, Any]) -> tuple[str, frozenset[str]]:
    acr, amr = claims.get("acr"), claims.get("amr")
    level = acr if isinstance(acr, str) else ""
    methods = frozenset(one for one in amr if isinstance(one, str)) if isinstance(amr, list) else frozenset()
    if upstream.acr and level not in upstream.acr and not rules.at_least(level, upstream.acr):
        raise SignInRefused(Reason.TOO_LOW)
    return level, methods


def _moment(claims: dict[str, Any], name: str) -> float | None:
    """A claim that is a date, in seconds; None where there is none."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise SignInRefused(Reason.UNPROVEN)
    return float(value)


def _call(
    url: str, *, accept: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    try:
        return fetch(url, form=form, headers=headers, accept=accept)
    except Unreachable as error:
        raise SignInRefused(Reason.DOWN) from error
    except Oversized as error:
        raise SignInRefused(Reason.UNREADABLE) from error


def _json(answer: Answer) -> dict[str, Any]:
    if answer.status >= 500:
        raise SignInRefused(Reason.DOWN)
    if answer.media_type != "application/json" or 300 <= answer.status < 400:
        raise SignInRefused(Reason.UNREADABLE)
    try:
        return as_object(answer.body)
    except Malformed as error:
        raise SignInRefused(Reason.UNREADABLE) from error


def _one(answer: Mapping[str, list[str]], name: str) -> str:
    values = answer.get(name, [])
    return values[0] if values else ""


def _plain64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
