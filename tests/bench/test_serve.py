"""A server made from a fixture, started as an outside load generator would start it."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
USERS = [["a.mirarivage", "quatre-vents-et-brise"], ["b.clairvoile", "sept-lieues-au-large"]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(tmp_path: Path, fixture: object, *options: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    kept = tmp_path / "fixture.json"
    kept.write_text(json.dumps(fixture))
    port = free_port()
    command = [sys.executable, "-m", "bench.serve", "--fixture", str(kept), "--port", str(port), *options]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with (
        open(tmp_path / "log", "w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment) as process,
    ):
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"ready http://127.0.0.1:{port}\n", (tmp_path / "log").read_text()
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.terminate()
            process.wait(20)


def processes_naming(text: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line:
            found.append(line)
    return found


@pytest.fixture(autouse=True)
def open_folder(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):  # PostgreSQL runs as another user when we are root
        if folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)


def test_it_serves_the_fixture_and_ends_clean_when_told_to(tmp_path: Path) -> None:
    fixture = {
        "users": USERS,
        "clients": [{"id": "x", "secret": "y", "redirect": "z"}],
        "cas_service": "http://cas.example/",
    }

    with served(tmp_path, fixture, "--variant", "cheap") as (url, process):
        with urllib.request.urlopen(f"{url}/connexion") as page:
            assert page.status == 200
        process.send_signal(signal.SIGTERM)
        status = process.wait(20)

    assert status == 0
    assert not list(tmp_path.glob("educonnect-serve-*"))
    assert processes_naming(str(tmp_path)) == []


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    kept = tmp_path / "fixture.json"
    kept.write_text("{}")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        ran = subprocess.run(
            [sys.executable, "-m", "bench.serve", "--fixture", str(kept), "--port", port],
            capture_output=True,
            text=True,
            check=False,
        )

    assert ran.returncode == 2
    assert "is taken" in ran.stderr


def test_a_fixture_that_is_not_json_is_said(tmp_path: Path) -> None:
    kept = tmp_path / "fixture.json"
    kept.write_text("users: all")

    ran = subprocess.run(
        [sys.executable, "-m", "bench.serve", "--fixture", str(kept), "--port", str(free_port())],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 2
    assert "--fixture" in ran.stderr
