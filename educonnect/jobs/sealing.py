"""Encrypt what the database must give back: files to hand over, messages to send, secrets of applications."""

import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# AES-256-GCM, 96-bit random nonce, key derived by HKDF-SHA256. EC1 is sealed under the first key; EC2 names its key by
# two bytes: as long as the first key serves, a release that knows EC1 alone opens everything
FIRST = b"EC1:"
VERSIONED = b"EC2:"
VERSION = 2
NONCE = 12


class Unsealable(Exception):
    """These bytes were not sealed under our key, or were altered since."""


@cache
def _cipher(secret: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"educonnect sealing v1").derive(secret.encode()))


def seal(data: bytes, *, purpose: str = "") -> bytes:
    """Encrypt and authenticate `data` under the highest version of FILES_KEY.

    Args:
        purpose: what the bytes are; the same word opens them, so that one row's bytes never pass for another's.
    """
    version = max(settings.FILES_KEYS)
    head = FIRST if version == 1 else VERSIONED + version.to_bytes(VERSION, "big")
    nonce = os.urandom(NONCE)
    return head + nonce + _cipher(settings.FILES_KEYS[version]).encrypt(nonce, data, head + purpose.encode())


def unseal(sealed: bytes | memoryview, *, purpose: str = "") -> bytes:
    """Give back what `seal` was given, under whichever version of the key.

    Raises:
        Unsealable: a key we do not have, another purpose, or altered bytes.
    """
    sealed = bytes(sealed)  # BinaryField reads as memoryview
    version = version_of(sealed)
    if version is None:
        raise Unsealable("unknown format")
    if version not in settings.FILES_KEYS:
        raise Unsealable(f"sealed under version {version} of the key, which is not given")
    size = len(FIRST) if sealed.startswith(FIRST) else len(VERSIONED) + VERSION
    head, nonce, body = sealed[:size], sealed[size : size + NONCE], sealed[size + NONCE :]
    try:
        return _cipher(settings.FILES_KEYS[version]).decrypt(nonce, body, head + purpose.encode())
    except (InvalidTag, ValueError) as error:
        raise Unsealable("wrong key or altered bytes") from error


def version_of(sealed: bytes) -> int | None:
    """Which version of the key sealed these bytes, of which the first few are enough; None: they are not ours."""
    if sealed.startswith(FIRST):
        return 1
    if sealed.startswith(VERSIONED):
        return int.from_bytes(sealed[len(VERSIONED) :][:VERSION], "big")
    return None


def is_current(sealed: bytes) -> bool:
    """Whether these bytes are sealed under the highest version of the key: what rests for long stays as it is."""
    return version_of(sealed) == max(settings.FILES_KEYS)
