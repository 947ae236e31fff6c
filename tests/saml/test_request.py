"""What is refused: each ground with a clear page and a line in the journal, and nothing told to any service."""

import base64
import re
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from signxml import SignatureMethod, XMLSigner, methods

from educonnect.accounts.models import Account
from educonnect.delegation.mandate import operator_mandate
from educonnect.federation import providers
from educonnect.federation.models import Release
from educonnect.journal.models import Entry
from educonnect.saml.errors import PAGES, Reason
from educonnect.saml.models import SeenRequest
from educonnect.saml.seen import forget_expired
from educonnect.sessions.models import Waiting
from tests.saml.service import (
    NS,
    POST,
    REDIRECT,
    SIGS,
    Service,
    accepted,
    deflate,
    fresh_id,
    instant,
    key_pair,
    posted,
    refused,
)
from tests.sessions.browser import Browser, demande

pytestmark = pytest.mark.django_db


def is_refused(response, reason: Reason) -> None:
    """A clear page in French with its code, the journal's line, and no request left waiting."""
    assert refused(response) == PAGES[reason].code
    page = response.content.decode()
    assert '<html lang="fr">' in page
    assert "Connexion impossible" in page
    assert response.status_code == 400
    line = Entry.objects.get(event="federation.request-refused")
    assert line.detail == {"protocol": "saml", "reason": reason.value}
    assert not Waiting.objects.exists()
    assert not Release.objects.exists()


def test_T55_an_unsigned_request_is_refused_where_signing_is_declared(browser: Browser, service: Service) -> None:
    service.register()

    is_refused(browser.get(service.redirect(algorithm=None)), Reason.UNSIGNED)


def test_T55_an_unsigned_request_by_post_is_refused_where_signing_is_declared(
    browser: Browser, service: Service
) -> None:
    service.register()

    is_refused(browser.post(POST, service.form(service.request(binding=POST))), Reason.UNSIGNED)


def test_T55_a_signature_inside_a_redirected_request_does_not_stand_for_the_querys(
    browser: Browser, service: Service
) -> None:
    service.register()

    is_refused(browser.get(service.redirect(service.enveloped(service.request()), algorithm=None)), Reason.UNSIGNED)


def test_a_signature_inside_a_redirected_request_does_no_harm(browser: Browser, service: Service) -> None:
    service.register()

    assert accepted(browser.get(service.redirect(service.enveloped(service.request()))))


def test_T55_a_request_signed_by_another_key_is_refused(browser: Browser, service: Service) -> None:
    service.register()

    is_refused(browser.get(service.redirect(keys=key_pair("thief.example"))), Reason.BAD_SIGNATURE)


def test_T55_a_request_by_post_signed_by_another_key_is_refused(browser: Browser, service: Service) -> None:
    service.register()
    request = service.enveloped(service.request(binding=POST), keys=key_pair("thief.example"))

    is_refused(browser.post(POST, service.form(request)), Reason.BAD_SIGNATURE)


def test_T55_a_relay_state_changed_after_signing_is_refused(browser: Browser, service: Service) -> None:
    service.register()
    path = service.redirect(relay_state="basket")

    is_refused(browser.get(path.replace("RelayState=basket", "RelayState=casket")), Reason.BAD_SIGNATURE)


def test_T55_a_request_changed_after_signing_by_post_is_refused(browser: Browser, service: Service) -> None:
    service.register()
    signed = service.enveloped(service.request(binding=POST))

    touched = signed.replace(b'AssertionConsumerServiceURL="', b'ForceAuthn="true" AssertionConsumerServiceURL="')

    is_refused(browser.post(POST, service.form(touched)), Reason.BAD_SIGNATURE)


def test_a_signature_is_checked_over_the_octets_that_were_sent(browser: Browser, service: Service) -> None:
    service.register()
    path = service.redirect(relay_state="a b")

    same_value_other_octets = path.replace("RelayState=a+b", "RelayState=a%20b")

    is_refused(browser.get(same_value_other_octets), Reason.BAD_SIGNATURE)


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-sha384", "rsa-sha512"])
def test_strong_algorithms_are_accepted(browser: Browser, service: Service, algorithm: str) -> None:
    service.register()

    assert accepted(browser.get(service.redirect(algorithm=SIGS + algorithm)))


