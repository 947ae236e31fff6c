"""A different opaque subject for each provider, so that two services cannot compare their people."""

import hashlib
import hmac

from django.conf import settings


def pairwise(educonnect_id: str, sector: str) -> str:
    """The subject of a person for one sector: 64 lower-case hex, never changing, worth nothing elsewhere.

    Source: OpenID Connect Core 8.1, SAML Core 8.3.7 (persistent identifiers).
    """
    return hmac.digest(settings.PAIRWISE_KEY.encode(), f"{sector}\0{educonnect_id}".encode(), hashlib.sha256).hex()
