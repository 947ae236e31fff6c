"""Our answers, read and judged by others' code: pysaml2 as the Pass Culture sets it, python3-saml strict, xmlsec1."""

import base64
import gc
import subprocess
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from lxml import etree
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from saml2 import BINDING_HTTP_POST
from saml2.client import Saml2Client
from saml2.config import Config
from saml2.xml.schema import XMLSchemaError, validate
from signxml import XMLVerifier

from educonnect.accounts.models import Account
from educonnect.saml import keys
from tests.accounts.factories import GuardianAccountFactory
from tests.population.factories import EnrolmentFactory, GuardianshipFactory
from tests.saml.service import IDP, NS, Posted, Service, accepted, posted
from tests.sessions.browser import Browser, demande

# pysaml2 leaves its temporary files to the collector where a check fails
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::ResourceWarning")]
ARC = "urn:oid:1.3.6.1.4.1.20326.10.999.1."


def pass_culture(folder: Path, service: Service, **changes: Any) -> Saml2Client:
    """A client with the settings of the Pass Culture's connector."""
    (folder / "private.key").write_text(service.keys.key_pem)
    (folder / "public.cert").write_text(service.keys.pem)
    (folder / "idp.xml").write_bytes(Browser().get("/idp/shibboleth").content)
    acs = [(service.acs, BINDING_HTTP_POST)]
    settings = {
        "entityid": service.entity_id,
        "metadata": {"local": [str(folder / "idp.xml")]},
        "service": {
            "sp": {
                "endpoints": {"assertion_consumer_service": acs},
                "allow_unsolicited": True,
                "authn_requests_signed": True,
                "logout_requests_signed": True,
                "want_assertions_signed": True,
                "want_response_signed": True,
            }
        },
        "key_file": str(folder / "private.key"),
        "cert_file": str(folder / "public.cert"),
        "encryption_keypairs": [
            {"key_file": str(folder / "private.key"), "cert_file": str(folder / "public.cert")},
        ],
        "signing_algorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "digest_algorithm": "http://www.w3.org/2001/04/xmlenc#sha256",
        "allow_unknown_attributes": True,
        **changes,
    }
    client = Saml2Client(config=Config().load(settings))
    client.allow_unsolicited = True
    return client


@pytest.fixture(autouse=True)
def _collect_what_pysaml2_left() -> Iterator[None]:
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def ask(client: Saml2Client) -> tuple[str, str]:
    """The request's ID and the path the browser is sent to."""
    request_id, info = client.prepare_for_authenticate()
    parts = urlsplit(dict(info["headers"])["Location"])
    assert f"{parts.scheme}://{parts.netloc}" == "http://localhost:8000"
    return request_id, f"{parts.path}?{parts.query}"


def walk(browser: Browser, account: Account, path: str) -> Posted:
    """From the service's redirection to the answer page, signing in on the way."""
    asked = browser.get(path)
    return posted(browser.get(browser.signs_in(account, demande=demande(asked))))


def test_T60_pass_cultures_client_accepts_the_encrypted_assertion(
    tmp_path: Path, browser: Browser, service: Service, pupil: Account
) -> None:
    service.register(profile="pass-culture")
    client = pass_culture(tmp_path, service)
    request_id, path = ask(client)

    answer = walk(browser, pupil, path)
    read = client.parse_authn_request_response(
        answer.fields["SAMLResponse"], BINDING_HTTP_POST, outstanding={request_id: "/"}
    )

    identity = {name: value for name, (value, *_) in read.get_identity().items()}
    assert answer.root.find("saml:Assertion", NS) is None
    assert read.in_response_to == request_id
    assert identity == {
        ARC + "5": "http://localhost:8000/idp/profile/Logout",
        ARC + "6": identity[ARC + "6"],
        ARC + "7": "eleve2d",
        ARC + "57": pupil.educonnect_id,
        ARC + "64": identity[ARC + "64"],
        ARC + "67": "2009-05-14",
        ARC + "72": pupil.pupil.enrolments.get().school_id,
        ARC + "73": "2211",
        ARC + "76": "Mme",
        "givenName": "Camille",
        "sn": "DUVERGER",
    }
    assert len(identity[ARC + "64"]) == 32
    datetime.strptime(identity[ARC + "6"], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)


