"""The two pages of this wing: the one that carries an answer to its service, the one that says why there is none."""

import base64
import html
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language

from educonnect.federation.models import Provider
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.saml.errors import PAGES, Reason

_MARKS = ("@@action@@", "@@fields@@", "@@service@@")


def carry(request: HttpRequest, response: str, *, acs: str, relay_state: str | None, service: str) -> HttpResponse:
    """The page whose form takes the answer to the service: by itself with script, by its button without.

    Only this service's origin joins the page's `form-action`. Source: SAML Bindings 3.5.4; promise T62.
    """
    message = base64.b64encode(response.encode()).decode()
    fields = f'<input type="hidden" name="SAMLResponse" value="{message}">'
    if relay_state is not None:
        fields += f'<input type="hidden" name="RelayState" value="{html.escape(relay_state)}">'
    page = "".join(
        {_MARKS[0]: html.escape(acs), _MARKS[1]: fields, _MARKS[2]: html.escape(service)}.get(part, part)
        for part in _shell(request)
    )
    answer = HttpResponse(page)
    answer.csp_form_action = acs  # type: ignore[attr-defined]  # read by config.middleware.SecurityHeaders
    return answer


_shells: dict[str, tuple[str, ...]] = {}


def _shell(request: HttpRequest) -> tuple[str, ...]:
    """The page in pieces, rendered once a process and a language: text, mark, text, mark, text…

    It shows nobody's name: what one browser gets may be what another gets.
    """
    language = get_language() or ""
    if language not in _shells:
        context = dict(zip(("action", "fields", "service"), _MARKS, strict=True))
        parts = [str(render_to_string("saml/post.html", context, request))]
        for mark in _MARKS:
            parts = [piece for part in parts for piece in _around(part, mark)]
        _shells[language] = tuple(parts)
    return _shells[language]


def _around(part: str, mark: str) -> list[str]:
    if part in _MARKS:
        return [part]
    pieces: list[str] = []
    for piece in part.split(mark):
        pieces += [piece, mark]
    return pieces[:-1]


def refuse(
    request: HttpRequest, reason: Reason, *, provider: Provider | None = None, provider_id: int | None = None
) -> HttpResponse:
    """The clear page of a refused request, and its line in the journal."""
    record(
        Event.REQUEST_REFUSED,
        provider_id=provider.pk if provider else provider_id,
        protocol="saml",
        reason=reason.value,
    )
    page = PAGES[reason]
    home = provider.home if provider and urlsplit(provider.home).scheme in {"http", "https"} else ""
    context = {"sentence": page.sentence, "code": page.code, "service": provider.name if provider else "", "home": home}
    status = 403 if reason is Reason.NOT_SERVED else 400
    return HttpResponse(render_to_string("saml/refused.html", context, request), status=status)
