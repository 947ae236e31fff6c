"""Write the trail: who did what to which account."""

import ipaddress
import json
from collections.abc import Iterable

from django.utils import timezone

from educonnect.journal.models import Entry
from educonnect.journal.rules import Event
from educonnect.statements import run

#: One line of the journal; a statement that writes it under a condition adds where it reads from.
RECORD = """
INSERT INTO journal_entry (at, event, actor, account_id, uai, provider_id, detail)
SELECT %(journal_at)s, %(journal_event)s, %(journal_actor)s, %(journal_account)s::bigint, %(journal_uai)s,
       %(journal_provider)s::bigint, %(journal_detail)s::jsonb
"""
CONNECTION = (
    "INSERT INTO journal_connection (at, account_id, outcome, address, device) VALUES (%s, %s, %s, %s::inet, %s)"
)

#: The two lines of a sign-in, for a statement that writes them together with the rest: they stand after a part named
#: `entered`, and are written if it has a row; `sign_in_recorded` gives their parameters.
SIGN_IN = """
line AS (
  INSERT INTO journal_entry (at, event, actor, account_id, uai, provider_id, detail)
  SELECT %(journal_at)s, %(journal_event)s, %(journal_actor)s, %(journal_account)s::bigint, '', NULL,
         %(journal_detail)s::jsonb
  FROM entered
), connection AS (
  INSERT INTO journal_connection (at, account_id, outcome, address, device)
  SELECT %(journal_at)s, %(journal_account)s::bigint, %(journal_outcome)s, %(journal_address)s::inet,
         %(journal_device)s
  FROM entered
)
"""
_SIGN_IN = f"WITH entered AS (SELECT 1), {SIGN_IN} SELECT 1"


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
    run(RECORD, recorded(event, actor=actor, account_id=account_id, uai=uai, provider_id=provider_id, **detail))


def recorded(
    event: Event,
    *,
    actor: str = "system",
    account_id: int | None = None,
    uai: str = "",
    provider_id: int | None = None,
    **detail: object,
) -> dict[str, object]:
    """The parameters of `RECORD`, for a statement that writes its line of the journal together with the rest."""
    return {
        "journal_at": timezone.now(),
        "journal_event": str(event),
        "journal_actor": actor,
        "journal_account": account_id,
        "journal_uai": uai,
        "journal_provider": provider_id,
        "journal_detail": json.dumps(detail),
    }


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
    run(
        _SIGN_IN,
        sign_in_recorded(event, outcome, account_id=account_id, address=address, device=device, code=code),
    )


def sign_in_recorded(
    event: Event, outcome: str, *, account_id: int | None, address: str | None, device: str, code: str = ""
) -> dict[str, object]:
    """The parameters of `SIGN_IN`."""
    return {
        "journal_at": timezone.now(),
        "journal_event": event.value,
        "journal_actor": "unknown" if account_id is None else f"account:{account_id}",
        "journal_account": account_id,
        "journal_detail": json.dumps({"code": code} if code else {}),
        "journal_outcome": outcome,
        "journal_address": _address(address),
        "journal_device": _printable(device),
    }


def record_connection(outcome: str, *, account_id: int | None, address: str | None, device: str) -> None:
    """Append one line to the connection log, which alone holds addresses and has its own short life."""
    run(CONNECTION, [timezone.now(), account_id, outcome, _address(address), _printable(device)])


def _address(address: str | None) -> str | None:
    """What a column of addresses takes; anything else is no address."""
    try:
        return str(ipaddress.ip_address(address)) if address else None
    except ValueError:
        return None


def _printable(device: str) -> str:
    """A device's name without anything that could forge a line or be refused by the database."""
    return "".join(symbol if symbol.isprintable() else " " for symbol in device[:120])
