"""Erase messages that have not left yet, by whom they are for."""

import json
from collections.abc import Collection

from django.db import transaction

from educonnect.jobs import sealing
from educonnect.messaging.models import OutboxMessage, OutboxState
from educonnect.messaging.sending import PURPOSE


def erase_to(addresses: Collection[str]) -> int:
    """Erase the messages to these addresses that wait, or were given up; how many. One on its way leaves first.

    Recipients are sealed: those that wait are opened one by one, which are few.
    """
    wanted = {address.casefold() for address in addresses}
    if not wanted:
        return 0
    with transaction.atomic():
        waiting = OutboxMessage.objects.select_for_update(skip_locked=True).exclude(
            state__in=(OutboxState.SENT, OutboxState.SENDING)
        )
        theirs = [message.pk for message in waiting.exclude(sealed=b"").iterator() if _recipient(message) in wanted]
        OutboxMessage.objects.filter(pk__in=theirs).delete()
    return len(theirs)


def _recipient(message: OutboxMessage) -> str:
    try:
        return str(json.loads(sealing.unseal(bytes(message.sealed), purpose=PURPOSE))["to"]).casefold()
    except sealing.Unsealable:
        return ""
