"""The short road answers what Django's own road answers, to the byte."""

import html
import io
import itertools
import json
import logging
import re
import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django import db
from django.conf import settings
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections, transaction
from django.utils.module_loading import import_string

from educonnect.accounts import throttling
from educonnect.accounts.models import Account
from educonnect.config import front, logs
from educonnect.config.front import Front
from educonnect.federation import providers
from educonnect.journal.models import Connection, Entry
from educonnect.saml import request as saml_request
from educonnect.sessions.models import Session
from tests.accounts.factories import PupilAccountFactory
from tests.population.factories import EnrolmentFactory
from tests.saml.service import Service
from tests.web import people
from tests.web.test_hostile import HOSTILE, ONWARD

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
HOST = "localhost:8000"
HERE = "/connexion"


@dataclass
class Visitor:
    """A browser straight on a WSGI application, and all it was answered."""

    application: Any
    heard: list[tuple[str, list[tuple[str, str]], bytes]] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)

    def asks(self, method: str, address: str, body: bytes = b"", **environ: Any) -> str:
        path, _, query = address.partition("?")
        told: list[Any] = []
        answer = self.application(
            {
                "REQUEST_METHOD": method,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "SCRIPT_NAME": "",
                "SERVER_NAME": "localhost",
                "SERVER_PORT": "8000",
                "SERVER_PROTOCOL": "HTTP/1.1",
                "REMOTE_ADDR": "192.0.2.7",
                "HTTP_HOST": HOST,
                "HTTP_USER_AGENT": "Mozilla/5.0 (Windows NT 10.0) Firefox/130",
                "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
                "CONTENT_LENGTH": str(len(body)),
                "wsgi.url_scheme": "http",
                "wsgi.input": io.BytesIO(body),
                "wsgi.errors": io.StringIO(),
                **({"CONTENT_TYPE": front.FORM} if method == "POST" else {}),
                **environ,
            },
            lambda status, headers: told.extend((status, headers)),
        )
        said = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        for name, value in told[1]:
            if name == "Set-Cookie":
                key, _, kept = value.partition(";")[0].strip().partition("=")
                self.cookies[key] = kept
        self.heard.append((told[0], told[1], said))
        return said.decode()

    def posts(self, page: str, **typed: str) -> str:
        """The form of a page, filled."""
        form = re.search(r'<form method="post" action="([^"]*)"', page)
        assert form is not None, page
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        return self.asks("POST", html.unescape(form[1]), urlencode({**hidden, **typed}).encode())


Road = Callable[[Visitor, Service, Account], None]


def straight(visitor: Visitor, service: Service, account: Account) -> None:
    page = visitor.asks("GET", service.redirect(relay_state="panier"))
    visitor.posts(page, username=account.username, password=people.OWN)
    assert b'name="SAMLResponse"' in visitor.heard[-1][2]
    visitor.asks("GET", service.redirect())
    assert b'name="SAMLResponse"' in visitor.heard[-1][2]


def mistaken(visitor: Visitor, service: Service, account: Account) -> None:
    page = visitor.asks("GET", service.redirect())
    again = visitor.posts(page, username=account.username, password="un autre, qui est faux")
    visitor.posts(again, username="", password="")
    visitor.posts(again, username=account.username, password=people.OWN, shared="on")
    assert b'name="SAMLResponse"' in visitor.heard[-1][2]


def without_a_service(visitor: Visitor, service: Service, account: Account) -> None:
    visitor.posts(visitor.asks("GET", HERE), username=account.username, password=people.OWN)
    assert visitor.heard[-1][0] == "303 See Other"
    visitor.asks("GET", HERE)
    visitor.asks("GET", "/idp/profile/SAML2/reprise")


def refused(visitor: Visitor, service: Service, account: Account) -> None:
    visitor.asks("GET", "/idp/profile/SAML2/Redirect/SSO?SAMLRequest=abc")
    assert visitor.heard[-1][0] == "400 Bad Request"
    asked = service.redirect()
    visitor.asks("GET", asked)
    visitor.cookies.clear()
    visitor.asks("GET", asked)  # brought again, by another browser


def forged(visitor: Visitor, service: Service, account: Account) -> None:
    visitor.asks("POST", HERE, urlencode({"username": account.username, "password": people.OWN}).encode())
    assert visitor.heard[-1][0] == "403 Forbidden"
    visitor.asks("POST", HERE, b"csrfmiddlewaretoken=" + b"x" * 64, HTTP_ORIGIN="https://attacker.example")
    visitor.asks("GET", HERE)  # with a secret, the fields are read
    visitor.asks("POST", HERE, b"&".join(b"a=1" for _ in range(1100)))
    assert visitor.heard[-1][0] == "400 Bad Request"
    visitor.asks("POST", HERE, b"a" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))
    assert visitor.heard[-1][0] == "400 Bad Request"


