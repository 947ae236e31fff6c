"""A service provider for tests: its keys, its metadata, its requests as they travel, and the answer it finds."""

import base64
import functools
import html
import re
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID
from django.http import HttpResponse
from lxml import etree
from signxml import SignatureMethod, XMLSigner, methods

from educonnect.delegation.mandate import operator_mandate
from educonnect.federation import providers
from educonnect.federation.models import Provider
from educonnect.saml import metadata
from tests.sessions.browser import demande, posts_to

IDP = "http://localhost:8000/idp"
REDIRECT = "/idp/profile/SAML2/Redirect/SSO"
POST = "/idp/profile/SAML2/POST/SSO"
SLO = "/idp/profile/SAML2/Redirect/SLO"
POST_SLO = "/idp/profile/SAML2/POST/SLO"
NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
SIGS = "http://www.w3.org/2001/04/xmldsig-more#"


@dataclass(frozen=True)
class KeyPair:
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def base64(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ).decode()


@functools.cache
def key_pair(name: str, size: int = 2048, *, curve: bool = False) -> KeyPair:
    """A key and its certificate, which expired long ago, as those of services often have."""
    key = ec.generate_private_key(ec.SECP256R1()) if curve else rsa.generate_private_key(65537, size)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1000)
        .not_valid_before(datetime(2019, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2020, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    return KeyPair(key, certificate)


@dataclass
class Service:
    """Configured like the Pass Culture's, unless told otherwise."""

    entity_id: str = "https://service.example/saml/metadata.xml"
    acs: str = "https://service.example/saml/acs/"
    keys: KeyPair = field(default_factory=lambda: key_pair("service.example"))
    requests_signed: bool = True
    encryption: bool = True
    logouts: str = (
        '<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"'
        ' Location="https://service.example/saml/sls/"/>'
    )

    def metadata(self) -> bytes:
        use = "" if self.encryption else ' use="signing"'
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- a service of the tests -->
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="{NS["ds"]}" entityID="{self.entity_id}">
  <md:SPSSODescriptor protocolSupportEnumeration="{NS["samlp"]}" WantAssertionsSigned="true"
      AuthnRequestsSigned="{str(self.requests_signed).lower()}">
    <md:KeyDescriptor{use}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{self.keys.base64}
    </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    {self.logouts}
    <md:NameIDFormat/>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
      Location="{self.acs}" index="1"/>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
      Location="{self.acs}second" index="2"/>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
      Location="{self.acs}artifact" index="3"/>
  </md:SPSSODescriptor>
</md:EntityDescriptor>""".encode()

    def register(self, **options: Any) -> Provider:
        return providers.register(operator_mandate(), metadata.describe(self.metadata()), **options)

    def request(self, inside: str = "", *, binding: str = REDIRECT, drop: str = "", **attributes: str | None) -> bytes:
        """An AuthnRequest; attributes set to None are left out. `drop`: a child left out."""
        values: dict[str, str | None] = {
            "ID": fresh_id(),
            "Version": "2.0",
            "IssueInstant": instant(datetime.now(UTC)),
            "Destination": f"http://localhost:8000{binding}",
            "ProtocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
            "AssertionConsumerServiceURL": self.acs,
            **attributes,
        }
        written = "".join(f' {name}="{html.escape(value)}"' for name, value in values.items() if value is not None)
        issuer = f"<saml:Issuer>{self.entity_id}</saml:Issuer>" if drop != "Issuer" else ""
        return (
            f'<samlp:AuthnRequest xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}"{written}>{issuer}{inside}'
            "</samlp:AuthnRequest>"
        ).encode()

    def leaves(
        self,
        told: "Posted",
        *,
        kind: str = "LogoutRequest",
        inside: str | None = None,
        binding: str = SLO,
        **more: str | None,
    ) -> bytes:
        """A LogoutRequest of the person who was told, or another message of single logout with what it holds."""
        if inside is None:
            name_id = told.root.find(".//saml:NameID", NS)
            index = told.root.find(".//saml:AuthnStatement", NS).get("SessionIndex")
            inside = etree.tostring(name_id, with_tail=False).decode()
            inside += f"<samlp:SessionIndex>{index}</samlp:SessionIndex>"
        plain = self.request(
            inside, binding=binding, ProtocolBinding=None, AssertionConsumerServiceURL=None, **more
        ).decode()
        return plain.replace("AuthnRequest", kind).encode()

    def redirect(
        self,
        request: bytes | None = None,
        *,
        relay_state: str | None = None,
        algorithm: str | None = SIGS + "rsa-sha256",
        keys: KeyPair | None = None,
        packed: bytes | None = None,
        path: str = REDIRECT,
        name: str = "SAMLRequest",
    ) -> str:
        """The address the browser is sent to, its query signed unless `algorithm` is None."""
        request = self.request() if request is None else request
        query = f"{name}={quote_plus(base64.b64encode(packed if packed is not None else deflate(request)))}"
        if relay_state is not None:
            query += f"&RelayState={quote_plus(relay_state)}"
        if algorithm:
            query += f"&SigAlg={quote_plus(algorithm)}"
            signature = sign(query.encode(), algorithm, keys or self.keys)
            query += f"&Signature={quote_plus(base64.b64encode(signature))}"
        return f"{path}?{query}"

    def enveloped(
        self, request: bytes, *, method: SignatureMethod = SignatureMethod.RSA_SHA256, keys: KeyPair | None = None
    ) -> bytes:
        """The request with a signature inside, right after its issuer."""
        keys = keys or self.keys
        root = etree.fromstring(request)
        root.insert(1, etree.SubElement(root, f"{{{NS['ds']}}}Signature", Id="placeholder", nsmap={"ds": NS["ds"]}))
        signer = XMLSigner(
            method=methods.enveloped,
            signature_algorithm=method,
            c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#",
        )
        signed = signer.sign(root, key=keys.key, cert=keys.pem, reference_uri=root.get("ID"), id_attribute="ID")
        return etree.tostring(signed)

    def form(self, request: bytes | None = None, **more: str) -> dict[str, str]:
        """The fields of an AuthnRequest by POST; as it is given, or a good one."""
        request = self.enveloped(self.request(binding=POST)) if request is None else request
        return {"SAMLRequest": base64.b64encode(request).decode(), **more}


def fresh_id() -> str:
    import secrets

    return f"id-{secrets.token_hex(9)}"


def instant(at: datetime, **shift: float) -> str:
    return (at + timedelta(**shift)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def sign(octets: bytes, algorithm: str, keys: KeyPair) -> bytes:
    digest = {"1": hashes.SHA1, "256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}[
        algorithm.rpartition("sha")[2]
    ]()
    if isinstance(keys.key, ec.EllipticCurvePrivateKey):
        r, s = utils.decode_dss_signature(keys.key.sign(octets, ec.ECDSA(digest)))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return keys.key.sign(octets, padding.PKCS1v15(), digest)


@dataclass(frozen=True)
class Posted:
    """What the answer page would post."""

    action: str
    fields: dict[str, str]

    @property
    def xml(self) -> bytes:
        return base64.b64decode(self.fields["SAMLResponse"])

    @property
    def root(self) -> Any:
        return etree.fromstring(self.xml)

    @property
    def statuses(self) -> list[str]:
        return [element.get("Value").rpartition(":")[2] for element in self.root.iterfind(".//samlp:StatusCode", NS)]


def posted(response: HttpResponse) -> Posted:
    """Read the answer page as a browser would."""
    assert response.status_code == 200, response.content.decode()
    document = etree.HTML(response.content)
    (form,) = document.xpath("//form[@id='answer']")
    fields = {field.get("name"): field.get("value", "") for field in form.xpath(".//input")}
    return Posted(form.get("action"), fields)


def refused(response: HttpResponse) -> str:
    """The code of a refusal page."""
    assert response.status_code in {400, 403}, response.content.decode()
    (code,) = re.findall(r"Code (E-\d{4})", response.content.decode())
    return code


def accepted(response: HttpResponse) -> bool:
    """Whether a request by Redirect was answered with the sign-in page that keeps it in mind."""
    return response.status_code == 200 and urlsplit(posts_to(response)).path == "/connexion" and bool(demande(response))
