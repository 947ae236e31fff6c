"""The outbox: a message is a row of the transaction that wanted it, sent once that transaction is committed."""

from django.db import models


class OutboxState(models.TextChoices):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class OutboxMessage(models.Model):
    """One e-mail waiting to leave, or gone. Its content is sealed at rest and erased once sent or given up."""

    key = models.CharField(max_length=120, unique=True, help_text="the same key is never sent twice")
    sealed = models.BinaryField(help_text="recipient, subject and body, encrypted; emptied once sent")
    state = models.CharField(max_length=10, choices=OutboxState.choices, default=OutboxState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="not before; while sending: when it is given up for dead")
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=("pending", "sending")),
                name="messaging_outbox_to_send",
            )
        ]
