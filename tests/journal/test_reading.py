from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from educonnect.journal import reading
from educonnect.journal.recording import record, record_connection, record_each
from educonnect.journal.rules import Event

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)


def test_an_account_is_read_newest_first_and_page_by_page() -> None:
    for hour in range(5):
        with time_machine.travel(NOW + timedelta(hours=hour), tick=False):
            record(Event.SIGNED_IN, account_id=12, visit=hour)
            record(Event.SIGNED_IN, account_id=13)

    first = reading.of_account(12, size=2)
    second = reading.of_account(12, size=2, after=first.after)
    third = reading.of_account(12, size=2, after=second.after)

    pages = [[entry.detail["visit"] for entry in page.entries] for page in (first, second, third)]
    assert pages == [[4, 3], [2, 1], [0]]
    assert third.after is None


def test_lines_of_one_instant_are_each_read_once() -> None:
    with time_machine.travel(NOW, tick=False):
        record_each(Event.ACCOUNT_NOTIFIED, range(7), uai="9720001B")

    read, after = [], None
    while True:
        page = reading.of_school("9720001B", size=3, after=after)
        read += [entry.account_id for entry in page.entries]
        if page.after is None:
            break
        after = page.after

    assert read == [6, 5, 4, 3, 2, 1, 0]


def test_a_page_after_nothing_is_empty() -> None:
    assert reading.of_account(12, after=999).entries == ()


def test_the_connection_log_is_read_for_its_holder() -> None:
    record_connection("signed-in", account_id=12, address="203.0.113.7", device="PC, Firefox")
    record_connection("signed-in", account_id=13, address="203.0.113.8", device="PC, Firefox")

    (line,) = reading.connections(12, now=timezone.now()).entries

    assert (line.address, line.device) == ("203.0.113.7", "PC, Firefox")


def test_a_page_costs_two_statements_at_most(django_assert_max_num_queries) -> None:
    record_each(Event.ACCOUNT_NOTIFIED, [12] * 9)
    after = reading.of_account(12, size=3).after

    with django_assert_max_num_queries(2):
        reading.of_account(12, size=3, after=after)


def test_connections_are_read_page_by_page_and_for_a_year() -> None:
    for days in (400, 366, 364, 2, 1):
        with time_machine.travel(NOW - timedelta(days=days), tick=False):
            record_connection(f"{days}", account_id=12, address="203.0.113.7", device="PC, Firefox")

    first = reading.connections(12, now=NOW, size=2)
    second = reading.connections(12, now=NOW, size=2, after=first.after)

    assert [line.outcome for line in (*first.entries, *second.entries)] == ["1", "2", "364"]
    assert second.after is None


@pytest.mark.parametrize("after", [2**63, 10**300])
def test_a_number_that_no_row_can_have_leads_nowhere(after: int) -> None:
    assert reading.of_account(12, after=after).entries == ()


def test_another_accounts_line_leads_nowhere() -> None:
    record(Event.SIGNED_IN, account_id=13)
    record(Event.SIGNED_IN, account_id=12)
    theirs = reading.of_account(13, size=1).entries[0].pk

    assert reading.of_account(12, after=theirs).entries == ()
