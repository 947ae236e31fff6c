"""Prepared statements for the few steps that every sign-in takes; everything else goes through the ORM.

PostgreSQL parses such a statement once a connection instead of once a call, and Django builds no query. Each runs on
Django's own connection, in the current transaction, and is handed to libpq without a cursor in between, which would
cost more than the statement. Behind a pooler that hands a connection to another program between two transactions,
prepared statements must be the pooler's business too (PgBouncer 1.21 and later).
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connections
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

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


#: For a statement whose loss in a crash of the database harms nobody: it is not waited for. What is committed after it
#: is, and takes it along, so that whatever was answered for good is kept whole (decision 0114).
UNHURRIED = "set_config('synchronous_commit', 'off', true) IS NOT NULL"


def rows(statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """What the statement returns; the statement is a constant, its values stand in `parameters`."""
    return _run(statement, parameters)[0]


def row(statement: str, parameters: Parameters) -> tuple[Any, ...] | None:
    """The first row, or None."""
    found = _run(statement, parameters)[0]
    return found[0] if found else None


def run(statement: str, parameters: Parameters) -> int:
    """How many rows it touched."""
    return _run(statement, parameters)[1]


def _run(statement: str, parameters: Parameters) -> tuple[list[tuple[Any, ...]], int]:
    """The rows of the statement, and how many it touched."""
    here = connections["default"]  # once: each look through Django's own proxy costs as much as a small loop
    if here.queries_logged or here.execute_wrappers:
        # whoever counts or watches statements sees these too
        with here.cursor() as watched:
            watched.execute(statement, parameters)
            return (list(watched.fetchall()) if watched.description else []), int(watched.rowcount)
    here.close_if_health_check_failed()
    here.ensure_connection()
    raw: Any = here.connection
    line = raw.__dict__.get(_LINE)
    if line is None:
        line = raw.__dict__[_LINE] = _Line(raw)
    with here.wrap_database_errors:
        found: tuple[list[tuple[Any, ...]], int] = line.run(statement, parameters)
        return found


_LINE = "educonnect_line"
_GOOD = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}


class _Line:
    """What one connection has prepared, by statement and by the types of its values."""

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self.raw, self.pgconn = raw, raw.pgconn
        self.adapting = Transformer(raw)
        self.prepared: dict[tuple[str, tuple[int, ...] | None], bytes] = {}

    def run(self, statement: str, parameters: Parameters) -> tuple[list[tuple[Any, ...]], int]:
        """Its rows, and how many it touched."""
        adapting = self.adapting
        text, names = _numbered(statement)
        values = [parameters[name] for name in names] if isinstance(parameters, Mapping) else parameters
        dumped: Any = adapting.dump_sequence(values, [PyFormat.AUTO] * len(values))  # None is NULL
        if not self.raw.autocommit and self.pgconn.transaction_status == TransactionStatus.IDLE:
            self._good(self.pgconn.exec_(b"BEGIN"))
        key = (statement, adapting.types)
        name = self.prepared.get(key)
        if name is None:
            name = b"educonnect_%d" % len(self.prepared)
            self._good(self.pgconn.prepare(name, text, adapting.types))
            self.prepared[key] = name
        result = self._good(self.pgconn.exec_prepared(name, dumped, adapting.formats))
        touched = result.command_tuples or 0
        if result.status != ExecStatus.TUPLES_OK:
            return [], touched
        adapting.set_pgresult(result)
        try:
            return adapting.load_rows(0, result.ntuples, tuple), touched
        finally:
            adapting.set_pgresult(None)

    def _good(self, result: Any) -> Any:
        if result.status in _GOOD:
            return result
        if self.pgconn.status != ConnStatus.OK:
            raise psycopg.OperationalError("the connection is lost")
        raise psycopg.errors.error_from_result(result)


_PLACE = re.compile(r"%(?:\((\w+)\))?s")


@functools.cache
def _numbered(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement as PostgreSQL reads it, `$1`, `$2`… in its places, and the name of each place where it has one."""
    names: list[str] = []
    seen = 0

    def place(match: re.Match[str]) -> str:
        nonlocal seen
        seen += 1
        name = match[1]
        if name is None:
            return f"${seen}"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    text = _PLACE.sub(place, statement)
    return text.encode(), tuple(names)
