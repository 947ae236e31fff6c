"""The browser's session: begin, current, end; and the service's request that waits for its person.

A waiting request is bound to one browser (a cookie) and to the first account that is named for it. It travels as
`?demande=…`, an opaque number that is worth nothing in another browser. It is dropped at sign-out, when another
person signs in in this browser, and with the session on a shared computer.
"""

import functools
import json
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from educonnect.accounts.authentication import Authentication, Method, Step, Unfinished
from educonnect.federation import providers
from educonnect.federation.models import Provider
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.sessions import cookies, ending, rules, typed
from educonnect.sessions.models import Session, SessionStage, Waiting
from educonnect.sessions.prepared import AGAIN, NAME, OPEN, READ, TAKE, WAIT, WAITING
from educonnect.statements import First, NotFirst, row, run

FIELD = "demande"
STAGES = {Step.ACTIVATION: SessionStage.ACTIVATION, Step.NEW_PASSWORD: SessionStage.NEW_PASSWORD}
_resumptions: dict[str, str] = {}
_answers: "dict[str, Callable[[HttpRequest, Waiting], HttpResponse]]" = {}
_pages: "list[Callable[[HttpRequest, Waiting], HttpResponse]]" = []
_CACHE = "_educonnect_session"
_WAITING = "_educonnect_waiting"


@dataclass(frozen=True, slots=True)
class Current:
    """Who this browser is signed in as."""

    account_id: int
    epoch: int
    sid: uuid.UUID
    method: Method
    kind: str
    display_name: str
    shared: bool
    authenticated_at: datetime
    waiting_id: str | None
    former: datetime | None
    failures: int
    ends_at: datetime

    def seconds_left(self) -> int:
        """How long the session lasts from now if nothing more is done in it."""
        return max(int((self.ends_at - timezone.now()).total_seconds()), 0)

    def authentication(self) -> Authentication:
        """What `federation.release` asks."""
        return Authentication(self.account_id, self.epoch, self.method, self.authenticated_at)


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody past a right provisional password and not yet signed in."""

    account_id: int
    username: str
    kind: str
    step: Step
    draft: dict[str, Any]
    shared: bool


@dataclass(frozen=True, slots=True)
class Live:
    """The browser's session as one statement reads it, whatever its stage."""

    digest: str
    sid: uuid.UUID
    account_id: int
    epoch: int
    stage: str
    method: str
    shared: bool
    authenticated_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    waiting_id: str | None
    draft_json: Any
    kind: str
    username: str
    first_name: str
    name: str
    account_epoch: int
    closed: bool

    @property
    def draft(self) -> dict[str, Any]:
        """What the person has done of the next step."""
        kept: dict[str, Any] = _json(self.draft_json)
        return kept

    @property
    def ends_at(self) -> datetime:
        """When it is over if nothing more is done: sooner on a shared computer, at the absolute limit at the latest."""
        idle = timedelta(seconds=settings.SESSION_SHARED if self.shared else settings.SESSION_IDLE)
        return min(self.last_seen_at + idle, self.expires_at)


class SeeOther(HttpResponseRedirect):
    """303: the next request is a GET, whatever this one was (RFC 9700 4.12)."""

    status_code = 303


def register_resumption(protocol: str, view_name: str, answer: Callable[[HttpRequest, Waiting], HttpResponse]) -> None:
    """A wing says, once at start, which of its views takes a waiting request up again, and what that view calls."""
    _resumptions[protocol] = view_name
    _answers[protocol] = answer


def register_sign_in_page(page: Callable[[HttpRequest, Waiting], HttpResponse]) -> None:
    """The edge says, once at start, what draws the sign-in page for a request that waits."""
    _pages[:] = [page]


# --- sessions -----------------------------------------------------------------------------------------------------


def begin(request: HttpRequest, authentication: Authentication, *, shared: bool = False) -> None:
    """Open the session of somebody who proved who they are; any former session of this browser ends.

    The session's secret is new (never one the browser brought), and the waiting request goes on with it only if no
    other account began it.
    """
    _open(request, authentication, SessionStage.OPEN, shared=shared)
    if not shared:
        cookies.remember_account(request, authentication.account_id)


