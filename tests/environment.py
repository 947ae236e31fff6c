"""What every test stands on, loaded before Django: a real PostgreSQL, its own secrets, a cheap hash, no network."""

import atexit
import ipaddress
import os
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("EDUCONNECT_TEST_DATA", ROOT / "var" / "tests"))

os.environ["EDUCONNECT_DEMO"] = "1"
os.environ["EDUCONNECT_DATA_DIR"] = str(DATA)
os.environ.setdefault("EDUCONNECT_ARGON2_TIME", "1")
os.environ.setdefault("EDUCONNECT_ARGON2_MEMORY_KIB", "8")
os.environ.setdefault("EDUCONNECT_EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
for name in [key for key in os.environ if key.startswith("EDUCONNECT_BASE")]:
    del os.environ[name]
#: Nothing here leaves the machine, so nothing needs the way out, but the fetching of others' programs (npm).
WAY_OUT = {name: os.environ.pop(name) for name in list(os.environ) if name.lower().endswith("_proxy")}

if "DATABASE_URL" not in os.environ:
    from educonnect.config import embedded

    # xdist workers inherit DATABASE_URL from the controller, which alone starts and stops the server
    _server = ExitStack()
    os.environ["DATABASE_URL"] = _server.enter_context(embedded.running(DATA, durable=False))
    atexit.register(_server.close)

# what this machine lacks, as `make check` was told
LEFT_OUT = frozenset(filter(None, os.environ.get("SKIP", "").replace(" ", ",").split(",")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out, and say so, the tests whose system tool `SKIP` names."""
    for item in items:
        needed = {str(name) for mark in item.iter_markers("needs") for name in mark.args}
        if item.get_closest_marker("browser"):
            needed |= {"chromium", "fonts"}
        if lacking := ", ".join(sorted(needed & LEFT_OUT)):
            item.add_marker(pytest.mark.skip(reason=f"SKIP={lacking}"))


class NetworkReached(AssertionError):
    """A test tried to leave this machine."""


def _ours(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host is None or host in {"", "localhost", socket.gethostname()} or str(host).endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _shut(socket_class: Any) -> None:
    """Let sockets lead to this machine alone, names and addresses alike."""
    connect, connect_ex, look_up = socket_class.connect, socket_class.connect_ex, socket.getaddrinfo

    def check(family: int, address: Any) -> None:
        if family in {socket.AF_INET, socket.AF_INET6} and not _ours(address[0]):
            raise NetworkReached(f"a test connects to {address[0]}")

    def shut_connect(self: socket.socket, address: Any) -> Any:
        check(self.family, address)
        return connect(self, address)

    def shut_connect_ex(self: socket.socket, address: Any) -> Any:
        check(self.family, address)
        return connect_ex(self, address)

    def shut_look_up(host: Any, *args: Any, **options: Any) -> Any:
        if not _ours(host):
            raise NetworkReached(f"a test looks up {host!r}")
        return look_up(host, *args, **options)

    socket_class.connect, socket_class.connect_ex = shut_connect, shut_connect_ex
    socket.getaddrinfo = shut_look_up


_shut(socket.socket)
