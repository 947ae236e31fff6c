from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from educonnect.journal import purging, rules, sealing, verifying
from educonnect.journal.models import Connection, Entry, Seal
from educonnect.journal.recording import record, record_connection
from educonnect.journal.rules import Event
from educonnect.journal.trails import Trail

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)


def entries_of(*days: int) -> None:
    for day in days:
        with time_machine.travel(NOW + timedelta(days=day), tick=False):
            record(Event.SIGNED_OUT, day=day)


def days() -> list[int]:
    return [entry.detail["day"] for entry in Entry.objects.order_by("pk")]


def holds(trail: Trail = Trail.ENTRY) -> bool:
    return list(verifying.verify(trail, verifying.Account())) == []


def test_addresses_are_forgotten_after_a_year() -> None:
    for age in (rules.CONNECTION_LIFE + timedelta(seconds=1), rules.CONNECTION_LIFE, timedelta(days=1)):
        with time_machine.travel(NOW - age, tick=False):
            record_connection("ok", account_id=None, address="192.0.2.1", device="PC")
            sealing.seal(Trail.CONNECTION)

    forgotten = purging.forget_connections(NOW)

    assert forgotten == 1
    assert Connection.objects.count() == 2
    assert holds(Trail.CONNECTION)


def test_T74_days_of_the_journal_go_whole_and_what_is_left_is_verified() -> None:
    entries_of(0, 0, 1, 2)

    forgotten = purging.forget_entries(NOW + timedelta(days=2) - timedelta(hours=8))

    assert forgotten == 3
    assert days() == [2]
    assert holds()
    account = verifying.Account()
    list(verifying.verify(Trail.ENTRY, account))
    assert (account.purged_batches, account.purged_lines, account.lines) == (2, 3, 1)


def test_a_day_that_has_a_line_to_keep_stays_whole() -> None:
    entries_of(0, 1, 1)

    assert purging.forget_entries(NOW + timedelta(days=1)) == 1
    assert days() == [1, 1]


def test_what_would_go_is_known_beforehand() -> None:
    entries_of(0, 0, 1)
    sealing.seal(Trail.ENTRY)

    assert purging.to_forget(Trail.ENTRY, NOW + timedelta(days=1)) == 2
    assert purging.forget_entries(NOW + timedelta(days=1)) == 2
    assert purging.to_forget(Trail.ENTRY, NOW + timedelta(days=1)) == 0


def test_forgetting_twice_changes_nothing_more() -> None:
    entries_of(0, 1)

    purging.forget_entries(NOW + timedelta(days=1))
    first = Seal.objects.get(number=1).purged_at

    assert purging.forget_entries(NOW + timedelta(days=1)) == 0
    assert Seal.objects.get(number=1).purged_at == first


def test_a_batch_that_lost_lines_before_it_was_purged_is_told_to_the_logs(caplog: pytest.LogCaptureFixture) -> None:
    entries_of(0, 0, 1)
    sealing.seal(Trail.ENTRY)
    Entry.objects.order_by("pk")[0].delete()

    purging.forget_entries(NOW + timedelta(days=1))

    assert "was sealed with 2 lines, 1 went" in caplog.text