def test_the_request_of_pysaml2_carries_a_second_signature_inside_and_no_relay_state(
    tmp_path: Path, browser: Browser, service: Service
) -> None:
    service.register()

    _, path = ask(pass_culture(tmp_path, service))

    query = parse_qs(urlsplit(path).query)
    assert set(query) == {"SAMLRequest", "SigAlg", "Signature"}
    assert accepted(browser.get(path))


def test_pass_cultures_client_asking_by_post_is_answered(
    tmp_path: Path, browser: Browser, service: Service, pupil: Account
) -> None:
    service.register()
    client = pass_culture(tmp_path, service)
    request_id, info = client.prepare_for_authenticate(binding=BINDING_HTTP_POST, relay_state="basket")
    form = etree.HTML(info["data"]).xpath("//form")[0]
    fields = {field.get("name"): field.get("value") for field in form.xpath(".//input[@name]")}
    browser.signs_in(pupil)

    asked = Browser().post(urlsplit(form.get("action")).path, fields)
    answer = posted(browser.get(asked["Location"]))

    read = client.parse_authn_request_response(answer.fields["SAMLResponse"], BINDING_HTTP_POST, {request_id: "/"})
    assert read.ava == {}
    assert read.name_id.text


def test_a_guardian_reaches_pass_culture_with_what_its_refusal_page_needs(
    tmp_path: Path, browser: Browser, service: Service
) -> None:
    service.register(profile="pass-culture")
    guardian = GuardianAccountFactory()
    GuardianshipFactory(guardian=guardian.guardian, pupil=EnrolmentFactory().pupil)
    client = pass_culture(tmp_path, service)
    request_id, path = ask(client)

    answer = walk(browser, guardian, path)

    read = client.parse_authn_request_response(answer.fields["SAMLResponse"], BINDING_HTTP_POST, {request_id: "/"})
    identity = read.get_identity()
    assert set(identity) == {ARC + "5", ARC + "7", "givenName", "sn"}
    assert identity[ARC + "7"] == ["resp2d"]


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (b"InResponseTo=", b"InResponseT0="),
        (b"<saml2:Issuer xmlns", b"<saml2:Issuer Format='x' xmlns"),
        (b"status:Success", b"status:Succes5"),
    ],
)
def test_a_response_touched_on_its_way_is_refused_by_pass_cultures_client(
    tmp_path: Path, browser: Browser, service: Service, pupil: Account, pattern: bytes, replacement: bytes
) -> None:
    service.register(profile="pass-culture")
    client = pass_culture(tmp_path, service)
    request_id, path = ask(client)
    answer = walk(browser, pupil, path)

    touched = base64.b64encode(answer.xml.replace(pattern, replacement, 1)).decode()

    with pytest.raises(Exception, match=r".") as refusal:  # pysaml2 has a class for each ground
        client.parse_authn_request_response(touched, BINDING_HTTP_POST, {request_id: "/"})
    assert "saml2" in type(refusal.value).__module__


def test_T61_a_response_kept_for_more_than_five_minutes_is_refused(
    tmp_path: Path, browser: Browser, service: Service, pupil: Account
) -> None:
    service.register(profile="pass-culture")
    client = pass_culture(tmp_path, service)
    request_id, path = ask(client)
    answer = walk(browser, pupil, path)

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5, seconds=1), tick=True):
        read = client.parse_authn_request_response  # the clock of the service
        with pytest.raises(Exception, match=r"(?i)too|expired|condition|after"):
            read(answer.fields["SAMLResponse"], BINDING_HTTP_POST, {request_id: "/"})


def test_the_answer_for_one_service_is_refused_by_another(
    tmp_path: Path, browser: Browser, service: Service, pupil: Account
) -> None:
    service.register(profile="pass-culture")
    request_id, path = ask(pass_culture(tmp_path, service))
    answer = walk(browser, pupil, path)
    other = pass_culture(tmp_path, Service(entity_id="https://other.example/saml"))

    with pytest.raises(Exception, match="AudienceRestriction"):
        other.parse_authn_request_response(answer.fields["SAMLResponse"], BINDING_HTTP_POST, {request_id: "/"})


# --- python3-saml, strict -----------------------------------------------------------------------------------------


