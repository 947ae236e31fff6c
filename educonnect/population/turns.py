"""Whose turn it is to write the roll: schools' imports side by side, or one person who changes links of their own."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg.errors
from django.db import OperationalError, transaction

from educonnect.population import rules, staging
from educonnect.population.errors import RollBusy

LOCK_ROLL = 20163


def of_an_import() -> None:
    """Enter beside the other imports, until the transaction ends; the first lock of all."""
    staging.fetch("SELECT pg_advisory_xact_lock_shared(%s, 0)", [LOCK_ROLL])


@contextmanager
def of_a_person() -> Iterator[None]:
    """One transaction, and no import during it: what it reads of guardians and links is what it changes.

    It waits for the imports under way, which take seconds each; those that come later wait for it.

    Raises:
        RollBusy: they took too long; nothing was changed.
    """
    try:
        with transaction.atomic():
            staging.fetch(
                "SELECT set_config('lock_timeout', %s, true), pg_advisory_xact_lock(%s, 0)",
                [str(rules.TURN_PATIENCE), LOCK_ROLL],
            )
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise RollBusy from error
        raise
