"""Indexes of what an académie reads on its first page: rights that stand, rights of heads, its own posts, who is waited for."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Made while people work: nobody waits for it."""

    atomic = False
    dependencies = [("delegation", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            "delegation",
            models.Index(
                fields=["school", "ends_on"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="delegation_standing",
            ),
        ),
        AddIndexConcurrently(
            "delegation",
            models.Index(fields=["school"], condition=models.Q(as_head=True), name="delegation_to_heads"),
        ),
        AddIndexConcurrently(
            "post",
            models.Index(fields=["academie"], condition=models.Q(school__isnull=True), name="delegation_post_above"),
        ),
        AddIndexConcurrently(
            "invitation",
            models.Index(fields=["expires_at"], condition=models.Q(used_at__isnull=True), name="delegation_invited"),
        ),
    ]
