"""Three times what the server can do, asked on the clock whatever is answered: `python -m bench.overload [--quick]`.

The server is `bench.serve` with the hash of every installation. Its capacity is measured first, by browsers that wait
for their answer. Then sign-ins are begun at three times that rate, each by a new browser, whether or not those before
were answered, while browsers already signed in go on asking for assertions; last, a lone browser signs in until it is
served as fast as before. The load comes from this machine and takes of its processors: what is told is what is
answered, and how late, not what a larger machine would do.
"""

import http.client
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from bench import measure
from bench.measure import Figure
from bench.saml import AT_ONCE, PASSWORD, USERS, Browser, Server, served, sign_in

TITLE = "Overload"
TIMES = 3
CALM = 2.0  # as fast as before: so many times the median of before, at most
GIVE_UP = 120.0  # seconds after the load


@dataclass
class Told:
    """What was answered, and after how many seconds."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, outcome: str, seconds: float) -> None:
        self.outcomes[outcome] += 1
        self.seconds.setdefault(outcome, []).append(seconds)

    def late(self, outcome: str) -> str:
        found = sorted(self.seconds.get(outcome, [0.0]))
        return f"median {statistics.median(found) * 1000:.0f} ms, 99 % {found[int(len(found) * 0.99)] * 1000:.0f} ms"


def run(quick: bool) -> Iterable[Figure]:
    """Capacity, overload, back to normal."""
    seconds = 10 if quick else 30
    with served("default") as server:
        server.load(sign_in, 64, AT_ONCE)
        for seat in range(AT_ONCE):
            browser = server.seats[seat] = Browser(server.port)
            browser.signs_in(f"u.banc{seat}", PASSWORD.format(seat))
        capacity = server.measured("sign-ins, as many as it can", sign_in, 200 if quick else 400, AT_ONCE, "")
        rate = capacity.ops / capacity.wall
        alone = statistics.median(_one(server, number)[1] for number in range(10))
        yield Figure(
            capacity.operation,
            capacity.ops,
            capacity.cpu,
            capacity.database_cpu,
            capacity.wall,
            capacity.peak_mib,
            note=f"capacity {rate:.1f}/s; alone {alone * 1000:.0f} ms",
        )

        asked, meanwhile = Told(), Told()
        before = server.cpu()
        began = time.monotonic()
        late = _open_loop(server, TIMES * rate, seconds, asked, meanwhile)
        wall = time.monotonic() - began
        after = server.cpu()
        total = sum(asked.outcomes.values())
        others = total - asked.outcomes["answered"] - asked.outcomes["503"]
        yield Figure(
            f"{TIMES} times that, {seconds} s",
            total,
            after[0] - before[0],
            after[1] - before[1],
            wall,
            server.memory(),
            note=(
                f"offered {total / seconds:.0f}/s; answered {asked.outcomes['answered']} ({asked.late('answered')}), "
                f"503 {asked.outcomes['503']} ({asked.late('503')}), anything else {others}; "
                f"begun at most {late * 1000:.0f} ms late"
            ),
        )
        yield Figure(
            "assertions on open sessions meanwhile",
            sum(meanwhile.outcomes.values()),
            0.0,
            wall=wall,
            note=f"answered {meanwhile.outcomes['answered']} of {sum(meanwhile.outcomes.values())}, "
            f"{meanwhile.late('answered')}",
        )
        normal = _until_normal(server, CALM * alone)
        yield Figure("back to normal", 1, 0.0, wall=normal, note=f"{normal:.1f} s after the load, {CALM:.0f}x alone")


def _one(server: Server, number: int) -> tuple[str, float]:
    """A new browser signs in once: what became of it, in seconds."""
    began = time.monotonic()
    browser = Browser(server.port)
    try:
        browser.signs_in(f"u.banc{number % USERS}", PASSWORD.format(number % USERS))
        outcome = "answered"
    except RuntimeError as error:
        outcome = "503" if "answered 503" in str(error) else "other"
    except (OSError, http.client.HTTPException):
        outcome = "error"
    finally:
        browser.connection.close()
    return outcome, time.monotonic() - began


def _open_loop(server: Server, rate: float, seconds: int, asked: Told, meanwhile: Told) -> float:
    """Begin `rate` sign-ins a second; how late the latest was begun."""
    lock = threading.Lock()
    stop = threading.Event()
    began = time.monotonic()
    late = 0.0

    def one(number: int) -> None:
        told = _one(server, number)
        with lock:
            asked.add(*told)

    def goes_on(seat: int) -> None:
        browser = server.seats[seat]
        browser.connection.close()  # the server has closed it since
        while not stop.wait(0.5):
            start = time.monotonic()
            try:
                outcome = "answered" if 'name="SAMLResponse"' in browser.asks()[2] else "other"
            except (OSError, http.client.HTTPException):
                outcome = "error"
                browser.connection.close()
            with lock:
                meanwhile.add(outcome, time.monotonic() - start)

    steady = [threading.Thread(target=goes_on, args=(seat,)) for seat in range(4)]
    threads = [threading.Thread(target=one, args=(number,)) for number in range(int(rate * seconds))]
    for thread in steady:
        thread.start()
    for number, thread in enumerate(threads):
        wait = began + number / rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        late = max(late, -wait)
        thread.start()
    stop.set()
    for thread in [*threads, *steady]:
        thread.join()
    return late


def _until_normal(server: Server, calm: float) -> float:
    """Seconds until three sign-ins on end are served within `calm`."""
    began = time.monotonic()
    first, good = 0.0, 0
    while time.monotonic() - began < GIVE_UP:
        start = time.monotonic() - began
        outcome, seconds = _one(server, 7)
        if outcome == "answered" and seconds <= calm:
            first = start if good == 0 else first
            good += 1
            if good == 3:
                return first
        else:
            good = 0
    raise RuntimeError("not back to normal")


if __name__ == "__main__":
    measure.main(TITLE, run)
