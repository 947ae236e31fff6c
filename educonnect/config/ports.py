"""Ports of this machine: whether one is free is asked before anything starts, since the server would not say."""

import contextlib
import socket
import time
from collections.abc import Iterable

LOOPBACK = "127.0.0.1"
LAST = 65535


def taken(ports: Iterable[int], *, host: str = LOOPBACK, patience: float = 0.0) -> list[int]:
    """Those of `ports` another program listens on; asked again for `patience` seconds while there are any."""
    deadline = time.monotonic() + patience
    asked = list(ports)
    while (found := [port for port in asked if not _free(host, port)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def _free(host: str, port: int) -> bool:
    """Nobody listens there: on IPv6's loopback neither, where a browser that reads « localhost » may go first."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    if host != LOOPBACK:
        return True
    with contextlib.suppress(OSError), socket.create_connection(("::1", port), timeout=0.5):
        return False
    return True
