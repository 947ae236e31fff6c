"""Leave for an upstream, and be recognised on the way back: once, in the same browser."""

import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

from educonnect.jobs.sealing import Unsealable, seal, unseal
from educonnect.sessions import cookies
from educonnect.upstream import rules
from educonnect.upstream.errors import Reason, SignInRefused
from educonnect.upstream.models import Attempt
from educonnect.upstream.rules import Upstream

_PURPOSE = "upstream attempt"


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a sign-in under way is known by.

    Attributes:
        state: in the address, there and back. nonce: in the ID token.
        verifier: of PKCE; only its digest goes by the browser.
        invitation: the token of an invitation that brought them here, or empty.
        onward: a page of ours, or empty.
        proving: the session in which somebody proves again who they are.
    """

    state: str
    nonce: str
    verifier: str
    started_at: datetime
    invitation: str = ""
    onward: str = ""
    proving: uuid.UUID | None = None


def leave(
    upstream: Upstream,
    browser: str,
    *,
    now: datetime,
    invitation: str = "",
    onward: str = "",
    proving: uuid.UUID | None = None,
) -> Leaving:
    """Begin a sign-in in this browser."""
    leaving = Leaving(
        state=secrets.token_urlsafe(rules.OCTETS),
        nonce=secrets.token_urlsafe(rules.OCTETS),
        verifier=secrets.token_urlsafe(rules.OCTETS),
        started_at=now,
        invitation=invitation,
        onward=onward,
        proving=proving,
    )
    kept = json.dumps([leaving.nonce, leaving.verifier, invitation]).encode()
    Attempt.objects.create(
        digest=cookies.digest(leaving.state),
        browser=browser,
        upstream=upstream.name,
        sealed=seal(kept, purpose=_PURPOSE),
        onward=onward,
        proving=proving,
        started_at=now,
        expires_at=now + rules.ATTEMPT_LIFETIME,
    )
    return leaving


def come_back(upstream: Upstream, browser: str, state: str, *, now: datetime) -> Leaving:
    """The sign-in that this state began here; no second return finds it, on whichever worker.

    Another browser's return finds nothing and takes nothing from it.

    Raises:
        SignInRefused: NOT_WAITING
    """
    found = Attempt.objects.filter(
        digest=cookies.digest(state), browser=browser, upstream=upstream.name, expires_at__gt=now
    ).first()
    if found is None or not Attempt.objects.filter(pk=found.pk).delete()[0]:
        raise SignInRefused(Reason.NOT_WAITING)
    try:
        nonce, verifier, invitation = json.loads(unseal(found.sealed, purpose=_PURPOSE))
    except Unsealable as error:
        raise SignInRefused(Reason.NOT_WAITING) from error
    return Leaving(
        state=state,
        nonce=nonce,
        verifier=verifier,
        started_at=found.started_at,
        invitation=invitation,
        onward=found.onward,
        proving=found.proving,
    )


def forget_expired(now: datetime) -> int:
    """Drop the sign-ins that nobody came back from; how many went."""
    return Attempt.objects.filter(expires_at__lte=now).delete()[0]
