"""New provisional passwords for those who lost their own."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from educonnect.accounts import provisional
from educonnect.accounts.models import Purpose
from educonnect.delegation.mandate import Mandate
from educonnect.helpdesk import finding
from educonnect.helpdesk.errors import NotActivated
from educonnect.oversight import alerts


def reset(mandate: Mandate, account_ids: Iterable[int], *, now: datetime) -> dict[int, str]:
    """Replace the own password of accounts by a provisional one, to be changed at the next sign-in.

    Their own password no longer opens anything and their sessions end at once. Staff never choose or see the password
    the holder chooses next.

    Returns:
        Account id -> 12 clear symbols, for those that were activated; nothing else keeps them.

    Raises:
        OutOfMandate: one of them is not in scope; none is reset.
        NotActivated: none of them has a password to reset; those who wait for a letter are notified instead.
    """
    wanted = finding.require(mandate, account_ids)
    with transaction.atomic():
        served: dict[int, str] = {}
        schools = finding.by_school(mandate, wanted)
        for uai, theirs in sorted(schools.items()):
            served |= provisional.issue(
                theirs, purpose=Purpose.RESET, batch="reset", now=now, actor=mandate.actor, uai=uai
            )
        if not served:
            raise NotActivated
        alerts.resets(mandate, len(served), uais=schools, now=now)
    return served
