"""Ours, that services read, and theirs, that we hold them to."""

import re

import pytest
from lxml import etree
from saml2.attribute_converter import ac_factory
from saml2.mdstore import InMemoryMetaData

from educonnect.federation.catalogue import CATALOGUE
from educonnect.federation.errors import MetadataRefused
from educonnect.saml import attributes, keys, metadata
from tests.saml.service import Service, key_pair
from tests.sessions.browser import Browser

MD = {"md": "urn:oasis:names:tc:SAML:2.0:metadata", "ds": "http://www.w3.org/2000/09/xmldsig#"}


@pytest.fixture(autouse=True)
def _fresh():
    yield
    metadata.ours.cache_clear()
    keys.certificates.cache_clear()


# --- ours ---------------------------------------------------------------------------------------------------------


def test_our_metadata_name_one_identity_provider_at_the_paths_of_the_real_service() -> None:
    response = Browser().get("/idp/shibboleth")

    root = etree.fromstring(response.content)
    services = {
        s.get("Binding").rpartition(":")[2]: s.get("Location") for s in root.iterfind(".//md:SingleSignOnService", MD)
    }
    assert response["Content-Type"] == "application/samlmetadata+xml"
    assert root.tag == f"{{{MD['md']}}}EntityDescriptor"
    assert root.get("entityID") == "http://localhost:8000/idp"
    assert len(root.findall("md:IDPSSODescriptor", MD)) == 1
    assert services == {
        "HTTP-Redirect": "http://localhost:8000/idp/profile/SAML2/Redirect/SSO",
        "HTTP-POST": "http://localhost:8000/idp/profile/SAML2/POST/SSO",
    }
    assert len(root.findall(".//md:NameIDFormat", MD)) == 2


def test_pysaml2_reads_our_metadata_as_one_identity_provider() -> None:
    store = InMemoryMetaData(ac_factory())

    store.parse(Browser().get("/idp/shibboleth").content)

    assert list(store.entity) == ["http://localhost:8000/idp"]
    assert len(store.service("http://localhost:8000/idp", "idpsso_descriptor", "single_sign_on_service")) == 2


def test_our_metadata_are_the_same_bytes_for_all_and_are_not_sent_twice() -> None:
    first = Browser().get("/idp/shibboleth")

    again = Browser().get("/idp/shibboleth", headers={"If-None-Match": first["ETag"]})

    assert "max-age" in first["Cache-Control"]
    assert (again.status_code, again.content) == (304, b"")
    assert not first.cookies


def test_T53_two_signing_certificates_are_published_while_keys_change(settings) -> None:
    settings.SAML_NEXT_CERTIFICATE = key_pair("next.example").pem
    metadata.ours.cache_clear()
    keys.certificates.cache_clear()

    root = etree.fromstring(Browser().get("/idp/shibboleth").content)

    found = [e.text for e in root.iterfind(".//md:KeyDescriptor[@use='signing']//ds:X509Certificate", MD)]
    assert found == [keys.certificates()[0], key_pair("next.example").base64]


def test_our_key_is_RSA_3072_by_default() -> None:
    assert keys.signing_key().key_size == 3072


def test_each_catalogue_key_has_a_name_of_its_own() -> None:
    assert set(attributes.NAMES) == set(CATALOGUE)
    assert len({name for name, _ in attributes.NAMES.values()}) == len(CATALOGUE)
    assert all(name.startswith("urn:") for name, _ in attributes.NAMES.values())


# --- theirs -------------------------------------------------------------------------------------------------------


def test_metadata_like_pass_cultures_are_read() -> None:
    read = metadata.parse(Service().metadata())

    assert read.entity_id == "https://service.example/saml/metadata.xml"
    assert [consumer.url for consumer in read.consumers] == [Service().acs, Service().acs + "second"]
    assert read.requests_signed
    assert read.name_id_formats == ()
    assert read.encryption == key_pair("service.example").key.public_key()
    assert len(read.signing) == 1


@pytest.mark.parametrize(
    ("marks", "chosen"),
    [(("", ""), 0), (("", 'isDefault="true"'), 1), (('isDefault="false"', ""), 1), (('isDefault="false"',) * 2, 0)],
)
def test_the_default_consumer_is_the_one_the_norm_says(marks: tuple[str, str], chosen: int) -> None:
    document = Service().metadata().decode()
    for index, mark in enumerate(marks, 1):
        document = document.replace(f'index="{index}"/>', f'index="{index}" {mark}/>')

    read = metadata.parse(document.encode())

    assert read.default_consumer() is read.consumers[chosen]


