"""The tables of the database: made by whoever comes first, changed only by whoever is told to."""

from collections.abc import Callable
from contextlib import ExitStack

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

#: Key of the advisory lock held while tables change: any number, always the same.
_LOCK = 0x65647563


def migrate() -> None:
    """Make or change the tables; whoever else asks at the same time waits, then finds it done."""
    with ExitStack() as stack:
        cursor = stack.enter_context(connection.cursor())
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        stack.callback(cursor.execute, "SELECT pg_advisory_unlock(%s)", [_LOCK])
        call_command("migrate", interactive=False, verbosity=0)


def prepare(*, may_make: bool, tell: Callable[[str], None]) -> None:
    """Check that the tables are those of this version, before a command that reads them.

    Args:
        may_make: make them where there are none at all, as in an embedded database just born.

    Raises:
        CommandError: they are another version's, or there are none.
    """
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    if not may_make or executor.loader.applied_migrations:
        raise CommandError(_("la base de données n’est pas à jour : lancez « educonnect migrate », puis recommencez."))
    tell(_("Première utilisation : la base de données est préparée…"))
    migrate()
