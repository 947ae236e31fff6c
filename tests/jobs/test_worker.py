"""A worker is a real process: started, told to stop, and gone."""

import signal
from collections.abc import Iterator

import pytest

from tests.jobs.processes import clear, start, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _queue(transactional_db: None) -> Iterator[None]:
    clear()
    yield
    clear()


def registered() -> bool:
    from procrastinate.contrib.django.models import ProcrastinateWorker

    return ProcrastinateWorker.objects.exists()


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
