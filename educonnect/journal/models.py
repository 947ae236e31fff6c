"""Two trails: who did what (no address), and the connection log (address, device), with its own short life."""

from django.db import models


class Entry(models.Model):
    """One line of the journal: identifiers only, never a name, an INE, a code or an address."""

    at = models.DateTimeField(db_index=True)
    event = models.CharField(max_length=60)
    actor = models.CharField(max_length=80, help_text="kind:id, such as account:12 or operator:command-line")
    account_id = models.BigIntegerField(null=True)
    uai = models.CharField(max_length=8, blank=True)
    provider_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "-at"], name="journal_entry_by_account"),
            models.Index(fields=["uai", "-at"], name="journal_entry_by_school"),
        ]


class Connection(models.Model):
    """One sign-in attempt with the address and device it came from; purged after twelve months."""

    at = models.DateTimeField(db_index=True)
    account_id = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=40)
    address = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account_id", "-at"], name="journal_connection_by_account")]
