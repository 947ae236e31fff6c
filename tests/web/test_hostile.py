"""Every address and every form, given anything at all: no crash, nothing reflected, nobody led away, nothing kept."""

import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from educonnect.accounts.authentication import Step
from educonnect.accounts.models import Account
from educonnect.delegation.models import Function
from educonnect.schools.models import School
from educonnect.sessions import sso, staffing
from educonnect.staff.authentication import Second
from tests.delegation.factories import a_post
from tests.schools.factories import SchoolFactory
from tests.sessions.browser import Browser, unfinished
from tests.test_consistency import STAFF_OPEN_VIEWS, every_view
from tests.web import people
from tests.web.staff import visitors

pytestmark = pytest.mark.django_db

#: What stands where an address has a part that varies.
PARTS: dict[str, list[str]] = {
    "str": ["x", "0" * 43, "é'\"<b>", "%00", "..%2f..%2fetc"],
    "int": ["0", "1", "999999999999999999"],
    "slug": ["x-y"],
    "path": ["eleve/lettre", "x", "..%2f..%2fetc", "%00", "é'\"<b>//"],
    "uai": ["9720001A", "0000000A"],
    "academie": ["31", "99"],
    "uuid": ["00000000-0000-4000-8000-000000000000"],
}
#: Pages of the staff that whoever has not given a second factor may see.
BEFORE_THE_SECOND_FACTOR = STAFF_OPEN_VIEWS | {
    "staff:second-factor",
    "staff:add-application",
    "staff:add-passkey",
    "staff:prove-again",
}
MARK = "<zq'\"&\u202e"
EVIL = "https://evil.example/x"
HOSTILE = [
    "",
    MARK,
    "{{ 7*7 }}{% debug %}",
    "' OR 1=1; DROP TABLE accounts_account; --",
    "../../../../etc/passwd",
    "\r\nSet-Cookie: a=b",
    "a\x00b",
    "\ud800",
    "𝕬" * 50,
    "9" * 400,
    "-1",
    "1e309",
    "NaN",
    "x" * 20_000,
    EVIL,
    "//evil.example",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
    "on",
    "2009-02-30",
]
#: Names that programs give to an address to go on to.
ONWARD = [
    "next",
    "return",
    "returnTo",
    "url",
    "to",
    "target",
    "continue",
    "redirect",
    "redirect_uri",
    "demande",
    "shire",
]

#: Names that addresses of lists and searches give to what is asked for.
SEARCHED = ["q", "page", "apres", "avant", "sorte", "du", "au", "par", "compte"]


def addresses() -> Iterator[tuple[str, str]]:
    """Every address of the service, with something hostile in each of its parts."""
    for name, pattern in every_view():
        kinds = re.findall(r"<(?:(\w+):)?(\w+)>", str(pattern.pattern))
        if not kinds:
            yield name, reverse(name)
            continue
        for filling in PARTS[kinds[0][0] or "str"]:
            path = reverse(name, args=["1" if kind == "int" else PARTS[kind][0] for kind, _ in kinds])
            yield name, path.replace(PARTS[kinds[0][0] or "str"][0], filling, 1) if kinds[0][0] != "int" else path


def nobody() -> Browser:
    return Browser()


def a_pupil() -> Browser:
    browser = Browser()
    browser.signs_in(people.activated(people.pupil()))
    return browser


def a_guardian() -> Browser:
    browser = Browser()
    browser.signs_in(people.activated(people.guardian(children=2)))
    return browser


def _begins(account: Account, step: Step) -> Browser:
    people.notified(account)
    browser = Browser()
    browser.does(lambda request: sso.begin_unfinished(request, unfinished(account, step)), method="POST")
    return browser


def a_pupil_who_activates() -> Browser:
    return _begins(people.pupil(), Step.ACTIVATION)


def a_guardian_who_activates() -> Browser:
    return _begins(people.guardian(children=2), Step.ACTIVATION)


def a_head() -> Browser:
    """Of the school that the addresses name, with both factors."""
    school = School.objects.filter(pk=PARTS["uai"][0]).first() or SchoolFactory(uai=PARTS["uai"][0])
    return visitors.arrives(a_post(Function.HEAD, school=school).staff, second=Second.PASSKEY)


def a_head_without_second_factor() -> Browser:
    school = School.objects.filter(pk=PARTS["uai"][0]).first() or SchoolFactory(uai=PARTS["uai"][0])
    return visitors.arrives(a_post(Function.HEAD, school=school).staff)


WHO: list[Callable[[], Browser]] = [
    nobody,
    a_pupil,
    a_guardian,
    a_pupil_who_activates,
    a_guardian_who_activates,
    a_head,
    a_head_without_second_factor,
]
anybody = pytest.mark.parametrize("who", WHO, ids=lambda who: who.__name__)


