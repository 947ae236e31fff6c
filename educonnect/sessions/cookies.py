"""The three cookies: the session's secret, the browser's number, the device's known accounts."""

import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from educonnect.sessions import rules

PENDING = "_educonnect_cookies"
#: The signed cookie by which a browser is known to have signed accounts in; the staff's is another one, signed for
#: itself: the same number is not the same person.
DEVICE, STAFF_DEVICE = "device", "poste"
_SALTS = {DEVICE: "educonnect.device.2", STAFF_DEVICE: "educonnect.poste.1"}  # a salt for a shape


def name(kind: str) -> str:
    """The cookie's name; the `__Host-` prefix wherever the service is on https."""
    return f"__Host-{kind}" if settings.SECURE else kind


def digest(value: str) -> str:
    """What the database keeps of a cookie's value."""
    return hashlib.sha256(value.encode()).hexdigest()


def read(request: HttpRequest, kind: str) -> str:
    """The value the browser will have after this answer, empty when none."""
    pending: dict[str, tuple[str, dict[str, Any]]] = getattr(request, PENDING, {})
    if kind in pending:
        return pending[kind][0]
    return request.COOKIES.get(name(kind), "")


def write(request: HttpRequest, kind: str, value: str, **options: Any) -> None:
    """Set the cookie with this request's answer; an empty value deletes it."""
    pending = getattr(request, PENDING, {})
    pending[kind] = (value, options)
    setattr(request, PENDING, pending)


def send(request: HttpRequest, response: HttpResponse) -> None:
    """Put on the answer the cookies this request asked for."""
    for kind, (value, options) in getattr(request, PENDING, {}).items():
        if value:
            response.set_cookie(
                name(kind), value, path="/", secure=settings.SECURE, httponly=True, samesite="Lax", **options
            )
        else:
            response.delete_cookie(name(kind), path="/", samesite="Lax")


def browser(request: HttpRequest) -> str:
    """The digest of this browser's number, drawn and set when it has none."""
    value = read(request, "browser")
    if not value:
        value = secrets.token_urlsafe(24)
        write(request, "browser", value)
    return digest(value)


def known_accounts(request: HttpRequest, kind: str = DEVICE) -> frozenset[int]:
    """The accounts that signed in from this browser, as its signed cookie tells."""
    return frozenset(_device(request, kind)[1])


def device_key(request: HttpRequest, kind: str = DEVICE) -> str:
    """The number of this browser's signed cookie; empty when it has none."""
    return _device(request, kind)[0]


def remember_account(request: HttpRequest, account_id: int, kind: str = DEVICE) -> None:
    """Add the account to those this browser knows."""
    key, known = _device(request, kind)
    accounts = [account_id, *(former for former in known if former != account_id)][: rules.KNOWN_ACCOUNTS]
    write(
        request,
        kind,
        signing.dumps([key or secrets.token_urlsafe(12), accounts], salt=_SALTS[kind]),
        max_age=int(rules.KNOWN_DEVICE.total_seconds()),
    )


def _device(request: HttpRequest, kind: str) -> tuple[str, list[int]]:
    """Number and accounts, the latest first; a cookie we did not sign, or of another shape, says nothing."""
    try:
        key, accounts = signing.loads(
            read(request, kind), salt=_SALTS[kind], max_age=int(rules.KNOWN_DEVICE.total_seconds())
        )
    except (signing.BadSignature, ValueError):
        return "", []
    return key, accounts
