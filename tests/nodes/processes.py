"""Web nodes and workers as an operator starts them: production settings, processes of their own, one database."""

import contextlib
import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

from django.db import connection

from educonnect.config import keys

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "f" * 32 + "0" * 32


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "too long"
        time.sleep(0.05)


def free_port() -> int:
    """Outside the ports that outgoing connections take, so that it is still free when it is listened on."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def database() -> str:
    """The test database's address."""
    known = connection.get_connection_params()
    return f"postgresql://{known['user']}@/{known['dbname']}?host={known['host']}"


def ask(address: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers, body, whatever they are; 0 where nobody answers."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(
            urllib.request.Request(address, headers=headers), timeout=30, context=trusting
        ) as answer:
            return answer.status, _named(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _named(error.headers), error.read().decode()
    except OSError:
        return 0, {}, ""


def _named(headers: Message) -> dict[str, str]:
    """`Retry-After`, however it was spelt."""
    return {name.title(): value for name, value in headers.items()}


class Nodes:
    """Processes started on one data folder and the test database; all ended at the end, whatever happened.

    `tree`: the code that runs, this repository's or another release's.
    """

    def __init__(self, folder: Path, base_url: str, *, tree: Path = ROOT, **more: str) -> None:
        self.folder = folder
        self.tree = tree
        self.started: list[subprocess.Popen[bytes]] = []
        foreign = ("EDUCONNECT_", "DATABASE_", "PORT")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
            "DATABASE_URL": database(),
            "PYTHONPATH": os.pathsep.join(map(str, dict.fromkeys((tree, ROOT)))),
            **{
                f"EDUCONNECT_{name}": value
                for name, value in {
                    "BASE_URL": base_url,
                    "ALLOWED_HOSTS": "127.0.0.1,localhost",
                    "DATA_DIR": str(folder / "data"),
                    "EMAIL_FROM": "educonnect@example.invalid",
                    "DEMO": "0",
                    "ARGON2_TIME": "1",
                    "ARGON2_MEMORY_KIB": "8",
                    "METRICS_TOKEN": TOKEN,
                    "PEPPER_PASSWORDS": "1",
                    **{name: secrets.token_hex(32) for name in keys.NAMES},
                    **_signing_pair(),
                    **more,
                }.items()
            },
        }

    def run(self, *words: str) -> str:
        """A command, to its end; all it says."""
        return self.module("educonnect", *words)

    def module(self, *words: str) -> str:
        """A module that is no command of ours, to its end; all it says."""
        done = subprocess.run(
            [sys.executable, "-m", *words],
            env=self.environment,
            cwd=self.tree,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        """A command that serves; its output goes to `<name>.log`."""
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "educonnect", *words],
                env={**self.environment, "EDUCONNECT_FOLLOW_PARENT": "1"},
                cwd=self.tree,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def web(self, name: str, port: int, *, answers: str = "/sante") -> subprocess.Popen[bytes]:
        """A web node that answers."""
        process = self.start(name, "serve", "--port", str(port))
        until(lambda: ask(f"http://127.0.0.1:{port}{answers}")[0] == 200 or process.poll() is not None)
        assert process.poll() is None, self.said(name)
        return process

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def lines(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.said(name).splitlines()]


@contextmanager
def nodes(folder: Path, base_url: str, *, tree: Path = ROOT, **more: str) -> Iterator[Nodes]:
    """Start what is needed; it is ended here."""
    found = Nodes(folder, base_url, tree=tree, **more)
    try:
        yield found
    finally:
        for process in found.started:
            process.terminate()
        for process in found.started:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


_pair: dict[str, str] = {}


def _signing_pair() -> dict[str, str]:
    """A key and certificate that no check takes for a demonstration's."""
    if not _pair:
        from bench.serve import _signing_key

        _pair["SAML_KEY"], _pair["SAML_CERTIFICATE"] = _signing_key()
    return _pair
