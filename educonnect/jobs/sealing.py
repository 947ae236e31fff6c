"""Encrypt what rests in the database for hours only: files to hand over, messages to send."""

import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PREFIX = b"EC1:"  # version of the format: AES-256-GCM, 96-bit random nonce, key derived by HKDF-SHA256
NONCE = 12


class Unsealable(Exception):
    """These bytes were not sealed under our key, or were altered since."""


@cache
def _cipher(secret: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"educonnect sealing v1").derive(secret.encode()))


def seal(data: bytes, *, purpose: str = "") -> bytes:
    """Encrypt and authenticate `data` under FILES_KEY.

    Args:
        purpose: what the bytes are; the same word opens them, so that one row's bytes never pass for another's.
    """
    nonce = os.urandom(NONCE)
    return PREFIX + nonce + _cipher(settings.FILES_KEY).encrypt(nonce, data, PREFIX + purpose.encode())


def unseal(sealed: bytes | memoryview, *, purpose: str = "") -> bytes:
    """Give back what `seal` was given.

    Raises:
        Unsealable: another key, another purpose, or altered bytes.
    """
    sealed = bytes(sealed)  # BinaryField reads as memoryview
    if not sealed.startswith(PREFIX):
        raise Unsealable("unknown format")
    nonce, body = sealed[len(PREFIX) : len(PREFIX) + NONCE], sealed[len(PREFIX) + NONCE :]
    try:
        return _cipher(settings.FILES_KEY).decrypt(nonce, body, PREFIX + purpose.encode())
    except (InvalidTag, ValueError) as error:
        raise Unsealable("wrong key or altered bytes") from error
