"""Bulk writes: rows go in by COPY, whatever their number, in a fixed number of statements."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

Parameters = Sequence[Any] | Mapping[str, Any]


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Append rows straight to a table. Constraints hold as for any insertion, and what the database refuses is raised
    as for any statement, deadlocks and want of room included."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, _copy(cursor, statement) as copy:
        for row in rows:
            copy.write_row(row)


def stage(table: str, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> None:
    """Put rows in a temporary table that ends with the transaction.

    Args:
        table: its name, given anew: a former one of that name is dropped.
        columns: name -> SQL type.
    """
    described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"DROP TABLE IF EXISTS pg_temp.{table}; CREATE TEMPORARY TABLE {table} ({described}) ON COMMIT DROP"
        )
    copy_rows(table, tuple(columns), rows)


def fetch(statement: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """The rows a statement answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def execute(statement: str, parameters: Parameters = ()) -> int:
    """How many rows a statement touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def _copy(cursor: Any, statement: str) -> Any:
    return cursor.copy(statement)
