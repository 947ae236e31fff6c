"""The WSGI server, started by ourselves: the application is loaded once, then shared by the workers forked from it."""

import gc
import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from educonnect import metrics
from educonnect.config import logs, ports, processes

KILL_SECONDS = 3  # a worker that does not end when asked to is killed: it may have missed the signal as it started
RESPAWN_SECONDS = 1.0


def serve(*, host: str, port: int, workers: int, threads: int, level: str) -> None:
    """Answer HTTP on `host:port` until told to stop; a worker that dies is replaced.

    Raises:
        CommandError: another program listens there; the server would share the port with it without a word.
    """
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    if ports.taken([port], host=host):
        raise CommandError(_("le port %(port)d est déjà pris sur %(host)s.") % {"port": port, "host": host})
    metrics.begin(Path(settings.DATA_DIR) / "metrics" / str(port))
    application = _loaded()
    server = Server(
        "educonnect.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_SECONDS,
        workers_kill_timeout=KILL_SECONDS,
        websockets=False,
        log_access=False,
        log_level=LogLevels(level.lower()),
        log_dictconfig=logs.configuration("ext://sys.stdout", level),
    )
    gc.collect()
    gc.freeze()  # what is loaded now is never looked at again: its memory stays shared
    server.serve(target_loader=partial(_in_worker, application, os.getpid()), wrap_loader=False)


def _loaded() -> Callable[..., Any]:
    """The application with its addresses and templates read, and no database connection open."""
    from django.db import connections
    from django.template import engines
    from django.urls import get_resolver

    from educonnect.config.wsgi import application

    get_resolver()._populate()  # all the addresses, before the fork rather than after
    engines.all()
    connections.close_all()  # a connection shared by two processes answers one with the other's rows
    return application


def _in_worker(application: Callable[..., Any], parent: int) -> Callable[..., Any]:
    processes.die_with(parent, signal.SIGKILL)
    return application
