from collections.abc import Iterator

import pytest

from educonnect.accounts import throttling


@pytest.fixture(autouse=True)
def _nothing_seen_yet() -> Iterator[None]:
    """The alarm is looked at every few seconds of the clock, and tests travel in time."""
    throttling.look_again()
    yield
    throttling.look_again()
