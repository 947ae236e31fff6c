"""How things are measured: CPU of all that worked (us, our children, PostgreSQL), memory, and the machine.

A bench is a module of this package with a `TITLE` and a function `run(quick: bool) -> Iterable[Figure]`; it ends with

    if __name__ == "__main__":
        measure.main(TITLE, run)

so that it runs alone (`python -m bench.imports [--quick]`) or with the others (`python -m bench`).
`bench.store.fresh` gives it a database of its own. CPU seconds are compared, never wall time: a machine may be shared.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

SAMPLE = 0.2  # seconds between two looks at the memory


@dataclass(frozen=True, slots=True)
class Figure:
    """What an operation cost.

    Attributes:
        operation: what was done, such as « letters, 20 000 ».
        ops: how many times.
        cpu: CPU seconds, user and system, of this process and all its children, dead or alive.
        database_cpu: CPU seconds of PostgreSQL, every one of its processes.
        wall: seconds on the clock; tells nothing where other programs share the machine.
        peak_mib: largest memory (PSS, MiB) one of our processes ever had.
        database_peak_mib: largest memory (PSS, MiB) of PostgreSQL's processes together.
        note: what a reader must know: workers, threads, sizes.
    """

    operation: str
    ops: int
    cpu: float
    database_cpu: float = 0.0
    wall: float = 0.0
    peak_mib: float = 0.0
    database_peak_mib: float = 0.0
    note: str = ""

    @property
    def ms(self) -> float:
        """CPU milliseconds an operation, database included."""
        return 1000 * (self.cpu + self.database_cpu) / max(self.ops, 1)


class Measuring:
    """A measurement under way; `figure` holds the result once the block has ended."""

    def __init__(self, operation: str, ops: int, note: str) -> None:
        self.operation, self.ops, self.note = operation, ops, note
        self._figure: Figure | None = None

    @property
    def figure(self) -> Figure:
        """The result."""
        if self._figure is None:
            raise RuntimeError("the measured block has not ended")
        return self._figure


def postmaster(data_dir: Path) -> psutil.Process | None:
    """The PostgreSQL server of a data folder, or None when it does not run."""
    from educonnect.config import embedded

    pid = embedded.server_pid(data_dir)
    try:
        return psutil.Process(pid) if pid else None
    except psutil.NoSuchProcess:
        return None


def family(process: psutil.Process) -> list[psutil.Process]:
    """A process and all that descend from it."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_of(processes: Iterable[psutil.Process]) -> float:
    """CPU seconds of processes and of their children already dead (a live child must be in the list itself)."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def pss_of(process: psutil.Process) -> float:
    """Proportional set size in MiB: shared pages are counted once, split between those who share them."""
    try:
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except (OSError, psutil.NoSuchProcess):
        pass
    return 0.0


@contextmanager
def measuring(
    operation: str,
    ops: int = 1,
    *,
    also: Sequence[int] = (),
    database: psutil.Process | None = None,
    note: str = "",
) -> Iterator[Measuring]:
    """Measure what the block costs; set `.ops` inside when it is known only then.

    Args:
        also: pids of servers started elsewhere that work for the block: they and their children are counted as ours.
        database: the PostgreSQL server (`postmaster(data_dir)`), counted apart. When it descends from one of our
            processes it is still counted once, as the database.
    """
    me = psutil.Process()
    roots = [me, *(psutil.Process(pid) for pid in also)]
    result = Measuring(operation, ops, note)
    peaks: dict[int, float] = {}
    database_peak = 0.0
    stopped = threading.Event()
    watching = 0.0

    def groups() -> tuple[list[psutil.Process], list[psutil.Process]]:
        backends = family(database) if database else []
        apart = {process.pid for process in backends}
        ours = {process.pid: process for root in roots for process in family(root) if process.pid not in apart}
        return list(ours.values()), backends

    def watch() -> None:
        nonlocal database_peak, watching
        while True:
            ours, backends = groups()
            for process in ours:
                peaks[process.pid] = max(peaks.get(process.pid, 0.0), pss_of(process))
            database_peak = max(database_peak, sum(pss_of(process) for process in backends))
            watching = time.thread_time()
            if stopped.wait(SAMPLE):
                return

    ours, backends = groups()
    cpu, database_cpu, wall = cpu_of(ours), cpu_of(backends), time.perf_counter()
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield result
    finally:
        wall = time.perf_counter() - wall
        stopped.set()
        watcher.join()
        ours, backends = groups()
        result._figure = Figure(
            operation=result.operation,
            ops=result.ops,
            cpu=max(cpu_of(ours) - cpu - watching, 0.0),
            database_cpu=max(cpu_of(backends) - database_cpu, 0.0),
            wall=wall,
            peak_mib=max(peaks.values(), default=0.0),
            database_peak_mib=database_peak,
            note=result.note,
        )


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two ways compared in alternating rounds: medians in CPU ms an operation, and how sure the ratio is.

    Attributes:
        ratio: median over the rounds of `other / base`; below 1 the other is cheaper.
        low, high: the extreme rounds. A lead under 15 % is none.
    """

    base: float
    other: float
    ratio: float
    low: float
    high: float
    rounds: int = field(default=0)


