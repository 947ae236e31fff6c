"""Single logout: what services say of it, by Redirect and by POST, and the address they were given (FrEduUrlRetour).

Source: SAML Profiles 4.4; decision 0091.
"""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from educonnect.federation.models import Provider
from educonnect.federation.providers import leads_to_a_provider
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.saml import logout_messages, logout_request, message, metadata, pages
from educonnect.saml.errors import Declined, Reason, RequestRefused
from educonnect.saml.logout_request import KINDS, Received
from educonnect.saml.message import Message
from educonnect.saml.seen import remembering
from educonnect.sessions import leaving, sso
from educonnect.sessions.leaving import Step, Wing
from educonnect.sessions.models import Departure, Farewell
from educonnect.statements import NotFirst

OPTION = "single_logout"


@login_not_required
@require_GET
def logout(http: HttpRequest) -> HttpResponse:
    """The address services were given (FrEduUrlRetour): the session ends, and the services that shared it are told.

    A service may add `return`, an address of its own where the browser goes on; any other address is ignored, so that
    nobody is led elsewhere in our name.
    """
    back = http.GET.get("return", "")
    return sso.SeeOther(leaving.leave(http, back=back if leads_to_a_provider(back) else ""))


@login_not_required
@require_GET
def redirect_slo(http: HttpRequest) -> HttpResponse:
    """A LogoutRequest or a LogoutResponse in the query."""
    try:
        return _hear(http, message.read_query(http.META.get("QUERY_STRING", ""), *KINDS))
    except RequestRefused as refused:
        return pages.refuse(http, refused.reason, provider_id=refused.provider_id, leaving=True)


@csrf_exempt  # it comes from the service's page, with nothing of ours in it, and is worth what its signature is
@login_not_required
@require_POST
def post_slo(http: HttpRequest) -> HttpResponse:
    """The same in a form posted by the service's page; the browser sends none of our cookies with it."""
    try:
        return _hear(http, message.read_form(http.POST.dict(), *KINDS))
    except RequestRefused as refused:
        return pages.refuse(http, refused.reason, provider_id=refused.provider_id, leaving=True)


def _hear(http: HttpRequest, came: Message) -> HttpResponse:
    received = logout_request.receive(came)
    logout_request.still_good(received, now=timezone.now())
    return _asked(http, received) if came.kind == "SAMLRequest" else _answered(http, received)


def _asked(http: HttpRequest, received: Received) -> HttpResponse:
    """A service's person leaves: our session ends at once, whatever becomes of the rest."""
    provider = received.provider
    first = remembering(provider, received.number, now=timezone.now())
    asked = {"request_id": received.number, "relay_state": received.relay_state}
    try:
        named = logout_request.named(received)
        departure = leaving.asked_to_leave(
            http,
            provider,
            subject=named.subject,
            name_id=named.kind,
            indexes=named.indexes,
            asked=asked,
            first=first,
        )
        if departure is None:
            raise Declined("Requester", "UnknownPrincipal")
    except NotFirst as error:
        raise RequestRefused(Reason.REPLAYED, provider.pk) from error
    except Declined as declined:
        record(Event.REQUEST_REFUSED, provider_id=provider.pk, protocol="saml", reason=declined.second, leaving=True)
        return _respond(http, provider, asked, declined)
    if leaving.farewells(departure):
        return sso.SeeOther(leaving.address(departure))
    return _respond(http, provider, asked, None)


def _answered(http: HttpRequest, received: Received) -> HttpResponse:
    """A service answers what it was told: the browser goes on to the next."""
    number, left = logout_request.answered(received)
    departure = leaving.answered(received.provider, number, left=left)
    if departure is None:
        raise RequestRefused(Reason.UNEXPECTED_ANSWER, received.provider.pk)
    return sso.SeeOther(leaving.address(departure))


def _respond(http: HttpRequest, provider: Provider, asked: dict[str, Any], declined: Declined | None) -> HttpResponse:
    step = _response(provider, asked, declined)
    if step is None:  # it has no address for answers: the person stays with us
        return sso.SeeOther(reverse("public:signed-out"))
    if step.fields is None:
        return sso.SeeOther(step.url)
    return pages.deliver(http, step.fields, to=step.url, service=provider.name)


def _response(provider: Provider, asked: dict[str, Any], declined: Declined | None) -> Step | None:
    return logout_messages.response(
        provider,
        in_response_to=asked["request_id"],
        relay_state=asked["relay_state"],
        declined=declined,
        now=timezone.now(),
    )


# --- what `sessions` asks of this wing ----------------------------------------------------------------------------


def _tells(provider: Provider) -> bool:
    """A service is told if its metadata say where, and nobody said that nothing answers there."""
    return provider.options.get(OPTION, True) is True and metadata.of(provider).logout() is not None


def _tell(farewell: Farewell) -> Step | None:
    return logout_messages.request(
        farewell.provider,
        number=farewell.number,
        subject=farewell.subject,
        kind=farewell.name_id,
        session_index=farewell.session_index,
        now=timezone.now(),
    )


def _answer(departure: Departure, complete: bool) -> Step | None:
    if departure.asked_by is None:
        return None
    return _response(departure.asked_by, departure.asked, None if complete else logout_messages.PARTIAL)


WING = Wing(tells=_tells, tell=_tell, answer=_answer)
