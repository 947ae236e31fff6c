"""Workers as real processes on the test database."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

from django.db import connection

WORK = "import sys; sys.argv = ['educonnect', 'work', *sys.argv[1:]]; from educonnect.config.cli import main; main()"


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """A worker, killed by whoever asked for it."""
    parameters = connection.get_connection_params()
    address = f"postgresql://{parameters['user']}@/{parameters['dbname']}?host={parameters['host']}"
    return subprocess.Popen(
        [sys.executable, "-W", "error::ResourceWarning", "-c", WORK, *arguments],
        env={**os.environ, "DATABASE_URL": address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether a condition came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def clear() -> None:
    """Empty the queue's own tables, which Django does not flush."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")
