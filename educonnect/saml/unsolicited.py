"""A service opened from a link of ours or of a portal's, without asking first.

Source: SAML Profiles 4.1.5; the parameters are those of Shibboleth's identity provider.
"""

from datetime import UTC, datetime

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_GET

from educonnect.federation import providers
from educonnect.federation.errors import ProviderSuspended, UnknownProvider
from educonnect.federation.models import Protocol, Provider
from educonnect.saml import message, metadata, pages, rules
from educonnect.saml.errors import Reason, RequestRefused
from educonnect.saml.metadata import ServiceProvider
from educonnect.saml.request import Asked, preferred_name_id
from educonnect.sessions import sso

OPTION = "unsolicited"


@login_not_required
@require_GET
def unsolicited(http: HttpRequest) -> HttpResponse:
    """`?providerId=…[&shire=…][&target=…][&time=…]`: the service is answered once its person is known.

    Other parameters are ignored.
    """
    provider_id = None
    try:
        provider = _provider(http.GET)
        provider_id = provider.pk
        asked = _asked(http.GET, provider, metadata.of(provider))
        _in_time(http.GET, provider)
    except RequestRefused as refused:
        return pages.refuse(http, refused.reason, provider_id=provider_id)
    again = sso.again(http, provider=provider, payload=asked.payload())
    if again is not None:
        return sso.go_on(http, again)
    return sso.ask(http, provider=provider, payload=asked.payload(), page=True)


def _provider(query: QueryDict) -> Provider:
    """A registered service, which said that it takes answers it did not ask for (decision 0090)."""
    name = _one(query, "providerId")
    if not name:
        raise RequestRefused(Reason.NO_REQUEST)
    try:
        provider = providers.find(name, Protocol.SAML)
    except UnknownProvider as error:
        raise RequestRefused(Reason.UNKNOWN_PROVIDER) from error
    except ProviderSuspended as error:
        raise RequestRefused(Reason.SUSPENDED_PROVIDER) from error
    return provider


def _asked(query: QueryDict, provider: Provider, service: ServiceProvider) -> Asked:
    """As if the service had asked; there is no request to name."""
    if provider.options.get(OPTION) is not True:
        raise RequestRefused(Reason.NOT_UNSOLICITED)
    acs = _one(query, "shire")
    if acs is None:
        acs = service.default_consumer().url
    if acs not in {known.url for known in service.consumers}:
        raise RequestRefused(Reason.UNKNOWN_ACS)
    return Asked(
        request_id="",
        acs=acs,
        relay_state=message.relay_state_of(_one(query, "target")),
        force=False,
        passive=False,
        context=rules.CONTEXTS[-1],
        name_id=preferred_name_id(provider, service),
    )


def _in_time(query: QueryDict, provider: Provider) -> None:
    """`time`, where there is one, is when the link was made, in seconds since 1970."""
    written = _one(query, "time")
    if written is None:
        return
    if not (written.isascii() and written.isdigit() and len(written) <= 10):
        raise RequestRefused(Reason.MALFORMED)
    message.in_time(provider, datetime.fromtimestamp(int(written), UTC), now=timezone.now())


def _one(query: QueryDict, name: str) -> str | None:
    """The parameter, said once."""
    values = query.getlist(name)
    if len(values) > 1:
        raise RequestRefused(Reason.AMBIGUOUS)
    return values[0] if values else None
