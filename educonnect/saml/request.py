"""What a service asks: a visible list of checks, each of which passes or refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from educonnect.federation.models import Provider
from educonnect.saml import message as messages
from educonnect.saml import metadata, rules, xml
from educonnect.saml.errors import Declined, Reason, RequestRefused
from educonnect.saml.message import (
    Message,
    dated,
    for_us,
    identified,
    known_issuer,
    proven,
    refusing,
    right_version,
    same_issuer,
)
from educonnect.saml.metadata import ServiceProvider
from educonnect.statements import First


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


# --- the checks, in their order -----------------------------------------------------------------------------------


def receive(message: Message) -> Received:
    """Check everything on which an answer may be trusted to reach the service that asked, but whether it is the
    first time and in time that it asks: `fresh` comes next.

    Raises:
        RequestRefused: nothing is sent to any service.

    Source: SAML Core 3.2.1 and 3.4.1, Bindings 3.4 and 3.5, Profiles 4.1.4.1.
    """
    with refusing():
        root = xml.parse(message.document)
        provider = known_issuer(root, "AuthnRequest")
    service = metadata.of(provider)
    try:
        with refusing(provider.pk):
            root, signed = proven(message, root, service, must_be_signed=service.requests_signed)
            same_issuer(root, provider)
            right_version(root)
            request_id = identified(root)
            for_us(metadata.location(message.binding), root, signed=signed)
            issued = dated(root)
            acs = consumer(root, service)
            by_post(root)
    except RequestRefused as refused:
        refused.provider_id = provider.pk
        raise
    return Received(provider, service, root, request_id, issued, acs, message.relay_state)


def fresh(received: Received, *, now: datetime) -> First:
    """In time, and what makes its ID old; see `message.fresh`."""
    return messages.fresh(received.provider, received.request_id, received.issued, now=now)


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


# --- whether it can be met ----------------------------------------------------------------------------------------


def understand(received: Received) -> Asked:
    """What the answer must look like.

    Raises:
        Declined: told to the service, which is known and has an address.
        RequestRefused: an ill-formed request.
    """
    root = received.element
    with refusing(received.provider.pk):
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
    return preferred_name_id(received.provider, received.service)


def preferred_name_id(provider: Provider, service: ServiceProvider) -> str:
    """The kind of subject where no request says: what the contract says, else what the metadata prefer."""
    if provider.options.get("name_id") in rules.NAME_IDS:
        return str(provider.options["name_id"])
    preferred = [word for name in service.name_id_formats for word, f in rules.NAME_IDS.items() if f == name]
    return preferred[0] if preferred else "persistent"
