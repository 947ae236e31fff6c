"""Lock an account at once; unlock one."""

from django.utils import timezone

from educonnect.accounts import locking
from educonnect.delegation.mandate import Mandate
from educonnect.helpdesk import finding
from educonnect.helpdesk.errors import CannotLock, NotLocked


def lock(mandate: Mandate, account_id: int) -> None:
    """Lock an account until it is unlocked; its sessions end at once.

    Raises:
        Refusal: OutOfMandate, or CannotLock where it is closed.
    """
    (pk,) = finding.require(mandate, [account_id])
    if not locking.lock([pk], now=timezone.now(), actor=mandate.actor, uai=finding.school_of(mandate)):
        raise CannotLock


def unlock(mandate: Mandate, account_id: int) -> None:
    """Unlock an account and forget its wrong tries; whatever opened it before opens it again.

    Raises:
        Refusal: OutOfMandate, or NotLocked.
    """
    (pk,) = finding.require(mandate, [account_id])
    if not locking.unlock([pk], now=timezone.now(), actor=mandate.actor, uai=finding.school_of(mandate)):
        raise NotLocked
