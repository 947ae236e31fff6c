"""What an installation refuses to start with."""

import secrets
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.utils import timezone

from educonnect.config import checks, keys
from educonnect.demo.models import Mark
from tests.upstream.strange import Strange


@pytest.fixture
def real(settings: Any) -> Any:
    """An installation that is no demonstration, and that nothing is wrong with."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    pem = serialization.Encoding.PEM
    settings.SAML_KEY = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    settings.SAML_CERTIFICATE = builder.sign(key, hashes.SHA256()).public_bytes(pem).decode()
    settings.DEMO = False
    settings.BASE_URL = "https://idp.example"
    settings.SECURE = True
    for setting in ("SECRET_KEY", "INE_HASH_KEY", "PAIRWISE_KEY"):
        setattr(settings, setting, secrets.token_hex(32))
    for setting in ("PEPPERS", "FILES_KEYS", "JOURNAL_KEYS"):
        setattr(settings, setting, {1: secrets.token_hex(32)})
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    return settings


def codes(found: list[CheckMessage]) -> list[str | None]:
    return [message.id for message in found]


def everything() -> list[CheckMessage]:
    return [*checks.address(), *checks.secrets(), *checks.mail(), *checks.upstreams()]


def test_a_real_installation_with_its_own_things_starts(real: Any) -> None:
    assert everything() == []


def test_a_demonstration_starts_with_what_it_drew() -> None:
    assert everything() == []


@pytest.mark.parametrize("url", ["https://idp.example", "http://192.0.2.1:8000", "http://localhost.example"])
def test_a_demonstration_refuses_a_public_address(settings: Any, url: str) -> None:
    settings.BASE_URL = url

    assert codes(checks.address()) == ["educonnect.E001"]


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.2", "http://[::1]:80", "http://a.localhost"])
def test_a_demonstration_accepts_an_address_of_its_machine(settings: Any, url: str) -> None:
    settings.BASE_URL = url

    assert checks.address() == []


def test_plain_http_is_refused_but_on_this_machine(real: Any) -> None:
    real.SECURE = False
    real.BASE_URL = "http://idp.example"
    assert codes(checks.address()) == ["educonnect.E002"]

    real.BASE_URL = "http://127.0.0.1:8000"
    assert checks.address() == []


@pytest.mark.parametrize("name", ["SECRET_KEY", "INE_HASH_KEY", "PAIRWISE_KEY"])
def test_a_secret_drawn_for_a_demonstration_is_refused_and_not_repeated(real: Any, name: str) -> None:
    drawn = keys.MARK + secrets.token_hex(32)
    setattr(real, name, drawn)

    found = checks.secrets()

    assert codes(found) == ["educonnect.E003"]
    assert name in found[0].msg
    assert drawn not in str(found[0])


@pytest.mark.parametrize("name", ["PEPPERS", "FILES_KEYS", "JOURNAL_KEYS"])
def test_a_version_drawn_for_a_demonstration_is_refused(real: Any, name: str) -> None:
    setattr(real, name, {1: secrets.token_hex(32), 2: keys.MARK + secrets.token_hex(32)})

    assert codes(checks.secrets()) == ["educonnect.E003"]


def test_one_secret_for_two_uses_is_refused(real: Any) -> None:
    real.FILES_KEYS = {1: real.SECRET_KEY}

    assert codes(checks.secrets()) == ["educonnect.E004"]


def test_a_demonstrations_certificate_is_refused(real: Any) -> None:
    real.SAML_KEY, real.SAML_CERTIFICATE = keys._self_signed()

    assert codes(checks.secrets()) == ["educonnect.E007"]


def test_a_key_and_a_certificate_that_do_not_go_together_are_refused(real: Any) -> None:
    real.SAML_KEY = keys._self_signed()[0]

    assert codes(checks.secrets()) == ["educonnect.E006"]


def test_an_unreadable_key_is_refused(real: Any) -> None:
    real.SAML_KEY = "x" * 40

    assert codes(checks.secrets()) == ["educonnect.E005"]


@pytest.mark.parametrize("name", ["console", "filebased", "locmem", "dummy"])
def test_mail_that_reaches_nobody_is_refused(real: Any, name: str) -> None:
    real.EMAIL_BACKEND = f"django.core.mail.backends.{name}.EmailBackend"

    assert codes(checks.mail()) == ["educonnect.E008"]


@pytest.mark.django_db
def test_a_database_of_fictive_people_is_refused(real: Any) -> None:
    assert checks.fictive_people(databases=["default"]) == []
    Mark.objects.create(made_at=timezone.now(), seed=1)

    assert codes(checks.fictive_people(databases=["default"])) == ["educonnect.E009"]

    real.DEMO = True
    assert checks.fictive_people(databases=["default"]) == []


@pytest.mark.parametrize(
    ("issuer", "code"),
    [
        ("https://hub.example", []),
        ("http://hub.example", ["educonnect.E012"]),
        ("http://127.0.0.1:9000", ["educonnect.E013"]),
        ("https://localhost", ["educonnect.E013"]),
    ],
)
def test_an_upstream_that_could_be_anybody_is_refused(real: Any, issuer: str, code: list[str]) -> None:
    real.UPSTREAMS = {"academie-25": Strange(1).upstream(issuer=issuer)}

    assert codes(checks.upstreams()) == code


def test_two_upstreams_of_one_issuer_are_refused(real: Any) -> None:
    hub = Strange(1).upstream(issuer="https://hub.example")
    real.UPSTREAMS = {"academie-25": hub, "academie-01": hub}

    assert codes(checks.upstreams()) == ["educonnect.E014"]


def test_a_demonstration_may_have_a_simulator_on_its_machine(settings: Any) -> None:
    settings.UPSTREAMS = {"proconnect": Strange(1).upstream()}

    assert checks.upstreams() == []
