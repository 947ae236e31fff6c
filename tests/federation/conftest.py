import pytest

from educonnect.federation import providers


@pytest.fixture(autouse=True)
def _no_provider_at_hand() -> None:
    providers.forget()
