"""Send an e-mail, once the transaction that wants it is committed."""

import hashlib
import json
import logging
import smtplib
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from educonnect.jobs import queue, sealing
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.messaging import rules
from educonnect.messaging.models import OutboxMessage, OutboxState

logger = logging.getLogger(__name__)

TASK = "messaging.send"
PURPOSE = "outbox"


def send_email(*, key: str, to: str, subject: str, body: str) -> None:
    """Have a message leave once the current transaction is committed; a mail server that is down stops nothing.

    Args:
        key: names this message for ever, such as `confirm-email:12`: the same key is sent once.
        to: one address, already validated.
        subject: one line.
    """
    now = timezone.now()
    content = json.dumps({"to": to, "subject": " ".join(subject.split()), "body": body}).encode()
    with transaction.atomic():
        message, is_new = OutboxMessage.objects.get_or_create(
            key=key,
            defaults={"sealed": sealing.seal(content, purpose=PURPOSE), "created_at": now, "due_at": now},
        )
        if is_new:
            queue.enqueue(TASK, message_id=message.pk)


def deliver(message_id: int, *, now: datetime | None = None) -> bool:
    """Hand one message over to the mail server, if it is due and nobody else is at it.

    The row says "sending" before the server is spoken to: a worker killed in between leaves a trace, and the sweep
    tries again under the same Message-ID, so that at worst a person sees one message twice, and nobody misses one.

    Returns:
        Whether this call handed it over.
    """
    now = now or timezone.now()
    message = _claim(message_id, now)
    if message is None:
        return False
    try:
        content = json.loads(sealing.unseal(bytes(message.sealed), purpose=PURPOSE))
    except sealing.Unsealable:
        _give_up(message, "sealed under another key")
        return False
    try:
        _hand_over(message.key, content)
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        _failed(message, error, now)
        return False
    OutboxMessage.objects.filter(pk=message.pk).update(
        state=OutboxState.SENT, sealed=b"", sent_at=timezone.now(), failure=""
    )
    return True


def sweep(now: datetime) -> int:
    """Enqueue again what should have left: messages of a worker that died, or whose job was lost; how many.

    Also forgets the rows of messages gone long ago.
    """
    with transaction.atomic():
        dead = OutboxMessage.objects.filter(state=OutboxState.SENDING, due_at__lte=now)
        dead.update(state=OutboxState.PENDING, due_at=now - rules.OVERDUE)
        lost = OutboxMessage.objects.filter(state=OutboxState.PENDING, due_at__lte=now - rules.OVERDUE)
        overdue = list(lost.select_for_update(skip_locked=True).values_list("pk", flat=True))
        OutboxMessage.objects.filter(pk__in=overdue).update(due_at=now)
        queue.enqueue_each(TASK, [{"message_id": pk} for pk in overdue])
    done = OutboxMessage.objects.filter(state__in=(OutboxState.SENT, OutboxState.FAILED))
    done.filter(created_at__lte=now - rules.KEPT).delete()
    return len(overdue)


def _claim(message_id: int, now: datetime) -> OutboxMessage | None:
    """Take the message for this worker, in a transaction of its own: two workers never hold one message."""
    mine = OutboxMessage.objects.filter(pk=message_id, state=OutboxState.PENDING, due_at__lte=now)
    claimed = mine.update(state=OutboxState.SENDING, attempts=F("attempts") + 1, due_at=now + rules.SENDING)
    return OutboxMessage.objects.get(pk=message_id) if claimed else None


def _hand_over(key: str, content: dict[str, str]) -> None:
    sender = settings.DEFAULT_FROM_EMAIL
    domain = parseaddr(sender)[1].rpartition("@")[2]
    number = hashlib.sha256(f"{settings.SECRET_KEY}:{key}".encode()).hexdigest()[:32]
    EmailMessage(
        subject=content["subject"],
        body=content["body"],
        from_email=sender,
        to=[content["to"]],
        headers={"Message-ID": f"<{number}@{domain}>", "Auto-Submitted": "auto-generated"},
    ).send()


def _failed(message: OutboxMessage, error: Exception, now: datetime) -> None:
    """Try again later, or give up: the address is refused for good, or the last try is spent."""
    reason, for_good = _reason(error)
    wait = rules.wait_after(message.attempts)
    if for_good or wait is None:
        _give_up(message, reason)
        return
    logger.warning("message %d not handed over (%s), try %d", message.pk, reason, message.attempts)
    with transaction.atomic():
        OutboxMessage.objects.filter(pk=message.pk).update(state=OutboxState.PENDING, due_at=now + wait, failure=reason)
        queue.enqueue(TASK, at=now + wait, message_id=message.pk)


def _give_up(message: OutboxMessage, reason: str) -> None:
    with transaction.atomic():
        OutboxMessage.objects.filter(pk=message.pk).update(state=OutboxState.FAILED, sealed=b"", failure=reason)
        record(Event.MESSAGE_FAILED, message=message.pk, kind=message.key.split(":")[0], reason=reason)
    logger.error("message %d given up (%s)", message.pk, reason)


def _reason(error: Exception) -> tuple[str, bool]:
    """What went wrong, without the address the server repeats; and whether trying again is useless."""
    codes: list[int] = []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
    elif isinstance(error, smtplib.SMTPResponseException) and not isinstance(error, smtplib.SMTPAuthenticationError):
        codes = [error.smtp_code]
    told = " ".join([type(error).__name__, *map(str, codes)])
    return told, isinstance(error, UnicodeError) or (bool(codes) and all(500 <= code < 600 for code in codes))
