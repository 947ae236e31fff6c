"""Promise T86: hashing is bounded, fair, and says no at once when more is asked than can be done."""

import threading
import time
from collections.abc import Callable

import pytest

from educonnect.accounts.turns import NoTurn, Turns


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


class Crowd:
    """People who each take a turn when they can, and leave when told."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.served: list[int] = []
        self.refused: list[int] = []
        self.leave = threading.Semaphore(0)
        self.threads: list[threading.Thread] = []

    def comes(self, number: int) -> None:
        def turn() -> None:
            try:
                with self.turns.one():
                    self.served.append(number)
                    self.leave.acquire()
            except NoTurn:
                self.refused.append(number)

        here = len(self.served) + len(self.turns._waiting)
        self.threads.append(threading.Thread(target=turn))
        self.threads[-1].start()
        until(lambda: len(self.served) + len(self.turns._waiting) > here)

    def ends(self) -> None:
        for _ in self.threads:
            self.leave.release()
        for thread in self.threads:
            thread.join()


def test_T86_those_in_line_are_served_in_the_order_they_came() -> None:
    crowd = Crowd(Turns(1, line=1, burst=60, patience=60))

    for number in range(12):
        crowd.comes(number)
    crowd.ends()

    assert crowd.served == list(range(12))
    assert crowd.refused == []


def test_T86_no_more_are_served_at_once_than_there_are_turns() -> None:
    turns = Turns(2, line=1, burst=60, patience=60)
    crowd = Crowd(turns)

    for number in range(5):
        crowd.comes(number)

    assert (crowd.served, len(turns._waiting)) == ([0, 1], 3)
    crowd.ends()
    assert len(crowd.served) == 5


def test_a_burst_waits_and_is_not_sent_away() -> None:
    turns = Turns(1, line=1, burst=60, patience=60)
    crowd = Crowd(turns)
    for number in range(5):
        crowd.comes(number)

    turns.check()  # the line has been full for less than the burst

    crowd.ends()
    assert crowd.served == list(range(5))


def test_T86_a_line_full_for_too_long_sends_newcomers_away_at_once_until_it_is_shorter() -> None:
    turns = Turns(1, line=1, burst=0, patience=60)
    crowd = Crowd(turns)
    crowd.comes(0)
    turns.check()
    crowd.comes(1)

    turns.check()  # full from now on
    with pytest.raises(NoTurn):
        turns.check()

    crowd.ends()
    turns.check()
    with turns.one():
        pass
    assert crowd.served == [0, 1]


def test_who_waits_too_long_leaves_the_line_and_takes_no_turn_from_others() -> None:
    turns = Turns(1, line=1, burst=60, patience=0.01)

    with turns.one(), pytest.raises(NoTurn), turns.one():
        pass

    with turns.one():
        assert turns._taken == 1
    assert (turns._taken, list(turns._waiting)) == (0, [])


def test_a_turn_that_ends_in_an_error_is_given_back() -> None:
    turns = Turns(1, line=1, burst=60, patience=0.01)

    with pytest.raises(ValueError, match="broken"), turns.one():
        raise ValueError("broken")

    with turns.one():
        pass
