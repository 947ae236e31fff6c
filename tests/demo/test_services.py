"""The example services, registered from what they say of themselves."""

from pathlib import Path

import pytest
from pytest_django import Settings

from educonnect.demo import services
from educonnect.federation.models import Provider

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_the_example_pass_culture_is_registered_once_with_its_contract(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path

    first, second = services.register(), services.register()

    (provider,) = Provider.objects.all()
    assert (first, second) == (True, False)
    assert "birthdate" in provider.attributes
    assert provider.certifies_identity
    assert f"127.0.0.1:{settings.PORT + 1}" in provider.metadata


def test_another_port_is_registered_in_its_turn(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    services.register()
    settings.PORT += 100

    assert services.register()
    assert Provider.objects.filter(metadata__contains=f"127.0.0.1:{settings.PORT + 1}").count() == 1


def test_a_service_that_says_nothing_is_told_with_its_words(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "services").write_text("not a folder")
    settings.DATA_DIR = tmp_path

    with pytest.raises(services.ServiceUnavailable, match="Not a directory"):
        services.register()