def begin_unfinished(request: HttpRequest, unfinished: Unfinished, *, shared: bool = False) -> None:
    """Remember that a right provisional password was typed: it opens the next step's screens and nothing else."""
    _open(request, unfinished, STAGES[unfinished.step], shared=shared)


def current(request: HttpRequest) -> Current | None:
    """Who is signed in: one statement, and none when the browser has no session cookie."""
    session = _session(request)
    if session is None or session.stage != SessionStage.OPEN:
        return None
    told = session.draft
    return Current(
        account_id=session.account_id,
        epoch=session.epoch,
        sid=session.sid,
        method=Method(session.method),
        kind=session.kind,
        display_name=f"{session.first_name} {session.name.upper()}",
        shared=session.shared,
        authenticated_at=session.authenticated_at,
        waiting_id=session.waiting_id,
        former=datetime.fromisoformat(told["former"]) if told.get("former") else None,
        failures=told.get("failures", 0),
        ends_at=session.ends_at,
    )


def unfinished(request: HttpRequest) -> Pending | None:
    """Who stands between a right provisional password and a session, and what they have done so far."""
    session = _session(request)
    if session is None or session.stage == SessionStage.OPEN:
        return None
    step = next(step for step, stage in STAGES.items() if stage == session.stage)
    return Pending(session.account_id, session.username, session.kind, step, session.draft, session.shared)


def save_draft(request: HttpRequest, draft: Mapping[str, Any]) -> None:
    """Keep an unfinished activation's progress, so that it resumes where it stopped; never a clear password."""
    session = _session(request)
    if session is not None and session.stage != SessionStage.OPEN:
        Session.objects.filter(pk=session.digest).update(draft=dict(draft))
        delattr(request, _CACHE)


def end(request: HttpRequest) -> None:
    """Sign out: the session goes, and with it every request that waited in this browser."""
    _close(request, keep=None)
    cookies.write(request, "browser", "")


def not_me(request: HttpRequest) -> str:
    """« Ce n’est pas moi »: the open session ends; the request that this browser brought goes on to sign-in.

    A request somebody already signed in for is dropped with the session, as at any sign-out.
    """
    found = waiting(request)
    if found is None or found.began_as_id is not None:
        end(request)
        return reverse("public:sign-in")
    _close(request, keep=found)
    return to_sign_in(found)


def _close(request: HttpRequest, *, keep: Waiting | None) -> None:
    session = _session(request)
    with transaction.atomic():
        if browser := cookies.read(request, "browser"):
            others = Waiting.objects.filter(browser=cookies.digest(browser))
            (others.exclude(pk=keep.pk) if keep else others).delete()
        if session is not None:
            ending.remove(Session.objects.filter(pk=session.digest))
            if session.stage == SessionStage.OPEN:
                record(Event.SIGNED_OUT, actor=f"account:{session.account_id}", account_id=session.account_id)
    cookies.write(request, "session", "")
    typed.forget(request)
    setattr(request, _CACHE, None)
    _forget_waiting(request)


# --- the request that waits ---------------------------------------------------------------------------------------


def ask(
    request: HttpRequest,
    *,
    provider: Provider,
    payload: Mapping[str, Any],
    force: bool = False,
    page: bool = False,
    first: First | None = None,
) -> HttpResponse:
    """Remember a provider's request and send the browser where its person proves who they are.

    Args:
        payload: what the wing needs to answer later, as JSON values; returned untouched by `take`.
        force: the provider wants a fresh sign-in even where a session is open.
        page: answer with the sign-in page itself where that is what comes next: one round trip less. The wing then
            lets a reload go on by `again`.
        first: what must be written with it and may be written once.

    Raises:
        NotFirst: it was written before; nothing waits.

    A POST from another site carries none of our cookies: the browser is sent through the wing's resumption view,
    where they can be read. A cookie of another program on the same host name proves nothing.
    """
    foreign = request.method == "POST" and not cookies.read(request, "browser")
    now = timezone.now()
    waiting = Waiting(
        id=secrets.token_urlsafe(16),
        browser="" if foreign else cookies.browser(request),
        provider=provider,
        protocol=provider.protocol,
        request=_asked(payload, force=force),
        created_at=now,
        expires_at=now + rules.WAITING_LIFETIME,
    )
    first = first or First()
    kept = {
        **first.parameters,
        "id": waiting.pk,
        "browser": waiting.browser,
        "provider": provider.pk,
        "protocol": waiting.protocol,
        "request": json.dumps(waiting.request),
        "created_at": waiting.created_at,
        "expires_at": waiting.expires_at,
    }
    if not run(f"WITH {first.part} {WAIT}", kept):
        raise NotFirst
    if not waiting.browser:
        return SeeOther(resumption(waiting))
    return go_on(request, waiting) if page else SeeOther(next_step(request, waiting))


