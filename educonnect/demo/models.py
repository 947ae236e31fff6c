"""The mark that a database holds fictive people: a start outside demonstration refuses it."""

from django.db import models


class Mark(models.Model):
    """Present once, in a demonstration's database only."""

    made_at = models.DateTimeField()
    seed = models.BigIntegerField()
