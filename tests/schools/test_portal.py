"""The address of a school's letters: nobody is sent to an address that was not checked."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from educonnect.schools import portal, rules
from educonnect.schools.errors import PortalReason, PortalRefused
from educonnect.schools.models import Audience, PortalAddress, School
from educonnect.schools.portal import Answer
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db
URL = "https://ent.example/eleves"
PUBLIC = "93.184.216.34"


@pytest.fixture(autouse=True)
def production(settings):
    settings.DEMO = False


@pytest.fixture
def school() -> School:
    return SchoolFactory()


def resolver(*addresses: str) -> portal.Resolver:
    return lambda host, port: addresses


class Site:
    """Answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers, self.asked = list(answers), []

    def __call__(self, url: str, address: str) -> Answer:
        self.asked.append((url, address))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def refusal(school: School, site: portal.Fetcher, *addresses: str) -> PortalReason:
    with pytest.raises(PortalRefused) as refused:
        portal.verify(school, Audience.PUPILS, resolver=resolver(*(addresses or (PUBLIC,))), fetcher=site)
    assert portal.printed_address(school, Audience.PUPILS) == ""
    return refused.value.reason


def test_a_verified_address_is_printed(school: School) -> None:
    portal.declare(school, Audience.PUPILS, URL)
    site = Site(Answer(200))

    portal.verify(school, Audience.PUPILS, resolver=resolver(PUBLIC), fetcher=site)

    assert portal.printed_address(school, Audience.PUPILS) == URL
    assert portal.printed_address(school, Audience.GUARDIANS) == ""
    assert site.asked == [(URL, PUBLIC)]


def test_an_address_only_declared_is_not_printed(school: School) -> None:
    portal.declare(school, Audience.PUPILS, URL)

    assert portal.printed_address(school, Audience.PUPILS) == ""


def test_another_address_must_be_verified_again(school: School) -> None:
    portal.declare(school, Audience.PUPILS, URL)
    portal.verify(school, Audience.PUPILS, resolver=resolver(PUBLIC), fetcher=Site(Answer(200)))

    portal.declare(school, Audience.PUPILS, URL)
    same = portal.printed_address(school, Audience.PUPILS)
    portal.declare(school, Audience.PUPILS, "https://other.example")

    assert same == URL
    assert portal.printed_address(school, Audience.PUPILS) == ""


def test_an_empty_address_clears_it(school: School) -> None:
    portal.declare(school, Audience.PUPILS, URL)

    portal.declare(school, Audience.PUPILS, "")

    assert not PortalAddress.objects.exists()
    assert refusal(school, Site()) == PortalReason.NOTHING


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://ent.example", PortalReason.NOT_HTTPS),
        ("ftp://ent.example", PortalReason.NOT_HTTPS),
        ("javascript:alert(1)", PortalReason.NOT_HTTPS),
        ("ent.example", PortalReason.NOT_HTTPS),
        ("https://", PortalReason.MALFORMED),
        ("https://user:secret@ent.example", PortalReason.MALFORMED),
        ("https://@ent.example", PortalReason.MALFORMED),
        ("https://ent.example:99999", PortalReason.MALFORMED),
        ("https://ent.example/a b", PortalReason.MALFORMED),
        ("https://ent.example/\r\nHost: other", PortalReason.MALFORMED),
        ("https://ent.example/#x", PortalReason.MALFORMED),
        ("https://ént.example", PortalReason.MALFORMED),
        ("https://[::1", PortalReason.MALFORMED),
        ("https://ent.example/" + "a" * rules.PORTAL_LONGEST, PortalReason.MALFORMED),
    ],
)
def test_what_cannot_be_printed_is_refused_at_once(school: School, url: str, reason: PortalReason) -> None:
    with pytest.raises(PortalRefused) as refused:
        portal.declare(school, Audience.PUPILS, url)

    assert refused.value.reason == reason
    assert not PortalAddress.objects.exists()


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("10.1.2.3",),
        ("192.168.0.1",),
        ("169.254.169.254",),
        ("100.64.0.1",),
        ("0.0.0.0",),
        ("::1",),
        ("fe80::1%eth0",),
        ("fd00::1",),
        ("::ffff:127.0.0.1",),
        ("2002:7f00:1::",),
        ("224.0.0.1",),
        ("not an address",),
        (PUBLIC, "10.0.0.1"),
    ],
)
def test_a_private_address_is_never_reached(school: School, addresses: tuple[str, ...]) -> None:
    portal.declare(school, Audience.PUPILS, URL)
    site = Site(Answer(200))

    assert refusal(school, site, *addresses) == PortalReason.PRIVATE
    assert site.asked == []