def again(
    request: HttpRequest, *, provider: Provider, payload: Mapping[str, Any], force: bool = False
) -> Waiting | None:
    """The very same request, which this same browser brought before and which still waits in it; None otherwise.

    Whoever reloads the page that answered it goes on where they were: nothing new begins.
    """
    browser = cookies.read(request, "browser")
    if not browser:
        return None
    asked = json.dumps(_asked(payload, force=force))
    found = row(AGAIN, [cookies.digest(browser), provider.pk, asked, timezone.now()])
    return _kept(request, found[0]) if found else None


def go_on(request: HttpRequest, waiting: Waiting) -> HttpResponse:
    """The sign-in page where it comes next, else a redirection to what does."""
    where = next_step(request, waiting)
    if where != to_sign_in(waiting):
        return SeeOther(where)
    setattr(request, _WAITING, waiting)
    return _pages[0](request, waiting)


def _asked(payload: Mapping[str, Any], *, force: bool) -> dict[str, Any]:
    return {"payload": dict(payload), "force": force}


def next_step(request: HttpRequest, waiting: Waiting) -> str:
    """Where a request that waits in this browser goes on: sign-in, « Continuer en tant que », or its answer."""
    who = current(request)
    if who is None or not fresh_enough(who, waiting):
        return to_sign_in(waiting)
    if not lets_in(who, waiting):
        return _carrying("public:reserved", waiting)
    if needs_confirmation(who, waiting):
        return _carrying("public:continue-as", waiting)
    return resumption(waiting)


def to_sign_in(waiting: Waiting | None) -> str:
    """The sign-in page, which keeps the request in mind."""
    return _carrying("public:sign-in", waiting) if waiting else _address("public:sign-in")


def resumption(waiting: Waiting) -> str:
    """The address of the wing's view that answers this request."""
    return _carrying(_resumptions[waiting.protocol], waiting)


def waiting(request: HttpRequest) -> Waiting | None:
    """The request this browser carries, told by `?demande=`, the form's field, or the session; None when it is
    unknown, expired, or another browser's. Read once a request."""
    if not hasattr(request, _WAITING):
        setattr(request, _WAITING, _find_waiting(request))
    found: Waiting | None = getattr(request, _WAITING)
    return found


def begun_by(request: HttpRequest, username: str) -> None:
    """Bind the waiting request to the first username typed for it that is an account's.

    One statement, the same whether or not the username exists.
    """
    number, browser = _number(request), cookies.read(request, "browser")
    found = None
    if number and browser:
        keys = {"waiting": number, "browser": cookies.digest(browser)}
        kept = row(NAME, {**keys, "username": username, "now": timezone.now()})
        if kept is not None:
            *columns, named = kept
            found = _as_kept(columns)
            if found.began_as_id is None and not named:  # somebody was named in this very instant
                _forget_waiting(request)
                return
    setattr(request, _WAITING, found)


def fresh_enough(who: Current, waiting: Waiting) -> bool:
    """Whether the open session may answer this request, or a fresh sign-in was asked for."""
    return not waiting.request["force"] or who.authenticated_at >= waiting.created_at


def lets_in(who: Current, waiting: Waiting) -> bool:
    """Whether the provider takes this kind of account; said only to somebody signed in."""
    return who.kind in waiting.provider.populations


