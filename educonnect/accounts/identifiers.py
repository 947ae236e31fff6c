"""The numbers by which services know a person: drawn or keyed, never derived in clear from the school base."""

import hashlib
import hmac
import secrets

from django.conf import settings


def ine_hash(ine: str) -> str:
    """The INE as services see it: 32 lower-case hex, the same at every sign-in and in every school.

    A keyed digest: without its key nobody can walk the few billion INE there are. The key is never rotated.

    Source: protocol of the national services (FrEduCtEleveINEHash).
    """
    return hmac.digest(settings.INE_HASH_KEY.encode(), ine.upper().encode(), hashlib.sha256).hex()[:32]


def draw_educonnect_id() -> str:
    """A new FrEduCtId: 96 lower-case hex, drawn, one for a person."""
    return secrets.token_hex(48)
