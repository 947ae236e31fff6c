"""Batches hold every line once, however the transactions that write them end."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import time_machine
from django.db import connection

from educonnect.journal import rules, sealing, tasks, trails, verifying
from educonnect.journal.models import Connection, Entry, Seal
from educonnect.journal.recording import record, record_each, record_sign_in
from educonnect.journal.rules import Event
from educonnect.journal.trails import Trail

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
INSERT = (
    "INSERT INTO journal_entry (at, event, actor, uai, detail) VALUES (now(), 'x', 'system', '', '{}') RETURNING id"
)


def batches(trail: Trail = Trail.ENTRY) -> list[tuple[int, int, int, int]]:
    return list(
        Seal.objects.filter(trail=trail).order_by("number").values_list("number", "first_id", "last_id", "lines")
    )


def holds(trail: Trail = Trail.ENTRY) -> bool:
    return list(verifying.verify(trail, verifying.Account())) == []


@pytest.mark.django_db
def test_each_line_of_both_trails_is_in_a_batch_chained_to_the_former(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SEAL_LINES", 4)
    record_each(Event.ACCOUNT_NOTIFIED, range(10), uai="9720001B")
    record_sign_in(Event.SIGNED_IN, "signed-in", account_id=12, address="2001:db8::7", device="PC")

    tasks.seal()

    assert [lines for *_, lines in batches()] == [4, 4, 3]
    assert all(latter[1] == former[2] + 1 for former, latter in zip(batches(), batches()[1:], strict=False))
    assert batches()[-1][2] == Entry.objects.latest("pk").pk
    assert batches(Trail.CONNECTION)[0][2:] == (Connection.objects.get().pk, 1)
    assert holds(Trail.ENTRY)
    assert holds(Trail.CONNECTION)


@pytest.mark.django_db
def test_nothing_new_makes_no_batch() -> None:
    assert sealing.seal(Trail.ENTRY) == 0
    record(Event.SIGNED_OUT)
    assert sealing.seal(Trail.ENTRY) == 1
    assert sealing.seal(Trail.ENTRY) == 0

    assert len(batches()) == 1


@pytest.mark.django_db
def test_a_batch_ends_with_its_day() -> None:
    for hour in (14, 15, 17, 16, 18):
        with time_machine.travel(NOW + timedelta(hours=hour), tick=False):
            record(Event.SIGNED_OUT)

    sealing.seal(Trail.ENTRY)

    assert [lines for *_, lines in batches()] == [2, 3]


@pytest.mark.django_db
def test_the_seals_are_told_to_the_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    record(Event.SIGNED_OUT)

    sealing.seal(Trail.ENTRY)

    assert f"journal sealed: 1 lines, seal {trails.named(Seal.objects.get())}" in caplog.text


@pytest.mark.django_db
def test_writing_a_line_still_takes_one_statement_and_no_lock_of_sealing(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        record(Event.SIGNED_OUT)


@pytest.mark.django_db
def test_a_new_key_seals_what_is_new_and_the_former_one_still_verifies(settings) -> None:
    record(Event.SIGNED_OUT)
    sealing.seal(Trail.ENTRY)

    settings.JOURNAL_KEYS = {2: "a second key, drawn after a scare, long enough", **settings.JOURNAL_KEYS}
    record(Event.SIGNED_OUT)
    sealing.seal(Trail.ENTRY)

    assert holds()
    assert list(Seal.objects.order_by("number").values_list("key_version", flat=True)) == [1, 2]


@pytest.fixture
def other(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Another program's connection to the same database."""
    made = psycopg.connect(**{**connection.get_connection_params(), "cursor_factory": psycopg.Cursor})
    yield made
    made.close()


def test_T74_a_line_that_comes_to_light_after_higher_ones_is_neither_missed_nor_sealed_twice(
    other: psycopg.Connection,
) -> None:
    (late,) = other.execute(INSERT).fetchone() or (0,)
    record(Event.SIGNED_OUT)

    assert sealing.seal(Trail.ENTRY, patience=0) == 0

    other.commit()
    assert sealing.seal(Trail.ENTRY) == 2
    assert batches() == [(1, 1, late + 1, 2)]
    assert holds()


def test_sealing_waits_for_those_who_write_and_for_them_alone(other: psycopg.Connection) -> None:
    other.execute(INSERT)
    record(Event.SIGNED_OUT)
    ending = threading.Timer(0.3, other.commit)
    ending.start()

    sealed = sealing.seal(Trail.ENTRY, patience=60)

    ending.join()
    assert sealed == 2
    other.execute(INSERT)  # begun after what is to be sealed: nobody waits for it
    other.rollback()
    other.execute("SELECT count(*) FROM journal_entry")  # a reader, and it lasts
    record(Event.SIGNED_OUT)
    assert sealing.seal(Trail.ENTRY, patience=0) == 1


def test_identifiers_that_were_given_up_leave_no_gap_that_shows(other: psycopg.Connection) -> None:
    record(Event.SIGNED_OUT)
    other.execute(INSERT)
    other.rollback()
    record(Event.SIGNED_OUT)

    assert sealing.seal(Trail.ENTRY) == 2
    assert holds()


def test_two_that_seal_at_once_seal_each_line_once(other: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SEAL_LINES", 5)
    record_each(Event.ACCOUNT_NOTIFIED, range(200))
    start = threading.Barrier(3)

    def work() -> None:
        try:
            start.wait()
            for _ in range(5):
                sealing.seal(Trail.ENTRY)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sealing.seal(Trail.ENTRY)

    assert sum(lines for *_, lines in batches()) == 200
    assert holds()


def test_lines_are_written_down_the_same_whatever_the_time_zone_of_the_connection(transactional_db: None) -> None:
    record(Event.SIGNED_OUT, account_id=12, reason={"b": [1, "é"], "a": None})
    here = trails.read(Trail.ENTRY, after=0, upto=2**62, most=9)

    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'Pacific/Noumea'")
        there = trails.read(Trail.ENTRY, after=0, upto=2**62, most=9)
        cursor.execute("SET TIME ZONE 'UTC'")

    assert trails.digest(here) == trails.digest(there)
    assert trails.instant(here[0].at) == Entry.objects.get().at
