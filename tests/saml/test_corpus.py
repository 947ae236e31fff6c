"""Generated corpora of hostile messages: none is answered, and what is accepted reads the same to another parser."""

import base64
import zlib
from collections.abc import Iterator
from urllib.parse import quote_plus
from xml.etree import ElementTree  # expat: another parser than the one we use, on purpose

import pytest

from educonnect.accounts.models import Account
from educonnect.federation.models import Release
from educonnect.journal.models import Entry
from educonnect.saml.errors import PAGES
from educonnect.sessions.models import Waiting
from tests.accounts.factories import PupilAccountFactory
from tests.saml.corpus import twofold, wrapped
from tests.saml.service import (
    NS,
    POST,
    POST_SLO,
    REDIRECT,
    SLO,
    Posted,
    Service,
    accepted,
    deflate,
    key_pair,
    posted,
    refused,
)
from tests.sessions.browser import Browser

pytestmark = pytest.mark.django_db
CODES = {page.code for page in PAGES.values()}


def is_refused(response, what: str, lines: int) -> None:
    """A page with its code, one more line in the journal, nothing that waits and nothing told."""
    assert refused(response) in CODES, what
    assert Entry.objects.filter(event="federation.request-refused").count() == lines, what
    assert not Waiting.objects.exists(), what
    assert not Release.objects.exists(), what


def good_and_evil(service: Service) -> tuple[bytes, bytes]:
    """A request its service signed, and one it never wrote, whose answer would go elsewhere."""
    policy = "<samlp:NameIDPolicy/>"
    good = service.request(policy, binding=POST, AssertionConsumerServiceURL=service.acs + "second")
    return service.enveloped(good), service.request(policy, binding=POST)


def test_T57_no_way_of_wrapping_a_signed_request_passes(browser: Browser, service: Service) -> None:
    service.register()
    good, evil = good_and_evil(service)
    corpus = list(wrapped(good, evil))
    assert len(corpus) > 180
    assert len({document for _, document in corpus}) == len(corpus)

    for lines, (what, document) in enumerate(corpus, 1):
        is_refused(browser.post(POST, service.form(document)), what, lines)

    # the corpus was made of a message that is good as it stands
    assert browser.post(POST, service.form(good)).status_code == 303


def test_T57_no_wrapped_request_passes_for_a_service_that_may_ask_unsigned(browser: Browser) -> None:
    service = Service(requests_signed=False)
    service.register()
    good, evil = good_and_evil(service)

    for what, document in wrapped(good, evil):
        answer = browser.post(POST, service.form(document))

        # what is signed at all is held to its signature: nothing of a wrapped message waits
        assert refused(answer) in CODES, what
        assert not Waiting.objects.exists(), what


def as_expat_reads(document: bytes) -> dict[str, str]:
    """What another parser, with no care at all, finds in a document."""
    root = ElementTree.fromstring(document.strip())
    return {
        "tag": root.tag,
        "id": root.get("ID", ""),
        "acs": root.get("AssertionConsumerServiceURL", ""),
        "destination": root.get("Destination", ""),
        "issuer": "".join(root.find("saml:Issuer", NS).itertext()).strip(),  # type: ignore[union-attr]
    }


def places(service: Service, request: bytes) -> tuple[bytes, ...]:
    """The texts that decide who asks, what, and where the answer goes."""
    number = request.split(b' ID="')[1].split(b'"')[0]
    return (service.entity_id.encode(), number, service.acs.encode(), REDIRECT.encode())


