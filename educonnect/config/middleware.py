"""Headers of every answer."""

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

#: Everything comes from us and from files: no inline script or style, no frame, no other site.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # "no-referrer" would make browsers send `Origin: null` with our own forms, which the CSRF check refuses
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    # static files already said how long they live; every page is somebody's
    "Cache-Control": "no-store",
}
RETRY_SECONDS = range(5, 31)
HSTS = "max-age=63072000; includeSubDomains"


class SecurityHeaders:
    """Set the header set of promise T77 on every answer.

    An answer whose form leads to another site says so by an attribute `csp_form_action`, the address of that form
    (such as a provider's assertion consumer service): its origin, and no more, joins `form-action`. One that looks
    first whether another site answers says so by `csp_connect`, in the same way.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = POLICY
        if target := origin(getattr(response, "csp_form_action", "")):
            policy = f"{policy} {target}"
        if looked_at := origin(getattr(response, "csp_connect", "")):
            policy = policy.replace("connect-src 'self'", f"connect-src 'self' {looked_at}")
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if response.status_code == 503:  # each at another moment: those sent away together do not come back together
            response.headers.setdefault("Retry-After", str(secrets.choice(RETRY_SECONDS)))
        if settings.SECURE:
            response.headers["Strict-Transport-Security"] = HSTS
        return response


def origin(address: str) -> str:
    """`https://sp.example/acs?x` -> `https://sp.example`; empty for what is no http(s) address."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    host = parts.hostname if ":" not in parts.hostname else f"[{parts.hostname}]"
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
