"""Django's CSRF secret and its mask, drawn at one go instead of one symbol at a time."""

import secrets

from django.http import HttpRequest
from django.middleware import csrf

_SYMBOLS = csrf.CSRF_ALLOWED_CHARS
#: (symbol, symbol of the mask) -> what is shown, as Django's middleware reads it
_MASKED = {
    (symbol, other): _SYMBOLS[(place + shift) % len(_SYMBOLS)]
    for place, symbol in enumerate(_SYMBOLS)
    for shift, other in enumerate(_SYMBOLS)
}


def token(request: HttpRequest) -> str:
    """What this page's form must send back."""
    if "CSRF_COOKIE" not in request.META:
        renew(request)
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    secret, mask = request.META["CSRF_COOKIE"], secrets.token_hex(csrf.CSRF_SECRET_LENGTH // 2)
    return mask + "".join(map(_MASKED.__getitem__, zip(secret, mask, strict=True)))


def renew(request: HttpRequest) -> None:
    """Draw another secret, as at each sign-in; 128 bits, in the length and symbols that Django's middleware takes."""
    request.META["CSRF_COOKIE"] = secrets.token_hex(csrf.CSRF_SECRET_LENGTH // 2)
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
