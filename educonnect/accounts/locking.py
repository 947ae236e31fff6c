"""Lock accounts and unlock them: the gestures of the help desk stand on these."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from educonnect.accounts.models import Account
from educonnect.journal.recording import record_each
from educonnect.journal.rules import Event
from educonnect.limits import spending


def lock(
    account_ids: Iterable[int],
    *,
    now: datetime,
    actor: str,
    until: datetime | None = None,
    uai: str = "",
    reason: str = "staff",
) -> int:
    """Lock accounts, which ends their sessions at once; those closed are left alone.

    Args:
        until: when the lock ends by itself; None: when the school unlocks.

    Returns:
        How many were locked.
    """
    with transaction.atomic():
        chosen = Account.objects.filter(pk__in=list(account_ids), closed_at__isnull=True)
        locked = list(chosen.order_by("pk").select_for_update().values_list("pk", flat=True))
        Account.objects.filter(pk__in=locked).update(locked_at=now, locked_until=until, epoch=F("epoch") + 1)
        record_each(Event.ACCOUNT_LOCKED, locked, actor=actor, uai=uai, reason=reason)
    return len(locked)


def unlock(account_ids: Iterable[int], *, now: datetime, actor: str, uai: str = "") -> int:
    """Unlock accounts and forget their wrong birth dates and passwords; those not locked are left alone; how many."""
    with transaction.atomic():
        chosen = Account.objects.filter(pk__in=list(account_ids), locked_at__isnull=False).filter(
            Q(locked_until__isnull=True) | Q(locked_until__gt=now)
        )
        locked = dict(chosen.order_by("pk").select_for_update().values_list("pk", "username"))
        Account.objects.filter(pk__in=locked).update(locked_at=None, locked_until=None)
        spending.forget(*(key for pk, name in locked.items() for key in (activation_key(pk), f"elsewhere:{name}")))
        record_each(Event.ACCOUNT_UNLOCKED, locked, actor=actor, uai=uai)
    return len(locked)


def activation_key(account_id: int) -> str:
    """Under what wrong birth dates are counted."""
    return f"activation:{account_id}"
