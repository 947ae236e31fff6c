"""What every test of a page stands on: files collected as in production, no undefined name in a template."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template import engines
from django.test import override_settings


class Undefined(str):
    """An undefined name in a template is an error, not an empty place."""

    __slots__ = ()

    def __contains__(self, item: object) -> bool:
        return item == "%s"

    def __mod__(self, name: object) -> str:
        raise AssertionError(f"a template shows {name}, which its view does not give")


@pytest.fixture(autouse=True, scope="session")
def _pages() -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with override_settings(STATIC_ROOT=Path(settings.DATA_DIR) / f"static-{worker}"):
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        engines["django"].engine.string_if_invalid = Undefined()  # type: ignore[attr-defined]
        yield