def needs_confirmation(who: Current, waiting: Waiting) -> bool:
    """Whether « Continuer en tant que » comes first: the provider certifies identity, and the session was not opened
    for this request (on a shared PC it may be somebody else's, opened before it or in another tab since)."""
    if not waiting.provider.certifies_identity or who.waiting_id == waiting.pk:
        return False
    if waiting.began_as_id not in (None, who.account_id):
        return False  # another person's: `take` refuses it, there is nothing to confirm
    return waiting.confirmed_by != who.sid


def confirm(request: HttpRequest) -> str:
    """The person said « Continuer en tant que moi »: where the request goes on."""
    who, found = current(request), waiting(request)
    if who is None or found is None:
        return reverse("public:sign-in")
    mine = Q(began_as__isnull=True) | Q(began_as=who.account_id)
    # from here on it is this person's: whoever signs in next on this computer does not inherit it
    if not Waiting.objects.filter(mine, pk=found.pk).update(confirmed_by=who.sid, began_as=who.account_id):
        return next_step(request, found)
    found.confirmed_by, found.began_as_id = who.sid, who.account_id
    return resumption(found)


def take(request: HttpRequest) -> Waiting | None:
    """Take up the waiting request, once: it must be this browser's, and nobody else may have begun it.

    The wing checks `current` first and sends the browser to `next_step` where more is needed.
    """
    found = waiting(request)
    first = taking(request)
    return found if first is not None and first.alone() else None


def taking(request: HttpRequest) -> First | None:
    """What takes it up, together with whatever the wing writes to answer it; None where there is nothing to take."""
    who, found = current(request), waiting(request)
    if who is None or found is None:
        return None
    _forget_waiting(request)
    return First(TAKE, {"taken": found.pk, "taken_by": who.account_id})


def drop(request: HttpRequest) -> None:
    """Forget the waiting request."""
    if found := waiting(request):
        found.delete()
        _forget_waiting(request)


def onward(request: HttpRequest) -> HttpResponse:
    """What answers a sign-in: the page that goes back to the service that asked, without one more round trip; where
    nothing waits, or something more is needed, a redirection.
    """
    found = waiting(request)
    if found is None or next_step(request, found) != resumption(found):
        return SeeOther(destination(request))
    return _answers[found.protocol](request, found)


def destination(request: HttpRequest) -> str:
    """Where somebody who just signed in goes: back to the service that asked, or to their services."""
    found = waiting(request)
    if found:
        return next_step(request, found)
    who = current(request)
    return (typed.where(request, who.account_id) if who else "") or reverse("account:services")


# --- inside -------------------------------------------------------------------------------------------------------


def _open(request: HttpRequest, proof: Authentication | Unfinished, stage: SessionStage, *, shared: bool) -> None:
    account_id = proof.account_id
    now = timezone.now()
    former = _session(request)
    shared = shared or (former is not None and former.shared and former.account_id == account_id)
    secret = secrets.token_urlsafe(32)
    draft: dict[str, Any] = {}
    if isinstance(proof, Authentication):
        draft = {"former": proof.former.isoformat() if proof.former else None, "failures": proof.failures}
    elif former is not None and former.account_id == account_id and former.stage == stage:
        draft = former.draft  # an activation taken up again
    found = waiting(request) or _left_by(request, account_id)
    theirs = found is not None and found.began_as_id not in (None, account_id)
    browser = cookies.read(request, "browser")
    opened = row(
        OPEN,
        {
            "former": former.digest if former else "",
            "waiting": found.pk if found else None,
            "browser": cookies.digest(browser) if browser else None,
            "digest": cookies.digest(secret),
            "sid": uuid.uuid4(),
            "account": account_id,
            "epoch": proof.epoch,
            "stage": str(stage),
            "method": str(proof.method if isinstance(proof, Authentication) else Method.PROVISIONAL),
            "shared": shared,
            "device": rules.device_name(request.headers.get("User-Agent", "")),
            "authenticated_at": proof.at,
            "now": now,
            "expires_at": now + timedelta(seconds=settings.SESSION_ABSOLUTE),
            "draft": json.dumps(draft),
        },
    )
    _forget_waiting(request)
    if found is None or theirs:
        setattr(request, _WAITING, None)
    else:
        found.began_as_id = account_id
        setattr(request, _WAITING, found)
    cookies.write(request, "session", secret)
    live = Live(*opened) if opened else None
    setattr(request, _CACHE, live if live and live.epoch == live.account_epoch and not live.closed else None)