def test_an_elliptic_key_is_accepted(browser: Browser) -> None:
    service = Service(keys=key_pair("elliptic.example", curve=True))
    service.register()

    assert accepted(browser.get(service.redirect(algorithm=SIGS + "ecdsa-sha256")))


def test_T60_a_query_signed_with_SHA1_is_refused(browser: Browser, service: Service) -> None:
    service.register()

    path = service.redirect(algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1")

    is_refused(browser.get(path), Reason.WEAK_ALGORITHM)


@pytest.mark.parametrize(
    ("strong", "weak"),
    [
        (SIGS + "rsa-sha256", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
        ("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1"),
    ],
)
def test_T60_an_element_signed_with_SHA1_is_refused(browser: Browser, service: Service, strong: str, weak: str) -> None:
    service.register()
    signed = service.enveloped(service.request(binding=POST)).replace(strong.encode(), weak.encode())

    is_refused(browser.post(POST, service.form(signed)), Reason.WEAK_ALGORITHM)


@pytest.mark.parametrize("form", ["pem", "base64"])
def test_a_public_key_used_as_a_shared_secret_is_refused(browser: Browser, service: Service, form: str) -> None:
    service.register()
    root = etree.fromstring(service.request(binding=POST))
    signer = XMLSigner(
        method=methods.enveloped,
        signature_algorithm=SignatureMethod.HMAC_SHA256,
        c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#",
    )
    known = getattr(service.keys, form).encode()
    signed = signer.sign(root, key=known, reference_uri=root.get("ID"), id_attribute="ID")

    is_refused(browser.post(POST, service.form(etree.tostring(signed))), Reason.BAD_SIGNATURE)


@pytest.mark.parametrize(
    "method",
    [
        "",
        "none",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha256",
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
    ],
)
def test_an_element_signed_in_no_known_way_is_refused(browser: Browser, service: Service, method: str) -> None:
    service.register()
    signed = service.enveloped(service.request(binding=POST))
    touched = signed.replace(b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", method.encode())

    assert touched != signed
    is_refused(browser.post(POST, service.form(touched)), Reason.BAD_SIGNATURE)


@pytest.mark.parametrize("algorithm", ["", "none", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"])
def test_a_signature_of_no_known_kind_is_refused(browser: Browser, service: Service, algorithm: str) -> None:
    service.register()
    path = service.redirect()
    strong = quote_plus(SIGS + "rsa-sha256")

    is_refused(browser.get(path.replace(f"SigAlg={strong}", f"SigAlg={quote_plus(algorithm)}")), Reason.BAD_SIGNATURE)


def test_a_service_that_declares_nothing_may_ask_unsigned(browser: Browser) -> None:
    service = Service(requests_signed=False)
    service.register()

    assert accepted(browser.get(service.redirect(algorithm=None)))


def test_a_service_that_declares_nothing_is_held_to_the_signature_it_sends(browser: Browser) -> None:
    service = Service(requests_signed=False)
    service.register()

    is_refused(browser.get(service.redirect(keys=key_pair("thief.example"))), Reason.BAD_SIGNATURE)


@pytest.mark.parametrize(
    "destination",
    [
        "http://localhost:8000/idp/profile/SAML2/POST/SSO",
        "https://idp.example/idp/profile/SAML2/Redirect/SSO",
        "http://localhost:8000/idp/profile/SAML2/Redirect/SSO/",
        "",
        None,
    ],
)
def test_T55_a_wrong_Destination_is_refused(browser: Browser, service: Service, destination: str | None) -> None:
    service.register()

    is_refused(browser.get(service.redirect(service.request(Destination=destination))), Reason.WRONG_DESTINATION)


def test_an_unsigned_request_may_leave_its_Destination_out(browser: Browser) -> None:
    service = Service(requests_signed=False)
    service.register()

    assert accepted(browser.get(service.redirect(service.request(Destination=None), algorithm=None)))


def test_T55_an_expired_request_is_refused(browser: Browser, service: Service) -> None:
    service.register()
    old = service.request(IssueInstant=instant(datetime.now(UTC), minutes=-8, seconds=-5))

    is_refused(browser.get(service.redirect(old)), Reason.EXPIRED)


def test_a_request_of_a_slow_clock_is_accepted(browser: Browser, service: Service) -> None:
    service.register()
    old = service.request(IssueInstant=instant(datetime.now(UTC), minutes=-7))

    assert accepted(browser.get(service.redirect(old)))


def test_T55_a_request_from_the_future_is_refused(browser: Browser, service: Service) -> None:
    service.register()
    early = service.request(IssueInstant=instant(datetime.now(UTC), minutes=3, seconds=5))

    is_refused(browser.get(service.redirect(early)), Reason.FROM_THE_FUTURE)


@pytest.mark.parametrize(
    "when", ["", "yesterday", "2026-13-45T99:99:99Z", "2026-11-23T10:00:00", "2026-11-23T10:00:00+02:00", "0000-01-01"]
)
def test_an_ill_formed_date_is_refused(browser: Browser, service: Service, when: str) -> None:
    service.register()

    is_refused(browser.get(service.redirect(service.request(IssueInstant=when))), Reason.MALFORMED)


def test_T55_a_replayed_request_is_refused(browser: Browser, service: Service) -> None:
    service.register()
    path = service.redirect()
    browser.get(path)
    Waiting.objects.all().delete()

    is_refused(browser.get(path), Reason.REPLAYED)


def test_T55_a_waiting_request_replayed_from_another_browser_is_refused(browser: Browser, service: Service) -> None:
    service.register()
    path = service.redirect()
    browser.get(path)
    thief = Browser()
    thief.get(service.redirect())

    answers = [Browser().get(path), thief.get(path)]

    for answer in answers:
        assert refused(answer) == "E-6115"
        assert "csrf" not in answer.cookies


def test_T55_a_request_that_was_answered_is_a_replay_in_its_own_browser_too(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register()
    path = service.redirect()
    posted(browser.get(browser.signs_in(pupil, demande=demande(browser.get(path)))))

    assert refused(browser.get(path)) == "E-6115"
    assert Release.objects.count() == 1


def test_a_page_that_is_reloaded_goes_on_with_the_request_it_answered(browser: Browser, service: Service) -> None:
    service.register()
    path = service.redirect(relay_state="basket")
    first = demande(browser.get(path))

    again = browser.get(path)

    assert accepted(again)
    assert demande(again) == first
    assert Waiting.objects.count() == 1


def test_a_page_left_for_an_hour_is_reloaded_like_another(browser: Browser, service: Service) -> None:
    service.register()
    path = service.redirect()
    first = demande(browser.get(path))

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1), tick=False):
        again = browser.get(path)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=3), tick=False):
        too_late = browser.get(path)

    assert demande(again) == first
    assert refused(too_late) == "E-6113"


def test_another_request_under_the_same_ID_is_no_reload(browser: Browser, service: Service) -> None:
    service.register()
    number = fresh_id()
    browser.get(service.redirect(service.request(ID=number), relay_state="basket"))

    answers = [
        browser.get(service.redirect(service.request(ID=number), relay_state="another")),
        browser.get(service.redirect(service.request(ID=number, ForceAuthn="true"), relay_state="basket")),
        browser.get(service.redirect(service.request(ID=number, AssertionConsumerServiceURL=service.acs + "second"))),
    ]

    assert [refused(answer) for answer in answers] == ["E-6115"] * 3


def test_T55_a_request_replayed_by_the_other_binding_is_refused(browser: Browser, service: Service) -> None:
    service.register()
    number = fresh_id()
    browser.get(service.redirect(service.request(ID=number)))
    Waiting.objects.all().delete()

    again = service.enveloped(service.request(ID=number, binding=POST))

    is_refused(browser.post(POST, service.form(again)), Reason.REPLAYED)


def test_two_services_may_draw_the_same_ID(browser: Browser) -> None:
    number = fresh_id()
    for host in ("one", "two"):
        service = Service(entity_id=f"https://{host}.example")
        service.register()

        assert accepted(browser.get(service.redirect(service.request(ID=number))))


def test_IDs_are_forgotten_once_their_own_date_refuses_them(browser: Browser, service: Service) -> None:
    service.register()
    browser.get(service.redirect())

    assert forget_expired(datetime.now(UTC) + timedelta(minutes=8)) == 0
    assert forget_expired(datetime.now(UTC) + timedelta(minutes=12)) == 1
    assert not SeenRequest.objects.exists()


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://thief.example/acs",
        "https://service.example/saml/acs",
        "https://service.example/saml/acs//",
        "https://service.example/saml/acs/?x=1",
        "https://service.example:443/saml/acs/",
        "https://SERVICE.example/saml/acs/",
        "https://service.example/saml/acs/artifact",
        "",
    ],
)
def test_T56_an_ACS_that_is_not_in_the_metadata_is_refused(browser: Browser, service: Service, elsewhere: str) -> None:
    service.register()

    is_refused(
        browser.get(service.redirect(service.request(AssertionConsumerServiceURL=elsewhere))), Reason.UNKNOWN_ACS
    )


