"""What was typed in a form whose session had ended comes back to its author, in this browser, after signing in again.

It waits in a sealed cookie of this browser, for half an hour: nothing is stored here, and nobody else reads it. A form
says, signed, whose it is and which of its fields may be kept; a password never is.
"""

import base64
import json
from collections.abc import Callable, Sequence

from django.core import signing
from django.http import HttpRequest
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from educonnect.jobs import sealing
from educonnect.sessions import cookies, rules

#: The hidden field of a form.
FIELD = "auteur"
COOKIE = "typed"
_SALT = "educonnect.typed.1"
_PURPOSE = "sessions.typed"


def marker(account_id: int) -> Callable[[Sequence[str]], str]:
    """What a form shown to this account carries: field names -> a signed mark."""
    return lambda names: signing.dumps([account_id, list(names)], salt=_SALT)


def keep(request: HttpRequest) -> bool:
    """Keep what was posted without a session, as far as its form says; whether something was kept."""
    try:
        account_id, names = signing.loads(request.POST.get(FIELD, ""), salt=_SALT)
    except (signing.BadSignature, ValueError):
        return False
    kept = {
        key: values
        for key, values in request.POST.lists()
        if any(key == name or key.startswith(f"{name}_") for name in names)
    }
    until = (timezone.now() + rules.TYPED_LIFETIME).timestamp()
    content = json.dumps([account_id, until, request.get_full_path(), kept]).encode()
    if len(content) > rules.MOST_TYPED:
        return False
    sealed = base64.urlsafe_b64encode(sealing.seal(content, purpose=_PURPOSE)).decode()
    cookies.write(request, COOKIE, sealed, max_age=int(rules.TYPED_LIFETIME.total_seconds()))
    return True


def where(request: HttpRequest, account_id: int) -> str:
    """The address of the form to go back to, empty when there is none; another account's is forgotten."""
    kept = _read(request)
    if kept is None or kept[0] != account_id:
        forget(request)
        return ""
    return kept[1]


def back(request: HttpRequest, account_id: int) -> MultiValueDict[str, str] | None:
    """What was typed in the form of this very page by this very account."""
    kept = _read(request)
    if kept is None or kept[:2] != (account_id, request.get_full_path()):
        return None
    return kept[2]


def waits(request: HttpRequest) -> bool:
    """Whether something kept waits for its author to sign in."""
    return _read(request) is not None


def forget(request: HttpRequest) -> None:
    """It came back, or must not."""
    if cookies.read(request, COOKIE):
        cookies.write(request, COOKIE, "")


def _read(request: HttpRequest) -> tuple[int, str, MultiValueDict[str, str]] | None:
    sealed = cookies.read(request, COOKIE)
    if not sealed:
        return None
    try:
        content = sealing.unseal(base64.urlsafe_b64decode(sealed.encode()), purpose=_PURPOSE)
    except (sealing.Unsealable, ValueError):
        return None
    account_id, until, path, kept = json.loads(content)
    return (account_id, path, MultiValueDict(kept)) if until > timezone.now().timestamp() else None