def onelogin(service: Service, answer: Posted | None = None, **security: Any) -> OneLogin_Saml2_Auth:
    """python3-saml with all its wishes."""
    ours = OneLogin_Saml2_IdPMetadataParser.parse(Browser().get("/idp/shibboleth").content)
    parts = urlsplit(service.acs)
    settings = {
        **ours,
        "strict": True,
        "sp": {
            "entityId": service.entity_id,
            "assertionConsumerService": {"url": service.acs, "binding": BINDING_HTTP_POST},
            "x509cert": service.keys.base64,
            "privateKey": service.keys.key_pem,
        },
        "security": {
            "authnRequestsSigned": True,
            "wantMessagesSigned": True,
            "wantAssertionsSigned": True,
            "wantAssertionsEncrypted": service.encryption,
            "wantNameId": True,
            "rejectDeprecatedAlgorithm": True,
            "signatureAlgorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "digestAlgorithm": "http://www.w3.org/2001/04/xmlenc#sha256",
            **security,
        },
    }
    request = {
        "https": "on",
        "http_host": parts.netloc,
        "script_name": parts.path,
        "get_data": {},
        "post_data": answer.fields if answer else {},
    }
    return OneLogin_Saml2_Auth(request, old_settings=settings)


@pytest.mark.parametrize("encryption", [True, False])
def test_python3_saml_accepts_our_answer_in_strict_mode(browser: Browser, pupil: Account, encryption: bool) -> None:
    service = Service(encryption=encryption)
    service.register(attributes=["first_name", "birthdate"])
    client = onelogin(service)
    parts = urlsplit(client.login(return_to="https://service.example/after"))

    answer = walk(browser, pupil, f"{parts.path}?{parts.query}")
    reader = onelogin(service, answer)
    reader.process_response(request_id=client.get_last_request_id())

    assert reader.get_errors() == [], reader.get_last_error_reason()
    assert reader.is_authenticated()
    assert reader.get_attributes() == {"urn:oid:2.5.4.42": ["Camille"], ARC + "67": ["2009-05-14"]}
    assert reader.get_nameid_nq() == IDP
    assert reader.get_nameid_spnq() == service.entity_id
    assert reader.get_session_index()
    assert answer.fields["RelayState"] == "https://service.example/after"


def test_python3_saml_refuses_our_answer_to_another_request(browser: Browser, service: Service, pupil: Account) -> None:
    service.register(attributes=["first_name"])
    client = onelogin(service)
    parts = urlsplit(client.login())
    answer = walk(browser, pupil, f"{parts.path}?{parts.query}")

    reader = onelogin(service, answer)
    reader.process_response(request_id="ONELOGIN_another")

    assert "InResponseTo" in reader.get_last_error_reason()


# --- the norm's own schemas ---------------------------------------------------------------------------------------


def test_our_metadata_and_all_our_answers_are_valid_against_the_schemas_of_the_norm(
    browser: Browser, pupil: Account
) -> None:
    clear, sealed, bare = (
        Service(entity_id=f"https://service.example/{n}", encryption=n == 1, requests_signed=False) for n in range(3)
    )
    clear.register(profile="pass-culture")
    sealed.register(profile="pass-culture")
    bare.register()

    answers = {
        "clear": walk(browser, pupil, clear.redirect()),
        "sealed": walk(Browser(), pupil, sealed.redirect()),
        "bare": walk(Browser(), pupil, bare.redirect()),
        "declined": posted(Browser().get(bare.redirect(bare.request(IsPassive="true")))),
    }

    validate(Browser().get("/idp/shibboleth").content.decode())
    for answer in answers.values():
        validate(answer.xml.decode())
    assert answers["declined"].statuses == ["Responder", "NoPassive"]
    with pytest.raises(XMLSchemaError):
        validate(answers["clear"].xml.decode().replace(' Version="2.0"', "", 1))


# --- xmlsec1 and canonicalisers -----------------------------------------------------------------------------------


