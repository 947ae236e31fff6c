"""Two trails: who did what (no address), and the connection log (address, device), with its own short life."""

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform

from educonnect.journal.rules import MASS

_MASS = [event.value for event in MASS]


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
            # those of people's gestures: sign-ins, which are nearly all lines, are in none of them
            models.Index(
                fields=["uai", "-at", "-id"],
                condition=~Q(uai="") & ~Q(event__in=_MASS),
                name="journal_entry_of_gestures",
            ),
            models.Index(
                fields=["actor", "-at", "-id"],
                condition=Q(actor__startswith="staff:") & ~Q(event__in=_MASS),
                name="journal_entry_of_staff",
            ),
            models.Index(
                KeyTextTransform("academie", "detail"),
                models.F("at").desc(),
                models.F("id").desc(),
                condition=Q(uai="", detail__has_key="academie"),
                name="journal_entry_of_academies",
            ),
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


class Seal(models.Model):
    """The seal of a batch of lines, chained to the former batch's: what changed or went since then shows.

    Once its lines are purged, a batch leaves its seal, with how many lines it had and a second seal that says so.
    """

    trail = models.CharField(max_length=12, help_text="entry or connection")
    number = models.PositiveIntegerField(help_text="1, 2, 3… in each trail, without a gap")
    first_id = models.BigIntegerField(help_text="the identifier after the former batch's last")
    last_id = models.BigIntegerField()
    lines = models.PositiveIntegerField()
    earliest_at = models.DateTimeField()
    latest_at = models.DateTimeField()
    sealed_at = models.DateTimeField()
    key_version = models.PositiveSmallIntegerField()
    digest = models.BinaryField(help_text="SHA-256 of the lines")
    marks = models.BinaryField(help_text="identifier and eight bytes a line, which tell the line that differs")
    seal = models.BinaryField(help_text="HMAC-SHA256 of all this and of the former seal")
    purged_at = models.DateTimeField(null=True)
    purge_seal = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trail", "number"], name="journal_seal_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(purged_at__isnull=True, purge_seal__isnull=True)
                | models.Q(purged_at__isnull=False, purge_seal__isnull=False),
                name="journal_seal_purge_is_sealed",
            ),
        ]
        indexes = [models.Index(fields=["trail", "latest_at"], name="journal_seal_by_age")]
