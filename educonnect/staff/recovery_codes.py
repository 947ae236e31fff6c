"""Printed codes, for the day when the telephone is lost: keyed digests, one use each."""

import hashlib
import hmac
import secrets
from datetime import datetime

from django.conf import settings
from django.db import transaction

from educonnect.staff import rules
from educonnect.staff.errors import WrongCode
from educonnect.staff.models import RecoveryCode


def renew(staff_id: int, *, now: datetime) -> list[str]:
    """Draw codes, which void the former ones.

    Returns:
        The codes as printed. Nothing else keeps them in clear.
    """
    version = max(settings.PEPPERS)
    clear = [_draw() for _ in range(rules.RECOVERY_CODES)]
    with transaction.atomic():
        RecoveryCode.objects.filter(staff=staff_id).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(
                staff_id=staff_id, digest=digest(staff_id, code, version), pepper_version=version, created_at=now
            )
            for code in clear
        )
    return [rules.printed_recovery_code(code) for code in clear]


def redeem(staff_id: int, typed: str, *, now: datetime) -> int:
    """Use a code, once even under concurrency; how many are left.

    Raises:
        WrongCode: no such code, or it has served.
    """
    symbols = rules.typed_recovery_code(typed)
    if not symbols:
        raise WrongCode
    unused = RecoveryCode.objects.filter(staff=staff_id, used_at__isnull=True)
    possible = [digest(staff_id, symbols, version) for version in settings.PEPPERS]
    if unused.filter(digest__in=possible).update(used_at=now) == 0:
        raise WrongCode
    return unused.count()


def digest(staff_id: int, symbols: str, version: int) -> str:
    """The keyed digest of one person's code: worthless without the pepper, which no database or backup holds."""
    message = f"recovery code:{staff_id}:{symbols}".encode()
    return hmac.new(settings.PEPPERS[version].encode(), message, hashlib.sha256).hexdigest()


def _draw() -> str:
    return "".join(rules.ALPHABET[byte % 32] for byte in secrets.token_bytes(rules.SYMBOLS))  # 256 = 8 x 32: no bias
