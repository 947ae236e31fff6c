"""Django's CSRF secret, drawn at one go instead of one symbol at a time."""

import secrets

from django.http import HttpRequest
from django.middleware import csrf


def token(request: HttpRequest) -> str:
    """What this page's form must send back."""
    if "CSRF_COOKIE" not in request.META:
        renew(request)
    return csrf.get_token(request)


def renew(request: HttpRequest) -> None:
    """Draw another secret, as at each sign-in; 128 bits, in the length and symbols that Django's middleware takes."""
    request.META["CSRF_COOKIE"] = secrets.token_hex(csrf.CSRF_SECRET_LENGTH // 2)
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
