"""What a serving process counts of itself, for the operator's monitoring; nothing is counted anywhere else.

Counts stand in memory shared by files, one a process: a scrape answered by any worker adds those of all, and a worker
that dies loses none. They say how many, never who.
"""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

#: Seconds, up to each of which answers and waits are counted.
ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
WAITS = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Meters:
    """The metrics, made once in the process that starts the server and inherited by its workers."""

    def __init__(self, folder: Path) -> None:
        # read when the library is first imported: commands that count nothing never load it
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        here = CollectorRegistry()
        self.folder = folder
        self.answers = Histogram(
            "educonnect_http_seconds",
            "Seconds to an answer, by route and class of status",
            ("route", "status"),
            buckets=ANSWERS,
            registry=here,
        )
        self.sign_ins = Counter("educonnect_sign_ins", "Sign-ins tried, by outcome", ("outcome",), registry=here)
        self.waiting = Gauge(
            "educonnect_hashes_waiting",
            "Requests that wait for their turn to hash a password",
            multiprocess_mode="livesum",
            registry=here,
        )
        self.waits = Histogram(
            "educonnect_hash_wait_seconds",
            "Seconds waited for the turn to hash a password",
            buckets=WAITS,
            registry=here,
        )
        self.turned_away = Counter(
            "educonnect_hashes_turned_away", "Requests told to come back, for want of a turn", registry=here
        )
        self.routes: dict[tuple[str, int], Histogram] = {}  # looked up once: labels cost more than what they count


_meters: _Meters | None = None


def begin(folder: Path) -> None:
    """Count from now on, in this process and in those it forks, from nought; `folder` is emptied."""
    global _meters  # noqa: PLW0603 - a process counts in one place
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    _meters = _Meters(folder)


def answered(route: str, status: int, seconds: float) -> None:
    """A request was answered."""
    if _meters is None:
        return
    key = (route, status // 100)
    if key not in _meters.routes:
        _meters.routes[key] = _meters.answers.labels(route or "none", f"{key[1]}xx")
    _meters.routes[key].observe(seconds)


def signed_in(outcome: str) -> None:
    """A sign-in was tried; its outcome is a word of ours, never of the browser's."""
    if _meters is not None:
        _meters.sign_ins.labels(outcome).inc()


def hash_waits(change: int) -> None:
    """So many more requests, or fewer, wait for their turn to hash."""
    if _meters is not None:
        _meters.waiting.inc(change)


def hash_waited(seconds: float) -> None:
    """A turn to hash came."""
    if _meters is not None:
        _meters.waits.observe(seconds)


def turned_away() -> None:
    """No turn to hash came."""
    if _meters is not None:
        _meters.turned_away.inc()


def exposition(*more: "Collector") -> tuple[bytes, str]:
    """All counts of this server's processes and what `more` collects; with its content type, Prometheus's text."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    if _meters is not None:
        _forget_the_dead(_meters.folder)
        MultiProcessCollector(registry, path=str(_meters.folder))  # type: ignore[no-untyped-call]
    for collector in more:
        registry.register(collector)
    return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4


def _forget_the_dead(folder: Path) -> None:
    """What a dead worker's requests waited for is waited for no more; its counts stay."""
    for path in folder.glob("gauge_live*.db"):
        if not Path(f"/proc/{path.stem.rpartition('_')[2]}").exists():
            path.unlink(missing_ok=True)
