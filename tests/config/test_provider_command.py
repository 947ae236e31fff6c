"""The operator's gestures towards services."""

import http.server
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from educonnect.federation import providers
from educonnect.federation.models import Provider
from educonnect.federation.rules import PROFILES
from tests.saml.service import Service

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_provider_at_hand() -> None:
    providers.forget()


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "metadata.xml"
    path.write_bytes(Service().metadata())
    return path


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("provider", *arguments, stdout=out)
    return out.getvalue()


def test_a_service_is_added_from_a_file_and_receives_an_opaque_identifier_alone(document: Path) -> None:
    answer = said("add", str(document), "--name", "Service fictif")

    assert "un identifiant opaque seul" in answer
    provider = Provider.objects.get()
    assert (provider.name, provider.attributes, provider.home) == ("Service fictif", [], "https://service.example/")


def test_a_profile_gives_its_contract(document: Path) -> None:
    said("add", str(document), "--profile", "pass-culture")

    assert tuple(Provider.objects.get().attributes) == PROFILES["pass-culture"].attributes


def test_what_was_understood_of_logout_is_said(tmp_path: Path, document: Path) -> None:
    mute = tmp_path / "mute.xml"
    mute.write_bytes(Service(entity_id="https://mute.example", logouts="").metadata())

    assert "Déconnexion : HTTP-Redirect https://service.example/saml/sls/" in said("add", str(document))
    assert "n’est pas prévenu" in said("add", str(document), "--profile", "pass-culture")
    assert "ne disent pas où" in said("add", str(mute))
    assert "n’est pas prévenu" in said("add", str(document), "--no-single-logout")


def test_the_link_of_a_service_that_takes_unsolicited_answers_is_said(document: Path) -> None:
    answer = said("add", str(document), "--unsolicited")

    link = "/idp/profile/SAML2/Unsolicited/SSO?providerId=https%3A%2F%2Fservice.example%2Fsaml%2Fmetadata.xml"
    assert link in answer
    assert Provider.objects.get().options == {"unsolicited": True}
    assert "S’ouvre aussi par un lien" not in said("add", str(document))


def test_attributes_and_populations_are_chosen(document: Path) -> None:
    said(
        "add", str(document), "--attributes", "first_name, birthdate", "--populations", "pupil", "--certifies-identity"
    )

    provider = Provider.objects.get()
    assert provider.attributes == ["first_name", "birthdate"]
    assert provider.populations == ["pupil"]
    assert provider.certifies_identity


@pytest.fixture
def site() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", "file:///etc/hostname")
                self.end_headers()
                return
            self.send_response(200 if self.path == "/metadata" else 404)
            self.end_headers()
            self.wfile.write(Service().metadata())

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_metadata_are_fetched_from_an_address(site: str) -> None:
    said("add", f"{site}/metadata")

    assert Provider.objects.get().identifier == Service().entity_id


@pytest.mark.parametrize("path", ["/missing", "/away"])
def test_an_address_that_does_not_answer_with_metadata_is_told(site: str, path: str) -> None:
    with pytest.raises(CommandError, match="Impossible de lire"):
        said("add", site + path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Impossible de lire"):
        said("add", str(tmp_path / "none.xml"))


@pytest.mark.parametrize("content", [b"", b"<a/>", b"<!DOCTYPE a><a/>"])
def test_metadata_that_are_none_are_refused(document: Path, content: bytes) -> None:
    document.write_bytes(content)

    with pytest.raises(CommandError, match="E-6005"):
        said("add", str(document))


def test_an_unknown_attribute_is_told(document: Path) -> None:
    with pytest.raises(CommandError, match=r"shoe_size.*E-6004"):
        said("add", str(document), "--attributes", "shoe_size")


def test_services_are_listed_and_suspended(document: Path) -> None:
    said("add", str(document), "--name", "Service fictif")

    said("suspend", Service().entity_id)

    assert said("list").startswith("Service fictif [suspendu] <https://service.example/saml/metadata.xml>")


def test_suspending_an_unknown_service_is_told() -> None:
    with pytest.raises(CommandError, match="E-6006"):
        said("suspend", "https://nobody.example")
