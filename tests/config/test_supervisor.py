"""`educonnect run`, as a person meets it: started, stopped, started again, and killed at every level."""

import contextlib
import http.cookiejar
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import psycopg
import pytest

from educonnect.config import embedded

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("run")]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # a first start on a busy machine
READY = "Ctrl-C arrête tout."


def free_pair() -> int:
    """A port that is free and whose next is free too."""
    for _ in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port
    raise AssertionError("no two free ports in a row")


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "too long"
        time.sleep(0.05)


def status(url: str) -> int:
    """What an address answers, without following; 0 when nothing answers."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any, **options: Any) -> None:
            return None

    try:
        with urllib.request.build_opener(Stay).open(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


@dataclass
class House:
    """A data folder, its ports, and the programs started on it."""

    data: Path
    port: int
    first_said: str = ""
    runs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        foreign = ("EDUCONNECT_", "DATABASE_", "PYTHON")  # PYTHONUNBUFFERED would hide what waits to be said
        ours = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        cheap = {"EDUCONNECT_ARGON2_TIME": "1", "EDUCONNECT_ARGON2_MEMORY_KIB": "8"}
        return {**ours, **cheap, "EDUCONNECT_DATA_DIR": str(self.data), "PORT": str(self.port), "PYTHONPATH": str(ROOT)}

    @property
    def output(self) -> Path:
        return self.data.parent / "output"

    def start(self, *, wait: bool = True, words: tuple[str, ...] = (), **more: str) -> subprocess.Popen[bytes]:
        with open(self.output, "wb") as output:
            run = subprocess.Popen(
                words or (sys.executable, "-m", "educonnect", "run"),
                env=self.environment | more,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.runs.append(run)
        if wait:
            self.wait(run)
        return run

    def wait(self, run: subprocess.Popen[bytes]) -> None:
        until(lambda: READY in self.said() or run.poll() is not None, PATIENCE)
        assert READY in self.said(), self.said()

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def running(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "run.json").read_text())
        return found

    def pid(self, name: str) -> int:
        return int(self.running()["processes"][name])

    def left(self) -> list[str]:
        """Each living process that has to do with the folder."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                words = " ".join(process.cmdline())
                about = str(self.data) in words or process.environ().get("EDUCONNECT_DATA_DIR") == str(self.data)
                if about and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(words)
        return found

    def programs(self) -> list[str]:
        """Those of `left` that are ours: the database, which may outlive a killed program, left out."""
        return [words for words in self.left() if "/bin/postgres" not in words and "educonnect" in words]

    def clear(self) -> None:
        for run in self.runs:
            if run.poll() is None:
                run.kill()
            run.wait()
        until(lambda: self.programs() == [])
        if pid := embedded.server_pid(self.data):
            os.kill(pid, signal.SIGQUIT)
            until(lambda: embedded.server_pid(self.data) is None)


@pytest.fixture(scope="module")
def made() -> Iterator[House]:
    """A folder started once, so that the tests that follow meet the second start."""
    folder = Path(tempfile.mkdtemp(prefix="educonnect-run-"))
    folder.chmod(0o755)
    house = House(folder / "var", free_pair())
    try:
        run = house.start()
        house.first_said = house.said()
        run.send_signal(signal.SIGINT)
        run.wait(timeout=30)
        yield house
    finally:
        house.clear()
        shutil.rmtree(embedded.socket_dir(house.data), ignore_errors=True)
        if (pointer := house.data / "postgresql.elsewhere").exists():
            shutil.rmtree(pointer.read_text().strip())
        shutil.rmtree(folder)


@pytest.fixture
def house(made: House) -> Iterator[House]:
    yield made
    made.clear()


def count(house: House, table: str) -> int:
    with psycopg.connect(embedded.url(house.data)) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        return int(row[0])


def test_everything_answers_and_what_runs_is_written_down(house: House) -> None:
    house.start()

    assert 200 <= status(f"http://localhost:{house.port}/") < 500
    assert status(f"http://127.0.0.1:{house.port + 1}/") == 200
    assert house.running()["base_url"] == f"http://localhost:{house.port}"
    assert set(house.running()["processes"]) == {"run", "serve", "work", "pass-culture"}
    assert all(psutil.pid_exists(pid) for pid in house.running()["processes"].values())


