"""One view per endpoint: parse, who is here, release, answer."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from educonnect.federation.errors import AccountGone, PopulationNotServed, ProviderSuspended
from educonnect.federation.models import Provider
from educonnect.federation.release import release
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.saml import message, metadata, pages, request, response
from educonnect.saml.errors import Declined, Reason, RequestRefused
from educonnect.saml.message import Message
from educonnect.saml.request import Asked, Received
from educonnect.sessions import participation, sso
from educonnect.sessions.models import Waiting
from educonnect.statements import First, NotFirst


@login_not_required
@require_http_methods(["GET", "HEAD"])
def shibboleth(http: HttpRequest) -> HttpResponse:
    """Our metadata: the same bytes for everybody, until keys change."""
    document, etag = metadata.ours()
    if http.headers.get("If-None-Match") == etag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(document, content_type="application/samlmetadata+xml")
    answer["ETag"] = etag
    answer["Cache-Control"] = "public, max-age=3600"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@login_not_required
@require_GET
def redirect_sso(http: HttpRequest) -> HttpResponse:
    """An AuthnRequest in the query."""
    try:
        return _begin(http, message.read_query(http.META.get("QUERY_STRING", ""), "SAMLRequest"))
    except RequestRefused as refused:
        return pages.refuse(http, refused.reason, provider_id=refused.provider_id)


@csrf_exempt  # it comes from the service's page, with nothing of ours in it, and is worth what its signature is
@login_not_required
@require_POST
def post_sso(http: HttpRequest) -> HttpResponse:
    """An AuthnRequest in a form posted by the service's page; the browser sends none of our cookies with it."""
    try:
        return _begin(http, message.read_form(http.POST.dict(), "SAMLRequest"))
    except RequestRefused as refused:
        return pages.refuse(http, refused.reason, provider_id=refused.provider_id)


def _begin(http: HttpRequest, came: Message) -> HttpResponse:
    received = request.receive(came)
    provider = received.provider
    try:
        first = request.fresh(received, now=timezone.now())
        return _met(http, received, first)
    except NotFirst:
        refused = RequestRefused(Reason.REPLAYED, provider.pk)
    except RequestRefused as error:
        if error.reason is not Reason.EXPIRED:
            raise
        refused = error
    found = _reloaded(http, received)
    if found is None:
        raise refused
    return sso.go_on(http, found)


def _met(http: HttpRequest, received: Received, first: First) -> HttpResponse:
    """What a good request leads to; its ID is written with whatever is written for it.

    Raises:
        NotFirst: it was there already.
    """
    provider = received.provider
    try:
        asked = request.understand(received)
    except (Declined, RequestRefused) as error:
        if not first.alone():
            raise NotFirst from error
        if isinstance(error, Declined):
            return _decline(http, provider, received, error)
        raise
    who = sso.current(http)
    if who is not None and not asked.force and not provider.certifies_identity and who.kind in provider.populations:
        return _answer(http, provider, asked, who, first)
    if asked.passive and http.method == "GET":
        if not first.alone():
            raise NotFirst
        return _no_passive(http, provider, asked)
    page = http.method == "GET"  # a reload of the page is then this same request, not a form posted again
    return sso.ask(http, provider=provider, payload=asked.payload(), force=asked.force, page=page, first=first)


def _reloaded(http: HttpRequest, received: Received) -> Waiting | None:
    """The request that waits already, where this browser asks again for the page that answered it.

    From any other browser, or once it was answered, it is a replay like another.
    """
    if http.method != "GET":
        return None
    try:
        asked = request.understand(received)
    except Declined:
        return None
    return sso.again(http, provider=received.provider, payload=asked.payload(), force=asked.force)


@login_not_required
@require_GET
def resume(http: HttpRequest) -> HttpResponse:
    """Take up the request that waits in this browser: its person is here, or is asked for."""
    found = sso.waiting(http)
    if found is None:
        return pages.refuse(http, Reason.NO_LONGER_WAITING)
    return answer_waiting(http, found)


def answer_waiting(http: HttpRequest, found: Waiting) -> HttpResponse:
    """The answer to a waiting request, or what its person must do first."""
    asked = Asked.of(found.request["payload"])
    who = sso.current(http)
    if (
        who is None
        or not sso.fresh_enough(who, found)
        or not sso.lets_in(who, found)
        or sso.needs_confirmation(who, found)
    ):
        if asked.passive:
            sso.drop(http)
            return _no_passive(http, found.provider, asked)
        return sso.SeeOther(sso.next_step(http, found))
    taking = sso.taking(http)
    try:
        if taking is None:
            raise NotFirst
        return _answer(http, found.provider, asked, who, taking)
    except NotFirst:
        sso.drop(http)
        return pages.refuse(http, Reason.ANOTHER_PERSON, provider=found.provider)


def _answer(http: HttpRequest, provider: Provider, asked: Asked, who: sso.Current, first: First) -> HttpResponse:
    """The page that carries the answer; what makes the request old is written with the trace of what is released.

    Raises:
        NotFirst: it was answered before.
    """
    now = timezone.now()
    service = metadata.of(provider)
    try:
        taking_part = participation.taking_part(who, provider, asked.name_id)
        identity = release(who.authentication(), provider, now=now, first=first, also=taking_part)
    except (PopulationNotServed, ProviderSuspended, AccountGone) as refusal:
        if not first.alone():
            raise NotFirst from refusal
        if isinstance(refusal, AccountGone):
            sso.end(http)
        return pages.refuse(http, _REFUSED[type(refusal)], provider=provider)
    document = response.success(
        response.Answer(
            to=response.To(metadata.entity_id(), asked.acs, asked.request_id),
            audience=service.entity_id,
            identity=identity,
            name_id=asked.name_id,
            context=asked.context,
            session_index=participation.session_index(who, provider),
            transient=participation.transient(who, provider),
            encrypt_to=service.encryption if provider.options.get("encrypt", True) else None,
        ),
        now=now,
    )
    return pages.carry(http, document, acs=asked.acs, relay_state=asked.relay_state, service=provider.name)


_REFUSED = {
    PopulationNotServed: Reason.NOT_SERVED,
    ProviderSuspended: Reason.SUSPENDED_PROVIDER,
    AccountGone: Reason.NO_LONGER_WAITING,
}


def _no_passive(http: HttpRequest, provider: Provider, asked: Asked) -> HttpResponse:
    return _decline(http, provider, asked, Declined("Responder", "NoPassive"))


def _decline(http: HttpRequest, provider: Provider, asked: Asked | Received, declined: Declined) -> HttpResponse:
    record(Event.REQUEST_REFUSED, provider_id=provider.pk, protocol="saml", reason=declined.second)
    to = response.To(metadata.entity_id(), asked.acs, asked.request_id)
    document = response.failure(to, declined, now=timezone.now())
    return pages.carry(http, document, acs=asked.acs, relay_state=asked.relay_state, service=provider.name)
