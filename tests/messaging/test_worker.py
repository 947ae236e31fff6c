"""A message leaves by a real worker, a process of its own."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from educonnect.messaging import sending
from educonnect.messaging.models import OutboxMessage, OutboxState
from tests.jobs.processes import clear, start

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _queue(transactional_db: None) -> Iterator[None]:
    clear()
    yield
    clear()


def test_a_worker_hands_over_what_a_request_wanted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDUCONNECT_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
    monkeypatch.setenv("EDUCONNECT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("EDUCONNECT_FILES_KEY", sending.settings.FILES_KEYS[1])
    sending.send_email(key="x:1", to="camille@famille.example", subject="Bonjour", body="À bientôt")

    worker: subprocess.Popen[bytes] = start("--once")
    _, errors = worker.communicate(timeout=60)

    assert worker.returncode == 0, errors
    message = OutboxMessage.objects.get()
    assert message.state == OutboxState.SENT
    (sent,) = (tmp_path / "mail").iterdir()
    assert "camille@famille.example" in sent.read_text(encoding="utf-8")
