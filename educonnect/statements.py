"""Prepared statements for the few steps that every sign-in takes; everything else goes through the ORM.

PostgreSQL plans such a statement once a connection instead of once a call, and Django builds no query. Each runs on
Django's own connection, in the current transaction. Behind a pooler that hands a connection to another program between
two transactions, prepared statements must be the pooler's business too (PgBouncer 1.21 and later).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connections

Parameters = Sequence[Any] | Mapping[str, Any]


class NotFirst(Exception):
    """The part of a statement that had to come first gave no row: nothing was written."""


@dataclass(frozen=True, slots=True)
class First:
    """A part of a statement, named `first`, which writes what may be written once: only if it gives a row is the rest
    of the statement written, in the same commit."""

    part: str = "first AS (SELECT 1)"
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def alone(self) -> bool:
        """Write it with nothing after it; whether it gave a row."""
        return row(f"WITH {self.part} SELECT 1 FROM first", self.parameters) is not None  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Also:
    """A part of a statement that stands after `first` and is written with it, under a name of its own."""

    part: str
    parameters: Mapping[str, Any]


def rows(statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """What the statement returns; the statement is a constant, its values stand in `parameters`."""
    with _run(statement, parameters) as cursor:
        return list(cursor.fetchall())


def row(statement: str, parameters: Parameters) -> tuple[Any, ...] | None:
    """The first row, or None."""
    with _run(statement, parameters) as cursor:
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found


def run(statement: str, parameters: Parameters) -> int:
    """How many rows it touched."""
    with _run(statement, parameters) as cursor:
        return int(cursor.rowcount)


def _run(statement: str, parameters: Parameters) -> Any:
    """A cursor that has executed the statement."""
    here = connections["default"]  # once: each look through Django's own proxy costs as much as a small loop
    if here.queries_logged or here.execute_wrappers:
        # whoever counts or watches statements sees these too
        watched = here.cursor()
        watched.execute(statement, parameters)
        return watched
    here.close_if_health_check_failed()
    here.ensure_connection()
    raw: Any = here.connection
    if raw.prepare_threshold is None:  # as Django leaves it, which forbids preparing altogether
        raw.prepare_threshold = 5
    cursor = psycopg.Cursor(raw)
    with here.wrap_database_errors:
        cursor.execute(statement, parameters, prepare=True)
    return cursor
