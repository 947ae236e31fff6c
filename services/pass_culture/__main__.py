"""Serve the example pass Culture, or print its SAML metadata.

python -m services.pass_culture --port 8001 --idp-metadata http://localhost:8000/idp/shibboleth --data FOLDER
python -m services.pass_culture metadata --port 8001 --data FOLDER
"""

import argparse
import ctypes
import multiprocessing
import os
import signal
import sys
from datetime import date
from pathlib import Path

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from services.pass_culture.app import create_app
from services.pass_culture.educonnect import EduConnect


def application() -> Flask:
    """The application of a server's worker, told by the environment what `main` was told by its arguments."""
    if multiprocessing.parent_process() is not None:
        _end_with_parent()
    today = os.environ.get("PASS_CULTURE_TODAY")
    return create_app(
        os.environ["PASS_CULTURE_BASE_URL"],
        os.environ["PASS_CULTURE_IDP_METADATA"],
        Path(os.environ["PASS_CULTURE_DATA"]),
        today=(lambda: date.fromisoformat(today)) if today else date.today,
        educonnect_is_on=os.environ.get("PASS_CULTURE_EDUCONNECT", "1") != "0",
    )


def _end_with_parent() -> None:
    """A worker whose server is killed would go on answering for ever: the kernel ends it too (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(prog="pass_culture")
    parser.add_argument("action", nargs="?", choices=["serve", "metadata"], default="serve")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--idp-metadata", default="http://localhost:8000/idp/shibboleth")
    parser.add_argument("--data", type=Path, required=True)
    given = parser.parse_args()
    base_url = f"http://{given.host}:{given.port}"
    if given.action == "metadata":
        sys.stdout.buffer.write(EduConnect(base_url, given.idp_metadata, given.data / "keys").metadata())
        return
    os.environ["PASS_CULTURE_BASE_URL"] = base_url
    os.environ["PASS_CULTURE_IDP_METADATA"] = given.idp_metadata
    os.environ["PASS_CULTURE_DATA"] = str(given.data)
    application()  # makes the store and the keys before the worker starts, and fails here rather than there
    Granian(
        "services.pass_culture.__main__:application",
        address=given.host,
        port=given.port,
        interface=Interfaces.WSGI,
        factory=True,
        blocking_threads=4,
        backpressure=64,
        workers_kill_timeout=3,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
