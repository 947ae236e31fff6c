"""What we say when somebody leaves: a LogoutRequest to each service, a LogoutResponse to the one that asked.

Source: SAML Core 3.7.1 and 3.7.2; Bindings 3.4.4.1 and 3.5.4.
"""

import base64
import zlib
from datetime import datetime
from urllib.parse import quote_plus

from educonnect.federation.models import Provider
from educonnect.saml import keys, metadata, rules, xml
from educonnect.saml.canonical import attribute, text
from educonnect.saml.errors import STATUS, Declined
from educonnect.saml.response import identifier, instant, signed
from educonnect.sessions.leaving import Step

SIGNED_BY = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
PARTIAL = Declined("Success", "PartialLogout")


def request(
    provider: Provider, *, number: str, subject: str, kind: str, session_index: str, now: datetime
) -> Step | None:
    """How the browser tells a service that its person leaves; None where the service has no address for it."""
    to = metadata.of(provider).logout()
    if to is None:
        return None
    before = (
        f'<saml2p:LogoutRequest xmlns:saml2p="{xml.SAMLP}" Destination="{attribute(to.url)}" ID="{number}"'
        f' IssueInstant="{instant(now)}" NotOnOrAfter="{instant(now + rules.ASSERTION_LIFETIME)}"'
        f' Reason="urn:oasis:names:tc:SAML:2.0:logout:user" Version="2.0">{_issuer()}'
    )
    after = (
        f'<saml2:NameID xmlns:saml2="{xml.SAML}" Format="{rules.NAME_IDS[kind]}"'
        f' NameQualifier="{attribute(metadata.entity_id())}" SPNameQualifier="{attribute(provider.identifier)}">'
        f"{text(subject)}</saml2:NameID><saml2p:SessionIndex>{text(session_index)}</saml2p:SessionIndex>"
        "</saml2p:LogoutRequest>"
    )
    return _sent(to.binding, to.url, "SAMLRequest", (number, before, after))


def response(
    provider: Provider,
    *,
    in_response_to: str,
    relay_state: str | None,
    declined: Declined | None,
    now: datetime,
) -> Step | None:
    """How the browser takes our answer to the service that asked; None where the service has no address for it.

    By Redirect where the service takes it, whatever way it asked: browsers hold a form to its page's `form-action`
    through every redirection that follows, and the service may well send the browser on to another site.
    """
    to = metadata.of(provider).logout()
    if to is None:
        return None
    number = identifier()
    second = f'<saml2p:StatusCode Value="{STATUS}{declined.second}"></saml2p:StatusCode>' if declined else ""
    before = (
        f'<saml2p:LogoutResponse xmlns:saml2p="{xml.SAMLP}" Destination="{attribute(to.answers)}" ID="{number}"'
        f' InResponseTo="{attribute(in_response_to)}" IssueInstant="{instant(now)}" Version="2.0">{_issuer()}'
    )
    after = (
        f'<saml2p:Status><saml2p:StatusCode Value="{STATUS}{declined.top if declined else "Success"}">{second}'
        "</saml2p:StatusCode></saml2p:Status></saml2p:LogoutResponse>"
    )
    return _sent(to.binding, to.answers, "SAMLResponse", (number, before, after), relay_state)


def _issuer() -> str:
    return f'<saml2:Issuer xmlns:saml2="{xml.SAML}">{text(metadata.entity_id())}</saml2:Issuer>'


def _sent(binding: str, url: str, name: str, written: tuple[str, str, str], relay_state: str | None = None) -> Step:
    """Signed as its binding wants: the query of a link, or the document of a form."""
    if binding == rules.POST:
        fields = {name: base64.b64encode(signed(*written).encode()).decode()}
        return Step(url, {**fields, **({"RelayState": relay_state} if relay_state is not None else {})})
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress("".join(written[1:]).encode()) + packer.flush()
    query = f"{name}={quote_plus(base64.b64encode(packed))}"
    if relay_state is not None:
        query += f"&RelayState={quote_plus(relay_state)}"
    query += f"&SigAlg={quote_plus(SIGNED_BY)}"
    query += f"&Signature={quote_plus(keys.sign(query.encode()))}"
    return Step(f"{url}{'&' if '?' in url else '?'}{query}")
