"""Issue the provisional password of a letter; its clear text is only ever returned."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from educonnect.accounts import rules
from educonnect.accounts.models import Account, ProvisionalPassword, Purpose
from educonnect.accounts.states import provisional_of
from educonnect.journal.recording import record_each
from educonnect.journal.rules import Event

BATCH = 1000


def issue(
    account_ids: Iterable[int],
    *,
    purpose: Purpose,
    batch: str,
    now: datetime,
    actor: str = "system",
    uai: str = "",
) -> dict[int, str]:
    """Draw a new provisional password for each account, which voids the former one and its open screens at once.

    For ACTIVATION, accounts already activated are left out, and the others become notified. For RESET, only activated
    accounts are served: their own password is erased, so that the letter alone opens them. Closed accounts are left
    out of both. Every session or unfinished activation of those served ends (their epoch is raised).

    Args:
        batch: what issued it, such as `campaign:7`.
        actor: who asked, for the journal, as `Mandate.actor`.

    Returns:
        Account id -> 12 clear symbols, for those served only. Nothing else keeps them.
    """
    with transaction.atomic():
        eligible = Account.objects.filter(pk__in=list(account_ids), closed_at__isnull=True).filter(
            activated_at__isnull=purpose == Purpose.ACTIVATION
        )
        served = list(eligible.order_by("pk").select_for_update().values_list("pk", flat=True))
        clear = {pk: draw() for pk in served}
        version = max(settings.PEPPERS)
        expires_at = rules.end_of(limit_day(now))
        ProvisionalPassword.objects.bulk_create(
            (
                ProvisionalPassword(
                    account_id=pk,
                    digest=digest(pk, symbols, version),
                    pepper_version=version,
                    purpose=purpose,
                    batch=batch,
                    issued_at=now,
                    expires_at=expires_at,
                )
                for pk, symbols in clear.items()
            ),
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["account"],
            update_fields=["digest", "pepper_version", "purpose", "batch", "issued_at", "expires_at"],
        )
        accounts = Account.objects.filter(pk__in=served)
        if purpose == Purpose.ACTIVATION:
            accounts.update(notified_at=now, epoch=F("epoch") + 1)
            record_each(Event.ACCOUNT_NOTIFIED, served, actor=actor, uai=uai, batch=batch)
        else:
            # an address that waits may be that of whoever knew the former password: its link confirms nothing any more
            accounts.update(reset_at=now, password="", email_to_confirm="", epoch=F("epoch") + 1)
            record_each(Event.ACCOUNT_RESET, served, actor=actor, uai=uai, batch=batch)
    return clear


def draw() -> str:
    """12 symbols of 32, from the system's generator: 60 bits."""
    return "".join(rules.ALPHABET[byte % 32] for byte in secrets.token_bytes(rules.SYMBOLS))  # 256 = 8 x 32: no bias


def printed(clear: str) -> str:
    """As printed on the letter: `XXXX-XXXX-XXXX`."""
    return rules.printed_provisional(clear)


def limit_day(issued_at: datetime) -> date:
    """The last day a letter issued at that instant works, to print on it; the code dies when that day is over
    everywhere in France."""
    return rules.limit_day(timezone.localdate(issued_at), settings.LETTER_DAYS)


def is_right(account: Account, typed: str) -> bool:
    """Whether what was typed is the account's provisional password, expired or not; in constant time.

    Costs no query when `provisional` was selected with the account.
    """
    return is_right_for(provisional_of(account), typed)


def is_right_for(provisional: ProvisionalPassword | None, typed: str) -> bool:
    """Whether what was typed is this provisional password, expired or not."""
    if provisional is None or provisional.pepper_version not in settings.PEPPERS:
        return False
    expected = digest(provisional.account_id, rules.typed_provisional(typed), provisional.pepper_version)
    return hmac.compare_digest(expected, provisional.digest)


def matches(account: Account, typed: str, now: datetime) -> bool:
    """Whether what was typed is the account's provisional password and its limit is not passed."""
    provisional = provisional_of(account)
    return provisional is not None and provisional.expires_at > now and is_right_for(provisional, typed)


def digest(account_id: int, symbols: str, version: int) -> str:
    """The keyed digest of one account's symbols: worthless without the pepper, which no database or backup holds."""
    message = f"{account_id}:{symbols}".encode(errors="surrogatepass")
    return hmac.new(settings.PEPPERS[version].encode(), message, hashlib.sha256).hexdigest()
