"""A browser for tests: Django's client, with the gestures that screens make towards `sso`."""

import html
import re
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from educonnect.accounts.authentication import Authentication, Method, Step, Unfinished
from educonnect.accounts.models import Account
from educonnect.sessions import cookies, sso

T = TypeVar("T")


def proof(account: Account, at: datetime | None = None) -> Authentication:
    """What a right username and password prove."""
    return Authentication(account_id=account.pk, epoch=account.epoch, method=Method.PASSWORD, at=at or timezone.now())


def unfinished(account: Account, step: Step = Step.ACTIVATION) -> Unfinished:
    """What a right provisional password proves."""
    return Unfinished(account_id=account.pk, epoch=account.epoch, step=step, at=timezone.now())


class Browser(Client):
    """Keeps cookies as a browser does."""

    def does(self, gesture: Callable[[HttpRequest], T], *, demande: str = "", method: str = "GET") -> T:
        """What a view calls, with this browser's cookies in, and the answer's cookies kept."""
        factory = RequestFactory()
        factory.cookies = self.cookies.copy()
        data = {sso.FIELD: demande} if demande else {}
        request = factory.post("/", data) if method == "POST" else factory.get("/", data)
        result = gesture(request)
        response = result if isinstance(result, HttpResponse) else HttpResponse()
        cookies.send(request, response)
        self.cookies.update(response.cookies)
        for name in [name for name, morsel in self.cookies.items() if not morsel.value]:
            del self.cookies[name]
        return result

    def signs_in(self, account: Account, *, demande: str = "", shared: bool = False, at: datetime | None = None) -> str:
        """A right username and password; where the browser is sent next."""

        def gesture(request: HttpRequest) -> str:
            sso.begun_by(request, account.username)
            sso.begin(request, proof(account, at), shared=shared)
            return sso.destination(request)

        return self.does(gesture, demande=demande, method="POST")

    def current(self) -> sso.Current | None:
        """Who is signed in."""
        return self.does(sso.current)


def number(url: str) -> str:
    """The waiting request's number in an address."""
    return parse_qs(urlsplit(url).query).get(sso.FIELD, [""])[0]


def posts_to(response: HttpResponse) -> str:
    """Where the sign-in page that answered sends what is typed."""
    action = re.search(r'<form method="post" action="([^"]*)"', response.content.decode())
    assert action is not None, response.content.decode()
    return html.unescape(action[1])


def demande(response: HttpResponse) -> str:
    """The waiting request's number, told by the sign-in page itself or by the address one is sent to."""
    return number(response.headers.get("Location") or posts_to(response))
