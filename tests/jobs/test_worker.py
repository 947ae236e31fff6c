"""A worker is a real process: started, told to stop, and gone."""

import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WORK = "import sys; sys.argv = ['educonnect', 'work', *sys.argv[1:]]; from educonnect.config.cli import main; main()"


def start(*arguments: str) -> subprocess.Popen[bytes]:
    from django.db import connection

    parameters = connection.get_connection_params()
    address = f"postgresql://{parameters['user']}@/{parameters['dbname']}?host={parameters['host']}"
    return subprocess.Popen(
        [sys.executable, "-W", "error::ResourceWarning", "-c", WORK, *arguments],
        env={**os.environ, "DATABASE_URL": address},
        stderr=subprocess.PIPE,
    )


def registered() -> bool:
    from procrastinate.contrib.django.models import ProcrastinateWorker

    return ProcrastinateWorker.objects.exists()


def wait_for(condition, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_told_to_stop_leaves_cleanly(number: signal.Signals) -> None:
    worker = start()
    assert wait_for(registered)

    worker.send_signal(number)
    _, errors = worker.communicate(timeout=15)

    assert worker.returncode == 0
    assert b"Traceback" not in errors
    assert not registered()


def test_a_worker_may_only_empty_the_queue() -> None:
    worker = start("--once")

    _, errors = worker.communicate(timeout=30)

    assert (worker.returncode, b"Traceback" in errors) == (0, False)
