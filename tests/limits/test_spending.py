import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from educonnect.limits import spending
from educonnect.limits.errors import TooManyAttempts
from educonnect.limits.limit import Growing, Limit
from educonnect.limits.models import Counter
from educonnect.limits.spending import Lane, Right

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
THREE = Limit(times=3, within=timedelta(hours=24))
SLOW = Growing(free=2, first=timedelta(seconds=10), most=timedelta(minutes=1), memory=timedelta(hours=1))
WIDE = Growing(free=4, first=timedelta(seconds=30), most=timedelta(minutes=5), memory=timedelta(hours=1), stop=6)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def charge(*lanes: Lane, at: datetime = NOW) -> timedelta | None:
    """How long to wait; None when the try was heard."""
    try:
        spending.charge(lanes, now=at)
    except TooManyAttempts as refusal:
        return refusal.wait
    return None


def count(key: str) -> int:
    return Counter.objects.get(key=spending.opaque(key)).count


def test_a_limit_tells_the_tries_left_and_then_refuses(clock) -> None:
    left = [spending.spend(THREE, "door:1") for _ in range(3)]

    assert left == [2, 1, 0]
    clock.shift(timedelta(hours=4))
    with pytest.raises(TooManyAttempts) as refused:
        spending.spend(THREE, "door:1")
    assert refused.value.wait == timedelta(hours=20)


def test_a_limit_starts_again_once_its_window_is_over(clock) -> None:
    for _ in range(3):
        spending.spend(THREE, "door:1")

    clock.shift(timedelta(hours=24))

    assert spending.spend(THREE, "door:1") == 2


def test_a_limit_on_one_key_leaves_the_others_alone(clock) -> None:
    for _ in range(3):
        spending.spend(THREE, "door:1")

    assert spending.spend(THREE, "door:2") == 2


def test_a_limit_that_is_forgotten_starts_again(clock) -> None:
    for _ in range(3):
        spending.spend(THREE, "door:1")

    spending.forget("door:1")

    assert spending.spend(THREE, "door:1") == 2


def test_a_try_is_one_statement(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        spending.spend(THREE, "door:1")
    with django_assert_num_queries(1):
        spending.charge([Lane("a", SLOW), Lane("b", WIDE)], now=NOW)


def test_delays_grow_with_each_try_and_are_told() -> None:
    lane = Lane("a", SLOW)

    waits = []
    at = NOW
    for _ in range(6):
        assert charge(lane, at=at) is None
        wait = charge(lane, at=at) if count("a") > 2 else None
        waits.append(wait)
        at += wait or timedelta(0)

    assert waits == [None, None, *(timedelta(seconds=s) for s in (10, 20, 40, 60))]


def test_free_tries_of_a_class_do_not_stop_one_another_whichever_clock_was_read_first() -> None:
    waits = [charge(Lane("network:a", WIDE), at=NOW - timedelta(milliseconds=7 * late)) for late in range(4)]

    assert waits == [None] * 4


def test_hammering_neither_lengthens_a_wait_nor_counts_anywhere() -> None:
    lanes = (Lane("narrow", SLOW), Lane("wide", WIDE))
    for _ in range(3):
        charge(*lanes)

    waits = {charge(*lanes) for _ in range(20)}

    assert waits == {timedelta(seconds=10)}
    assert (count("narrow"), count("wide")) == (3, 3)


def test_a_wide_lane_that_waits_leaves_the_narrow_one_uncounted() -> None:
    for _ in range(5):
        charge(Lane("wide", WIDE), at=NOW)

    wait = charge(Lane("narrow", SLOW), Lane("wide", WIDE))

    assert wait == timedelta(seconds=30)
    assert not Counter.objects.filter(key=spending.opaque("narrow")).exists()


def test_after_the_stop_nothing_is_heard_until_it_is_forgotten() -> None:
    at = NOW
    heard = 0
    for _ in range(2000):
        heard += charge(Lane("wide", WIDE), at=at) is None
        at += timedelta(seconds=1)

    assert heard == 6
    assert charge(Lane("wide", WIDE), at=at + timedelta(hours=1)) is None


def test_a_right_try_forgets_its_own_and_gives_back_what_it_put_on_the_shared_lane() -> None:
    mine = [Lane("me@here", SLOW), Lane("me", WIDE), Lane("here", WIDE)]
    other = [Lane("you@here", SLOW), Lane("you", WIDE), Lane("here", WIDE)]
    charge(*mine)
    charge(*mine)
    charge(*other)

    held = spending.clear(Right(["me@here", "me"], shared="here"))

    assert held == 2
    assert count("here") == 1
    assert count("you") == 1
    assert Counter.objects.count() == 3


def test_a_right_try_of_somebody_new_lifts_nobodys_wait() -> None:
    for _ in range(5):
        charge(Lane("here", WIDE))

    spending.clear(Right(["newcomer@here", "newcomer"], shared="here"))

    assert charge(Lane("here", WIDE)) == timedelta(seconds=30)


def test_the_table_holds_no_clear_key() -> None:
    spending.spend(THREE, "net:203.0.113.7")

    (stored,) = Counter.objects.values_list("key", flat=True)
    assert "203" not in stored
    assert len(stored) == 64


def test_windows_that_are_over_are_purged(clock) -> None:
    spending.spend(THREE, "door:1")
    clock.shift(timedelta(hours=12))
    spending.spend(THREE, "door:2")

    purged = spending.purge(NOW + timedelta(hours=25))

    assert purged == 1
    assert Counter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_burst_at_one_instant_gets_no_more_than_its_due() -> None:
    heard: list[bool] = []
    start = threading.Barrier(8)

    def knock() -> None:
        start.wait()
        try:
            heard.append(charge(Lane("a", SLOW), Lane("b", WIDE)) is None)
        finally:
            connection.close()

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(heard) == 8
    assert sum(heard) == SLOW.free + 1
