import pytest

from educonnect.journal.models import Connection, Entry
from educonnect.journal.recording import record_connection, record_sign_in
from educonnect.journal.rules import Event

pytestmark = pytest.mark.django_db


def test_a_sign_in_is_in_both_trails_by_one_statement(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        record_sign_in(
            Event.SIGN_IN_FAILED, "wrong-pair", account_id=12, address="2001:db8::7", device="PC", code="E-1211"
        )

    entry, line = Entry.objects.get(), Connection.objects.get()
    assert (entry.event, entry.actor, entry.account_id, entry.detail) == (
        "session.sign-in-failed",
        "account:12",
        12,
        {"code": "E-1211"},
    )
    assert (line.outcome, line.account_id, line.address, line.device) == ("wrong-pair", 12, "2001:db8::7", "PC")


def test_T74_nothing_a_browser_says_forges_a_line() -> None:
    record_connection(
        "x", account_id=None, address="1.2.3.4'; DROP TABLE", device="PC\r\n2026 admin signed in\0\x1b[2J"
    )

    line = Connection.objects.get()
    assert line.address is None
    assert line.device == "PC  2026 admin signed in  [2J"
