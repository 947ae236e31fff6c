"""An authenticator and a browser made by hand, honest or not: what they answer is put together byte by byte."""

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def octets(value: str) -> bytes:
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))


@dataclass
class Authenticator:
    """One device with one key.

    Attributes:
        origin: the page the browser is at; its site is what the key is bound to.
    """

    origin: str = "http://localhost:8000"
    site: str = "localhost"
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    count: int = 0
    counts: bool = True
    handle: bytes | None = None

    def makes(self, asked: dict[str, Any], *, verified: bool = True, fmt: str = "none", **said: Any) -> dict[str, Any]:
        """What `navigator.credentials.create` answers to these options; `said` lies about the page."""
        self.handle = octets(asked["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + cbor2.dumps(cose)
        data = self._data(ATTESTED | USER_PRESENT | (USER_VERIFIED if verified else 0)) + attested
        sealed = cbor2.dumps({"fmt": fmt, "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": text(self._page("webauthn.create", asked, said)),
                "attestationObject": text(sealed),
                "transports": ["internal", "carrier-pigeon"],
            }
        )

    def shows(self, asked: dict[str, Any], *, verified: bool = True, **said: Any) -> dict[str, Any]:
        """What `navigator.credentials.get` answers."""
        if self.counts:
            self.count += 1
        page = self._page("webauthn.get", asked, said)
        data = self._data(USER_PRESENT | (USER_VERIFIED if verified else 0))
        signature = self.key.sign(data + hashlib.sha256(page).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": text(page),
                "authenticatorData": text(data),
                "signature": text(signature),
                "userHandle": text(self.handle) if self.handle else None,
            }
        )

    def _page(self, kind: str, asked: dict[str, Any], said: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": asked["challenge"], "origin": self.origin, "crossOrigin": False} | said
        return json.dumps(told).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.site.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        number = text(self.credential_id)
        return {"id": number, "rawId": number, "type": "public-key", "response": response}
