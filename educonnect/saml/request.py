"""What a service asks: a visible list of checks, each of which passes or refuses."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from lxml import etree

from educonnect.federation import providers
from educonnect.federation.errors import ProviderSuspended, UnknownProvider
from educonnect.federation.models import Protocol, Provider
from educonnect.saml import metadata, rules, signatures, xml
from educonnect.saml.errors import Declined, Reason, RequestRefused
from educonnect.saml.metadata import ServiceProvider
from educonnect.saml.seen import remembering
from educonnect.statements import First

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,255}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|\+00:00)")
_DEFLATE = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
_UNSAFE = {"too-large": Reason.TOO_LARGE, "doctype": Reason.DOCTYPE}
_AMBIGUOUS = {"duplicate-id", "comment", "outside-root", "shadowed-prefix", "not-a-text", "repeated-element"}


@dataclass(frozen=True, slots=True)
class Message:
    """What came over the wire.

    Attributes:
        octets: of the query, that its signature covers; empty for HTTP-POST.
    """

    binding: str
    document: bytes
    relay_state: str | None = None
    octets: bytes = b""
    algorithm: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be answered, as JSON can keep it while its person signs in.

    Attributes:
        name_id: `transient` or `persistent`.
        context: the authentication context class the answer will name.
    """

    request_id: str
    acs: str
    relay_state: str | None
    force: bool
    passive: bool
    context: str
    name_id: str

    def payload(self) -> dict[str, Any]:
        """As `sessions` keeps it."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> "Asked":
        """The reverse of `payload`."""
        return cls(**payload)


@dataclass(frozen=True, slots=True)
class Received:
    """A request that is known to be its service's, before it is known whether it can be met."""

    provider: Provider
    service: ServiceProvider
    element: etree._Element
    request_id: str
    issued: datetime
    acs: str
    relay_state: str | None


# --- from the wire ------------------------------------------------------------------------------------------------


def read_query(query: str) -> Message:
    """A message by HTTP-Redirect, its signed octets kept exactly as they were sent.

    Raises:
        RequestRefused: NO_REQUEST, MALFORMED, TOO_LARGE.
    """
    raw: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name in {"SAMLRequest", "RelayState", "SigAlg", "Signature", "SAMLEncoding"}:
            if name in raw:
                raise RequestRefused(Reason.AMBIGUOUS)
            raw[name] = value
    if not raw.get("SAMLRequest"):
        raise RequestRefused(Reason.NO_REQUEST)
    if "SAMLEncoding" in raw and _decoded(raw["SAMLEncoding"]) != _DEFLATE:
        raise RequestRefused(Reason.MALFORMED)
    with _refusing():
        document = xml.unpack_redirect(_decoded(raw["SAMLRequest"]))
    octets = "&".join(f"{name}={raw[name]}" for name in ("SAMLRequest", "RelayState", "SigAlg") if name in raw)
    return Message(
        binding=rules.REDIRECT,
        document=document,
        relay_state=_relay_state(_decoded(raw["RelayState"]) if "RelayState" in raw else None),
        octets=octets.encode(),
        algorithm=_decoded(raw.get("SigAlg", "")),
        signature=_decoded(raw.get("Signature", "")),
    )


def read_form(fields: Mapping[str, str]) -> Message:
    """A message by HTTP-POST.

    Raises:
        RequestRefused: NO_REQUEST, MALFORMED.
    """
    value = fields.get("SAMLRequest")
    if not value:
        raise RequestRefused(Reason.NO_REQUEST)
    with _refusing():
        document = xml.unpack_post(value)
    return Message(binding=rules.POST, document=document, relay_state=_relay_state(fields.get("RelayState")))