@pytest.mark.parametrize("signed", [True, False])
def test_T58_what_is_accepted_reads_the_same_to_another_parser(browser: Browser, signed: bool) -> None:
    service = Service(requests_signed=signed)
    service.register()
    request = service.request()
    passed = []

    for what, document in twofold(request, marks=places(service, request)):
        path = service.redirect(document) if signed else service.redirect(document, algorithm=None)
        answer = browser.get(path)
        if answer.status_code == 400:
            assert refused(answer) in CODES, what
            assert not Waiting.objects.exists(), what
            continue
        assert accepted(answer), what
        kept = Waiting.objects.get()
        read = as_expat_reads(document)
        assert read["tag"] == f"{{{NS['samlp']}}}AuthnRequest", what
        assert read["issuer"] == kept.provider.identifier == service.entity_id, what
        assert read["id"] == kept.request["payload"]["request_id"], what
        assert read["acs"] == kept.request["payload"]["acs"] == service.acs, what
        passed.append(what)
        Waiting.objects.all().delete()
        SeenNothing.forget()

    # harmless ones pass: a parser that refused all would show nothing
    assert "a mark of order before" in passed
    assert "a declaration before" in passed
    assert "a DOCTYPE before" not in passed
    assert not {"a mark of order, twice before", "an Id on the root", "a declaration of XML 1.1 before"} & set(passed)


class SeenNothing:
    """Forget which requests were seen, so that each document is looked at for itself."""

    @staticmethod
    def forget() -> None:
        from educonnect.saml.models import SeenRequest

        SeenRequest.objects.all().delete()


