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
    finding.require(mandate, [account_id])
    ((uai, theirs),) = finding.by_school(mandate, [account_id]).items()
    if not locking.lock(theirs, now=timezone.now(), actor=mandate.actor, uai=uai):
        raise CannotLock


def unlock(mandate: Mandate, account_id: int) -> None:
    """Unlock an account and forget its wrong tries; whatever opened it before opens it again.

    Raises:
        Refusal: OutOfMandate, or NotLocked.
    """
    finding.require(mandate, [account_id])
    ((uai, theirs),) = finding.by_school(mandate, [account_id]).items()
    if not locking.unlock(theirs, now=timezone.now(), actor=mandate.actor, uai=uai):
        raise NotLocked
