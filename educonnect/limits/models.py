"""How often something was tried, by opaque key."""

from django.db import models


class Counter(models.Model):
    """Tries counted against one key within one window; the key is a keyed digest, never an address or a name."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    window_ends_at = models.DateTimeField(db_index=True)
    blocked_until = models.DateTimeField(null=True, help_text="no try is heard before; for growing delays")