def alternate(
    base: Callable[[], int],
    other: Callable[[], int],
    *,
    rounds: int = 5,
    also: Sequence[int] = (),
    database: psutil.Process | None = None,
) -> Ratio:
    """Run two ways in turn (base, other, other, base, …) and compare their CPU an operation, round by round.

    Each callable does its work once and returns how many operations that was. The machine's speed moves from hour to
    hour: only a ratio taken this way counts.
    """
    ways = {"base": base, "other": other}
    figures: dict[str, list[float]] = {"base": [], "other": []}
    for number in range(rounds):
        order = ("base", "other") if number % 2 == 0 else ("other", "base")
        for name in order:
            with measuring(name, also=also, database=database) as measured:
                measured.ops = ways[name]()
            figures[name].append(measured.figure.ms)
    ratios = [
        other_ms / base_ms for base_ms, other_ms in zip(figures["base"], figures["other"], strict=True) if base_ms > 0
    ]
    if not ratios:
        raise ValueError("the base way took no measurable CPU: do more operations a round")
    return Ratio(
        base=statistics.median(figures["base"]),
        other=statistics.median(figures["other"]),
        ratio=statistics.median(ratios),
        low=min(ratios),
        high=max(ratios),
        rounds=rounds,
    )


def machine() -> dict[str, str]:
    """The facts without which a figure means nothing: processor, cores, memory, kernel, versions, load."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor() or platform.machine(),
    )
    return {
        "processor": model,
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load when it began (1, 5, 15 min)": ", ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def table(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table."""
    head = "| operation | n | CPU ms each | ours, s | PostgreSQL, s | wall, s | peak of a process, MiB | of it, MiB | |"
    rows = [
        f"| {f.operation} | {f.ops} | {f.ms:.2f} | {f.cpu:.2f} | {f.database_cpu:.2f} | {f.wall:.1f} "
        f"| {f.peak_mib:.0f} | {f.database_peak_mib:.0f} | {f.note} |"
        for f in figures
    ]
    return "\n".join([head, "|---|---:|---:|---:|---:|---:|---:|---:|---|", *rows])


def main(title: str, run: Callable[[bool], Iterable[Figure]], argv: Sequence[str] | None = None) -> None:
    """The command line of one bench: print its table; `--json FILE` keeps the figures for `python -m bench`."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that the bench works")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    options = parser.parse_args(argv)
    figures = []
    for figure in run(options.quick):
        sys.stderr.write(f"  {figure.operation}: {figure.ms:.2f} ms\n")
        figures.append(figure)
    sys.stdout.write(f"## {title}\n\n{table(figures)}\n")
    if options.json:
        options.json.write_text(json.dumps({"title": title, "figures": [asdict(figure) for figure in figures]}))


def read(document: Mapping[str, object]) -> list[Figure]:
    """The figures of a file that `main` wrote."""
    rows = document["figures"]
    if not isinstance(rows, list):
        raise TypeError("figures: a list is expected")
    return [Figure(**row) for row in rows]