def asks_who_somebody_is(service: str) -> str:
    """The page the example service sends the browser of somebody with a new account to; no proxy is asked."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))
    with browser.open(f"{service}/application/inscription", timeout=10) as page:
        token = page.read().decode().partition('name="csrf" value="')[2].partition('"')[0]
    known = {"csrf": token, "email": f"{token}@messagerie.example", "password": "une phrase pour le pass"}
    browser.open(f"{service}/application/inscription", urlencode(known).encode(), timeout=10).close()
    with browser.open(f"{service}/saml/educonnect/login", timeout=10) as page:
        return f"{page.url}\n{page.read().decode()}"


def test_the_example_service_reaches_us_on_a_machine_whose_way_out_is_a_proxy(house: House) -> None:
    house.start(http_proxy="http://127.0.0.1:1", HTTP_PROXY="http://127.0.0.1:1")

    reached = asks_who_somebody_is(f"http://127.0.0.1:{house.port + 1}")

    assert reached.startswith(f"http://localhost:{house.port}/")
    assert "<h1>Se connecter</h1>" in reached


def test_only_this_machine_is_listened_to(house: House) -> None:
    run = house.start()

    listened = {
        connection.laddr.ip
        for process in [psutil.Process(run.pid), *psutil.Process(run.pid).children(recursive=True)]
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert listened == {"127.0.0.1"}


def test_a_command_without_PORT_knows_where_the_house_is(house: House) -> None:
    house.start()
    environment = {name: value for name, value in house.environment.items() if name != "PORT"}
    words = [sys.executable, "-c", "from educonnect.config import settings; print(settings.BASE_URL)"]

    said = subprocess.run(words, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert said == f"http://localhost:{house.port}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_when_told_to_stop_every_process_ends(house: House, number: signal.Signals) -> None:
    run = house.start()

    run.send_signal(number)

    assert run.wait(timeout=30) == 0
    assert house.left() == []
    assert not (house.data / "run.json").exists()


def test_ctrl_c_counts_even_where_a_script_started_it_with_that_signal_ignored(house: House) -> None:
    run = house.start(words=("sh", "-c", 'trap "" INT; exec "$0" -m educonnect run', sys.executable))

    run.send_signal(signal.SIGINT)

    assert run.wait(timeout=30) == 0
    assert house.left() == []


def test_a_stop_in_the_middle_of_a_start_leaves_nothing(house: House) -> None:
    for moment in (0.3, 1.0, 2.0):
        run = house.start(wait=False)
        time.sleep(moment)
        run.send_signal(signal.SIGTERM)
        run.wait(timeout=30)

        assert house.left() == []


def test_a_second_start_keeps_the_data_and_gathers_nothing_again(house: House) -> None:
    house.start()
    with psycopg.connect(embedded.url(house.data)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('pear')")
    house.clear()

    began = time.monotonic()
    house.start()

    assert time.monotonic() - began < 30
    assert count(house, "kept") >= 1
    assert "Fichiers statiques" in house.first_said
    assert "Fichiers statiques" not in house.said()


def test_a_taken_port_is_said_before_anything_starts(house: House) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", house.port + 1))
        other.listen()
        run = house.start(wait=False)

        assert run.wait(timeout=30) != 0

    assert f"port déjà pris : {house.port + 1}" in house.said()
    assert "PORT=" in house.said()
    assert "Traceback" not in house.said()
    assert "Tables" not in house.said()
    assert house.left() == []


def test_a_second_run_of_the_same_folder_is_refused_and_harms_nothing(house: House) -> None:
    house.start()
    words = [sys.executable, "-m", "educonnect", "run"]

    done = subprocess.run(
        words, env=house.environment | {"PORT": "1"}, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert f"tourne déjà sur http://localhost:{house.port}" in done.stderr
    assert status(f"http://127.0.0.1:{house.port + 1}/") == 200


def test_after_kill_9_of_the_supervisor_its_children_end_and_it_starts_again(house: House) -> None:
    run = house.start()

    run.kill()
    run.wait()
    house.start()

    assert status(f"http://127.0.0.1:{house.port + 1}/") == 200
    assert len([words for words in house.left() if words.endswith("educonnect run")]) == 1
    assert len([words for words in house.left() if "educonnect work" in words]) == 1


@pytest.mark.parametrize("name", ["serve", "work", "pass-culture"])
def test_after_kill_9_of_a_child_another_takes_its_place(house: House, name: str) -> None:
    house.start()
    former = house.pid(name)

    os.kill(former, signal.SIGKILL)

    until(lambda: house.pid(name) != former)
    until(lambda: 200 <= status(f"http://localhost:{house.port}/") < 500)
    until(lambda: status(f"http://127.0.0.1:{house.port + 1}/") == 200)
    assert not psutil.pid_exists(former)


def test_after_kill_9_of_a_worker_of_the_server_another_takes_its_place(house: House) -> None:
    house.start()
    server = psutil.Process(house.pid("serve"))
    former = {worker.pid for worker in server.children()}
    assert len(former) == 2

    for pid in former:
        os.kill(pid, signal.SIGKILL)

    until(lambda: len({worker.pid for worker in psutil.Process(house.pid("serve")).children()} - former) == 2)
    until(lambda: 200 <= status(f"http://localhost:{house.port}/") < 500)


def test_after_kill_9_of_postgresql_it_is_started_again_under_the_running_server(house: House) -> None:
    house.start()
    former = house.running()["postgresql"]

    os.kill(former, signal.SIGKILL)

    until(lambda: house.running()["postgresql"] not in {former, None})
    until(lambda: 200 <= status(f"http://localhost:{house.port}/") < 500)
    until(lambda: count(house, "procrastinate_workers") >= 1)  # its worker is started again too


def test_after_kill_9_of_everything_it_starts_again(house: House) -> None:
    run = house.start()
    pids = [*house.running()["processes"].values(), house.running()["postgresql"]]

    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    run.wait()
    house.start()

    assert status(f"http://127.0.0.1:{house.port + 1}/") == 200


def test_it_ends_with_the_make_that_started_it(house: House) -> None:
    shell = 'EDUCONNECT_FOLLOW_PARENT=1 "$0" -m educonnect run & wait'
    make = house.start(wait=False, words=("sh", "-c", shell, sys.executable))
    house.wait(make)

    make.kill()
    make.wait()

    until(lambda: house.left() == [])