def unusual(visitor: Visitor, service: Service, account: Account) -> None:
    visitor.asks("GET", HERE, HTTP_HOST="attacker.example")
    assert visitor.heard[-1][0] == "400 Bad Request"
    visitor.asks("HEAD", HERE)
    visitor.asks("PUT", HERE)
    visitor.asks("POST", "/idp/profile/SAML2/Redirect/SSO")
    visitor.asks("GET", HERE, SCRIPT_NAME="/ailleurs")
    visitor.asks("GET", HERE + "/")


def hostile(visitor: Visitor, service: Service, account: Account) -> None:
    page = visitor.asks("GET", HERE)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    for value in HOSTILE:
        anything = urlencode(dict.fromkeys([*ONWARD, "SAMLRequest", "RelayState"], value), errors="surrogatepass")
        typed = {**hidden, "username": value, "password": value, "shared": value, "demande": value}
        for address in (HERE, "/idp/profile/SAML2/Redirect/SSO", "/idp/profile/SAML2/reprise"):
            visitor.asks("GET", f"{address}?{anything}")
            visitor.asks("POST", f"{address}?{anything}", urlencode(typed, errors="surrogatepass").encode())
    for junk in ("", "x" * 4000, '"', "\\", "a=b; session", "session=%00; csrf=\xff"):
        visitor.cookies.clear()
        visitor.asks("GET", HERE, HTTP_COOKIE=junk)
        visitor.asks("POST", HERE, b"a=%ff%fe&a=%00&=&&&", HTTP_COOKIE=junk, CONTENT_LENGTH="not a number")


@pytest.fixture
def account() -> Account:
    account = PupilAccountFactory(pupil__sex="2")
    EnrolmentFactory(pupil=account.pupil)
    return people.activated(account)


@pytest.fixture(autouse=True)
def _same_instant(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing differs from one way to the other but the way; the connection of the test is nobody's to close."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    monkeypatch.setattr(db, "close_old_connections", lambda: None)
    with time_machine.travel(NOW, tick=False):
        yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


def drawn_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    count = itertools.count(1)
    monkeypatch.setattr(secrets, "token_hex", lambda size=32: f"{next(count):0{2 * size}x}")
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size=32: f"n{next(count):0{size}}"[:22])
    monkeypatch.setattr(secrets, "choice", lambda among: among[next(count) % len(among)])
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=next(count)))


def written() -> list[Any]:
    """What both trails and the sessions say."""
    return [
        list(Entry.objects.order_by("pk").values_list("at", "event", "actor", "account_id", "provider_id", "detail")),
        list(Connection.objects.order_by("pk").values_list("at", "account_id", "outcome", "address", "device")),
        list(Session.objects.order_by("digest").values_list("digest", "sid", "account_id", "shared", "waiting_id")),
    ]


def went(
    application: Any,
    road: Road,
    service: Service,
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> tuple[Any, Any, Any]:
    """What was answered, written and logged on the way; undone at the end."""
    visitor = Visitor(application)
    providers.forget()
    throttling.look_again()
    caplog.clear()
    caplog.set_level(logging.INFO, logger=logs.log.name)
    point = transaction.savepoint()
    with monkeypatch.context() as drawing:
        drawn_alike(drawing)
        road(visitor, service, account)
    kept = written()
    transaction.savepoint_rollback(point)
    lines = [
        json.dumps({**record.line, "ms": 0}) if isinstance(record, logs.Answered) else (record.name, record.levelname)
        for record in caplog.records
    ]
    return visitor.heard, kept, lines


@pytest.mark.parametrize("road", [straight, mistaken, without_a_service, refused, forged, unusual, hostile])
def test_both_ways_answer_write_and_log_the_same(
    road: Road,
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = Service(encryption=False)
    service.register(profile="pass-culture", certifies_identity=False)
    django = WSGIHandler()

    long = went(django, road, service, account, monkeypatch, caplog)
    short = went(Front(django), road, service, account, monkeypatch, caplog)

    assert short == long
    assert long[2]


def test_a_view_that_breaks_is_told_the_same(
    account: Account, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    service = Service()

    def breaks(*arguments: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(saml_request, "receive", breaks)
    django = WSGIHandler()

    def broken(visitor: Visitor, service: Service, account: Account) -> None:
        visitor.asks("GET", service.redirect())
        assert visitor.heard[-1][0] == "500 Internal Server Error"

    long = went(django, broken, service, account, monkeypatch, caplog)
    short = went(Front(django), broken, service, account, monkeypatch, caplog)

    assert short == long


def test_a_sign_in_takes_the_short_road(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(encryption=False)
    service.register(profile="pass-culture", certifies_identity=False)

    def handed_over(environ: Any, start: Any) -> Any:
        raise AssertionError(environ["PATH_INFO"])

    straight(Visitor(Front(handed_over)), service, account)


def test_the_short_road_keeps_or_leaves_out_each_middleware() -> None:
    kept = [one for one in settings.MIDDLEWARE if one not in front.LEFT_OUT]

    assert [import_string(one) for one in kept] == list(front.KEPT)
    assert set(settings.MIDDLEWARE) >= front.LEFT_OUT
    assert not settings.DISALLOWED_USER_AGENTS
    assert not settings.PREPEND_WWW
