from collections.abc import Iterator

import pytest

from educonnect.upstream import published
from tests.upstream import strange


@pytest.fixture
def provider() -> Iterator[strange.Strange]:
    with strange.running() as found:
        published.forget()
        yield found
    published.forget()