@pytest.mark.parametrize("index", ["3", "9", "-1", "1.0", " 1", "None", ""])
def test_T56_an_index_that_is_not_in_the_metadata_is_refused(browser: Browser, service: Service, index: str) -> None:
    service.register()
    request = service.request(AssertionConsumerServiceURL=None, AssertionConsumerServiceIndex=index)

    is_refused(browser.get(service.redirect(request)), Reason.UNKNOWN_ACS)


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"AssertionConsumerServiceURL": None}, ""),
        ({"AssertionConsumerServiceURL": None, "AssertionConsumerServiceIndex": "2"}, "second"),
        ({"AssertionConsumerServiceIndex": "1"}, ""),
        ({"ProtocolBinding": None}, ""),
    ],
)
def test_T56_the_ACS_is_told_by_URL_by_index_or_by_default(
    browser: Browser, service: Service, pupil, asked: dict[str, str | None], where: str
) -> None:
    service.register()
    browser.signs_in(pupil)

    answer = posted(browser.get(service.redirect(service.request(**asked))))

    assert answer.action == service.acs + where


def test_an_ACS_and_an_index_that_disagree_are_refused(browser: Browser, service: Service) -> None:
    service.register()

    is_refused(browser.get(service.redirect(service.request(AssertionConsumerServiceIndex="2"))), Reason.UNKNOWN_ACS)


def test_an_answer_wanted_otherwise_than_by_post_is_refused(browser: Browser, service: Service) -> None:
    service.register()
    request = service.request(ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact")

    is_refused(browser.get(service.redirect(request)), Reason.UNSUPPORTED_BINDING)


def test_an_unknown_service_is_refused(browser: Browser, service: Service) -> None:
    is_refused(browser.get(service.redirect()), Reason.UNKNOWN_PROVIDER)


def test_a_suspended_service_is_refused(browser: Browser, service: Service) -> None:
    service.register()
    providers.suspend(operator_mandate(), service.entity_id)

    is_refused(browser.get(service.redirect()), Reason.SUSPENDED_PROVIDER)


def test_a_service_signing_in_anothers_name_is_refused(browser: Browser, service: Service) -> None:
    other = Service(entity_id="https://other.example", keys=key_pair("other.example"))
    service.register()
    other.register()

    is_refused(browser.get(service.redirect(keys=other.keys)), Reason.BAD_SIGNATURE)


@pytest.mark.parametrize(
    "inside",
    [
        '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r SYSTEM "http://thief.example/x.dtd">',
        "<!doctype r>",
        '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    ],
)
@pytest.mark.parametrize("binding", [REDIRECT, POST])
def test_T59_a_DOCTYPE_is_refused(browser: Browser, service: Service, inside: str, binding: str) -> None:
    service.register()
    request = b'<?xml version="1.0"?>' + inside.encode() + service.request(binding=binding)

    response = (
        browser.get(service.redirect(request)) if binding == REDIRECT else browser.post(POST, service.form(request))
    )

    is_refused(response, Reason.DOCTYPE)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "iso-8859-15"])
def test_T59_a_DOCTYPE_in_another_encoding_is_no_way_round(browser: Browser, service: Service, encoding: str) -> None:
    service.register()
    document = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE r>{service.request().decode()}'

    is_refused(browser.get(service.redirect(document.encode(encoding))), Reason.MALFORMED)


def test_T59_a_deflate_bomb_is_stopped_at_a_fixed_size(browser: Browser, service: Service) -> None:
    service.register()
    bomb = deflate(b"<a>" + b" " * 50_000_000)

    is_refused(browser.get(service.redirect(packed=bomb)), Reason.TOO_LARGE)


def test_T59_a_request_by_post_that_is_too_large_is_refused(browser: Browser, service: Service) -> None:
    service.register()
    request = service.request(f"<!--{'x' * 70_000}-->", binding=POST)

    is_refused(browser.post(POST, service.form(request)), Reason.TOO_LARGE)


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\x00",
        b"not deflated",
        zlib.compress(b"<a/>"),
        deflate(b"<a/>") + b"and more",
        deflate(b"<a/>")[:-2],
        deflate(b"\xff\xfe<a/>"),
        deflate(b"<a><b></a>"),
        deflate(b"<a/><b/>"),
        deflate(b'<?php echo 1?><a xmlns="x"/>'),
    ],
)
def test_bytes_that_are_no_request_are_refused(browser: Browser, service: Service, packed: bytes) -> None:
    service.register()

    response = browser.get(service.redirect(packed=packed))

    assert refused(response) in {"E-6101", "E-6102", "E-6105"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        # a comment in a name makes two readers see two names
        (lambda r: r.replace(b"service.example/saml/meta", b"service.example/saml/<!-- -->meta"), Reason.AMBIGUOUS),
        (lambda r: r.replace(b"<saml:Issuer>", b"<?x y?><saml:Issuer>"), Reason.AMBIGUOUS),
        (lambda r: r.replace(b"</samlp:", b'<a ID="x"/><b Id="x"/></samlp:'), Reason.AMBIGUOUS),
        (lambda r: r.replace(b"<saml:Issuer>", b'<saml:Issuer xmlns:samlp="urn:other">'), Reason.AMBIGUOUS),
        (lambda r: r.replace(b"<saml:Issuer>", b"<saml:Issuer>x</saml:Issuer><saml:Issuer>"), Reason.AMBIGUOUS),
        (lambda r: r.replace(b"<saml:Issuer>", b"<saml:Issuer><b/>"), Reason.AMBIGUOUS),
        (lambda r: r.replace(b"<saml:Issuer>", b"<saml:Issuer>&undefined;"), Reason.MALFORMED),
        (lambda r: r.replace(b'Version="2.0"', b'Version="1.1"'), Reason.VERSION),
        (lambda r: r.replace(b'ID="', b'ID="1 2'), Reason.MALFORMED),
        (lambda r: re.sub(rb' ID="[^"]*"', b"", r), Reason.MALFORMED),
        (lambda r: r.replace(b"AuthnRequest", b"LogoutRequest"), Reason.MALFORMED),
        (lambda r: r.replace(b"SAML:2.0:protocol", b"SAML:2.0:prot0col"), Reason.MALFORMED),
        (lambda r: r.replace(b'Version="2.0"', b'Version="2.0" ForceAuthn="maybe"'), Reason.MALFORMED),
    ],
)
def test_T58_what_two_readers_could_read_two_ways_is_refused(
    browser: Browser, service: Service, change, reason: Reason
) -> None:
    service.register()

    is_refused(browser.get(service.redirect(change(service.request()))), reason)


@pytest.mark.parametrize("name", ["SAMLRequest", "RelayState", "SigAlg", "Signature"])
def test_a_repeated_parameter_is_refused(browser: Browser, service: Service, name: str) -> None:
    service.register()
    asked = service.redirect(relay_state="a")

    is_refused(browser.get(f"{asked}&{name}=b"), Reason.AMBIGUOUS)


@pytest.mark.parametrize("name", ["%53AMLRequest", "SAMLReques%74"])
def test_a_parameter_under_another_spelling_counts_for_nothing(browser: Browser, service: Service, name: str) -> None:
    service.register()
    evil = quote_plus(base64.b64encode(deflate(service.request(AssertionConsumerServiceURL="https://evil.example/"))))

    asked = browser.get(f"{service.redirect()}&{name}={evil}")

    assert accepted(asked)
    assert Waiting.objects.get().request["payload"]["acs"] == service.acs


def test_the_address_without_a_request_says_where_to_begin(browser: Browser) -> None:
    is_refused(browser.get(REDIRECT), Reason.NO_REQUEST)


def test_a_form_without_a_request_says_where_to_begin(browser: Browser) -> None:
    is_refused(browser.post(POST), Reason.NO_REQUEST)


# --- transforms (wrapping is in test_corpus) ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "transform",
    [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2000/09/xmldsig#base64",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    ],
)
def test_T59_a_transform_that_SAML_does_not_allow_is_refused(
    browser: Browser, service: Service, transform: str
) -> None:
    service.register()
    signed = service.enveloped(service.request(binding=POST))
    touched = signed.replace(
        b'<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
        f'<ds:Transform Algorithm="{transform}"'.encode(),
    )

    assert touched != signed
    is_refused(browser.post(POST, service.form(touched)), Reason.BAD_SIGNATURE)


def test_a_signature_by_post_with_an_elliptic_key_is_accepted(browser: Browser) -> None:
    service = Service(keys=key_pair("elliptic.example", curve=True))
    service.register()
    signed = service.enveloped(service.request(binding=POST), method=SignatureMethod.ECDSA_SHA256)

    assert browser.post(POST, service.form(signed)).status_code == 303


# --- what is understood, and declined -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "statuses"),
    [
        ("<saml:Subject><saml:NameID>x</saml:NameID></saml:Subject>", ["Responder", "RequestUnsupported"]),
        (
            '<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"/>',
            ["Requester", "InvalidNameIDPolicy"],
        ),
        ('<samlp:NameIDPolicy SPNameQualifier="https://other.example"/>', ["Requester", "InvalidNameIDPolicy"]),
        (
            '<samlp:Scoping><samlp:IDPList><samlp:IDPEntry ProviderID="https://other.example"/></samlp:IDPList>'
            "</samlp:Scoping>",
            ["Responder", "NoSupportedIDP"],
        ),
        (
            "<samlp:RequestedAuthnContext><saml:AuthnContextClassRef>"
            "urn:oasis:names:tc:SAML:2.0:ac:classes:X509</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>",
            ["Responder", "NoAuthnContext"],
        ),
        (
            "<samlp:RequestedAuthnContext><saml:AuthnContextDeclRef>x</saml:AuthnContextDeclRef>"
            "</samlp:RequestedAuthnContext>",
            ["Responder", "NoAuthnContext"],
        ),
    ],
)
def test_what_cannot_be_met_is_told_to_the_service_at_its_own_address(
    browser: Browser, service: Service, inside: str, statuses: list[str]
) -> None:
    service.register()

    answer = posted(browser.get(service.redirect(service.request(inside), relay_state="r")))

    assert answer.statuses == statuses
    assert (answer.action, answer.fields["RelayState"]) == (service.acs, "r")
    assert answer.root.find("ds:Signature", NS) is not None
    assert answer.root.find("saml:Assertion", NS) is None
    assert Entry.objects.get(event="federation.request-refused").detail["reason"] == statuses[1]


@pytest.mark.parametrize(
    ("comparison", "asked", "answered"),
    [
        ("exact", ["PasswordProtectedTransport"], "PasswordProtectedTransport"),
        ("exact", ["X509", "Password"], "Password"),
        ("exact", ["unspecified"], "unspecified"),
        ("minimum", ["Password"], "PasswordProtectedTransport"),
        ("maximum", ["Password"], "Password"),
        ("better", ["Password"], "PasswordProtectedTransport"),
    ],
)
def test_RequestedAuthnContext_that_a_password_satisfies_is_named_in_the_answer(
    browser: Browser, pupil, comparison: str, asked: list[str], answered: str
) -> None:
    service = Service(encryption=False)
    service.register()
    browser.signs_in(pupil)
    classes = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
    wanted = "".join(f"<saml:AuthnContextClassRef>{classes}{name}</saml:AuthnContextClassRef>" for name in asked)
    inside = f'<samlp:RequestedAuthnContext Comparison="{comparison}">{wanted}</samlp:RequestedAuthnContext>'

    answer = posted(browser.get(service.redirect(service.request(inside))))

    assert answer.root.findtext(".//saml:AuthnContextClassRef", namespaces=NS) == classes + answered


