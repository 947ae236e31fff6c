"""The measuring stick itself: a wrong one would flatter us."""

import json
import subprocess
import sys
import time

import pytest

from bench import measure

BURN = "import time\nend = time.process_time() + {}\nwhile time.process_time() < end: pass"


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_cpu_of_this_process_is_counted_and_sleep_is_not() -> None:
    with measure.measuring("burn", 10) as measured:
        burn(0.2)
        time.sleep(0.2)

    assert 0.15 <= measured.figure.cpu <= 0.35
    assert measured.figure.wall >= 0.35
    assert measured.figure.ms == pytest.approx(1000 * measured.figure.cpu / 10)


def test_cpu_of_a_child_that_has_ended_is_counted() -> None:
    with measure.measuring("child") as measured:
        subprocess.run([sys.executable, "-c", BURN.format(0.3)], check=True)

    assert measured.figure.cpu >= 0.25


def test_a_server_started_elsewhere_is_counted_when_it_is_named() -> None:
    with (
        subprocess.Popen(
            [sys.executable, "-c", "input()\n" + BURN.format(0.3) + "\nprint(1)"], stdin=-1, stdout=-1
        ) as server,
        measure.measuring("named", also=[server.pid]) as measured,
    ):
        server.communicate(b"\n")

    assert measured.figure.cpu >= 0.25


def test_peak_memory_of_a_process_is_seen() -> None:
    with measure.measuring("memory") as measured:
        held = bytearray(b"1" * 64 * 2**20)
        time.sleep(3 * measure.SAMPLE)
        assert held

    assert measured.figure.peak_mib >= 64


def test_alternating_rounds_tell_which_way_is_cheaper() -> None:
    def cheap() -> int:
        burn(0.03)
        return 1

    def dear() -> int:
        burn(0.12)
        return 1

    ratio = measure.alternate(cheap, dear, rounds=3)

    assert 2.0 <= ratio.ratio <= 7.0
    assert ratio.low <= ratio.ratio <= ratio.high


def test_the_machine_is_named() -> None:
    facts = measure.machine()

    assert int(facts["cores"]) >= 1
    assert facts["processor"]


def test_figures_survive_the_way_to_the_report(tmp_path, capsys) -> None:
    kept = tmp_path / "figures.json"
    figure = measure.Figure("letters, 100", 100, cpu=0.4, database_cpu=0.1, note="1 worker")

    measure.main("Letters", lambda quick: [figure], ["--quick", "--json", str(kept)])

    assert measure.read(json.loads(kept.read_text())) == [figure]
    assert "| letters, 100 | 100 | 5.00 |" in capsys.readouterr().out
