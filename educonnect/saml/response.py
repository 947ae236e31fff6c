"""The answer: a signed Response around a signed Assertion, encrypted where the service can read it so.

Everything is written at once in the form that exclusive canonicalisation would give it, so that the bytes that are
built are the bytes that are signed; tests check this against independent canonicalisers and verifiers.

Source: SAML Core 2.3, 2.7 and 3.3.3; SAML Profiles 4.1.4.2; XML Signature; XML Encryption.
"""

import base64
import functools
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from educonnect.federation.identity import ReleasedIdentity
from educonnect.saml import keys, rules, xml
from educonnect.saml.attributes import NAMES
from educonnect.saml.canonical import attribute, text
from educonnect.saml.errors import STATUS, Declined

XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
_NS = f'xmlns:saml2="{xml.SAML}"'
_NSP = f'xmlns:saml2p="{xml.SAMLP}"'


@dataclass(frozen=True, slots=True)
class To:
    """Who answers, where, to which request; to none where the service never asked (`in_response_to` empty)."""

    entity_id: str
    acs: str
    in_response_to: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an assertion says, and to whom.

    Attributes:
        name_id: `transient` or `persistent`.
        session_index: the same for one session and one service; `transient` too, the subject where it is of that kind.
        encrypt_to: the service's key, or None for an assertion in clear.
    """

    to: To
    audience: str
    identity: ReleasedIdentity
    name_id: str
    context: str
    session_index: str
    encrypt_to: rsa.RSAPublicKey | None = None
    transient: str = ""


def success(answer: Answer, *, now: datetime) -> str:
    """The Response that says who the person is, as text."""
    assertion = signed(*_assertion(answer, now))
    if answer.encrypt_to is not None:
        assertion = _encrypted(assertion, answer.encrypt_to)
    status = f'<saml2p:StatusCode Value="{STATUS}Success"></saml2p:StatusCode>'
    return _response(answer.to, status, assertion, now)


def failure(to: To, declined: Declined, *, now: datetime) -> str:
    """The Response that says why nobody is named."""
    status = (
        f'<saml2p:StatusCode Value="{STATUS}{declined.top}">'
        f'<saml2p:StatusCode Value="{STATUS}{declined.second}"></saml2p:StatusCode></saml2p:StatusCode>'
    )
    return _response(to, status, "", now)


def instant(at: datetime) -> str:
    """xs:dateTime in UTC, with milliseconds."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def identifier() -> str:
    """An ID that nobody guesses and nothing else bears."""
    return f"_{secrets.token_hex(16)}"


def _in_response(to: To) -> str:
    return f' InResponseTo="{attribute(to.in_response_to)}"' if to.in_response_to else ""


def _response(to: To, status: str, assertion: str, now: datetime) -> str:
    number = identifier()
    before = (
        f'<saml2p:Response {_NSP} Destination="{attribute(to.acs)}" ID="{number}"'
        f'{_in_response(to)} IssueInstant="{instant(now)}" Version="2.0">'
        f"<saml2:Issuer {_NS}>{text(to.entity_id)}</saml2:Issuer>"
    )
    after = f"<saml2p:Status>{status}</saml2p:Status>{assertion}</saml2p:Response>"
    return signed(number, before, after)


def _assertion(answer: Answer, now: datetime) -> tuple[str, str, str]:
    """ID, what stands before the signature, what stands after."""
    number = identifier()
    subject = answer.identity.subject if answer.name_id == "persistent" else answer.transient
    qualifiers = f' NameQualifier="{attribute(answer.to.entity_id)}" SPNameQualifier="{attribute(answer.audience)}"'
    until = instant(now + rules.ASSERTION_LIFETIME)
    before = (
        f'<saml2:Assertion {_NS} ID="{number}" IssueInstant="{instant(now)}" Version="2.0">'
        f"<saml2:Issuer>{text(answer.to.entity_id)}</saml2:Issuer>"
    )
    after = (
        f'<saml2:Subject><saml2:NameID Format="{rules.NAME_IDS[answer.name_id]}"{qualifiers}>{text(subject)}'
        f'</saml2:NameID><saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
        f'<saml2:SubjectConfirmationData{_in_response(answer.to)} NotOnOrAfter="{until}"'
        f' Recipient="{attribute(answer.to.acs)}"></saml2:SubjectConfirmationData></saml2:SubjectConfirmation>'
        f'</saml2:Subject><saml2:Conditions NotBefore="{instant(now - rules.BACKDATE)}" NotOnOrAfter="{until}">'
        f"<saml2:AudienceRestriction><saml2:Audience>{text(answer.audience)}</saml2:Audience>"
        "</saml2:AudienceRestriction></saml2:Conditions>"
        f'<saml2:AuthnStatement AuthnInstant="{instant(answer.identity.authenticated_at)}"'
        f' SessionIndex="{attribute(answer.session_index)}"><saml2:AuthnContext><saml2:AuthnContextClassRef>'
        f"{text(answer.context)}</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement>"
        f"{_attributes(answer.identity)}</saml2:Assertion>"
    )
    return number, before, after


