"""The example services that a demonstration knows, registered from the metadata they give of themselves."""

import os
import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from educonnect.delegation.mandate import operator_mandate
from educonnect.demo.models import Mark
from educonnect.federation import providers
from educonnect.federation.models import Provider
from educonnect.saml import metadata

PASS_CULTURE_NAME = "pass Culture (exemple)"  # example services call themselves so


class ServiceUnavailable(Exception):
    """An example service does not say who it is; the message is what it said instead."""


def pass_culture_metadata() -> bytes:
    """What the example Pass Culture says of itself, asked as anyone would ask it: its program, not its code.

    Raises:
        ServiceUnavailable: the program ends badly.
    """
    # it knows nothing of us: neither our secrets nor our database
    private = ("EDUCONNECT_", "DATABASE_URL", "DJANGO_")
    done = subprocess.run(
        [
            sys.executable,
            *("-m", "services.pass_culture", "metadata"),
            *("--port", str(settings.PORT + 1)),
            *("--data", str(Path(settings.DATA_DIR) / "services" / "pass-culture")),
        ],
        cwd=settings.BASE_DIR,
        env={name: value for name, value in os.environ.items() if not name.startswith(private)},
        check=False,
        capture_output=True,
    )
    if done.returncode or not done.stdout:
        raise ServiceUnavailable(done.stderr.decode(errors="replace").strip()[-300:])
    return done.stdout


def register() -> bool:
    """Register the example Pass Culture, or again if it says something else than last time (another port).

    Returns:
        whether anything changed.

    Raises:
        ServiceUnavailable: it does not say who it is.
    """
    described = metadata.describe(pass_culture_metadata())
    known = Provider.objects.filter(identifier=described.identifier, suspended_at__isnull=True).first()
    changed = known is None or _without_dates(known.metadata) != _without_dates(described.metadata)
    if changed:
        providers.register(
            operator_mandate(),
            described,
            profile="pass-culture",
            name=PASS_CULTURE_NAME,
            home=f"http://127.0.0.1:{settings.PORT + 1}/",
        )
    Mark.objects.update(port=settings.PORT)
    return changed


def _without_dates(document: str) -> str:
    """Metadata but for the date until which they hold, which is another at each asking."""
    return re.sub(r' validUntil="[^"]*"', "", document)
