"""The inventory of keys: what each is for, under which version, needed by how many rows; never its value."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import call_command

from educonnect.accounts import passwords, provisional
from educonnect.accounts.models import Purpose
from educonnect.config import checks, inventory, keys
from educonnect.config.models import KeySeen
from educonnect.journal import sealing
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.journal.trails import Trail
from educonnect.messaging.sending import send_email
from educonnect.staff import factors, recovery_codes, totp
from tests.accounts.factories import PupilAccountFactory
from tests.config.test_checks import codes, real  # noqa: F401  a fixture
from tests.delegation.factories import a_staff
from tests.staff.test_totp import code
from tests.upstream.strange import Strange

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
SECOND = "a second secret, drawn after a scare, long"
ROOT = Path(__file__).resolve().parents[2]


def said() -> str:
    out = io.StringIO()
    call_command("keys", stdout=out)
    return out.getvalue()


def used(name: str) -> dict[int, int | None]:
    return {version.number: version.used for version in inventory.versions(name)}


def test_each_secret_a_start_requires_is_in_the_inventory_and_in_the_page() -> None:
    named = {key.name for key in inventory.KEYS}

    assert named == {*keys.NAMES, "SAML_KEY"}
    page = (ROOT / "docs/keys.md").read_text(encoding="utf-8")
    assert named - set(re.findall(r"`EDUCONNECT_(\w+)`", page)) == set()


def test_no_value_is_shown() -> None:
    shown = said()

    for key in inventory.KEYS:
        for value in inventory.values(key.name).values():
            assert value not in shown
            assert inventory.fingerprint(value) in shown
    assert configured.SAML_KEY.splitlines()[1] not in shown
    assert "valable jusqu’au" in shown


def test_what_needs_each_version_is_counted(settings: Any) -> None:
    letter = PupilAccountFactory()
    provisional.issue([letter.pk], purpose=Purpose.ACTIVATION, batch="campaign:1", now=NOW)
    PupilAccountFactory(notified_at=NOW, activated_at=NOW, password=passwords.hashed("quatre hérons"))
    send_email(key="one", to="x@example.fr", subject="subject", body="body")
    sealing.seal(Trail.ENTRY)
    for name in ("PEPPERS", "FILES_KEYS", "JOURNAL_KEYS"):
        setattr(settings, name, {2: SECOND, **getattr(settings, name)})
    PupilAccountFactory(notified_at=NOW, activated_at=NOW, password=passwords.hashed("quatre hérons"))
    send_email(key="two", to="x@example.fr", subject="subject", body="body")
    record(Event.SIGNED_OUT)
    sealing.seal(Trail.ENTRY)

    assert used("PEPPER") == {1: 2, 2: 1}
    assert used("FILES_KEY") == {1: 1, 2: 1}
    assert used("JOURNAL_KEY") == {1: 1, 2: 1}


def test_factors_of_the_staff_count_among_what_needs_a_version(settings: Any) -> None:
    settings.PEPPERS, settings.FILES_KEYS = (
        {2: SECOND, **values} for values in (settings.PEPPERS, settings.FILES_KEYS)
    )
    a_staff(password=passwords.hashed("quatre hérons au bord de l’eau"))
    staff, secret = a_staff(), totp.draw()
    factors.add_totp(staff.pk, secret, code(secret, NOW), first=True, now=NOW)
    recovery_codes.renew(staff.pk, now=NOW)

    assert used("PEPPER")[2] == 11  # a local password and ten printed codes
    assert used("FILES_KEY")[2] == 2  # the message that tells of it too


def test_a_version_that_rows_need_and_nobody_gave_is_told(settings: Any) -> None:
    PupilAccountFactory(notified_at=NOW, activated_at=NOW, password=passwords.hashed("quatre hérons"))
    settings.PEPPERS = {2: SECOND}

    assert "version 1, ABSENTE DES RÉGLAGES, 1 lignes en dépendent" in said()


@pytest.mark.parametrize("name", [key.name for key in inventory.KEYS if key.kept])
def test_another_value_under_a_version_that_served_stops_the_start(real: Any, name: str) -> None:  # noqa: F811
    inventory.remember()
    assert checks.same_keys(databases=["default"]) == []

    if len(inventory.values(name)) and hasattr(real, f"{name}S"):
        setattr(real, f"{name}S", {1: SECOND})
    else:
        setattr(real, name, SECOND)

    found = checks.same_keys(databases=["default"])
    assert codes(found) == ["educonnect.E011"]
    assert f"EDUCONNECT_{name}" in found[0].msg


def test_a_new_version_is_no_stranger_and_is_remembered(real: Any) -> None:  # noqa: F811
    inventory.remember()
    first = KeySeen.objects.get(name="PEPPER").since

    real.PEPPERS = {2: SECOND, **real.PEPPERS}
    assert checks.same_keys(databases=["default"]) == []
    inventory.remember()

    assert list(KeySeen.objects.filter(name="PEPPER").values_list("version", flat=True).order_by("version")) == [1, 2]
    assert KeySeen.objects.get(name="PEPPER", version=1).since == first


def test_the_keys_that_may_be_changed_freely_are_not_remembered() -> None:
    inventory.remember()

    assert not KeySeen.objects.filter(name__in=["SECRET_KEY", "SAML_KEY"]).exists()


@pytest.mark.parametrize("name", ["SAML_NEXT_CERTIFICATE", "SAML_FORMER_CERTIFICATE"])
def test_a_certificate_to_publish_that_cannot_be_read_stops_the_start(real: Any, name: str) -> None:  # noqa: F811
    setattr(real, name, "no certificate")

    found = checks.secrets()

    assert codes(found) == ["educonnect.E010"]
    assert name in found[0].msg


def test_the_secrets_that_upstreams_know_us_by_are_told_by_their_fingerprint(settings: Any) -> None:
    assert "HUBS" not in said()
    upstream = Strange(1).upstream()
    settings.UPSTREAMS = {"proconnect": upstream}

    shown = said()

    assert f"proconnect : empreinte {inventory.fingerprint(upstream.client_secret)}" in shown
    assert upstream.client_secret not in shown
