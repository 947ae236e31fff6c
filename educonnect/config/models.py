"""What an installation remembers of its own settings."""

from django.db import models


class KeySeen(models.Model):
    """A key this database was served with, by its fingerprint: another in its place is found out at the start."""

    name = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    fingerprint = models.CharField(max_length=16)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="config_key_seen_once")]
