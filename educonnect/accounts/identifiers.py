"""Identifiers that stand for a person outside: drawn once, or derived under a key that never changes."""

import hashlib
import hmac
import secrets

from django.conf import settings


def draw_educonnect_id() -> str:
    """A FrEduCtId: 96 lower-case hexadecimal digits, drawn at random, one for a person and for good."""
    return secrets.token_hex(48)


def ine_hash(first_ine: str) -> str:
    """The hash of a national pupil number that services may receive: 32 lower-case hexadecimal digits.

    Args:
        first_ine: the first number known of the pupil, which stays when the number is corrected or replaced.

    HMAC-SHA256 under its own key, cut to 128 bits: nobody without the key can try the numbers one by one. Services
    use it to recognise a pupil, so neither the key nor the way ever changes.

    Source: shape of FrEduCtEleveINEHash in the samples published by service providers; decision 0018.
    """
    return hmac.digest(settings.INE_HASH_KEY.encode(), first_ine.upper().encode(), hashlib.sha256).hex()[:32]
