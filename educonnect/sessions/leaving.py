"""Leave: our own session ends first, then each service that shared it is told, one by one, in the browser.

What is left to tell stands in rows, bound to one browser: a service that never comes back holds up nobody. A wing
says, once at start, how its services are told and answered.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from educonnect.federation.models import Provider
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.sessions import cookies, rules, sso
from educonnect.sessions.ending import remove
from educonnect.sessions.models import Departure, Farewell, FarewellState, Participation, Session, Waiting
from educonnect.statements import First, NotFirst

FIELD = "depart"


@dataclass(frozen=True, slots=True)
class Step:
    """Where the browser goes next: by a link, or by a form where there are `fields`."""

    url: str
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Wing:
    """How the services of a protocol are told.

    Attributes:
        tells: whether a service can be told at all.
        tell: the way to a service that must be told.
        answer: the way back to the service that asked, told whether every other service was left.
    """

    tells: Callable[[Provider], bool]
    tell: Callable[[Farewell], Step | None]
    answer: Callable[[Departure, bool], Step | None]


_wings: dict[str, Wing] = {}


def register_wing(protocol: str, wing: Wing) -> None:
    """Once at start."""
    _wings[protocol] = wing


def services(request: HttpRequest) -> list[Provider]:
    """The services reached in this session, each once, in the order they were reached."""
    who = sso.current(request)
    shared = Participation.objects.filter(session__sid=who.sid) if who else Participation.objects.none()
    return [one.provider for one in shared.select_related("provider").order_by("at", "pk")]


# --- the end of the session ---------------------------------------------------------------------------------------


def leave(request: HttpRequest, *, back: str = "") -> str:
    """« Se déconnecter »: where the browser goes next, services to tell or the page that says it is over.

    Args:
        back: an address at a provider's own site, where the browser goes in the end; that provider is not told.
    """
    who = sso.current(request)
    with transaction.atomic():
        mine = Session.objects.filter(sid=who.sid) if who else Session.objects.none()
        shared = _shared(mine)
        sso.end(request)
        told = [one for one in shared if not back or not _same_site(one.provider.home, back)]
        if who is None or not told:
            return back or reverse("public:signed-out")
        departure = _depart(request, who.account_id, told, back=back)
    return address(departure)


def asked_to_leave(
    request: HttpRequest,
    provider: Provider,
    *,
    subject: str,
    name_id: str,
    indexes: Sequence[str],
    asked: Mapping[str, Any],
    first: First,
) -> Departure | None:
    """A service says that its person leaves: the sessions it names end, in whatever browser they are.

    Args:
        name_id: the kind of subject; any where empty.
        indexes: of the sessions; every session of this person that the service shares where empty.
        first: what makes its message old.

    Returns:
        What is left to tell and to answer, or None where it names no session.

    Raises:
        NotFirst: the message came before; nothing ends.
    """
    who = sso.current(request)
    with transaction.atomic():
        if not first.alone():
            raise NotFirst
        its = Participation.objects.filter(provider=provider, subject=subject)
        if name_id:
            its = its.filter(name_id=name_id)
        if indexes:
            its = its.filter(session_index__in=indexes)
        sessions = Session.objects.filter(pk__in=list(its.values_list("session", flat=True)))
        shared = _shared(sessions)
        if not shared:
            return None
        account_id = shared[0].session.account_id
        if who is not None and who.sid in {one.session.sid for one in shared}:
            sso.end(request)
        others = remove(sessions)
        for _ in others:
            record(Event.SIGNED_OUT, actor=f"provider:{provider.pk}", account_id=account_id, provider_id=provider.pk)
        told = [one for one in shared if one.provider_id != provider.pk]
        return _depart(request, account_id, told, asked_by=provider, asked=asked)


def _shared(sessions: Any) -> list[Participation]:
    """Who shares these sessions, which nobody else may join or end meanwhile."""
    held = list(sessions.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    shared = Participation.objects.filter(session__in=held).select_related("provider", "session")
    return list(shared.order_by("at", "pk"))


def _depart(
    request: HttpRequest,
    account_id: int,
    told: Sequence[Participation],
    *,
    back: str = "",
    asked_by: Provider | None = None,
    asked: Mapping[str, Any] | None = None,
) -> Departure:
    foreign = request.method == "POST" and asked_by is not None  # another site's form brings none of our cookies
    now = timezone.now()
    departure = Departure.objects.create(
        id=secrets.token_urlsafe(16),
        browser="" if foreign else cookies.browser(request),
        account_id=account_id,
        asked_by=asked_by,
        asked=dict(asked or {}),
        back=back,
        created_at=now,
        expires_at=now + rules.DEPARTURE_LIFETIME,
    )
    Farewell.objects.bulk_create(
        Farewell(
            departure=departure,
            provider=one.provider,
            session_index=one.session_index,
            subject=one.subject,
            name_id=one.name_id,
            number=_number(),
            state=FarewellState.WAITING if _can_be_told(one.provider) else FarewellState.UNTOLD,
        )
        for one in told
    )
    return departure


def _can_be_told(provider: Provider) -> bool:
    wing = _wings.get(provider.protocol)
    return provider.suspended_at is None and wing is not None and wing.tells(provider)


def _number() -> str:
    return f"_{secrets.token_hex(16)}"


def _same_site(one: str, other: str) -> bool:
    return urlsplit(one)[:2] == urlsplit(other)[:2]


# --- what is left to tell -----------------------------------------------------------------------------------------


def address(departure: Departure) -> str:
    """The page that goes service by service."""
    return f"{reverse('public:leaving')}?{FIELD}={departure.pk}"


def departure(request: HttpRequest) -> Departure | None:
    """What this browser has left to tell; None when it is unknown, over, or another browser's."""
    number = request.POST.get(FIELD) or request.GET.get(FIELD) or ""
    if not number or len(number) > 22 or "\0" in number:
        return None
    now = timezone.now()
    found = Departure.objects.filter(pk=number, expires_at__gt=now).select_related("asked_by").first()
    if found is None:
        return None
    if found.browser == "":
        if request.method != "GET" or found.created_at + rules.BINDING_LIFETIME <= now:
            return None
        found.browser = cookies.browser(request)
        if not Departure.objects.filter(pk=number, browser="").update(browser=found.browser):
            return None
        Waiting.objects.filter(browser=found.browser).delete()  # as at any sign-out
        return found
    browser = cookies.read(request, "browser")
    return found if browser and secrets.compare_digest(found.browser, cookies.digest(browser)) else None