def test_a_name_nobody_bears_is_refused(school: School) -> None:
    portal.declare(school, Audience.PUPILS, URL)

    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(PortalRefused) as refused:
        portal.verify(school, Audience.PUPILS, resolver=nowhere, fetcher=Site())

    assert refused.value.reason == PortalReason.UNRESOLVED


@pytest.mark.parametrize("answer", [Answer(404), Answer(500), Answer(301), TimeoutError(), ValueError("not HTTP")])
def test_a_site_that_does_not_answer_well_is_refused(school: School, answer: Answer | Exception) -> None:
    portal.declare(school, Audience.PUPILS, URL)

    assert refusal(school, Site(answer)) == PortalReason.SILENT


def test_a_redirection_within_the_host_is_followed(school: School) -> None:
    portal.declare(school, Audience.PUPILS, URL)
    site = Site(Answer(302, "/accueil#haut"), Answer(200))

    portal.verify(school, Audience.PUPILS, resolver=resolver(PUBLIC), fetcher=site)

    assert [url for url, _ in site.asked] == [URL, "https://ent.example/accueil"]
    assert portal.printed_address(school, Audience.PUPILS) == URL


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("https://elsewhere.example/", PortalReason.ELSEWHERE),
        ("//elsewhere.example/", PortalReason.ELSEWHERE),
        ("http://ent.example/", PortalReason.NOT_HTTPS),
        ("file:///etc/passwd", PortalReason.ELSEWHERE),
    ],
)
def test_a_redirection_to_elsewhere_is_refused_unfollowed(school: School, location: str, reason: PortalReason) -> None:
    portal.declare(school, Audience.PUPILS, URL)
    site = Site(Answer(302, location))

    assert refusal(school, site) == reason
    assert len(site.asked) == 1


def test_redirections_without_end_are_refused(school: School) -> None:
    portal.declare(school, Audience.PUPILS, URL)
    site = Site(*[Answer(302, URL)] * 20)

    assert refusal(school, site) == PortalReason.SILENT
    assert len(site.asked) == rules.PORTAL_REDIRECTIONS + 1


def test_an_address_changed_while_it_was_checked_is_not_verified(school: School) -> None:
    portal.declare(school, Audience.PUPILS, URL)

    def changing(url: str, address: str) -> Answer:
        portal.declare(school, Audience.PUPILS, "https://other.example")
        return Answer(200)

    assert refusal(school, changing) == PortalReason.NOTHING


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/accueil" else 302)
        self.send_header("Location", "/accueil")
        self.end_headers()
        self.wfile.write(b"x" * 100)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def site_here() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_in_demonstration_a_site_of_this_machine_is_reached_for_real(school: School, site_here: str, settings) -> None:
    settings.DEMO = True
    portal.declare(school, Audience.PUPILS, site_here)

    portal.verify(school, Audience.PUPILS, resolver=resolver("127.0.0.1"))

    assert portal.printed_address(school, Audience.PUPILS) == site_here


def test_in_demonstration_a_dead_site_is_refused(school: School, settings) -> None:
    settings.DEMO = True
    portal.declare(school, Audience.PUPILS, "http://localhost:9")

    with pytest.raises(PortalRefused) as refused:
        portal.verify(school, Audience.PUPILS, resolver=resolver("127.0.0.1"))

    assert refused.value.reason == PortalReason.SILENT