def _attributes(identity: ReleasedIdentity) -> str:
    """The attribute statement; none at all where nothing is released, for it may not be empty (Core 2.7.3)."""
    if not identity.attributes:
        return ""
    parts = []
    for key, found in identity.attributes.items():
        name, friendly = NAMES[key]
        written = "".join(f"<saml2:AttributeValue>{text(value)}</saml2:AttributeValue>" for value in found)
        parts.append(
            f'<saml2:Attribute FriendlyName="{friendly}" Name="{name}" NameFormat="{rules.NAME_FORMAT}">'
            f"{written}</saml2:Attribute>"
        )
    return f"<saml2:AttributeStatement>{''.join(parts)}</saml2:AttributeStatement>"


# --- signing ------------------------------------------------------------------------------------------------------


def signed(number: str, before: str, after: str) -> str:
    """The element with its enveloped signature right after the issuer, where the schema wants it."""
    digest = base64.b64encode(hashlib.sha256((before + after).encode()).digest()).decode()
    inside = (
        f'<ds:CanonicalizationMethod Algorithm="{_C14N}"></ds:CanonicalizationMethod>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>'
        f'<ds:Reference URI="#{number}"><ds:Transforms>'
        f'<ds:Transform Algorithm="{xml.DS}enveloped-signature"></ds:Transform>'
        f'<ds:Transform Algorithm="{_C14N}"></ds:Transform></ds:Transforms>'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )
    signature = keys.sign(f'<ds:SignedInfo xmlns:ds="{xml.DS}">{inside}'.encode())
    return (
        f'{before}<ds:Signature xmlns:ds="{xml.DS}"><ds:SignedInfo>{inside}'
        f"<ds:SignatureValue>{signature}</ds:SignatureValue>{_key_info()}</ds:Signature>{after}"
    )


@functools.cache
def _key_info() -> str:
    return (
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{keys.certificates()[0]}</ds:X509Certificate></ds:X509Data>"
        "</ds:KeyInfo>"
    )


# --- encrypting ---------------------------------------------------------------------------------------------------


def _encrypted(assertion: str, key: rsa.RSAPublicKey) -> str:
    """AES-256-GCM under a key of one use, itself under RSA-OAEP.

    RSA-OAEP-MGF1P names SHA-1 inside its mask, where its weakness is without effect; it is what every service reads.
    """
    content_key, nonce = AESGCM.generate_key(bit_length=256), secrets.token_bytes(12)
    sealed = base64.b64encode(nonce + AESGCM(content_key).encrypt(nonce, assertion.encode(), None)).decode()
    wrapped = base64.b64encode(key.encrypt(content_key, _OAEP)).decode()
    return (
        f'<saml2:EncryptedAssertion {_NS}><xenc:EncryptedData xmlns:xenc="{XENC}" Type="{XENC}Element">'
        f'<xenc:EncryptionMethod Algorithm="{XENC11}aes256-gcm"></xenc:EncryptionMethod>'
        f'<ds:KeyInfo xmlns:ds="{xml.DS}"><xenc:EncryptedKey>'
        f'<xenc:EncryptionMethod Algorithm="{XENC}rsa-oaep-mgf1p">'
        f'<ds:DigestMethod Algorithm="{xml.DS}sha1"></ds:DigestMethod></xenc:EncryptionMethod>'
        f"<xenc:CipherData><xenc:CipherValue>{wrapped}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>"
        f"</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>{sealed}</xenc:CipherValue></xenc:CipherData>"
        "</xenc:EncryptedData></saml2:EncryptedAssertion>"
    )


_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303
