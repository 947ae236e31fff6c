"""Forget lines whose time is over, by whole batches: what is left stays verifiable, and says how many went."""

import logging
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from educonnect.journal import rules, sealing, trails
from educonnect.journal.models import Seal
from educonnect.journal.trails import Trail

log = logging.getLogger(__name__)


def forget_entries(before: datetime) -> int:
    """Delete the lines of the journal older than that instant; how many.

    Batches end with the day (UTC) at the latest and go whole: one that holds a line of that instant or later stays.
    """
    return _forget(Trail.ENTRY, before)


def forget_connections(now: datetime) -> int:
    """Delete the addresses and devices of sign-ins older than `rules.CONNECTION_LIFE`, in the same way; how many."""
    return _forget(Trail.CONNECTION, now - rules.CONNECTION_LIFE)


def to_forget(trail: Trail, before: datetime) -> int:
    """How many lines would be deleted now; those not sealed yet are not counted."""
    counts = Seal.objects.filter(trail=trail, purged_at__isnull=True, latest_at__lt=before).values_list("lines")
    return sum(lines for (lines,) in counts)


def _forget(trail: Trail, before: datetime) -> int:
    sealing.seal(trail, patience=0)  # only what is sealed may go; what is not yet is left for the next time
    over = Seal.objects.filter(trail=trail, purged_at__isnull=True, latest_at__lt=before)
    return sum(_purge(trail, pk) for pk in over.order_by("number").values_list("pk", flat=True))


def _purge(trail: Trail, pk: int) -> int:
    """The lines of one batch and the mark they leave, in one transaction."""
    with transaction.atomic():
        row = Seal.objects.select_for_update().get(pk=pk)
        if row.purged_at is not None:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {trail.table} WHERE id BETWEEN %s AND %s",  # noqa: S608 - our own two tables
                [row.first_id, row.last_id],
            )
            deleted = int(cursor.rowcount)
        row.purged_at = timezone.now()
        row.purge_seal = trails.purge_sealed(row, row.purged_at)
        row.marks = b""
        row.save(update_fields=["purged_at", "purge_seal", "marks"])
    if deleted != row.lines:
        log.error("journal purged: batch %s was sealed with %s lines, %s went", trails.named(row), row.lines, deleted)
    return deleted
