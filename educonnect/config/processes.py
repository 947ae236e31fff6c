"""Processes that end with the one that started them, however it ends."""

import contextlib
import ctypes
import os
import signal
from pathlib import Path

PARENT = "EDUCONNECT_FOLLOW_PARENT"  # set by a starter whose end must end the program: any value
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_libc = ctypes.CDLL(None, use_errno=True)


def die_with(parent: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send `number` to this process when `parent` ends; at once if it has ended already."""
    _libc.prctl(_SET_PARENT_DEATH_SIGNAL, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def follow_parent() -> None:
    """End politely when the program that started us ends, if it asked for that (`make run` does)."""
    if os.environ.pop(PARENT, ""):
        die_with(os.getppid(), signal.SIGTERM)


def end_bearers(token: str) -> int:
    """Kill each living process whose environment bears `token`, a word drawn for one start; how many there were.

    What a killed program had started is found so, wherever it went: process numbers are given again to others.
    """
    ended = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if token.encode() in (entry / "environ").read_bytes():
                os.kill(int(entry.name), signal.SIGKILL)
                ended += 1
    return ended
