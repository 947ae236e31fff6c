"""Write the trail: who did what to which account."""

from collections.abc import Iterable

from django.utils import timezone

from educonnect.journal.models import Connection, Entry
from educonnect.journal.rules import Event


def record(
    event: Event,
    *,
    actor: str = "system",
    account_id: int | None = None,
    uai: str = "",
    provider_id: int | None = None,
    **detail: object,
) -> None:
    """Append one line in the current transaction.

    Args:
        actor: `kind:id`, such as `account:12`, `operator:command-line` or `system`.
        detail: identifiers and counts only; never a name, an INE, an address or a secret.
    """
    Entry.objects.create(
        at=timezone.now(),
        event=event,
        actor=actor,
        account_id=account_id,
        uai=uai,
        provider_id=provider_id,
        detail=detail,
    )


def record_each(
    event: Event, account_ids: Iterable[int], *, actor: str = "system", uai: str = "", **detail: object
) -> None:
    """Append one line an account, in one statement a thousand."""
    now = timezone.now()
    Entry.objects.bulk_create(
        (Entry(at=now, event=event, actor=actor, account_id=pk, uai=uai, detail=detail) for pk in account_ids),
        batch_size=1000,
    )


def record_connection(outcome: str, *, account_id: int | None, address: str | None, device: str) -> None:
    """Append one line to the connection log, which alone holds addresses and has its own short life."""
    Connection.objects.create(
        at=timezone.now(), account_id=account_id, outcome=outcome, address=address, device=device[:120]
    )
