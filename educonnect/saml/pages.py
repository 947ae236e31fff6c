"""The two pages of this wing: the one that carries an answer to its service, the one that says why there is none."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html_join

from educonnect.federation.models import Provider
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.saml.errors import PAGES, Reason
from educonnect.ui.kept import Kept

_PAGE = Kept("action", "fields", "service")


def carry(request: HttpRequest, response: str, *, acs: str, relay_state: str | None, service: str) -> HttpResponse:
    """The page whose form takes the answer to the service: by itself with script, by its button without.

    Only this service's origin joins the page's `form-action`. Source: SAML Bindings 3.5.4; promise T62.
    """
    fields = {"SAMLResponse": base64.b64encode(response.encode()).decode()}
    if relay_state is not None:
        fields["RelayState"] = relay_state
    return deliver(request, fields, to=acs, service=service)


def deliver(request: HttpRequest, fields: Mapping[str, str], *, to: str, service: str) -> HttpResponse:
    """The page whose form takes these fields to the service."""
    inputs = format_html_join("", '<input type="hidden" name="{}" value="{}">', fields.items())
    page = _PAGE.filled(
        lambda: render_to_string("saml/post.html", _PAGE.marks, request),
        {"action": to, "fields": inputs, "service": service},
    )
    answer = HttpResponse(page)
    answer.csp_form_action = to  # type: ignore[attr-defined]  # read by config.middleware.SecurityHeaders
    return answer


def refuse(
    request: HttpRequest,
    reason: Reason,
    *,
    provider: Provider | None = None,
    provider_id: int | None = None,
    leaving: bool = False,
) -> HttpResponse:
    """The clear page of a refused request, and its line in the journal.

    Args:
        leaving: a message of single logout was refused; the page offers to sign out here.
    """
    detail: dict[str, Any] = {"leaving": True} if leaving else {}
    record(
        Event.REQUEST_REFUSED,
        provider_id=provider.pk if provider else provider_id,
        protocol="saml",
        reason=reason.value,
        **detail,
    )
    page = PAGES[reason]
    home = provider.home if provider and urlsplit(provider.home).scheme in {"http", "https"} else ""
    context = {"sentence": page.sentence, "code": page.code, "service": provider.name if provider else "", "home": home}
    status = 403 if reason is Reason.NOT_SERVED else 400
    template = "saml/leaving_refused.html" if leaving else "saml/refused.html"
    return HttpResponse(render_to_string(template, context, request), status=status)
