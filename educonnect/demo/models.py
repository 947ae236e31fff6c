"""The mark that a database holds fictive people: a start outside demonstration refuses it."""

from django.db import models


class Mark(models.Model):
    """Present once, in a demonstration's database only, from before the first fictive person comes in."""

    made_at = models.DateTimeField()
    seed = models.BigIntegerField()
    loaded_at = models.DateTimeField(null=True, help_text="empty while the loading is under way, or was killed")
    port = models.PositiveIntegerField(null=True, help_text="the first port for which example services are registered")
