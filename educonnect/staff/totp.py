"""An authenticator application: a shared secret, sealed; codes that serve once."""

import hmac
import secrets
from base64 import b32encode
from datetime import datetime

import pyotp
from django.db.models import Q

from educonnect.jobs import sealing
from educonnect.staff import rules
from educonnect.staff.errors import WrongCode
from educonnect.staff.models import Totp

ISSUER = "ÉduConnect"


def draw() -> str:
    """A new secret, in the Base32 that applications read and people may type."""
    return b32encode(secrets.token_bytes(rules.SECRET_BYTES)).decode()


def seal(staff_id: int, secret: str) -> bytes:
    """The secret as it rests: opened for this person only."""
    return sealing.seal(secret.encode(), purpose=_purpose(staff_id))


def unseal(staff_id: int, sealed: bytes | memoryview) -> str:
    """Give the secret back.

    Raises:
        sealing.Unsealable: its key is gone, or these bytes are another's.
    """
    return sealing.unseal(sealed, purpose=_purpose(staff_id)).decode()


def address(secret: str, name: str) -> str:
    """What the QR code holds: an application shows it under this name."""
    return pyotp.TOTP(secret, digits=rules.FIGURES, interval=rules.STEP).provisioning_uri(name=name, issuer_name=ISSUER)


def step(secret: str, typed: str, *, now: datetime, after: int = 0) -> int | None:
    """The step whose code was typed, at most one from now and later than `after`; None: it is no such code."""
    code = rules.typed_code(typed)
    current = int(now.timestamp()) // rules.STEP
    generator = pyotp.TOTP(secret, digits=rules.FIGURES, interval=rules.STEP)
    found = None
    for candidate in range(current - rules.DRIFT, current + rules.DRIFT + 1):
        right = hmac.compare_digest(generator.generate_otp(candidate), code)
        if right and candidate > after:
            found = candidate
    return found


def redeem(staff_id: int, typed: str, *, now: datetime) -> None:
    """Use a code: whoever comes second with it, or with an earlier one, even at the same instant, is refused (T23).

    A secret sealed under a former key is sealed anew with it.

    Raises:
        WrongCode: nothing was changed.
    """
    held = Totp.objects.filter(staff=staff_id, confirmed_at__isnull=False).first()
    if held is None:
        raise WrongCode
    try:
        secret = unseal(staff_id, held.sealed)
    except sealing.Unsealable:
        raise WrongCode from None
    at = step(secret, typed, now=now, after=held.last_step)
    if at is None:
        raise WrongCode
    # the row must still hold the secret that was read: it may have been replaced since
    mine = Totp.objects.filter(Q(last_step__lt=at), pk=held.pk, sealed=bytes(held.sealed))
    if mine.update(last_step=at, last_used_at=now, sealed=_resealed(staff_id, secret, bytes(held.sealed))) == 0:
        raise WrongCode


def _resealed(staff_id: int, secret: str, sealed: bytes) -> bytes:
    return sealed if sealing.is_current(sealed) else seal(staff_id, secret)


def _purpose(staff_id: int) -> str:
    return f"totp:{staff_id}"
