"""How often something may be tried. Pure values, named in the rules file of whoever sets them."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` within a window that begins with the first try."""

    times: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Growing:
    """Some tries are free; each further one must wait twice as long as the one before.

    Attributes:
        free: tries that impose no wait.
        first: the wait after the first try that is not free.
        most: the longest wait.
        memory: tries are forgotten once none was heard for this long.
        stop: after so many tries none is heard any more until they are forgotten; None: never stops.
    """

    free: int
    first: timedelta
    most: timedelta
    memory: timedelta
    stop: int | None = None

    def waits(self) -> list[float]:
        """Seconds to wait after try 1, 2, 3…; the last value holds for all that follow."""
        found = [0.0] * self.free
        wait = self.first
        while wait < self.most:
            found.append(wait.total_seconds())
            wait *= 2
        found.append(self.most.total_seconds())
        if self.stop is not None:
            found = [*(found + [found[-1]] * self.stop)[: self.stop - 1], self.memory.total_seconds()]
        return found
