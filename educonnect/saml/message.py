"""What comes over the wire, and the checks that every message passes, whatever it says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_to_bytes

from lxml import etree

from educonnect.federation import providers
from educonnect.federation.errors import ProviderSuspended, UnknownProvider
from educonnect.federation.models import Protocol, Provider
from educonnect.saml import rules, signatures, xml
from educonnect.saml.errors import Reason, RequestRefused
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
        kind: `SAMLRequest` or `SAMLResponse`.
        octets: of the query, that its signature covers; empty for HTTP-POST.
    """

    kind: str
    binding: str
    document: bytes
    relay_state: str | None = None
    octets: bytes = b""
    algorithm: str = ""
    signature: str = ""


# --- from the wire ------------------------------------------------------------------------------------------------


def read_query(query: str, *names: str) -> Message:
    """A message by HTTP-Redirect, its signed octets kept exactly as they were sent.

    Args:
        names: `SAMLRequest`, `SAMLResponse` or both, whichever may come.

    Raises:
        RequestRefused: NO_REQUEST, AMBIGUOUS, MALFORMED, TOO_LARGE.
    """
    raw: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name in {*names, "RelayState", "SigAlg", "Signature", "SAMLEncoding"}:
            if name in raw:
                raise RequestRefused(Reason.AMBIGUOUS)
            raw[name] = value
    kind = _kind(raw, names)
    if "SAMLEncoding" in raw and _decoded(raw["SAMLEncoding"]) != _DEFLATE:
        raise RequestRefused(Reason.MALFORMED)
    with refusing():
        document = xml.unpack_redirect(_decoded(raw[kind]))
    octets = "&".join(f"{name}={raw[name]}" for name in (kind, "RelayState", "SigAlg") if name in raw)
    return Message(
        kind=kind,
        binding=rules.REDIRECT,
        document=document,
        relay_state=relay_state_of(_decoded(raw["RelayState"]) if "RelayState" in raw else None),
        octets=octets.encode(),
        algorithm=_decoded(raw.get("SigAlg", "")),
        signature=_decoded(raw.get("Signature", "")),
    )


def read_form(fields: Mapping[str, str], *names: str) -> Message:
    """A message by HTTP-POST.

    Raises:
        RequestRefused: NO_REQUEST, AMBIGUOUS, MALFORMED.
    """
    kind = _kind(fields, names)
    with refusing():
        document = xml.unpack_post(fields[kind])
    return Message(
        kind=kind, binding=rules.POST, document=document, relay_state=relay_state_of(fields.get("RelayState"))
    )


def _kind(fields: Mapping[str, str], names: Sequence[str]) -> str:
    """Which of the expected messages it is."""
    found = [name for name in names if fields.get(name)]
    if not found:
        raise RequestRefused(Reason.NO_REQUEST)
    if len(found) > 1:
        raise RequestRefused(Reason.AMBIGUOUS)
    return found[0]


def _decoded(value: str) -> str:
    try:
        return unquote_to_bytes(value.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestRefused(Reason.MALFORMED) from error


def relay_state_of(value: str | None) -> str | None:
    """What the service wants back, untouched; MALFORMED where it cannot be kept."""
    if value is not None and (len(value) > rules.LONGEST_RELAY_STATE or "\0" in value):
        raise RequestRefused(Reason.MALFORMED)
    return value


class refusing:  # noqa: N801 - reads as a statement: `with refusing():`
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


# --- what every message must be ---------------------------------------------------------------------------------


def known_issuer(root: etree._Element, kind: str) -> Provider:
    """A message of this kind, from a service that is registered and not suspended."""
    if root.tag != f"{{{xml.SAMLP}}}{kind}":
        raise RequestRefused(Reason.MALFORMED)
    try:
        return providers.find(issuer(root), Protocol.SAML)
    except UnknownProvider as error:
        raise RequestRefused(Reason.UNKNOWN_PROVIDER) from error
    except ProviderSuspended as error:
        raise RequestRefused(Reason.SUSPENDED_PROVIDER) from error


def proven(
    message: Message, root: etree._Element, service: ServiceProvider, *, must_be_signed: bool
) -> tuple[etree._Element, bool]:
    """The element that may be read from here on, and whether it is signed.

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
    if must_be_signed and not (signed and service.signing):
        raise RequestRefused(Reason.UNSIGNED)
    return root, signed


def same_issuer(root: etree._Element, provider: Provider) -> None:
    """What was verified names the service whose key verified it."""
    if issuer(root) != provider.identifier:
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


def for_us(address: str, root: etree._Element, *, signed: bool) -> None:
    """`Destination` is the address it came to, one of ours; a signed message must have one."""
    destination = root.get("Destination")
    if destination is None and not signed:
        return
    if destination != address:
        raise RequestRefused(Reason.WRONG_DESTINATION)


def dated(root: etree._Element) -> datetime:
    """It says when it was written."""
    return instant(root.get("IssueInstant", ""))


def instant(written: str) -> datetime:
    """xs:dateTime in UTC."""
    if not _INSTANT.fullmatch(written):
        raise RequestRefused(Reason.MALFORMED)
    try:
        return datetime.fromisoformat(written)
    except ValueError as error:
        raise RequestRefused(Reason.MALFORMED) from error


def fresh(provider: Provider, number: str, issued: datetime, *, now: datetime) -> First:
    """Written within the last minutes, give or take the clocks' drift.

    Returns:
        What must come first in whatever is written for this request: it gives no row if its ID was seen before.

    Raises:
        RequestRefused: EXPIRED, FROM_THE_FUTURE.
    """
    in_time(provider, issued, now=now)
    return remembering(provider, number, now=now)


def in_time(provider: Provider, issued: datetime, *, now: datetime) -> None:
    """Neither too old nor from the future."""
    if now - issued > rules.REQUEST_LIFETIME + rules.CLOCK_DRIFT:
        raise RequestRefused(Reason.EXPIRED, provider.pk)
    if issued - now > rules.CLOCK_DRIFT:
        raise RequestRefused(Reason.FROM_THE_FUTURE, provider.pk)


def issuer(root: etree._Element) -> str:
    """Who says they wrote it."""
    return xml.text(xml.only(root, f"{{{xml.SAML}}}Issuer"))
