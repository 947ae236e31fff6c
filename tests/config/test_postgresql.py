"""A kept connection: asked for its health without a round trip, and replaced once it is dead."""

from typing import Any

import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end(pid: int) -> None:
    settings = connection.get_connection_params()
    with psycopg.connect(
        dbname=settings["dbname"], user=settings["user"], host=settings.get("host"), port=settings.get("port")
    ) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_a_healthy_connection_is_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    backend()

    def asked(*arguments: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(connection.connection, "cursor", asked)

    assert connection.is_usable()


def test_a_connection_whose_server_ended_it_is_found_dead_and_replaced() -> None:
    former = backend()
    end(former)

    assert not connection.is_usable()
    connection.health_check_enabled, connection.health_check_done = True, False
    assert backend() != former


def test_no_connection_is_no_usable_one() -> None:
    connection.close()

    assert not connection.is_usable()