def _decoded(value: str) -> str:
    try:
        return unquote_to_bytes(value.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestRefused(Reason.MALFORMED) from error


def _relay_state(value: str | None) -> str | None:
    if value is not None and (len(value) > rules.LONGEST_RELAY_STATE or "\0" in value):
        raise RequestRefused(Reason.MALFORMED)
    return value


class _refusing:  # noqa: N801 - reads as a statement: `with _refusing():`
    """Turn what the parser refuses into the page that says so."""

    def __init__(self, provider_id: int | None = None) -> None:
        self.provider_id = provider_id

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if isinstance(error, xml.Unsafe):
            word = str(error)
            reason = Reason.AMBIGUOUS if word in _AMBIGUOUS else _UNSAFE.get(word, Reason.MALFORMED)
            raise RequestRefused(reason, self.provider_id) from error


# --- the checks, in their order -----------------------------------------------------------------------------------


def receive(message: Message) -> Received:
    """Check everything on which an answer may be trusted to reach the service that asked, but whether it is the
    first time and in time that it asks: `fresh` comes next.

    Raises:
        RequestRefused: nothing is sent to any service.

    Source: SAML Core 3.2.1 and 3.4.1, Bindings 3.4 and 3.5, Profiles 4.1.4.1.
    """
    with _refusing():
        root = xml.parse(message.document)
        provider = known_issuer(root)
    service = metadata.of(provider)
    try:
        with _refusing(provider.pk):
            root, signed = signed_as_declared(message, root, service)
            same_issuer(root, provider)
            right_version(root)
            request_id = identified(root)
            for_us(message, root, signed=signed)
            issued = dated(root)
            acs = consumer(root, service)
            by_post(root)
    except RequestRefused as refused:
        refused.provider_id = provider.pk
        raise
    return Received(provider, service, root, request_id, issued, acs, message.relay_state)


def fresh(received: Received, *, now: datetime) -> First:
    """Written within the last minutes, give or take the clocks' drift.

    Returns:
        What must come first in whatever is written for this request: it gives no row if its ID was seen before.

    Raises:
        RequestRefused: EXPIRED, FROM_THE_FUTURE.
    """
    provider = received.provider
    if now - received.issued > rules.REQUEST_LIFETIME + rules.CLOCK_DRIFT:
        raise RequestRefused(Reason.EXPIRED, provider.pk)
    if received.issued - now > rules.CLOCK_DRIFT:
        raise RequestRefused(Reason.FROM_THE_FUTURE, provider.pk)
    return remembering(provider, received.request_id, now=now)


def known_issuer(root: etree._Element) -> Provider:
    """An AuthnRequest, from a service that is registered and not suspended."""
    if root.tag != f"{{{xml.SAMLP}}}AuthnRequest":
        raise RequestRefused(Reason.MALFORMED)
    try:
        return providers.find(_issuer(root), Protocol.SAML)
    except UnknownProvider as error:
        raise RequestRefused(Reason.UNKNOWN_PROVIDER) from error
    except ProviderSuspended as error:
        raise RequestRefused(Reason.SUSPENDED_PROVIDER) from error


def signed_as_declared(message: Message, root: etree._Element, service: ServiceProvider) -> tuple[etree._Element, bool]:
    """The element that may be read from here on, and whether it is signed: it is wherever the service declares it.

    By Redirect the query's signature is the one that counts; some libraries leave another one in the XML, which the
    query's covers. A service that declares nothing and signs all the same is held to its signature.
    """
    if message.binding == rules.REDIRECT:
        signed = bool(message.signature or message.algorithm)
        if signed and service.signing:
            signatures.verify_query(message.octets, message.algorithm, message.signature, service.signing)
    else:
        signed = next(root.iter(f"{{{xml.DS}}}Signature"), None) is not None  # one that stands elsewhere is refused
        if signed and service.signing:
            root = signatures.verify_element(root, service.signing)
    if service.requests_signed and not signed:
        raise RequestRefused(Reason.UNSIGNED)
    return root, signed


def same_issuer(root: etree._Element, provider: Provider) -> None:
    """What was verified names the service whose key verified it."""
    if _issuer(root) != provider.identifier:
        raise RequestRefused(Reason.BAD_SIGNATURE)


def right_version(root: etree._Element) -> None:
    """SAML 2.0."""
    if root.get("Version") != "2.0":
        raise RequestRefused(Reason.VERSION)


def identified(root: etree._Element) -> str:
    """It has an ID that a response can name."""
    request_id = root.get("ID", "")
    if not _ID.fullmatch(request_id):
        raise RequestRefused(Reason.MALFORMED)
    return request_id


def for_us(message: Message, root: etree._Element, *, signed: bool) -> None:
    """`Destination` is the address it came to; a signed message must have one."""
    destination = root.get("Destination")
    if destination is None and not signed:
        return
    if destination != metadata.location(message.binding):
        raise RequestRefused(Reason.WRONG_DESTINATION)


def dated(root: etree._Element) -> datetime:
    """It says when it was written."""
    instant = root.get("IssueInstant", "")
    if not _INSTANT.fullmatch(instant):
        raise RequestRefused(Reason.MALFORMED)
    try:
        return datetime.fromisoformat(instant)
    except ValueError as error:
        raise RequestRefused(Reason.MALFORMED) from error


def consumer(root: etree._Element, service: ServiceProvider) -> str:
    """Where the answer goes: an address of the metadata, named by itself, by its number, or the default one."""
    url, index = root.get("AssertionConsumerServiceURL"), root.get("AssertionConsumerServiceIndex")
    found = [
        known.url for known in service.consumers if (url is None or known.url == url) and index in {None, known.index}
    ]
    if not found:
        raise RequestRefused(Reason.UNKNOWN_ACS)
    return found[0] if url is not None or index is not None else service.default_consumer().url


def by_post(root: etree._Element) -> None:
    """The answer is wanted by HTTP-POST, the one way an assertion leaves this house."""
    if root.get("ProtocolBinding") not in {None, rules.POST}:
        raise RequestRefused(Reason.UNSUPPORTED_BINDING)


def _issuer(root: etree._Element) -> str:
    return xml.text(xml.only(root, f"{{{xml.SAML}}}Issuer"))


# --- whether it can be met ----------------------------------------------------------------------------------------


def understand(received: Received) -> Asked:
    """What the answer must look like.

    Raises:
        Declined: told to the service, which is known and has an address.
        RequestRefused: an ill-formed request.
    """
    root = received.element
    with _refusing(received.provider.pk):
        if xml.only(root, f"{{{xml.SAML}}}Subject") is not None:
            # we would have to sign in the person it names, whom we know under no name of the service's (Core 3.4.1)
            raise Declined("Responder", "RequestUnsupported")
        _reachable_through(root)
        return Asked(
            request_id=received.request_id,
            acs=received.acs,
            relay_state=received.relay_state,
            force=_flag(root, "ForceAuthn", received.provider),
            passive=_flag(root, "IsPassive", received.provider),
            context=_context(root),
            name_id=_name_id(root, received),
        )


def _flag(root: etree._Element, name: str, provider: Provider) -> bool:
    value = root.get(name, "false").strip()
    if value not in {"true", "false", "1", "0"}:
        raise RequestRefused(Reason.MALFORMED, provider.pk)
    return value in {"true", "1"}


def _reachable_through(root: etree._Element) -> None:
    """A list of identity providers without us cannot be met: we proxy nobody."""
    named = [entry.get("ProviderID", "") for entry in root.iter(f"{{{xml.SAMLP}}}IDPEntry")]
    if named and metadata.entity_id() not in named:
        raise Declined("Responder", "NoSupportedIDP")


def _context(root: etree._Element) -> str:
    wanted = xml.only(root, f"{{{xml.SAMLP}}}RequestedAuthnContext")
    if wanted is None:
        return rules.CONTEXTS[-1]
    classes = [xml.text(element) for element in wanted.findall(f"{{{xml.SAML}}}AuthnContextClassRef")]
    declarations = wanted.find(f"{{{xml.SAML}}}AuthnContextDeclRef") is not None
    chosen = None if declarations or not classes else rules.satisfied(classes, wanted.get("Comparison", "exact"))
    if chosen is None:
        raise Declined("Responder", "NoAuthnContext")
    return chosen


def _name_id(root: etree._Element, received: Received) -> str:
    """The kind of subject: what the request says, else what the contract says, else what the metadata prefer."""
    policy = xml.only(root, f"{{{xml.SAMLP}}}NameIDPolicy")
    if policy is not None:
        if policy.get("SPNameQualifier") not in {None, "", received.service.entity_id}:
            raise Declined("Requester", "InvalidNameIDPolicy")
        wanted = policy.get("Format", rules.UNSPECIFIED)
        if wanted in rules.NAME_IDS.values():
            return next(word for word, name in rules.NAME_IDS.items() if name == wanted)
        if wanted != rules.UNSPECIFIED:
            raise Declined("Requester", "InvalidNameIDPolicy")
    if received.provider.options.get("name_id") in rules.NAME_IDS:
        return str(received.provider.options["name_id"])
    preferred = [word for name in received.service.name_id_formats for word, f in rules.NAME_IDS.items() if f == name]
    return preferred[0] if preferred else "persistent"
