"""Write the trail: who did what to which account."""

import ipaddress
import json
from collections.abc import Iterable

from django.db import connection
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


def record_sign_in(
    event: Event, outcome: str, *, account_id: int | None, address: str | None, device: str, code: str = ""
) -> None:
    """Append a sign-in, right or wrong, to both trails in one statement: the journal without the address, the
    connection log with it.

    Args:
        code: of the refusal, where there was one.
    """
    actor = "unknown" if account_id is None else f"account:{account_id}"
    detail = json.dumps({"code": code} if code else {})
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH line AS (
                INSERT INTO journal_entry (at, event, actor, account_id, uai, provider_id, detail)
                VALUES (%(at)s, %(event)s, %(actor)s, %(account)s, '', NULL, %(detail)s::jsonb)
            )
            INSERT INTO journal_connection (at, account_id, outcome, address, device)
            VALUES (%(at)s, %(account)s, %(outcome)s, %(address)s::inet, %(device)s)
            """,
            {
                "at": timezone.now(),
                "event": event.value,
                "actor": actor,
                "account": account_id,
                "detail": detail,
                "outcome": outcome,
                "address": _address(address),
                "device": _printable(device),
            },
        )


def record_connection(outcome: str, *, account_id: int | None, address: str | None, device: str) -> None:
    """Append one line to the connection log, which alone holds addresses and has its own short life."""
    Connection.objects.create(
        at=timezone.now(),
        account_id=account_id,
        outcome=outcome,
        address=_address(address),
        device=_printable(device),
    )


def _address(address: str | None) -> str | None:
    """What a column of addresses takes; anything else is no address."""
    try:
        return str(ipaddress.ip_address(address)) if address else None
    except ValueError:
        return None


def _printable(device: str) -> str:
    """A device's name without anything that could forge a line or be refused by the database."""
    return "".join(symbol if symbol.isprintable() else " " for symbol in device[:120])