def farewells(departure: Departure) -> list[Farewell]:
    """Each service of the departure, in the order they are told."""
    return list(Farewell.objects.filter(departure=departure).select_related("provider").order_by("pk"))


def complete(told: Sequence[Farewell]) -> bool:
    """Whether every service said that it was left."""
    return all(one.state == FarewellState.DONE for one in told)


def way(departure: Departure, told: Sequence[Farewell]) -> tuple[Farewell | None, Step | None]:
    """The next service and the way to it; when none is left, the way back, if there is one."""
    for one in told:
        if one.state == FarewellState.WAITING:
            return one, _wings[one.provider.protocol].tell(one)
    if departure.asked_by is not None:
        return None, _wings[departure.asked_by.protocol].answer(departure, complete(told))
    return None, Step(departure.back) if departure.back else None


def answered(provider: Provider, number: str, *, left: bool) -> Departure | None:
    """A service answers what it was told, once; None where it was told nothing of this number or answered before."""
    if not number:
        return None
    found = Farewell.objects.filter(provider=provider, number=number, departure__expires_at__gt=timezone.now())
    one = found.select_related("departure").first()
    if one is None:
        return None
    state = FarewellState.DONE if left else FarewellState.FAILED
    return one.departure if _becomes(one, state, FarewellState.WAITING, FarewellState.SILENT) else None


def go_on_without(departure: Departure, farewell_id: int) -> None:
    """The service does not come back: the next one is told."""
    one = Farewell.objects.filter(departure=departure, pk=farewell_id).select_related("departure").first()
    if one is not None:
        _becomes(one, FarewellState.SILENT, FarewellState.WAITING)


def try_again(departure: Departure, farewell_id: int) -> None:
    """Tell a service that did not answer, or could not, once more; its former message is worth nothing any longer."""
    Farewell.objects.filter(
        departure=departure, pk=farewell_id, state__in=[FarewellState.SILENT, FarewellState.FAILED]
    ).update(state=FarewellState.WAITING, number=_number())


def _becomes(one: Farewell, state: FarewellState, *former: FarewellState) -> bool:
    """Write what became of it, and its line of the journal, if nothing else did first."""
    with transaction.atomic():
        changed = Farewell.objects.filter(pk=one.pk, number=one.number, state__in=former).update(state=state)
        if changed:
            record(
                Event.SERVICE_LEFT,
                actor=f"account:{one.departure.account_id}",
                account_id=one.departure.account_id,
                provider_id=one.provider_id,
                outcome=str(state),
            )
    return bool(changed)
