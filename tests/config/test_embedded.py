"""The embedded PostgreSQL, with real processes: shared, killed, torn, and found in the way."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from educonnect.config import embedded
from educonnect.config.embedded import DatabaseUnavailable

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.getuid() != 0, reason="what root alone meets")
HOLDER = """
import sys
from pathlib import Path
from educonnect.config import embedded
with embedded.running(Path(sys.argv[1]), durable=False):
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="educonnect-test-"))
    made.chmod(0o755)
    yield made / "var"
    _clear(made / "var")
    shutil.rmtree(made)


def _clear(data_dir: Path) -> None:
    if (pid := embedded.server_pid(data_dir)) is not None:
        os.kill(pid, signal.SIGQUIT)
        until(lambda: embedded.server_pid(data_dir) is None)
    shutil.rmtree(embedded.socket_dir(data_dir), ignore_errors=True)
    pointer = data_dir / "postgresql.elsewhere"
    if pointer.exists():
        shutil.rmtree(pointer.read_text().strip(), ignore_errors=True)


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "too long"
        time.sleep(0.02)


@contextlib.contextmanager
def holder(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Another program that uses the folder's server."""
    words = [sys.executable, "-c", HOLDER, str(data_dir)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        try:
            yield process
        finally:
            process.kill()


def keep(url: str, word: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [word])


def kept(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM kept").fetchall()]


def setting(url: str, name: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        assert row is not None
        return str(row[0])


def test_the_server_starts_keeps_its_data_and_stops(folder: Path) -> None:
    with embedded.running(folder) as url:
        keep(url, "pear")
        assert setting(url, "fsync") == "on"
    assert embedded.server_pid(folder) is None

    with embedded.running(folder) as url:
        assert kept(url) == ["pear"]


def test_the_server_never_runs_as_root_nor_listens_on_a_port(folder: Path) -> None:
    with embedded.running(folder, durable=False) as url:
        pid = embedded.server_pid(folder)

        assert os.stat(f"/proc/{pid}").st_uid != 0
        assert setting(url, "listen_addresses") == ""
        assert setting(url, "fsync") == "off"
        assert embedded.socket_dir(folder).stat().st_mode & 0o077 == 0


def test_a_server_others_use_is_left_running_and_the_last_one_stops_it(folder: Path) -> None:
    with holder(folder) as other:
        with embedded.running(folder):
            pid = embedded.server_pid(folder)
        assert embedded.server_pid(folder) == pid

        other.communicate("")
        assert other.returncode == 0

    assert embedded.server_pid(folder) is None


def test_two_programs_that_start_at_once_share_one_server(folder: Path) -> None:
    words = [sys.executable, "-c", HOLDER, str(folder)]
    others = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)
    ]

    said = [other.stdout.readline() for other in others if other.stdout]
    running = embedded._workers(folder / "postgresql")
    for other in others:
        other.communicate("")

    assert said == ["up\n"] * 3
    assert len([parent for parent in running.values() if parent not in running]) == 1
    assert embedded.server_pid(folder) is None


def test_after_the_holder_is_killed_the_next_one_uses_the_server_and_stops_it(folder: Path) -> None:
    with holder(folder) as other:
        pid = embedded.server_pid(folder)
        other.kill()
        other.wait()
    assert embedded.server_pid(folder) == pid

    with embedded.running(folder) as url:
        keep(url, "pear")
        assert embedded.server_pid(folder) == pid

    assert embedded.server_pid(folder) is None


def test_after_postgresql_is_killed_it_starts_again_with_its_data(folder: Path) -> None:
    with embedded.running(folder) as url:
        keep(url, "pear")
        os.kill(embedded.server_pid(folder) or 0, signal.SIGKILL)

    with embedded.running(folder) as url:
        assert kept(url) == ["pear"]


def test_a_server_killed_in_use_is_revived_once(folder: Path) -> None:
    with embedded.running(folder) as url:
        keep(url, "pear")
        assert not embedded.revive(folder)
        killed = embedded.server_pid(folder) or 0
        os.kill(killed, signal.SIGKILL)
        until(lambda: embedded.server_pid(folder) is None)

        assert embedded.revive(folder)
        assert not embedded.revive(folder)
        assert kept(url) == ["pear"]

    assert embedded.server_pid(folder) is None


@pytest.mark.parametrize(
    "content",
    ["", "12", "99999999\n/nowhere\n", f"{os.getpid()}\n/nowhere\n1\n5432\n", "1\n/nowhere\n1\n5432\n", "\0\0torn"],
    ids=["empty", "torn", "nobody", "a stranger", "the first process", "nonsense"],
)
def test_whatever_pid_file_a_dead_server_left_the_next_one_starts(folder: Path, content: str) -> None:
    with embedded.running(folder, durable=False):
        pass
    (folder / "postgresql" / "postmaster.pid").write_text(content)

    with embedded.running(folder, durable=False) as url:
        keep(url, "pear")


def test_a_stale_socket_and_its_lock_are_in_nobodys_way(folder: Path) -> None:
    sockets = embedded.socket_dir(folder)
    with embedded.running(folder, durable=False):
        owner = sockets.stat().st_uid
    sockets.mkdir()
    os.chown(sockets, owner, -1)
    (sockets / ".s.PGSQL.5432").write_text("")
    (sockets / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")

    with embedded.running(folder, durable=False) as url:
        keep(url, "pear")


def test_a_server_whose_socket_was_swept_away_is_started_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with holder(folder) as other:
        other.kill()
        other.wait()
    pid = embedded.server_pid(folder)
    shutil.rmtree(embedded.socket_dir(folder))

    with embedded.running(folder, durable=False) as url:
        keep(url, "pear")

        assert embedded.server_pid(folder) not in {pid, None}


def test_an_interrupted_first_start_leaves_nothing_in_the_way(folder: Path) -> None:
    half = folder / "postgresql.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    with embedded.running(folder, durable=False) as url:
        keep(url, "pear")

    assert not half.exists()


def test_data_of_another_version_is_refused_by_name_and_left_alone(folder: Path) -> None:
    with embedded.running(folder, durable=False):
        pass
    version = folder / "postgresql" / "PG_VERSION"
    version.write_text("16\n")

    with pytest.raises(DatabaseUnavailable, match="PostgreSQL 16"), embedded.running(folder):
        pass

    assert version.read_text() == "16\n"
    assert embedded.server_pid(folder) is None


def test_without_the_wheel_the_message_says_what_to_give(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(DatabaseUnavailable, match="DATABASE_URL"), embedded.running(folder):
        pass


def test_a_programs_own_failure_stops_the_server_too(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), embedded.running(folder, durable=False):
        raise ZeroDivisionError

    assert embedded.server_pid(folder) is None


@as_root
def test_in_a_folder_nobody_may_enter_the_data_is_elsewhere_and_no_mode_changes(folder: Path) -> None:
    folder.parent.chmod(0o700)
    said: list[str] = []

    with embedded.running(folder, durable=False, tell=said.append) as url:
        keep(url, "pear")
    with embedded.running(folder, durable=False, tell=said.append) as url:
        assert kept(url) == ["pear"]

    elsewhere = Path((folder / "postgresql.elsewhere").read_text().strip())
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert not (folder / "postgresql").exists()
    assert len(said) == 1
    assert str(elsewhere) in said[0]
    assert (elsewhere / "data").stat().st_mode & 0o077 == 0


@as_root
def test_where_the_programs_cannot_be_reached_a_copy_of_them_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = folder.parent / "hidden"
    hidden.mkdir(mode=0o700)
    programs = embedded._copied(embedded._wheel(), hidden)
    monkeypatch.setattr(embedded, "_wheel", lambda: programs)

    with embedded.running(folder, durable=False) as url:
        keep(url, "pear")
        program = os.readlink(f"/proc/{embedded.server_pid(folder)}/exe")

    assert not program.startswith(str(hidden))
    assert hidden.stat().st_mode & 0o777 == 0o700


@as_root
def test_if_its_folder_elsewhere_was_swept_away_a_new_base_is_made(folder: Path) -> None:
    folder.parent.chmod(0o700)
    with embedded.running(folder, durable=False, tell=lambda said: None):
        pass
    shutil.rmtree((folder / "postgresql.elsewhere").read_text().strip())

    with embedded.running(folder, durable=False, tell=lambda said: None) as url:
        keep(url, "pear")


@as_root
def test_a_socket_folder_of_somebody_else_is_refused(folder: Path) -> None:
    sockets = embedded.socket_dir(folder)
    sockets.mkdir()
    os.chown(sockets, 12345, 12345)

    with pytest.raises(DatabaseUnavailable, match="n’est pas à nous"), embedded.running(folder):
        pass

    assert embedded.server_pid(folder) is None


ORDINARY = """
import os, sys
from pathlib import Path
import psycopg, encodings.idna, encodings.ascii, encodings.utf_8
from educonnect.config import embedded
data, programs, user = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
embedded._wheel = lambda: programs
os.setgroups([]); os.setgid(user); os.setuid(user)
with embedded.running(data, durable=False) as url:
    with psycopg.connect(url) as connection:
        print(connection.execute("SELECT 'up'").fetchone()[0], os.stat(f"/proc/{embedded.server_pid(data)}").st_uid)
"""


@as_root
def test_an_ordinary_user_runs_it_under_its_own_name(folder: Path) -> None:
    user = pwd.getpwnam("nobody").pw_uid
    programs = embedded._copied(embedded._wheel(), folder.parent)
    folder.mkdir()
    os.chown(folder, user, -1)

    words = [sys.executable, "-c", ORDINARY, str(folder), str(programs), str(user)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)

    assert done.stdout == f"up {user}\n", done.stderr
    assert embedded.server_pid(folder) is None


@as_root
def test_root_takes_over_the_folder_of_an_ordinary_user_under_that_users_name(folder: Path) -> None:
    user = pwd.getpwnam("daemon").pw_uid
    with embedded.running(folder, durable=False):
        pass
    for path in [folder / "postgresql", *(folder / "postgresql").rglob("*")]:
        os.chown(path, user, -1)

    with embedded.running(folder, durable=False):
        assert os.stat(f"/proc/{embedded.server_pid(folder)}").st_uid == user