def holds(answer: HttpResponse, what: str) -> None:
    """What must be true of whatever is answered, to whomever."""
    assert answer.status_code < 500 or answer.status_code == 503, what
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy, what
    assert "default-src 'none'" in policy, what
    assert "frame-ancestors 'none'" in policy, what
    assert answer.headers["X-Content-Type-Options"] == "nosniff", what
    assert answer.headers["X-Frame-Options"] == "DENY", what
    assert answer.headers["Referrer-Policy"] == "same-origin", what
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", what
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-ID"]), what
    kind = answer.headers.get("Content-Type", "")
    if kind.startswith("text/html"):
        assert answer.headers["Cache-Control"] == "no-store", what
        body = answer.content.decode()
        assert "<zq" not in body, what
        assert not re.search(r"<script(?![^>]*\bsrc=)", body), what
        assert not re.search(r"\son\w+\s*=|<style|\sstyle=", body), what
        assert not re.search(r"""(?:href|src|action)=["']?\s*(?:javascript|data|vbscript):""", body, re.IGNORECASE), (
            what
        )
    leads_nowhere_else(answer, what)
    for morsel in answer.cookies.values():
        assert morsel["httponly"] or not morsel.value, what
        assert morsel["samesite"] == "Lax" or not morsel.value, what
        assert morsel["path"] == "/", what
        assert not morsel["domain"], what


def leads_nowhere_else(answer: HttpResponse, what: str) -> None:
    where = urlsplit(answer.headers.get("Location", ""))
    assert where.netloc in {"", "testserver", "localhost:8000"}, what
    assert where.scheme in {"", "http", "https"}, what
    assert not answer.headers.get("Location", "").startswith("//"), what
    assert "Refresh" not in answer.headers, what


def fields(answer: HttpResponse) -> dict[str, str]:
    """Every field of every form of a page but the header's, with what it holds."""
    found: dict[str, str] = {}
    body = answer.content.decode() if answer.headers.get("Content-Type", "").startswith("text/html") else ""
    for tag in re.findall(r"<(?:input|select|textarea|button)\b[^>]*>", body):
        name = re.search(r'\bname="([^"]*)"', tag)
        value = re.search(r'\bvalue="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken":
            found[name[1]] = html.unescape(value[1]) if value else ""
    return found


@anybody
def test_T77_every_address_answers_anything_in_its_query_without_a_word_of_it(who: Callable[[], Browser]) -> None:
    for value in HOSTILE:
        browser = who()
        query = {name: value.encode(errors="surrogatepass") for name in [*ONWARD, *SEARCHED, "SAMLRequest"]}
        for name, path in addresses():
            holds(browser.get(path, query), f"{name} {value[:20]!r}")


@anybody
def test_every_field_of_every_form_takes_anything_without_crash(who: Callable[[], Browser]) -> None:
    forms = 0
    for name, path in addresses():
        shown = who().get(path)
        known = fields(shown)
        forms += bool(known)
        for field in known:
            for value in HOSTILE[1::3]:
                browser = who()
                typed = {**known, field: value.encode(errors="surrogatepass")}
                holds(browser.post(path, typed), f"{name} {field}={value[:20]!r}")

    assert forms > 0


@anybody
def test_every_form_takes_any_other_form_s_fields_repeated_and_out_of_order(who: Callable[[], Browser]) -> None:
    everything: dict[str, list[str]] = {}
    for _, path in addresses():
        for field, value in fields(who().get(path)).items():
            everything.setdefault(field, []).extend([value, MARK, ""])

    for name, path in addresses():
        holds(who().post(path, everything), name)
        holds(who().post(path, {}), name)


@anybody
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD", "PROPFIND", "x"])
def test_another_method_is_refused_or_harmless(who: Callable[[], Browser], method: str) -> None:
    browser = who()
    for name, path in addresses():
        holds(browser.generic(method, path, b"x", "application/octet-stream"), f"{method} {name}")


@anybody
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"a=%ff%fe&a=%00&=&&&", "application/x-www-form-urlencoded; charset=nonsense"),
        (b"--b\r\nContent-Disposition: form-data; name=x\r\n\r\n", "multipart/form-data; boundary=b"),
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary=" + "b" * 300),
        (b"&".join(b"a%d=1" % n for n in range(3000)), "application/x-www-form-urlencoded"),
        (b"a=" + b"x" * 2_000_000, "application/x-www-form-urlencoded"),
        (b"<x/>", "text/xml"),
    ],
    ids=range(9),
)
def test_a_body_that_is_no_form_is_refused(who: Callable[[], Browser], body: bytes, kind: str) -> None:
    browser = who()
    for name, path in addresses():
        answer = browser.generic("POST", path, body, kind)

        holds(answer, name)