def our_certificate(folder: Path) -> Path:
    path = folder / "idp.pem"
    lines = keys.certificates()[0]
    path.write_text(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    return path


@pytest.mark.parametrize("element", ["Response", "Assertion"])
def test_xmlsec1_verifies_each_of_our_signatures(
    tmp_path: Path, browser: Browser, pupil: Account, element: str
) -> None:
    service = Service(encryption=False)
    service.register(attributes=["first_name", "family_name"])
    answer = walk(browser, pupil, service.redirect())
    path = tmp_path / "response.xml"
    path.write_bytes(answer.xml)
    node = answer.root if element == "Response" else answer.root.find("saml:Assertion", NS)
    space = NS["samlp"] if element == "Response" else NS["saml"]

    command = ["xmlsec1", "--verify", "--pubkey-cert-pem", str(our_certificate(tmp_path)), "--id-attr:ID"]
    where = f"//*[local-name()='{element}']/*[local-name()='Signature']"
    done = subprocess.run(
        [*command, f"{space}:{element}", "--node-xpath", where, str(path)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert node.find("ds:Signature", NS) is not None


def test_T60_T61_what_an_assertion_says(browser: Browser, pupil: Account) -> None:
    service = Service(encryption=False)
    service.register(attributes=["first_name"])
    request = service.request(ID="id-asked")

    answer = walk(browser, pupil, service.redirect(request))

    response, assertion = answer.root, answer.root.find("saml:Assertion", NS)
    confirmation = assertion.find(".//saml:SubjectConfirmationData", NS)
    conditions = assertion.find("saml:Conditions", NS)
    issued = datetime.fromisoformat(assertion.get("IssueInstant"))
    until = datetime.fromisoformat(confirmation.get("NotOnOrAfter"))
    assert response.get("Destination") == confirmation.get("Recipient") == service.acs
    assert response.get("InResponseTo") == confirmation.get("InResponseTo") == "id-asked"
    assert until - issued == timedelta(minutes=5)
    assert conditions.get("NotOnOrAfter") == confirmation.get("NotOnOrAfter")
    assert issued - datetime.fromisoformat(conditions.get("NotBefore")) == timedelta(seconds=5)
    assert assertion.findtext(".//saml:Audience", namespaces=NS) == service.entity_id
    (statement,) = assertion.findall("saml:AuthnStatement", NS)
    assert statement.get("SessionIndex")
    assert statement.get("SessionNotOnOrAfter") is None
    assert statement.findtext(".//saml:AuthnContextClassRef", namespaces=NS).endswith("PasswordProtectedTransport")
    assert [e.get("NameFormat") for e in assertion.iterfind(".//saml:Attribute", NS)] == [
        "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
    ]
    algorithms = [element.get("Algorithm") for element in response.iter() if element.get("Algorithm")]
    assert not [name for name in algorithms if "sha1" in name]
    assert {name for name in algorithms if "rsa-" in name} == {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"}


def test_T60_an_encrypted_assertion_uses_GCM_and_OAEP(browser: Browser, service: Service, pupil: Account) -> None:
    service.register(attributes=["first_name"])

    answer = walk(browser, pupil, service.redirect())

    methods = [element.get("Algorithm") for element in answer.root.iterfind(".//xenc:EncryptionMethod", NS)]
    assert methods == [
        "http://www.w3.org/2009/xmlenc11#aes256-gcm",
        "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
    ]
    assert b"Camille" not in answer.xml


def test_T61_each_assertion_has_an_ID_of_its_own(browser: Browser, pupil: Account) -> None:
    service = Service(encryption=False)
    service.register()
    browser.signs_in(pupil)

    answers = [posted(browser.get(service.redirect())).root for _ in range(3)]

    assert len({element.get("ID") for root in answers for element in (root, root.find("saml:Assertion", NS))}) == 6


def test_signxml_and_lxml_find_our_bytes_already_canonical(browser: Browser, pupil: Account) -> None:
    service = Service(encryption=False)
    service.register(attributes=["first_name", "birthdate", "civility"])

    answer = walk(browser, pupil, service.redirect())

    assert etree.tostring(answer.root, method="c14n", exclusive=True) == answer.xml
    XMLVerifier().verify(answer.root, x509_cert=(our := keys.certificates()[0]) and _pem(our), id_attribute="ID")


def _pem(certificate: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"


def test_an_unencrypted_answer_where_the_contract_says_so(browser: Browser, service: Service, pupil: Account) -> None:
    provider = service.register()
    provider.options["encrypt"] = False
    provider.save()

    assert walk(browser, pupil, service.redirect()).root.find("saml:Assertion", NS) is not None
