"""The web address printed in a school's letters: declared by the school, printed only once verified."""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from educonnect.schools import rules
from educonnect.schools.errors import PortalReason, PortalRefused
from educonnect.schools.models import Audience, PortalAddress, School


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site answered to one request.

    Attributes:
        location: where it sends to, when its status is a redirection.
    """

    status: int
    location: str = ""


#: host, port -> its addresses; OSError where it has none.
Resolver = Callable[[str, int], Iterable[str]]
#: url, the address to reach it at -> the answer; OSError, or ValueError for what is not HTTP.
Fetcher = Callable[[str, str], Answer]


def declare(school: School, audience: str, url: str) -> None:
    """Set the address of a school's letters, which must then be verified; an empty one clears it.

    Declaring the address already verified changes nothing.

    Raises:
        PortalRefused: it cannot be an address to print.
    """
    Audience(audience)
    if not url:
        PortalAddress.objects.filter(school=school, audience=audience).delete()
        return
    checked(url)
    known = PortalAddress.objects.filter(school=school, audience=audience, url=url)
    if not known.exists():
        PortalAddress.objects.update_or_create(
            school=school, audience=audience, defaults={"url": url, "verified_at": None}
        )


def verify(
    school: School, audience: str, *, resolver: Resolver | None = None, fetcher: Fetcher | None = None
) -> PortalAddress:
    """Check that the declared address answers, over HTTPS, from the public internet; it is then printed.

    Redirections are followed within the same host only. Time and size are bounded; nothing of the answer is kept.

    Raises:
        PortalRefused: nothing is declared, or why it cannot be printed.
    """
    declared = PortalAddress.objects.filter(school=school, audience=audience).first()
    if declared is None:
        raise PortalRefused(PortalReason.NOTHING)
    _reach(declared.url, resolver or _resolve, fetcher or _fetch)
    with transaction.atomic():
        # another address may have been declared while this one was being reached
        current = PortalAddress.objects.select_for_update().filter(pk=declared.pk, url=declared.url).first()
        if current is None:
            raise PortalRefused(PortalReason.NOTHING)
        current.verified_at = timezone.now()
        current.save(update_fields=["verified_at"])
    return current


def printed_address(school: School, audience: str) -> str:
    """The verified address of a school's letters; empty when there is none."""
    found = PortalAddress.objects.filter(school=school, audience=audience, verified_at__isnull=False).first()
    return found.url if found else ""


def checked(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address that may be printed.

    Raises:
        PortalRefused: too long, not HTTPS (outside demonstration), with credentials, or not readable.
    """
    if len(url) > rules.PORTAL_LONGEST or any(sign.isspace() or not sign.isprintable() for sign in url):
        raise PortalRefused(PortalReason.MALFORMED)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise PortalRefused(PortalReason.MALFORMED) from error
    if parts.scheme not in ({"https", "http"} if settings.DEMO else {"https"}):
        raise PortalRefused(PortalReason.NOT_HTTPS)
    if not host or parts.username is not None or parts.password is not None or parts.fragment or not url.isascii():
        raise PortalRefused(PortalReason.MALFORMED)
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)


def _reach(url: str, resolver: Resolver, fetcher: Fetcher) -> None:
    first = checked(url)
    for _ in range(rules.PORTAL_REDIRECTIONS + 1):
        scheme, host, port = checked(url)
        if host != first[1]:
            raise PortalRefused(PortalReason.ELSEWHERE)
        address = _public_address(host, port, resolver)
        try:
            answer = fetcher(url, address)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise PortalRefused(PortalReason.SILENT) from error
        if answer.status in {301, 302, 303, 307, 308} and answer.location:
            url = urljoin(url, answer.location).split("#")[0]
            if urlsplit(url).hostname != host:
                raise PortalRefused(PortalReason.ELSEWHERE)
            if scheme == "https" and urlsplit(url).scheme != "https":
                raise PortalRefused(PortalReason.NOT_HTTPS)
            continue
        if not 200 <= answer.status < 300:
            raise PortalRefused(PortalReason.SILENT)
        return
    raise PortalRefused(PortalReason.SILENT)


def _public_address(host: str, port: int, resolver: Resolver) -> str:
    """One address of a host, all of which must be public: the request then goes to that very address."""
    try:
        addresses = list(resolver(host, port))
    except OSError as error:
        raise PortalRefused(PortalReason.UNRESOLVED) from error
    if not addresses:
        raise PortalRefused(PortalReason.UNRESOLVED)
    if not settings.DEMO and not all(_is_public(address) for address in addresses):
        raise PortalRefused(PortalReason.PRIVATE)
    return addresses[0]


def _is_public(address: str) -> bool:
    try:
        read = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    if isinstance(read, ipaddress.IPv6Address):
        inside = read.ipv4_mapped or read.sixtofour or (read.teredo and read.teredo[1])
        if inside:
            return inside.is_global and not inside.is_multicast
    return read.is_global and not read.is_multicast


def _resolve(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _fetch(url: str, address: str) -> Answer:
    """One GET to the address that was checked (a second look-up of the name could say another); headers only."""
    scheme, host, port = checked(url)
    parts = urlsplit(url)
    reached = socket.create_connection((address, port), timeout=rules.PORTAL_PATIENCE)
    # a site that answers one byte at a time never times out by itself
    cut = threading.Timer(2 * rules.PORTAL_PATIENCE, reached.close)
    cut.start()
    try:
        if scheme == "https":
            reached = ssl.create_default_context().wrap_socket(reached, server_hostname=host)
        connection = http.client.HTTPConnection(host, port, timeout=rules.PORTAL_PATIENCE)
        connection.sock = reached
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(
            "GET", path, headers={"Host": parts.netloc, "User-Agent": "EduConnect", "Connection": "close"}
        )
        answer = connection.getresponse()
        location = answer.getheader("Location") or ""
        answer.close()
        return Answer(answer.status, location)
    finally:
        cut.cancel()
        reached.close()
