"""Turns at something costly: so many at once, a short line in the order of arrival, then « come back later »."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from educonnect import metrics


class NoTurn(Exception):
    """No turn now: the line is full and has been for a while, or ours did not come in time."""


class Turns:
    """So many turns at once in this process.

    A burst is absorbed: the line may grow for `burst` seconds. When it has been full that long without a break, more
    is asked than can be done, and waiting would only make everybody late: whoever comes is told so at once, which
    costs next to nothing, while those in line are served at full speed.
    """

    def __init__(self, at_once: int, *, line: int, burst: float, patience: float) -> None:
        self.at_once, self.line, self.burst, self.patience = at_once, line, burst, patience
        self._lock = threading.Lock()
        self._taken = 0
        self._waiting: deque[threading.Lock] = deque()
        self._full_since: float | None = None

    def check(self) -> None:
        """Pass if a turn may be asked for: before anything is spent on whoever would not get one.

        Raises:
            NoTurn: the line has been full for too long.
        """
        with self._lock:
            refused = self._overrun()
        if refused:
            metrics.turned_away()
            raise NoTurn

    @contextmanager
    def one(self) -> Iterator[None]:
        """A turn, after those who came first.

        Raises:
            NoTurn: none came within `patience`.
        """
        began = time.monotonic()
        with self._lock:
            ticket = None
            if self._taken < self.at_once and not self._waiting:
                self._taken += 1
                self._full_since = None
            else:
                ticket = threading.Lock()
                ticket.acquire()
                self._waiting.append(ticket)
        if ticket is not None:
            self._wait(ticket)
        metrics.hash_waited(time.monotonic() - began)
        try:
            yield
        finally:
            with self._lock:
                if self._waiting:
                    self._waiting.popleft().release()  # handed over: nobody who comes now goes before
                else:
                    self._taken -= 1

    def _wait(self, ticket: threading.Lock) -> None:
        metrics.hash_waits(1)
        try:
            if ticket.acquire(timeout=self.patience):
                return
            with self._lock:
                if ticket not in self._waiting:  # handed over in this very instant
                    return
                self._waiting.remove(ticket)
        finally:
            metrics.hash_waits(-1)
        metrics.turned_away()
        raise NoTurn

    def _overrun(self) -> bool:
        now = time.monotonic()
        if self._taken < self.at_once or len(self._waiting) * 2 < self.line:
            self._full_since = None
        elif self._full_since is None and len(self._waiting) >= self.line:
            self._full_since = now
        # once full it must become half empty again: at the brim, each that leaves would let the burst begin anew
        full = len(self._waiting) >= self.line
        return full and self._full_since is not None and now - self._full_since > self.burst
