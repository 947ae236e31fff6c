"""What `educonnect run` has started on a data folder, for the commands that come after (`run.json`)."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from educonnect.config import env

DEFAULT_PORT = 8000


@contextmanager
def alone(data_dir: Path) -> Iterator[bool]:
    """Be the one program that runs this data folder while the block lasts; yields whether we are."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with open(data_dir / "run.lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def write(data_dir: Path, what: Mapping[str, Any]) -> None:
    """Say what runs: `base_url`, `port`, `services` (name -> address), `processes` (name -> pid), `stopping`."""
    draft = data_dir / f".run.json.{os.getpid()}"
    draft.write_text(json.dumps(what, indent=2) + "\n", encoding="utf-8")
    draft.replace(data_dir / "run.json")


def read(data_dir: Path) -> dict[str, Any]:
    """What was said last, by a program that may have ended since; empty if nothing was."""
    with contextlib.suppress(OSError, ValueError):
        said = json.loads((data_dir / "run.json").read_text(encoding="utf-8"))
        return said if isinstance(said, dict) else {}
    return {}


def forget(data_dir: Path) -> None:
    """Nothing runs any more."""
    (data_dir / "run.json").unlink(missing_ok=True)


def port(data_dir: Path) -> int:
    """The first port: what the environment says, else that of the program now running, else 8000."""
    if "PORT" in os.environ:
        return env.port("PORT", DEFAULT_PORT)
    if (data_dir / "run.lock").exists() and isinstance(known := read(data_dir).get("port"), int):
        with alone(data_dir) as nobody_runs:
            if not nobody_runs:
                return known
    return DEFAULT_PORT
