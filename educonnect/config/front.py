"""The short road before Django's, for the addresses that nearly every visit takes.

Django's handler looks the address up, sends signals, and passes the request through adapters around each middleware and
through middlewares that have nothing to say here. The front calls, for a few views, the very same middlewares that
have, in their order, and the very same view; everything else, and every request with something unusual about it, is
Django's. No rule is written twice: what an answer holds comes from where it came from (decision 0116).
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from django import db
from django.conf import settings
from django.core.handlers.exception import response_for_exception
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import ResolverMatch, resolve, reverse, set_script_prefix, set_urlconf
from django.utils.log import log_response

from educonnect.config.logs import RequestLog
from educonnect.config.middleware import SecurityHeaders
from educonnect.sessions.middleware import ClosedByDefault

#: The views of a sign-in, a service's request to its answer.
ROADS = ("saml:redirect-sso", "saml:resume", "public:sign-in")
#: What the short road leaves out: it serves no file and no probe, and knows its host and its addresses, which it
#: compares exactly.
LEFT_OUT = {
    "educonnect.config.health.Health",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
}
#: What it keeps, the outermost first: a test holds both lists to the settings.
KEPT = (RequestLog, SecurityHeaders, CsrfViewMiddleware, ClosedByDefault)
FORM = "application/x-www-form-urlencoded"

Start = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Front:
    """A WSGI application that answers on the short road, or hands over."""

    def __init__(self, django: Application) -> None:
        self.django = django
        self.roads = {address: resolve(address) for address in map(reverse, ROADS)}
        self.host = urlsplit(settings.BASE_URL).netloc
        self.closed = ClosedByDefault(self._view)
        self.csrf = CsrfViewMiddleware(self._view)
        self.answer = RequestLog(SecurityHeaders(self._checked))

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        match = self.roads.get(environ.get("PATH_INFO", ""))
        if match is None or not self._usual(environ):
            return self.django(environ, start)
        set_script_prefix("/")
        set_urlconf(settings.ROOT_URLCONF)
        db.reset_queries()
        db.close_old_connections()
        request = WSGIRequest(environ)
        request.resolver_match = match
        response = self.answer(request)
        if response.status_code >= 400:
            log_response(
                "%s: %s", response.reason_phrase, request.path, response=response, request=request
            )  # as Django's handler does
        cookies = (("Set-Cookie", cookie.output(header="")) for cookie in response.cookies.values())
        start(f"{response.status_code} {response.reason_phrase}", [*response.items(), *cookies])
        return [response.content]

    def _usual(self, environ: dict[str, Any]) -> bool:
        """A page asked for, or a plain form posted, at our own address."""
        method = environ["REQUEST_METHOD"]
        return (
            environ.get("HTTP_HOST") == self.host
            and not environ.get("SCRIPT_NAME")
            and (method == "GET" or (method == "POST" and environ.get("CONTENT_TYPE") == FORM))
        )

    def _checked(self, request: Any) -> HttpResponse:
        """Through the form's secret to the view, and back."""
        self.csrf.process_request(request)
        response = self.closed(request)
        self.csrf.process_response(request, response)
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response

    def _view(self, request: Any) -> HttpResponse:
        match: ResolverMatch = request.resolver_match
        view, arguments, options = match.func, match.args, match.kwargs
        try:
            refused = self.csrf.process_view(request, view, arguments, options) or self.closed.process_view(
                request, view, arguments, options
            )
            return refused or view(request, *arguments, **options)
        except Exception as error:
            return response_for_exception(request, error)
