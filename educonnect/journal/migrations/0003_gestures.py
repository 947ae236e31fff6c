import django.db.models.fields.json
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

MASS = ["account.opened", "account.notified", "account.closed", "account.reopened"]


class Migration(migrations.Migration):
    """Indexes of what staff read: built without a lock, and fed by none of the lines of sign-ins."""

    atomic = False

    dependencies = [
        ("journal", "0002_seal"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(
                fields=["uai", "-at", "-id"],
                condition=~models.Q(uai="") & ~models.Q(event__in=MASS),
                name="journal_entry_of_gestures",
            ),
        ),
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(
                fields=["actor", "-at", "-id"],
                condition=models.Q(actor__startswith="staff:") & ~models.Q(event__in=MASS),
                name="journal_entry_of_staff",
            ),
        ),
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(
                django.db.models.fields.json.KeyTextTransform("academie", "detail"),
                models.F("at").desc(),
                models.F("id").desc(),
                condition=models.Q(uai="", detail__has_key="academie"),
                name="journal_entry_of_academies",
            ),
        ),
    ]
