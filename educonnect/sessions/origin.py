"""Where a request comes from: address, device, and the accounts this browser is known for."""

from django.conf import settings
from django.http import HttpRequest

from educonnect.sessions import cookies, rules


def address(request: HttpRequest) -> str | None:
    """The address of the browser: the peer's, or the one our last proxy wrote.

    With `PROXIES` proxies of ours in front, the address is that many entries from the end of X-Forwarded-For; what
    stands before it was written by the browser and proves nothing.
    """
    if settings.PROXIES:
        chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        return chain[-settings.PROXIES] if len(chain) >= settings.PROXIES else None
    peer = request.META.get("REMOTE_ADDR")
    return str(peer) if peer else None


def device(request: HttpRequest) -> str:
    """« PC, Firefox »."""
    return rules.device_name(request.headers.get("User-Agent", ""))


def known_accounts(request: HttpRequest) -> frozenset[int]:
    """The accounts that signed in from this browser before."""
    return cookies.known_accounts(request)


def device_key(request: HttpRequest) -> str:
    """The number by which we know this browser; empty until somebody signed in from it."""
    return cookies.device_key(request)