@anybody
def test_each_form_is_refused_without_the_secret_of_its_browser(who: Callable[[], Browser]) -> None:
    careful = who()
    careful.handler.enforce_csrf_checks = True
    from_services = {"saml:post-sso", "saml:post-slo", "saml:slo-post", "saml:post-logout"}

    for name, path in addresses():
        answer = careful.post(path, {"csrfmiddlewaretoken": "x" * 64, "username": "a", "password": "b"})

        if name not in from_services and answer.status_code not in {404, 405}:
            assert answer.status_code in {303, 403}, name
            if answer.status_code == 303:  # closed to whoever is not signed in: nothing was done
                assert urlsplit(answer.headers["Location"]).path in {"/connexion", "/"}, name


@anybody
@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost:8000@evil.example", "evil.example#", "testserver.evil.example", "a b", "", "[::1"],
)
def test_a_host_that_is_not_ours_is_answered_nothing(who: Callable[[], Browser], host: str) -> None:
    browser = who()
    for name, path in addresses():
        answer = browser.get(path, headers={"host": host})

        assert answer.status_code == 400 or host == "", name
        assert "evil.example" not in answer.content.decode(errors="replace"), name
        leads_nowhere_else(answer, name)


def test_what_a_proxy_of_others_says_changes_nothing() -> None:
    lies = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}
    lies |= {"X-Original-URL": "/mon-compte", "X-Rewrite-URL": "/mon-compte", "X-HTTP-Method-Override": "POST"}
    for name, path in addresses():
        with_lies, without = Browser().get(path, headers=lies), Browser().get(path)

        assert "evil.example" not in with_lies.content.decode(errors="replace"), name
        assert with_lies.status_code == without.status_code, name
        assert with_lies.headers.get("Location") == without.headers.get("Location"), name


@pytest.mark.parametrize("junk", ["", "x", "x" * 4000, "é", '"', "a:b:c", "null", "e30:1:2", "\\", "0" * 43])
def test_cookies_of_anybody_s_make_nobody_of_a_stranger(junk: str) -> None:
    for name, path in addresses():
        browser = Browser()
        for cookie in ("session", "browser", "device", "csrf", "sessionid", staffing.COOKIE):
            browser.cookies[cookie] = junk

        answer = browser.get(path)

        holds(answer, name)
        assert browser.current() is None
        assert visitors.current(browser) is None


@pytest.mark.parametrize(
    ("who", "theirs", "other"),
    [
        (a_pupil, "session", staffing.COOKIE),
        (a_guardian, "session", staffing.COOKIE),
        (a_head, staffing.COOKIE, "session"),
    ],
)
def test_the_cookie_of_one_audience_opens_nothing_of_the_other(
    who: Callable[[], Browser], theirs: str, other: str
) -> None:
    browser = who()
    browser.cookies[other] = browser.cookies[theirs].value
    mine = browser.current() if theirs == "session" else visitors.current(browser)

    assert mine is not None
    assert (visitors.current(browser) if theirs == "session" else browser.current()) is None


def test_without_second_factor_no_page_of_the_staff_but_those_that_ask_for_it_is_shown() -> None:
    browser = a_head_without_second_factor()
    shown = {name for name, path in addresses() if name.startswith("staff:") and browser.get(path).status_code == 200}

    assert shown - BEFORE_THE_SECOND_FACTOR == set()


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_anything_typed_anywhere_is_answered(data: st.DataObject) -> None:
    anyone = data.draw(st.sampled_from(WHO))
    _, path = data.draw(st.sampled_from(list(addresses())))
    browser = anyone()
    known = fields(browser.get(path))
    typed = {
        field: data.draw(st.one_of(st.just(value), st.text(max_size=80), st.sampled_from(HOSTILE))).encode(
            errors="surrogatepass"
        )
        for field, value in known.items()
    }
    sent = data.draw(st.sampled_from([browser.post, browser.get]))

    holds(sent(path, typed), path)


def test_nothing_of_the_service_is_served_to_other_sites() -> None:
    for name, path in addresses():
        answer = Client().get(path, headers={"origin": "https://evil.example"})

        assert "Access-Control-Allow-Origin" not in answer.headers, name
        if name != "saml:metadata":
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", name


def test_a_page_of_somebody_s_is_kept_by_nobody() -> None:
    browser = a_pupil()
    for name, path in addresses():
        answer = browser.get(path)

        if name != "saml:metadata" and answer.status_code == 200:
            assert answer.headers["Cache-Control"] == "no-store", name
