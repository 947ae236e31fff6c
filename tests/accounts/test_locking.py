from datetime import UTC, datetime, timedelta

import pytest

from educonnect.accounts import locking
from educonnect.accounts.models import Account
from educonnect.accounts.states import State, state_of
from educonnect.journal.models import Entry
from tests.accounts.factories import PupilAccountFactory, activate

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)


def test_a_lock_ends_every_session_and_holds_until_the_school_unlocks() -> None:
    account = activate(PupilAccountFactory())

    locked = locking.lock([account.pk], now=NOW, actor="staff:1", uai="9720001B")

    after = Account.objects.get(pk=account.pk)
    assert locked == 1
    assert after.epoch == account.epoch + 1
    assert state_of(after, NOW + timedelta(days=400)) is State.LOCKED
    assert Entry.objects.get(event="account.locked").uai == "9720001B"


def test_unlocking_gives_back_the_state_from_before() -> None:
    account = activate(PupilAccountFactory())
    locking.lock([account.pk], now=NOW, actor="staff:1")

    unlocked = locking.unlock([account.pk], now=NOW, actor="staff:1")

    assert unlocked == 1
    assert state_of(Account.objects.get(pk=account.pk), NOW) is State.ACTIVATED


def test_what_is_not_locked_or_is_closed_is_left_alone() -> None:
    open_, closed = activate(PupilAccountFactory()), PupilAccountFactory(closed_at=NOW)

    assert locking.unlock([open_.pk], now=NOW, actor="staff:1") == 0
    assert locking.lock([closed.pk], now=NOW, actor="staff:1") == 0
    assert not Entry.objects.exists()


def test_many_are_locked_in_a_few_statements(django_assert_max_num_queries) -> None:
    accounts = [PupilAccountFactory() for _ in range(20)]

    with django_assert_max_num_queries(5):
        locking.lock([account.pk for account in accounts], now=NOW, actor="operator:command-line")
    with django_assert_max_num_queries(6):
        locking.unlock([account.pk for account in accounts], now=NOW, actor="operator:command-line")