@pytest.mark.parametrize(
    ("comparison", "asked"), [("better", "PasswordProtectedTransport"), ("minimum", "X509"), ("other", "Password")]
)
def test_RequestedAuthnContext_that_a_password_does_not_satisfy_is_declined(
    browser: Browser, service: Service, comparison: str, asked: str
) -> None:
    service.register()
    inside = (
        f'<samlp:RequestedAuthnContext Comparison="{comparison}"><saml:AuthnContextClassRef>'
        f"urn:oasis:names:tc:SAML:2.0:ac:classes:{asked}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"
    )

    assert posted(browser.get(service.redirect(service.request(inside)))).statuses[1] == "NoAuthnContext"


def test_a_list_of_identity_providers_that_names_us_is_no_hindrance(browser: Browser, service: Service) -> None:
    service.register()
    inside = (
        "<samlp:Scoping><samlp:IDPList>"
        '<samlp:IDPEntry ProviderID="https://other.example"/><samlp:IDPEntry ProviderID="http://localhost:8000/idp"/>'
        "</samlp:IDPList></samlp:Scoping>"
    )

    assert accepted(browser.get(service.redirect(service.request(inside))))


# --- whatever comes, no crash -------------------------------------------------------------------------------------

NO_CRASH = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    database=None,
)


@NO_CRASH
@given(at=st.integers(0, 900), cut=st.integers(0, 40), put=st.binary(max_size=40), signed=st.booleans())
def test_a_mutated_request_by_post_never_crashes(at: int, cut: int, put: bytes, signed: bool) -> None:
    service = Service(requests_signed=signed)
    service.register()
    request = service.enveloped(service.request(binding=POST)) if signed else service.request(binding=POST)
    at %= len(request)

    response = Browser().post(POST, service.form(request[:at] + put + request[at + cut :]))

    assert response.status_code in {200, 303, 400}


@NO_CRASH
@given(at=st.integers(0, 900), cut=st.integers(0, 40), put=st.binary(max_size=40))
def test_a_mutated_request_by_redirect_never_crashes(at: int, cut: int, put: bytes) -> None:
    service = Service(requests_signed=False)
    service.register()
    request = service.request()
    at %= len(request)

    response = Browser().get(service.redirect(request[:at] + put + request[at + cut :], algorithm=None))

    assert response.status_code in {200, 303, 400}


@NO_CRASH
@given(st.text(max_size=300))
def test_any_query_is_answered_without_crash(query: str) -> None:
    pieces = {"QUERY_STRING": f"SAMLRequest={query}"}

    assert Browser().get(REDIRECT, **pieces).status_code == 400


@NO_CRASH
@given(
    relay_state=st.text(max_size=200),
    attributes=st.dictionaries(
        st.sampled_from(["ForceAuthn", "IsPassive", "ProtocolBinding", "AssertionConsumerServiceIndex", "Consent"]),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30),
    ),
)
def test_any_value_in_a_good_request_is_answered_without_crash(relay_state: str, attributes: dict[str, str]) -> None:
    service = Service()
    service.register()

    try:
        path = service.redirect(service.request(**attributes), relay_state=relay_state)
    except UnicodeEncodeError:  # a lone surrogate cannot be sent at all
        return

    assert Browser().get(path).status_code in {200, 303, 400}


@pytest.mark.parametrize("relay_state", ["%00", "%FF%FE", "a" * 9000])
def test_a_relay_state_that_cannot_be_kept_is_refused(browser: Browser, relay_state: str) -> None:
    service = Service(requests_signed=False)
    service.register()

    path = service.redirect(algorithm=None) + f"&RelayState={relay_state}"

    is_refused(browser.get(path), Reason.MALFORMED)


def test_base64_in_lines_is_read(browser: Browser, service: Service) -> None:
    service.register()
    request = service.enveloped(service.request(binding=POST))
    lines = base64.encodebytes(request).decode().replace("\n", "\r\n")

    assert browser.post(POST, {"SAMLRequest": lines}).status_code == 303


def test_T55_a_request_signed_by_post_says_to_whom(browser: Browser, service: Service) -> None:
    service.register()
    request = service.enveloped(service.request(binding=POST, Destination=None))

    is_refused(browser.post(POST, service.form(request)), Reason.WRONG_DESTINATION)