def _session(request: HttpRequest) -> Live | None:
    """The browser's live session with its account and holder, read once a request."""
    if not hasattr(request, _CACHE):
        setattr(request, _CACHE, _read(request))
    found: Live | None = getattr(request, _CACHE)
    return found


def _read(request: HttpRequest) -> Live | None:
    secret = cookies.read(request, "session")
    if not secret:
        return None
    found = row(READ, [cookies.digest(secret)])
    if found is None:
        return None
    session = Live(*found)
    now = timezone.now()
    if session.epoch != session.account_epoch or session.closed or session.ends_at <= now:
        with transaction.atomic():
            ending.remove(Session.objects.filter(pk=session.digest))
            if session.shared and session.waiting_id:  # the next person at this computer starts afresh
                Waiting.objects.filter(pk=session.waiting_id).delete()
        return None
    if session.last_seen_at + rules.SEEN_EVERY <= now:
        Session.objects.filter(pk=session.digest).update(last_seen_at=now)
        session = replace(session, last_seen_at=now)
    return session


def _carrying(name: str, waiting: Waiting) -> str:
    """The address of a view, told which request waits; its number needs no quoting (`secrets.token_urlsafe`)."""
    return f"{_address(name)}?{FIELD}={waiting.pk}"


_address = functools.cache(reverse)


def _json(value: Any) -> Any:
    """Django leaves jsonb as text to its own fields."""
    return json.loads(value) if isinstance(value, str) else value


def _find_waiting(request: HttpRequest) -> Waiting | None:
    number = _number(request)
    return _kept(request, number) if number else None


def _number(request: HttpRequest) -> str | None:
    """The number of the request this browser carries, as far as it could be one."""
    session = _session(request)
    number = request.POST.get(FIELD) or request.GET.get(FIELD) or (session.waiting_id if session else None)
    return None if number is None or len(number) > 22 or "\0" in number else number


def _left_by(request: HttpRequest, account_id: int) -> Waiting | None:
    """The last request that this account began in this browser: a session that ended halfway does not lose it."""
    browser = cookies.read(request, "browser")
    if not browser:
        return None
    begun = Waiting.objects.filter(browser=cookies.digest(browser), began_as=account_id)
    number = begun.order_by("-created_at").values_list("pk", flat=True).first()
    return _kept(request, number) if number else None


def _kept(request: HttpRequest, number: str) -> Waiting | None:
    kept = row(WAITING, [number, timezone.now()])
    if kept is None:
        return None
    found = _as_kept(kept)
    browser = cookies.read(request, "browser")
    if found.browser == "":
        if request.method != "GET" or found.created_at + rules.BINDING_LIFETIME <= timezone.now():
            return None
        found.browser = cookies.browser(request)
        bound = Waiting.objects.filter(pk=number, browser="").update(browser=found.browser)
        return found if bound else None
    return found if browser and secrets.compare_digest(found.browser, cookies.digest(browser)) else None


def _as_kept(columns: Sequence[Any]) -> Waiting:
    number, bound_to, protocol, began_as, confirmed_by, created_at, expires_at, provider_id, asked = columns
    return Waiting(
        id=number,
        browser=bound_to,
        protocol=protocol,
        began_as_id=began_as,
        confirmed_by=confirmed_by,
        created_at=created_at,
        expires_at=expires_at,
        provider=providers.at_hand(provider_id),
        request=_json(asked),
    )


def _forget_waiting(request: HttpRequest) -> None:
    """Read the waiting request again when it is next asked for."""
    if hasattr(request, _WAITING):
        delattr(request, _WAITING)
