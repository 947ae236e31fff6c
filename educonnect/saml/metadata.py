"""Metadata: ours, that services read, and theirs, that we hold them to."""

import base64
import binascii
import functools
import hashlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.conf import settings
from lxml import etree

from educonnect.federation.errors import MetadataRefused
from educonnect.federation.models import Protocol, Provider
from educonnect.federation.providers import Described
from educonnect.saml import keys, rules, xml
from educonnect.saml.canonical import attribute, text

ALGORITHMS = "urn:oasis:names:tc:SAML:metadata:algsupport"
MDUI = "urn:oasis:names:tc:SAML:metadata:ui"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


# --- ours ---------------------------------------------------------------------------------------------------------


def entity_id() -> str:
    """Our name: `<base URL>/idp`, as the real service has it."""
    return settings.BASE_URL + rules.ENTITY_PATH


@functools.cache
def ours() -> tuple[bytes, str]:
    """Our metadata and their ETag: one entity, one identity provider, every certificate that may sign."""
    certificates = "".join(
        '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
        f"{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for certificate in keys.certificates()
    )
    formats = "".join(f"<md:NameIDFormat>{name}</md:NameIDFormat>" for name in rules.NAME_IDS.values())
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<md:EntityDescriptor xmlns:md="{xml.MD}" xmlns:ds="{xml.DS}" entityID="{attribute(entity_id())}">'
        f'<md:Extensions xmlns:alg="{ALGORITHMS}">{_algorithms()}</md:Extensions>'
        f'<md:IDPSSODescriptor protocolSupportEnumeration="{xml.SAMLP}">'
        f'<md:Extensions><mdui:UIInfo xmlns:mdui="{MDUI}">'
        f'<mdui:DisplayName xml:lang="fr">{text("ÉduConnect")}</mdui:DisplayName></mdui:UIInfo></md:Extensions>'
        f"{certificates}"
        f'<md:SingleLogoutService Binding="{rules.REDIRECT}" Location="{attribute(logout_location(rules.REDIRECT))}"/>'
        f'<md:SingleLogoutService Binding="{rules.POST}" Location="{attribute(logout_location(rules.POST))}"/>'
        f"{formats}"
        f'<md:SingleSignOnService Binding="{rules.REDIRECT}" Location="{attribute(location(rules.REDIRECT))}"/>'
        f'<md:SingleSignOnService Binding="{rules.POST}" Location="{attribute(location(rules.POST))}"/>'
        "</md:IDPSSODescriptor></md:EntityDescriptor>\n"
    ).encode()
    return document, f'"{hashlib.sha256(document).hexdigest()[:32]}"'


def _algorithms() -> str:
    """What we verify with: a service that reads it signs with nothing weaker, whatever it does by default.

    Source: SAML v2.0 Metadata Profile for Algorithm Support.
    """
    digests = "".join(f'<alg:DigestMethod Algorithm="{name}"/>' for name in rules.DIGESTS)
    return digests + "".join(f'<alg:SigningMethod Algorithm="{name}"/>' for name in rules.SIGNATURES)


def location(binding: str) -> str:
    """The address of our single sign-on service for this binding: what `Destination` must be."""
    return settings.BASE_URL + (rules.REDIRECT_PATH if binding == rules.REDIRECT else rules.POST_PATH)


def logout_location(binding: str) -> str:
    """The address of our single logout service for this binding."""
    return settings.BASE_URL + (rules.LOGOUT_REDIRECT_PATH if binding == rules.REDIRECT else rules.LOGOUT_POST_PATH)


# --- theirs -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConsumerService:
    """Where a service takes responses by HTTP-POST; `index` is a number, compared as it is written."""

    url: str
    index: str | None
    default: bool | None


@dataclass(frozen=True, slots=True)
class LogoutService:
    """Where a service is told of a logout, and where it takes the answer to one that it asked for."""

    binding: str
    url: str
    answers: str


@dataclass(frozen=True, slots=True)
class ServiceProvider:
    """What a service's metadata say, parsed and checked.

    Attributes:
        consumers: in the order of the document; POST binding only, never empty.
        signing: certificates whose keys may sign requests; their own dates do not matter, the metadata vouch for them.
        encryption: the key assertions are encrypted to, where one is published.
    """

    entity_id: str
    name: str
    consumers: tuple[ConsumerService, ...]
    signing: tuple[x509.Certificate, ...]
    encryption: rsa.RSAPublicKey | None
    requests_signed: bool
    name_id_formats: tuple[str, ...]
    logouts: tuple[LogoutService, ...]

    def logout(self) -> LogoutService | None:
        """Its single logout service by Redirect, else by POST; None where it has none."""
        for wanted in (rules.REDIRECT, rules.POST):
            for known in self.logouts:
                if known.binding == wanted:
                    return known
        return None

    def default_consumer(self) -> ConsumerService:
        """The one marked default, else the first that is not marked otherwise, else the first.

        Source: SAML Metadata 2.2.3.
        """
        for wanted in (True, None):
            for consumer in self.consumers:
                if consumer.default is wanted:
                    return consumer
        return self.consumers[0]


_parsed: dict[str, tuple[datetime, ServiceProvider]] = {}


def of(provider: Provider) -> ServiceProvider:
    """The parsed metadata of a registered provider, kept until the provider changes."""
    known = _parsed.get(provider.identifier)
    if known is not None and known[0] == provider.changed_at:
        return known[1]
    parsed = parse(provider.metadata.encode())
    _parsed[provider.identifier] = (provider.changed_at, parsed)
    return parsed


def describe(document: bytes) -> Described:
    """A service's metadata as `federation.providers.register` takes them.

    Raises:
        MetadataRefused: its message says, for the operator, what is wrong.
    """
    parsed = parse(document)
    host = urlsplit(parsed.default_consumer().url)
    return Described(
        identifier=parsed.entity_id,
        protocol=Protocol.SAML,
        name=(parsed.name or host.hostname or parsed.entity_id)[:120],
        metadata=document.decode("utf-8-sig"),
        home=f"{host.scheme}://{host.netloc}/",
    )


def minimal(entity: str, consumer: str) -> bytes:
    """Metadata of a service that is known by its name and one address only: no signature, no encryption."""
    return (
        f'<md:EntityDescriptor xmlns:md="{xml.MD}" entityID="{attribute(entity)}">'
        f'<md:SPSSODescriptor protocolSupportEnumeration="{xml.SAMLP}">'
        f'<md:AssertionConsumerService Binding="{rules.POST}" Location="{attribute(consumer)}" index="1"/>'
        "</md:SPSSODescriptor></md:EntityDescriptor>"
    ).encode()


def parse(document: bytes) -> ServiceProvider:
    """Read the metadata of exactly one service.

    Raises:
        MetadataRefused.

    Source: SAML Metadata 2.3, 2.4.
    """
    try:
        root = xml.parse(document, most=xml.LARGEST_METADATA, comments=True)
        return _service(_entity(root))
    except xml.Unsafe as error:
        raise MetadataRefused(f"XML: {error}") from error


def _entity(root: etree._Element) -> etree._Element:
    if root.tag == f"{{{xml.MD}}}EntityDescriptor":
        return root
    entities = [
        entity
        for entity in root.iter(f"{{{xml.MD}}}EntityDescriptor")
        if entity.find(f"{{{xml.MD}}}SPSSODescriptor") is not None
    ]
    if root.tag != f"{{{xml.MD}}}EntitiesDescriptor" or len(entities) != 1:
        raise MetadataRefused("EntityDescriptor: exactly one service is expected")
    return entities[0]


def _service(entity: etree._Element) -> ServiceProvider:
    identifier = entity.get("entityID", "").strip()
    if not identifier or len(identifier) > 500:
        raise MetadataRefused("entityID")
    role = xml.only(entity, f"{{{xml.MD}}}SPSSODescriptor")
    if role is None or xml.SAMLP not in role.get("protocolSupportEnumeration", "").split():
        raise MetadataRefused("SPSSODescriptor: none for SAML 2.0")
    consumers = tuple(
        _consumer(element)
        for element in role.findall(f"{{{xml.MD}}}AssertionConsumerService")
        if element.get("Binding") == rules.POST
    )
    if not consumers:
        raise MetadataRefused("AssertionConsumerService: none for HTTP-POST")
    signing, encryption = _keys(role)
    requests_signed = _flag(role, "AuthnRequestsSigned") or False
    if requests_signed and not signing:
        raise MetadataRefused("AuthnRequestsSigned: no certificate to verify with")
    return ServiceProvider(
        entity_id=identifier,
        name=_name(role),
        consumers=consumers,
        signing=signing,
        encryption=encryption,
        requests_signed=requests_signed,
        name_id_formats=tuple(
            filter(None, (xml.text(element) for element in role.findall(f"{{{xml.MD}}}NameIDFormat")))
        ),
        logouts=tuple(
            _logout(element)
            for element in role.findall(f"{{{xml.MD}}}SingleLogoutService")
            if element.get("Binding") in {rules.REDIRECT, rules.POST}
        ),
    )


def _consumer(element: etree._Element) -> ConsumerService:
    url = _address(element, "Location")
    index = element.get("index", "")
    if index and not (index.isascii() and index.isdigit() and int(index) < 65536):
        raise MetadataRefused("AssertionConsumerService: index")
    return ConsumerService(url=url, index=index or None, default=_flag(element, "isDefault"))


def _logout(element: etree._Element) -> LogoutService:
    url = _address(element, "Location")
    answers = url if element.get("ResponseLocation") is None else _address(element, "ResponseLocation")
    return LogoutService(binding=element.get("Binding", ""), url=url, answers=answers)


def _address(element: etree._Element, name: str) -> str:
    """An address that browsers may be sent to."""
    what = f"{etree.QName(element).localname}: {name}"
    url = element.get(name, "").strip()
    try:
        parts = urlsplit(url)
        host = parts.hostname
        port = parts.port
    except ValueError as error:
        raise MetadataRefused(what) from error
    if not host or port == 0 or not url.isascii() or not url.isprintable() or " " in url:
        raise MetadataRefused(what)
    loopback = host in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme != "https" and not (parts.scheme == "http" and (settings.DEMO or loopback)):
        raise MetadataRefused(f"{what} must be https")
    return url


def _flag(element: etree._Element, name: str) -> bool | None:
    value = element.get(name)
    if value is None:
        return None
    if value not in {"true", "false", "1", "0"}:
        raise MetadataRefused(name)
    return value in {"true", "1"}


def _name(role: etree._Element) -> str:
    for path in (
        f"{{{xml.MD}}}Extensions/{{{MDUI}}}UIInfo/{{{MDUI}}}DisplayName",
        f"{{{xml.MD}}}AttributeConsumingService/{{{xml.MD}}}ServiceName",
    ):
        names = role.findall(path)
        for element in sorted(names, key=lambda element: element.get(XML_LANG) != "fr"):
            if found := xml.text(element):
                return found
    return ""


def _keys(role: etree._Element) -> tuple[tuple[x509.Certificate, ...], rsa.RSAPublicKey | None]:
    signing: list[x509.Certificate] = []
    encryption: rsa.RSAPublicKey | None = None
    for descriptor in role.findall(f"{{{xml.MD}}}KeyDescriptor"):
        use = descriptor.get("use", "")
        for element in descriptor.iter(f"{{{xml.DS}}}X509Certificate"):
            certificate = _certificate(xml.text(element))
            key = certificate.public_key()
            if use in {"", "signing"}:
                signing.append(certificate)
            if use in {"", "encryption"} and isinstance(key, rsa.RSAPublicKey):
                encryption = encryption or key
    return tuple(signing), encryption


def _certificate(value: str) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join(value.split()), validate=True))
        key = certificate.public_key()
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        raise MetadataRefused("X509Certificate") from error
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= rules.SMALLEST_RSA:
        return certificate
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= 256:
        return certificate
    raise MetadataRefused("X509Certificate: RSA of 2048 bits or more, or ECDSA of 256, is needed")
