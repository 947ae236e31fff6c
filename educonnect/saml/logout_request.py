"""What a service says when somebody leaves: its LogoutRequest, or its LogoutResponse to ours.

Both pass the same checks, by the same parser and the same verifier, as requests to sign in; and both must be signed.

Source: SAML Core 3.7.1 to 3.7.3, Profiles 4.4.3 and 4.4.4.
"""

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from educonnect.federation.models import Provider
from educonnect.saml import metadata, rules, xml
from educonnect.saml.errors import STATUS, Declined, Reason, RequestRefused
from educonnect.saml.message import (
    Message,
    dated,
    for_us,
    identified,
    in_time,
    instant,
    known_issuer,
    proven,
    refusing,
    right_version,
    same_issuer,
)

KINDS = {"SAMLRequest": "LogoutRequest", "SAMLResponse": "LogoutResponse"}


@dataclass(frozen=True, slots=True)
class Received:
    """A message of single logout that is known to be its service's."""

    provider: Provider
    element: etree._Element
    number: str
    issued: datetime
    relay_state: str | None


@dataclass(frozen=True, slots=True)
class Named:
    """Whose sessions must end: the subject as the service was told it, and the sessions; all of them where empty."""

    subject: str
    kind: str
    indexes: tuple[str, ...]


def receive(message: Message) -> Received:
    """Check everything but whether it is the first time that it comes.

    Raises:
        RequestRefused: nothing is done and nothing is sent.
    """
    with refusing():
        root = xml.parse(message.document)
        provider = known_issuer(root, KINDS[message.kind])
    try:
        with refusing(provider.pk):
            root, signed = proven(message, root, metadata.of(provider), must_be_signed=True)
            same_issuer(root, provider)
            right_version(root)
            number = identified(root)
            for_us(metadata.logout_location(message.binding), root, signed=signed)
            issued = dated(root)
    except RequestRefused as refused:
        refused.provider_id = provider.pk
        raise
    return Received(provider, root, number, issued, message.relay_state)


def still_good(received: Received, *, now: datetime) -> None:
    """Neither old, nor from the future, nor past the date it gives itself.

    Raises:
        RequestRefused: EXPIRED, FROM_THE_FUTURE, MALFORMED.
    """
    provider = received.provider
    in_time(provider, received.issued, now=now)
    until = received.element.get("NotOnOrAfter")
    if until is not None and instant(until) + rules.CLOCK_DRIFT <= now:
        raise RequestRefused(Reason.EXPIRED, provider.pk)


def named(received: Received) -> Named:
    """Who a LogoutRequest is about.

    Raises:
        Declined: in a way that we never told anybody.
        RequestRefused: an ill-formed request.
    """
    root, provider = received.element, received.provider
    with refusing(provider.pk):
        found = xml.only(root, f"{{{xml.SAML}}}NameID")
        if found is None:
            raise Declined("Requester", "RequestUnsupported")
        said = {
            "Format": {"", rules.UNSPECIFIED, *rules.NAME_IDS.values()},
            "NameQualifier": {"", metadata.entity_id()},
            "SPNameQualifier": {"", provider.identifier},
        }
        subject = xml.text(found)
        if not subject or any(found.get(name, "") not in right for name, right in said.items()):
            raise Declined("Requester", "UnknownPrincipal")
        kinds = [word for word, name in rules.NAME_IDS.items() if name == found.get("Format")]
        indexes = tuple(xml.text(element) for element in root.findall(f"{{{xml.SAMLP}}}SessionIndex"))
    return Named(subject=subject, kind=kinds[0] if kinds else "", indexes=indexes)


def answered(received: Received) -> tuple[str, bool]:
    """Which of our requests a LogoutResponse answers, and whether the service and all behind it were left."""
    root = received.element
    with refusing(received.provider.pk):
        status = xml.only(root, f"{{{xml.SAMLP}}}Status")
        code = None if status is None else xml.only(status, f"{{{xml.SAMLP}}}StatusCode")
        if code is None:
            raise RequestRefused(Reason.MALFORMED, received.provider.pk)
        second = xml.only(code, f"{{{xml.SAMLP}}}StatusCode")
        whole = second is None or second.get("Value") != f"{STATUS}PartialLogout"
        return root.get("InResponseTo", ""), code.get("Value") == f"{STATUS}Success" and whole