def test_the_french_name_of_a_service_is_preferred() -> None:
    extensions = (
        '<md:Extensions><ui:UIInfo xmlns:ui="urn:oasis:names:tc:SAML:metadata:ui">'
        '<ui:DisplayName xml:lang="en">Culture</ui:DisplayName><ui:DisplayName xml:lang="fr">Culture, FR'
        "</ui:DisplayName>"
        "</ui:UIInfo></md:Extensions><md:KeyDescriptor"
    )
    document = Service().metadata().decode().replace("<md:KeyDescriptor", extensions, 1)

    assert metadata.describe(document.encode()).name == "Culture, FR"


def test_a_service_without_a_name_is_known_by_its_host() -> None:
    described = metadata.describe(Service().metadata())

    assert (described.name, described.home) == ("service.example", "https://service.example/")


def test_one_service_inside_a_list_is_read_and_two_are_refused() -> None:
    one = re.search(r"<md:EntityDescriptor.*", Service().metadata().decode(), re.DOTALL)[0]
    around = '<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">{}</md:EntitiesDescriptor>'

    assert metadata.parse(around.format(one).encode()).entity_id == Service().entity_id
    with pytest.raises(MetadataRefused):
        metadata.parse(around.format(one * 2).encode())


def test_minimal_metadata_ask_for_nothing() -> None:
    read = metadata.parse(metadata.minimal("https://sp.example/?a&b", "http://127.0.0.1:9/acs?x=1&y=2"))

    assert (read.entity_id, read.consumers[0].url) == ("https://sp.example/?a&b", "http://127.0.0.1:9/acs?x=1&y=2")
    assert not read.requests_signed
    assert read.encryption is None


WEAK = key_pair("weak.example", 1024)


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        ('entityID="[^"]*"', ""),
        ("SAML:2.0:protocol", "SAML:1.1:protocol"),
        ("SPSSODescriptor", "IDPSSODescriptor"),
        ("bindings:HTTP-POST", "bindings:PAOS"),
        ("https://service.example/saml/acs/", "javascript:alert(1)//"),
        ("https://service.example/saml/acs/", "ftp://service.example/"),
        ("https://service.example/saml/acs/", "https:///saml/"),
        ("https://service.example/saml/acs/", "https://service.example:99999/"),
        ("https://service.example/saml/acs/", "https://service.example/ x"),
        ('index="1"', 'index="first"'),
        ('AuthnRequestsSigned="true"', 'AuthnRequestsSigned="yes"'),
        ("<ds:X509Certificate>.*?</ds:X509Certificate>", "<ds:X509Certificate>AAAA</ds:X509Certificate>"),
        ("<ds:X509Certificate>.*?</ds:X509Certificate>", "<ds:X509Certificate>é</ds:X509Certificate>"),
        (
            "<ds:X509Certificate>.*?</ds:X509Certificate>",
            f"<ds:X509Certificate>{WEAK.base64}</ds:X509Certificate>",
        ),
        ("<md:KeyDescriptor>.*?</md:KeyDescriptor>", ""),
        ("<!-- a service", "<!DOCTYPE x><!-- a service"),
        ("</md:SPSSODescriptor>", "</md:SPSSODescriptor><md:SPSSODescriptor protocolSupportEnumeration='x'/>"),
    ],
)
def test_metadata_that_cannot_be_answered_to_are_refused(pattern: str, replacement: str) -> None:
    document = re.sub(pattern, lambda _: replacement, Service().metadata().decode(), flags=re.DOTALL)

    with pytest.raises(MetadataRefused):
        metadata.parse(document.encode())


def test_outside_a_demonstration_answers_leave_by_https_only(settings) -> None:
    settings.DEMO = False
    document = Service().metadata().replace(b"https://service.example/saml/acs/", b"http://service.example/acs")

    with pytest.raises(MetadataRefused, match="https"):
        metadata.parse(document)


def test_metadata_that_are_too_large_are_refused_unread() -> None:
    with pytest.raises(MetadataRefused, match="too-large"):
        metadata.parse(Service().metadata() + b" " * 1024 * 1024)
