"""A campaign hands accounts to their holders; its chunks are the unit that is done once."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from educonnect.schools.models import Audience, School


class CampaignState(models.TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    DESTROYED = "destroyed"


class Campaign(models.Model):
    """Letters for the accounts a selection named, made by chunks; files live a day, encrypted."""

    school = models.ForeignKey(School, on_delete=models.PROTECT)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    actor = models.CharField(max_length=80)
    criteria = models.JSONField(default=dict)
    address = models.CharField(max_length=300, help_text="printed in all its letters, whatever changes meanwhile")
    extra_address = models.CharField(max_length=300, blank=True, help_text="guardians': the school's own, if verified")
    state = models.CharField(max_length=10, choices=CampaignState.choices, default=CampaignState.PENDING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0, help_text="accounts gone through")
    letters = models.PositiveIntegerField(
        default=0, help_text="letters made; less than done: some no longer needed one"
    )
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    files_expire_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True, help_text="whoever asked lost the right before the end")

    class Meta:
        indexes = [
            models.Index(
                fields=["files_expire_at"],
                condition=~models.Q(state="destroyed"),
                name="notification_to_destroy",
            )
        ]


class ChunkState(models.TextChoices):
    PENDING = "pending"
    DONE = "done"


class Chunk(models.Model):
    """At most 250 accounts of one class: drawn, stored and rendered in one transaction."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=40, blank=True, help_text="division code")
    accounts = ArrayField(models.BigIntegerField())
    state = models.CharField(max_length=10, choices=ChunkState.choices, default=ChunkState.PENDING)
    letters = models.BinaryField(null=True, help_text="PDF, encrypted")
    rows = models.BinaryField(null=True, help_text="CSV lines, encrypted")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="notification_chunk_number")]

    def purpose(self, what: str) -> str:
        """What binds sealed bytes to this row."""
        return f"notification.{what}:{self.pk}"


class Download(models.Model):
    """That somebody took the files of a campaign."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()
