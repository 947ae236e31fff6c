"""Last night's backup on a new machine: the same passwords, letters and identifiers, with the keys kept apart."""

import http.cookiejar
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit

import pytest

from educonnect.config import embedded, keys
from tests.saml.service import key_pair

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240  # seconds, of a machine that does other things meanwhile


class Machine:
    """A machine of its own: its data folder, its database; the keys come from elsewhere."""

    def __init__(self, folder: Path, safe: Path, url: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.settings = {
            "DJANGO_SETTINGS_MODULE": "educonnect.config.settings",
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": url,
            "EDUCONNECT_BASE_URL": f"http://127.0.0.1:{self.port}",
            "EDUCONNECT_DATA_DIR": str(folder),
            "EDUCONNECT_DEMO": "0",
            "EDUCONNECT_EMAIL_FROM": "ne-pas-repondre@example.invalid",
            "EDUCONNECT_PEPPER_PASSWORDS": "1",
            "EDUCONNECT_ARGON2_TIME": "1",
            "EDUCONNECT_ARGON2_MEMORY_KIB": "8",
            **{f"EDUCONNECT_{path.name.upper()}_FILE": str(path) for path in safe.iterdir()},
        }

    def run(self, *words: str, **more: str | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *words],
            env=self.environment(more),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def done(self, *words: str, **more: str | None) -> str:
        finished = self.run(*words, **more)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def told(self, *words: str, **more: str | None) -> dict[str, str]:
        answer: dict[str, str] = json.loads(self.done("tests.config.restored", *words, **more))
        return answer

    def environment(self, more: dict[str, str | None]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("EDUCONNECT_", "DATABASE_"))}
        return {name: value for name, value in {**kept, **self.settings, **more}.items() if value is not None}

    @contextmanager
    def serving(self) -> Iterator[None]:
        words = [sys.executable, "-m", "educonnect", "serve", "--port", str(self.port), "--workers", "1"]
        server = subprocess.Popen(
            words, env=self.environment({}), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            deadline = time.monotonic() + PATIENCE
            while True:
                try:
                    with urllib.request.urlopen(f"{self.settings['EDUCONNECT_BASE_URL']}/connexion", timeout=10):
                        break
                except URLError:
                    assert server.poll() is None, "the server left"
                    assert time.monotonic() < deadline
                    time.sleep(0.2)
            yield
        finally:
            server.terminate()
            server.wait(PATIENCE)

    def signs_in(self, username: str, password: str) -> str:
        """Over HTTP, as a browser does: the path it is sent to."""
        opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), NoRedirection()
        )
        address = f"{self.settings['EDUCONNECT_BASE_URL']}/connexion"
        page = opener.open(address, timeout=60).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token is not None
        fields = {"username": username, "password": password, "csrfmiddlewaretoken": token[1]}
        try:
            opener.open(urllib.request.Request(address, urlencode(fields).encode()), timeout=60)
        except HTTPError as answer:
            return f"{answer.code} " + urlsplit(answer.headers["Location"]).path
        return "the same page"


class NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **options: object) -> None:
        return None


@pytest.fixture(scope="module")
def safe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the operator keeps the keys, apart."""
    folder = tmp_path_factory.mktemp("safe")
    for name in keys.NAMES:
        (folder / name.lower()).write_text(secrets.token_hex(32))
    pair = key_pair("idp.example")
    (folder / "saml_key").write_text(pair.key_pem)
    (folder / "saml_certificate").write_text(pair.pem)
    return folder


@contextmanager
def machine(safe: Path) -> Iterator[tuple[Machine, Path]]:
    with tempfile.TemporaryDirectory(prefix="educonnect-machine-") as folder:
        Path(folder).chmod(0o755)
        data = Path(folder) / "var"
        with embedded.running(data, durable=False, tell=lambda said: None) as url:
            yield Machine(data, safe, url), embedded.socket_dir(data)


def postgresql(program: str, sockets: Path, *words: str) -> bytes:
    command = [str(embedded._wheel() / "bin" / program), "-h", str(sockets), "-U", embedded.NAME, *words]
    return subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE).stdout


@pytest.mark.slow
def test_T85_last_nights_backup_serves_on_a_new_machine(
    safe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup = tmp_path / "backup"
    with machine(safe) as (before, sockets):
        before.done("educonnect", "migrate", "--verbosity", "0")
        before.done("educonnect", "collectstatic", "--no-input", "--verbosity", "0")
        with before.serving():  # the database remembers the keys it was served with
            pass
        told = before.told("fill")
        plain = postgresql("pg_dump", sockets, embedded.NAME).decode()
        backup.write_bytes(postgresql("pg_dump", sockets, "-Fc", embedded.NAME))
    began = time.monotonic()

    with machine(safe) as (after, sockets):
        postgresql("pg_restore", sockets, "--no-owner", "-d", embedded.NAME, str(backup))
        after.done("educonnect", "collectstatic", "--no-input", "--verbosity", "0")
        inventory = after.done("educonnect", "keys")
        verified = after.done("educonnect", "journal", "verify")
        with after.serving():
            own = after.signs_in("e.connue", told["own"])
            wrong = after.signs_in("e.connue", told["own"] + "!")
            letter = after.signs_in("e.nouvelle", told["letter"])
            lasted = time.monotonic() - began
        again = after.told("tell")

        assert "ABSENTE" not in inventory
        assert "Le journal tient." in verified
        assert (own, wrong, letter) == ("303 /mes-services", "the same page", "303 /activation/mot-de-passe")
        assert again == {name: told[name] for name in again}
        assert len(set(again.values())) == 3

        # the backup alone is worth nothing: no key, no password, no letter is in it
        hidden = [path.read_text() for path in safe.iterdir() if "certificate" not in path.name]
        assert [value for value in (*hidden, told["own"], told["letter"]) if value in plain] == []

        # what the inventory says of lost keys is true
        for name in ("PAIRWISE_KEY", "INE_HASH_KEY", "PEPPER", "FILES_KEY", "JOURNAL_KEY"):
            stopped = after.run("educonnect", "keys", **{f"EDUCONNECT_{name}_FILE": None})
            assert stopped.returncode == 1
            assert f"EDUCONNECT_{name}" in stopped.stderr
        for name in ("PAIRWISE_KEY", "PEPPER"):
            other = {f"EDUCONNECT_{name}_FILE": None, f"EDUCONNECT_{name}": secrets.token_hex(32)}
            stopped = after.run("educonnect", "serve", "--port", str(after.port), **other)
            assert stopped.returncode == 1
            assert "n’est pas la clé avec laquelle cette base a servi" in stopped.stderr
        lost = {"EDUCONNECT_PEPPER_FILE": None, "EDUCONNECT_PEPPER": f"2:{secrets.token_hex(32)}"}
        for username, password in (("e.connue", told["own"]), ("e.nouvelle", told["letter"])):
            assert after.told("try", username, password, **lost) == {"outcome": "WrongPair"}
        assert "ABSENTE" in after.done("educonnect", "keys", **lost)

    with capsys.disabled():
        print(f"\nfrom the backup to a sign-in on a new machine: {lasted:.1f} s")
