"""Links sent by e-mail: random, kept as digests, used once."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q

from educonnect.accounts.errors import LinkExpired, LinkUnknown, LinkUsed
from educonnect.accounts.models import LinkPurpose, OneTimeLink

TOKEN_BYTES = 32


def make(
    account_id: int,
    purpose: LinkPurpose,
    *,
    lifetime: timedelta,
    now: datetime,
    email: str = "",
    replacing: bool = True,
) -> tuple[str, OneTimeLink]:
    """Draw a link.

    Args:
        replacing: void the account's former ones of the same purpose; else those that live go on living.

    Returns:
        Its clear token, for the message alone, and its row.
    """
    former = OneTimeLink.objects.filter(account_id=account_id, purpose=purpose, used_at__isnull=True)
    (former if replacing else former.filter(expires_at__lte=now)).delete()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = OneTimeLink.objects.create(
        digest=digest(token),
        account_id=account_id,
        purpose=purpose,
        email=email,
        created_at=now,
        expires_at=now + lifetime,
    )
    return token, link


def redeem(token: str, purpose: LinkPurpose, *, now: datetime) -> OneTimeLink:
    """Use a link: whoever comes second with it, even at the same instant, is told it has served.

    Raises:
        LinkUnknown, LinkExpired, LinkUsed: nothing was changed.
    """
    named = OneTimeLink.objects.filter(digest=digest(token), purpose=purpose)
    if named.filter(Q(used_at__isnull=True), expires_at__gt=now).update(used_at=now) == 1:
        return named.get()
    link = named.first()
    if link is None:
        raise LinkUnknown
    if link.used_at is not None:
        raise LinkUsed
    raise LinkExpired


def void(account_id: int, purpose: LinkPurpose) -> None:
    """No link of this purpose opens anything for this account any more."""
    OneTimeLink.objects.filter(account_id=account_id, purpose=purpose, used_at__isnull=True).delete()


def digest(token: str) -> str:
    """What the database keeps: a token of 256 random bits needs no slower hash."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
