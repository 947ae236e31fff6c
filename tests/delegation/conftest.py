"""What the walk over every gesture stands on."""

from collections.abc import Iterator

import pytest
import time_machine

from educonnect.letters import pdf
from tests.delegation.worlds import NOW


@pytest.fixture
def _printing_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters are kept as the words they would bear: typesetting each of thousands shows nothing more here."""
    monkeypatch.setattr(pdf, "render", lambda letters, **told: repr(([*letters], told)).encode())


@pytest.fixture
def _a_school_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield
