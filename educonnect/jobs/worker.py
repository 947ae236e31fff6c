"""A process that runs jobs until told to stop."""

import asyncio
import contextlib
import logging
import signal

from django.db import connections
from procrastinate import psycopg_connector
from procrastinate.contrib.django import app, utils

logger = logging.getLogger(__name__)


class Interrupted(Exception):
    """The worker stopped although nobody asked, such as when the database went away."""


def work(*, once: bool = False) -> None:
    """Run jobs until SIGTERM or SIGINT; the job in hand is finished first, within `rules.GRACE`.

    Args:
        once: stop when the queue is empty.

    Raises:
        Interrupted: it stopped by itself; start another.
    """
    # tasks run in threads whose connections nothing could close at the end: each task closes its own
    connections.settings["default"]["CONN_MAX_AGE"] = 0
    connector = psycopg_connector.PsycopgConnector(min_size=1, max_size=4, kwargs=utils.connector_params())
    with app.replace_connector(connector):
        asyncio.run(_work(once))


async def _work(once: bool) -> None:
    asked = asyncio.Event()
    async with app.open_async():
        running = asyncio.ensure_future(app.run_worker_async(wait=not once, install_signal_handlers=False))

        def stop() -> None:
            asked.set()
            running.cancel()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        with contextlib.suppress(asyncio.CancelledError):
            await running
    if not once and not asked.is_set():
        raise Interrupted
