"""Leave for an upstream, come back from it, sign out there. Each address names its upstream."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from educonnect.sessions import cookies, elsewhere, sso, staffing
from educonnect.sessions.elsewhere import Way
from educonnect.upstream import agents, attempts, client, pages
from educonnect.upstream.attempts import Leaving
from educonnect.upstream.client import Told
from educonnect.upstream.errors import Reason, SignInRefused
from educonnect.upstream.rules import Upstream

_LONGEST_ONWARD = 300


@login_not_required
@require_GET
def start(request: HttpRequest, name: str) -> HttpResponse:
    """Leave for an upstream. With `invitation`, whoever comes back is bound to the one this browser carries."""
    invitation = elsewhere.carried(request) if "invitation" in request.GET else ""
    return _leave(request, _named(name), invitation=invitation)


@login_not_required
@require_GET
def prove_again(request: HttpRequest, name: str) -> HttpResponse:
    """Somebody signed in from there signs in there once more, even if they still are."""
    who = staffing.current(request)
    if who is None or who.upstream.get("name") != name:
        return sso.SeeOther(reverse("staff:sign-in"))
    if agents.by_passkey_alone(who.staff_id, now=timezone.now()):
        return sso.SeeOther(reverse("staff:prove-again"))
    return _leave(request, _named(name), again=True)


@login_not_required
@require_GET
def arena(request: HttpRequest) -> HttpResponse:
    """A link of ARENA or of the PIA: the hub's sign-in starts at once.

    `iss` (or `academie`) says which hub where there are several; `target_link_uri` a page of ours, nothing else.
    Source: OpenID Connect Core 1.0, 4.
    """
    hubs = [one for one in settings.UPSTREAMS.values() if one.is_hub]
    issuer, academie = request.GET.get("iss", ""), request.GET.get("academie", "")
    if issuer or academie:
        hubs = [one for one in hubs if issuer in {"", one.issuer} and academie in {"", one.academie}]
    if len(hubs) != 1:
        return sso.SeeOther(reverse("staff:sign-in"))
    return _leave(request, hubs[0], onward=_local(request.GET.get("target_link_uri", "")))


@login_not_required
@require_GET
def come_back(request: HttpRequest, name: str) -> HttpResponse:
    """The upstream's answer. Whatever it is, the state it bears served for the last time."""
    upstream, now = _named(name), timezone.now()
    answer = {key: [str(value) for value in values] for key, values in request.GET.lists()}
    try:
        state = client.state_of(answer)
        leaving = attempts.come_back(upstream, cookies.browser(request), state, now=now)
        told = client.finish(upstream, leaving, answer, redirect_uri=_back(upstream), now=now)
        if leaving.proving is not None:
            return _proved(request, upstream, leaving, told)
        return _entered(request, upstream, leaving, told)
    except SignInRefused as refusal:
        return pages.refuse(request, upstream, refusal)


@login_not_required
@require_GET
def signed_out(request: HttpRequest, name: str) -> HttpResponse:
    """Back from the upstream's own sign-out: nothing is open any more, nothing is left to do."""
    _named(name)
    return sso.SeeOther(reverse("staff:signed-out"))


def ways(invited: bool) -> list[Way]:
    """The buttons of the sign-in page."""
    query = "?invitation" if invited else ""
    return [
        Way(_label(one), reverse("upstream:start", args=[one.name]) + query, one.stand_in)
        for one in settings.UPSTREAMS.values()
    ]


def again(name: str) -> str:
    """Where somebody who came from this upstream proves once more who they are."""
    return reverse("upstream:prove-again", args=[name]) if name in settings.UPSTREAMS else ""


def leave(request: HttpRequest) -> HttpResponse | None:
    """Sign out here, then there; None for who did not come from there, or where it offers no sign-out."""
    who = staffing.current(request)
    upstream = settings.UPSTREAMS.get(who.upstream.get("name", "")) if who else None
    if who is None or upstream is None:
        return None
    back = settings.BASE_URL + reverse("upstream:signed-out", args=[upstream.name])
    try:
        address = client.sign_out_address(upstream, who.upstream.get("id_token", ""), state=str(who.sid), back=back)
    except SignInRefused:  # down: what is open there ends by itself
        return None
    if not address:
        return None
    staffing.end(request)
    return pages.way_out(request, upstream, address)


def _leave(
    request: HttpRequest, upstream: Upstream, *, invitation: str = "", onward: str = "", again: bool = False
) -> HttpResponse:
    who = staffing.current(request) if again else None
    try:
        leaving = attempts.leave(
            upstream,
            cookies.browser(request),
            now=timezone.now(),
            invitation=invitation,
            onward=onward,
            proving=who.sid if who else None,
        )
        return sso.SeeOther(client.address(upstream, leaving, redirect_uri=_back(upstream), again=again))
    except SignInRefused as refusal:
        return pages.refuse(request, upstream, refusal)


def _entered(request: HttpRequest, upstream: Upstream, leaving: Leaving, told: Told) -> HttpResponse:
    proof = agents.come_in(upstream, told, invitation=leaving.invitation, now=timezone.now())
    rotate_token(request)
    staffing.begin(request, proof, upstream={"name": upstream.name, "id_token": told.id_token})
    if leaving.onward:
        staffing.keep(request, back=leaving.onward)
    return sso.SeeOther(reverse("staff:second-factor"))


def _proved(request: HttpRequest, upstream: Upstream, leaving: Leaving, told: Told) -> HttpResponse:
    """The same person, in the session that asked, just now and with a second factor."""
    who = staffing.current(request)
    if who is None or who.sid != leaving.proving:
        raise SignInRefused(Reason.NOT_WAITING)
    if agents.known(told) != who.staff_id:
        raise SignInRefused(Reason.ANOTHER_PERSON)
    if agents.by_passkey_alone(who.staff_id, now=timezone.now()):  # they added one, or were promoted, meanwhile
        return sso.SeeOther(reverse("staff:prove-again"))
    second = agents.second_of(told)
    if not second or not agents.since(told, leaving.started_at):
        raise SignInRefused(Reason.TOO_LOW)
    rotate_token(request)
    staffing.prove(request, second, now=timezone.now())
    back = staffing.take(request, "back")
    return sso.SeeOther((_local(back) if isinstance(back, str) else "") or reverse("staff:home"))


def _named(name: str) -> Upstream:
    found: Upstream | None = settings.UPSTREAMS.get(name)
    if found is None:
        raise Http404
    return found


def _back(upstream: Upstream) -> str:
    """The address of return, as registered: exact."""
    return str(settings.BASE_URL) + reverse("upstream:come-back", args=[upstream.name])


def _local(address: str) -> str:
    """A page of the staff's, by its path or by its whole address here; empty for anything else."""
    path = address.removeprefix(settings.BASE_URL)
    sound = url_has_allowed_host_and_scheme(path, allowed_hosts=None) and len(path) <= _LONGEST_ONWARD
    return path if sound and urlsplit(path).path.startswith(reverse("staff:home")) else ""


def _label(upstream: Upstream) -> str:
    """Nobody's name on a simulator's button."""
    if upstream.stand_in:
        hub = _("Se connecter avec un simulateur de guichet")
        return hub if upstream.is_hub else _("Se connecter avec un simulateur")
    return _("S’identifier avec %s") % upstream.label