def packings(request: bytes) -> Iterator[tuple[str, str]]:
    """Each way to carry a message in a query that is not the one of the norm."""
    good = base64.b64encode(deflate(request)).decode()
    yield "deflated twice", base64.b64encode(deflate(deflate(request))).decode()
    yield "coded twice", base64.b64encode(good.encode()).decode()
    yield "with a header of zlib", base64.b64encode(zlib.compress(request)).decode()
    packer = zlib.compressobj(wbits=31)
    yield "with a header of gzip", base64.b64encode(packer.compress(request) + packer.flush()).decode()
    yield "not deflated", base64.b64encode(request).decode()
    yield "with the alphabet of addresses", base64.urlsafe_b64encode(deflate(request) + b"\xff\xfb").decode()
    yield (
        "without its padding",
        base64.b64encode(deflate(request + b" " * (3 - len(deflate(request)) % 3))).decode()[:-3],
    )
    yield "two streams", base64.b64encode(deflate(request) * 2).decode()
    yield "cut", good[: len(good) // 2 * 2 // 4 * 4 - 8]
    yield "a hundred megabytes of spaces", base64.b64encode(deflate(request + b" " * 100_000_000)).decode()
    bomb = deflate(b"<a>" * 20_000_000)
    yield "sixty megabytes of elements", base64.b64encode(bomb).decode()
    yield "a bomb in a bomb", base64.b64encode(deflate(bomb)).decode()
    yield "nothing", "%00"
    yield "letters of elsewhere", good.replace("A", "\u0410")


def test_T59_no_other_packing_passes_and_none_unpacks_without_end(browser: Browser) -> None:
    service = Service(requests_signed=False)
    service.register()

    for lines, (what, packed) in enumerate(packings(service.request()), 1):
        is_refused(browser.get(f"{REDIRECT}?SAMLRequest={quote_plus(packed)}"), what, lines)


HOSTILE_STATES = [
    "javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "\"><script src='https://evil.example/x.js'></script>",
    "'\"></form><form action='https://evil.example/' method='post'>",
    "</textarea><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% debug %}${7*7}",
    "https://evil.example/\r\nSet-Cookie: a=b",
    "//evil.example/",
    "\u2028\u2029\ufeff\u202e",
    "x" * 81,
    "x" * 8192,
    "é" * 80,
    "&lt;script&gt;&amp;#x27;",
    'action" formaction="https://evil.example/',
    " \t ",
]


@pytest.mark.parametrize("state", HOSTILE_STATES)
@pytest.mark.parametrize("binding", [REDIRECT, POST])
def test_T62_a_hostile_relay_state_comes_back_as_it_was_and_does_nothing(
    browser: Browser, service: Service, pupil, state: str, binding: str
) -> None:
    service.register()
    browser.signs_in(pupil)

    if binding == REDIRECT:
        answer = browser.get(service.redirect(relay_state=state))
    else:
        asked = browser.post(POST, service.form(RelayState=state))
        answer = browser.get(asked.headers["Location"]) if asked.status_code == 303 else asked

    page = posted(answer)
    assert page.action == service.acs
    # a form's field loses nothing but what HTML itself makes of line ends
    assert page.fields["RelayState"].replace("\r\n", "\n") == state.replace("\r\n", "\n")
    assert set(page.fields) == {"SAMLResponse", "RelayState"}
    body = answer.content.decode()
    assert body.count("<script") == 1  # ours, from a file
    assert body.count("<form") == 1
    assert "form-action 'self' https://service.example" in answer.headers["Content-Security-Policy"]


# --- logout requests ----------------------------------------------------------------------------------------------


@pytest.fixture
def ent() -> Service:
    service = Service(
        entity_id="https://ent.example/metadata",
        acs="https://ent.example/acs",
        keys=key_pair("ent"),
        encryption=False,
        logouts='<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"'
        ' Location="https://ent.example/slo"/>',
    )
    service.register()
    return service


def signs_in(service: Service, account: Account) -> tuple[Browser, Posted]:
    """A browser where somebody signed in, and what the service was told of them."""
    browser = Browser()
    browser.signs_in(account)
    return browser, posted(browser.get(service.redirect()))


def test_T57_no_way_of_wrapping_a_signed_logout_request_passes(ent: Service, pupil: Account) -> None:
    mine, told = signs_in(ent, pupil)
    victim, told_of_victim = signs_in(ent, PupilAccountFactory())
    good = ent.enveloped(ent.leaves(told, binding=POST_SLO))
    evil = ent.leaves(told_of_victim, binding=POST_SLO)
    corpus = dict(wrapped(good, evil))
    assert len(corpus) > 180

    for what, document in corpus.items():
        answer = mine.post(POST_SLO, ent.form(document))

        assert refused(answer) in CODES, what
    assert (mine.current() is None, victim.current() is None) == (False, False)
    assert Entry.objects.filter(event="federation.request-refused").count() == len(corpus)

    # the corpus was made of a message that is good as it stands
    mine.post(POST_SLO, ent.form(good))
    assert (mine.current() is None, victim.current() is None) == (True, False)


def test_T58_a_logout_request_that_is_heard_names_the_same_person_to_another_parser(
    ent: Service, pupil: Account
) -> None:
    victim, _ = signs_in(ent, PupilAccountFactory())
    browser, told = signs_in(ent, pupil)
    heard = []

    for place, (what, _) in enumerate(leaving(ent, told)):
        _, document = leaving(ent, told)[place]
        browser.get(ent.redirect(document, path=SLO))

        assert victim.current() is not None, what
        if browser.current() is not None:
            continue
        heard.append(what)
        root = ElementTree.fromstring(document.strip())
        assert root.tag == f"{{{NS['samlp']}}}LogoutRequest", what
        assert as_read(root, "saml:NameID") == [told.root.findtext(".//saml:NameID", namespaces=NS)], what
        assert as_read(root, "samlp:SessionIndex") == [session_of(told)], what
        browser, told = signs_in(ent, pupil)

    assert "a mark of order before" in heard
    assert "a DOCTYPE before" not in heard


def session_of(told: Posted) -> str:
    return told.root.find(".//saml:AuthnStatement", NS).get("SessionIndex")


def as_read(root: ElementTree.Element, path: str) -> list[str]:
    return ["".join(one.itertext()).strip() for one in root.iterfind(path, NS)]


def leaving(service: Service, told: Posted) -> list[tuple[str, bytes]]:
    """Logout requests of this session that two readers could read two ways."""
    subject = told.root.findtext(".//saml:NameID", namespaces=NS)
    marks = (service.entity_id.encode(), f">{subject}<".encode(), session_of(told).encode())
    return list(twofold(service.leaves(told), marks=marks))
