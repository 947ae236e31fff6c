"""The signing key changes in an hour of ordinary sign-ins: nobody is turned away."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from saml2 import BINDING_HTTP_POST
from saml2.client import Saml2Client
from saml2.response import SignatureError

from educonnect.accounts.models import Account
from educonnect.saml import keys, metadata, response
from tests.saml.service import KeyPair, Posted, Service, key_pair
from tests.saml.test_interoperability import ask, pass_culture, walk
from tests.sessions.browser import Browser

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::ResourceWarning")]
NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
NEW = key_pair("new-key.example", 3072)


def read_anew() -> None:
    """As a server started again reads its settings."""
    for cached in (keys.signing_key, keys.certificates, metadata.ours, response._key_info):
        cached.cache_clear()


@pytest.fixture
def old(settings: Any) -> Iterator[KeyPair]:
    """The key in force at the beginning."""
    yield KeyPair(
        load_pem_private_key(settings.SAML_KEY.encode(), None),
        x509.load_pem_x509_certificate(settings.SAML_CERTIFICATE.encode()),
    )
    read_anew()


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    read_anew()


def start(settings: Any, signing: KeyPair, *, following: KeyPair | None = None, former: KeyPair | None = None) -> None:
    """Start a server with these settings."""
    settings.SAML_KEY, settings.SAML_CERTIFICATE = signing.key_pem, signing.pem
    settings.SAML_NEXT_CERTIFICATE = following.pem if following else ""
    settings.SAML_FORMER_CERTIFICATE = former.pem if former else ""
    read_anew()


def sign_in(client: Saml2Client, account: Account) -> Posted:
    """From the service to the service; pysaml2 verifies signatures against the metadata it read, and nothing else."""
    request_id, path = ask(client)
    answer = walk(Browser(), account, path)
    client.parse_authn_request_response(answer.fields["SAMLResponse"], BINDING_HTTP_POST, outstanding={request_id: "/"})
    return answer


def signer(answer: Posted) -> str:
    """The certificate an answer names."""
    return next(element.text for element in answer.root.iter("{http://www.w3.org/2000/09/xmldsig#}X509Certificate"))


def test_T53_no_sign_in_fails_in_the_hour_of_a_rotation(
    settings: Any, old: KeyPair, tmp_path: Path, service: Service, pupil: Account
) -> None:
    """Minute 0: the old key alone. 10: the new one is announced. 40: one server of two is started again with it.
    50: the other. 60: the old one is withdrawn. One service reads our metadata at once, another long after."""
    service.register(profile="pass-culture")
    clients: dict[str, Saml2Client] = {}
    signers: list[str] = []

    def refresh(name: str) -> None:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        clients[name] = pass_culture(folder, service)

    def servers(minute: int) -> list[dict[str, Any]]:
        before = {"signing": old, "following": NEW if minute >= 10 else None}
        after = {"signing": NEW, "former": old if minute < 60 else None}
        return [after if minute >= 40 else before, after if minute >= 50 else before]

    with time_machine.travel(NOW, tick=False) as clock:
        for minute in range(0, 65, 5):
            clock.move_to(NOW + timedelta(minutes=minute))
            for server in servers(minute):
                start(settings, **server)
                if minute in {0, 10, 40, 60}:
                    refresh("prompt")
                if minute in {0, 35, 45}:
                    refresh("late")
                for client in clients.values():
                    signers.append(signer(sign_in(client, pupil)))

    assert len(signers) == 13 * 2 * 2
    assert (signers[0], signers[-1]) == (old.base64, NEW.base64)
    assert {*signers[8 * 4 : 10 * 4]} == {old.base64, NEW.base64}  # both at once while the servers start again


def test_a_service_that_never_read_the_announcement_refuses_the_new_key(
    settings: Any, old: KeyPair, tmp_path: Path, service: Service, pupil: Account
) -> None:
    """The drill above can fail: it is the announcement that makes it pass."""
    service.register(profile="pass-culture")
    client = pass_culture(tmp_path, service)

    start(settings, NEW, former=old)

    with pytest.raises(SignatureError):
        sign_in(client, pupil)


def test_T53_the_former_certificate_is_published_after_the_one_that_signs(settings: Any, old: KeyPair) -> None:
    start(settings, NEW, former=old)

    assert keys.certificates() == (NEW.base64, old.base64)
