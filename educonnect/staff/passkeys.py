"""Passkeys (WebAuthn): what is asked of a browser, and what its answer proves.

The challenge is kept by the session that asks, answered there, once, within five minutes. Origin and site are those of
the public address: what a copied page obtains is worth nothing here.
"""

import hmac
import json
import logging
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import webauthn
from django.conf import settings
from django.db.models import F, Q
from webauthn.helpers import parse_attestation_object, parse_client_data_json
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from educonnect.staff import rules
from educonnect.staff.errors import ChallengeOver, PasskeyRefused
from educonnect.staff.models import Passkey, Staff

logger = logging.getLogger(__name__)

SITE_NAME = "ÉduConnect"
ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
#: We ask for no attestation: what comes is none, or signed by the new key itself.
FORMATS = {AttestationFormat.NONE, AttestationFormat.PACKED}
_TRANSPORTS = {one.value for one in AuthenticatorTransport}


class Purpose(StrEnum):
    """What a challenge was asked for; it serves nothing else."""

    ADD = "add"
    PROVE = "prove"


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey just made, proved to be in this person's hands."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    synced: bool


def origin() -> str:
    """The origin browsers must name."""
    parts = urlsplit(settings.BASE_URL)
    return f"{parts.scheme}://{parts.netloc}"


def site() -> str:
    """The relying party's identifier: our host, and no wider domain."""
    return urlsplit(settings.BASE_URL).hostname or ""


def challenge(purpose: Purpose, *, now: datetime) -> dict[str, Any]:
    """Draw a challenge, as a session keeps it."""
    drawn = secrets.token_bytes(rules.CHALLENGE_BYTES)
    return {"drawn": _text(drawn), "purpose": purpose, "until": (now + rules.CHALLENGE_LIFE).isoformat()}


def opened(kept: Mapping[str, Any] | None, purpose: Purpose, *, now: datetime) -> bytes:
    """The challenge a session kept, if it was drawn for this and still lives.

    Raises:
        ChallengeOver
    """
    if not kept or kept["purpose"] != purpose or datetime.fromisoformat(kept["until"]) <= now:
        raise ChallengeOver
    return _bytes(kept["drawn"])


def asked_to_add(staff: Staff, kept: Mapping[str, Any]) -> str:
    """What `navigator.credentials.create` is given, as JSON: their passkeys are named, so that none is made twice."""
    return webauthn.options_to_json(
        webauthn.generate_registration_options(
            rp_id=site(),
            rp_name=SITE_NAME,
            user_id=handle(staff.pk),
            user_name=staff.email or str(staff.pk),
            user_display_name=f"{staff.first_name} {staff.name}".strip() or staff.email,
            challenge=_bytes(kept["drawn"]),
            timeout=_milliseconds(),
            attestation=AttestationConveyancePreference.NONE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_named(staff.pk),
            supported_pub_key_algs=ALGORITHMS,
        )
    )


def asked_to_prove(staff_id: int, kept: Mapping[str, Any]) -> str:
    """What `navigator.credentials.get` is given, as JSON."""
    return webauthn.options_to_json(
        webauthn.generate_authentication_options(
            rp_id=site(),
            challenge=_bytes(kept["drawn"]),
            timeout=_milliseconds(),
            allow_credentials=_named(staff_id),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def made(answer: str, expected: bytes) -> NewPasskey:
    """Verify what `create` answered.

    Raises:
        PasskeyRefused

    Source: WebAuthn Level 2, section 7.1.
    """
    try:
        said = _read(answer)
        sealed = _bytes(said["response"]["attestationObject"])
        if parse_attestation_object(sealed).fmt not in FORMATS:
            raise PasskeyRefused
        found = webauthn.verify_registration_response(
            credential=said,
            expected_challenge=expected,
            expected_rp_id=site(),
            expected_origin=origin(),
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        if len(found.credential_id) > rules.CREDENTIAL_ID_MOST:
            raise PasskeyRefused
        transports = said["response"].get("transports") or ()
        return NewPasskey(
            credential_id=found.credential_id,
            public_key=found.credential_public_key,
            sign_count=found.sign_count,
            transports=tuple(one for one in _TRANSPORTS if one in transports),
            synced=found.credential_backed_up,
        )
    except Exception as error:
        raise _refused(error) from None


def prove(staff_id: int, answer: str, expected: bytes, *, now: datetime) -> None:
    """Verify what `get` answered, and note the use: its counter never goes back, even between two answers at once.

    Raises:
        PasskeyRefused: nothing was changed.

    Source: WebAuthn Level 2, section 7.2.
    """
    try:
        said = _read(answer)
        held = Passkey.objects.get(staff=staff_id, credential_id=_bytes(said["rawId"]))
        owner = said["response"].get("userHandle")
        if owner is not None and not hmac.compare_digest(_bytes(owner), handle(staff_id)):
            raise PasskeyRefused
        found = webauthn.verify_authentication_response(
            credential=said,
            expected_challenge=expected,
            expected_rp_id=site(),
            expected_origin=origin(),
            credential_public_key=bytes(held.public_key),
            credential_current_sign_count=held.sign_count,
            require_user_verification=True,
        )
        count = found.new_sign_count
        forward = Q(sign_count__lt=count) if count else Q(sign_count=0)
        used = Passkey.objects.filter(forward, pk=held.pk).update(
            sign_count=count, synced=found.credential_backed_up, last_used_at=now
        )
        if used == 0:
            raise PasskeyRefused
    except Exception as error:
        raise _refused(error) from None


def handle(staff_id: int) -> bytes:
    """What names the person inside their passkeys: the same for each of theirs, telling nothing of them."""
    return hmac.digest(settings.PAIRWISE_KEY.encode(), f"passkey of staff {staff_id}".encode(), "sha256")


def _read(answer: str) -> dict[str, Any]:
    """The browser's answer, from this very page: one that stood in a frame of another site is refused."""
    if len(answer) > rules.ANSWER_MOST:
        raise PasskeyRefused
    said: dict[str, Any] = json.loads(answer)
    if parse_client_data_json(_bytes(said["response"]["clientDataJSON"])).cross_origin:
        raise PasskeyRefused
    return said


def _refused(error: Exception) -> PasskeyRefused:
    """Whatever the reason: the library raises a good many kinds on bytes it cannot read."""
    logger.info("passkey refused (%s)", type(error).__name__)
    return PasskeyRefused()


def _named(staff_id: int) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=bytes(one.credential_id), transports=[AuthenticatorTransport(name) for name in one.transports]
        )
        for one in Passkey.objects.filter(staff=staff_id).order_by(F("last_used_at").desc(nulls_last=True), "pk")
    ]


def _milliseconds() -> int:
    return int(rules.CHALLENGE_LIFE.total_seconds() * 1000)


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode()


def _bytes(text: str) -> bytes:
    """Base64url, padded or not."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
