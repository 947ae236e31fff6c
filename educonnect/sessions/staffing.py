"""The browser's session as a member of the staff: its own cookie, its own limits, a second factor always.

It never meets the session of a pupil or a guardian (`sso`): a head who is also a parent is signed in twice.
"""

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone

from educonnect.delegation.mandate import actor_of
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.sessions import cookies, origin, rules
from educonnect.sessions.models import StaffSession, StaffStage
from educonnect.staff.authentication import PHISHING_RESISTANT, First, Second, StaffAuthentication

COOKIE = "personnel"
_CACHE = "_educonnect_staff_session"


@dataclass(frozen=True, slots=True)
class CurrentStaff:
    """Which member of the staff this browser is signed in as.

    Attributes:
        open: both factors were given; False: only the screens of the second factor are open.
        strong: the second factor withstands phishing.
        proved_at: the last time they proved who they are.
    """

    staff_id: int
    sid: uuid.UUID
    epoch: int
    display_name: str
    open: bool
    first: First
    second: Second
    authenticated_at: datetime
    proved_at: datetime
    ends_at: datetime
    draft: dict[str, Any]
    upstream: dict[str, Any]

    @property
    def actor(self) -> str:
        """As the journal writes who acts."""
        return actor_of(self.staff_id)

    @property
    def strong(self) -> bool:
        return self.second in PHISHING_RESISTANT

    def fresh(self, now: datetime) -> bool:
        """Whether they proved who they are lately enough for a gesture on many people."""
        return now - self.proved_at <= timedelta(seconds=settings.STAFF_FRESH)

    def seconds_left(self) -> int:
        """How long the session lasts from now if nothing more is done in it."""
        return max(int((self.ends_at - timezone.now()).total_seconds()), 0)


def begin(request: HttpRequest, proof: StaffAuthentication, *, upstream: Mapping[str, Any] | None = None) -> None:
    """Open the session of a member of the staff; any former one of this browser ends. Its secret is always new.

    Without a second factor it opens the screens of the second factor, and nothing else.
    """
    now = timezone.now()
    secret = secrets.token_urlsafe(32)
    told = {"former": proof.former.isoformat() if proof.former else None, "failures": proof.failures}
    with transaction.atomic():
        _remove(request)
        StaffSession.objects.create(
            digest=cookies.digest(secret),
            sid=uuid.uuid4(),
            staff_id=proof.staff_id,
            epoch=proof.epoch,
            stage=StaffStage.OPEN if proof.second else StaffStage.SECOND_FACTOR,
            first=proof.first,
            second=proof.second,
            device=origin.device(request),
            authenticated_at=proof.at,
            proved_at=proof.proved_at or proof.at,
            last_seen_at=now,
            expires_at=now + timedelta(seconds=settings.STAFF_SESSION_ABSOLUTE),
            draft=told,
            upstream=dict(upstream or {}),
        )
    cookies.write(request, COOKIE, secret)
    if proof.second:
        cookies.remember_account(request, proof.staff_id, cookies.STAFF_DEVICE)
    _forget(request)


def prove(request: HttpRequest, second: Second, *, now: datetime) -> None:
    """A factor was given in this session, for the first time or once more: its secret changes with it (T30).

    The strongest factor given so far is kept.
    """
    who = current(request)
    if who is None:
        return
    if not second:
        raise AssertionError("no factor was given")
    secret = secrets.token_urlsafe(32)
    kept = who.second if who.second in PHISHING_RESISTANT else second
    StaffSession.objects.filter(sid=who.sid).update(
        digest=cookies.digest(secret), stage=StaffStage.OPEN, second=kept, proved_at=now, last_seen_at=now
    )
    cookies.write(request, COOKIE, secret)
    cookies.remember_account(request, who.staff_id, cookies.STAFF_DEVICE)
    _forget(request)


def carry_on(request: HttpRequest, epoch: int) -> None:
    """All the person's sessions just ended but this one, which goes on under the new epoch and a new secret."""
    who = current(request)
    if who is None:
        return
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        StaffSession.objects.filter(sid=who.sid).update(digest=cookies.digest(secret), epoch=epoch)
        end_all(who.staff_id, keep=who.sid)
    cookies.write(request, COOKIE, secret)
    _forget(request)


def current(request: HttpRequest) -> CurrentStaff | None:
    """Which member of the staff is here, at whatever stage: one statement, none without the cookie."""
    if not hasattr(request, _CACHE):
        setattr(request, _CACHE, _read(request))
    found: CurrentStaff | None = getattr(request, _CACHE)
    return found


def keep(request: HttpRequest, **values: Any) -> None:
    """Keep something of the road in the session, such as a challenge; None forgets it. Never a secret in clear."""
    who = current(request)
    if who is not None:
        with transaction.atomic():
            found = StaffSession.objects.select_for_update().filter(sid=who.sid).first()
            if found is not None:  # as it is now: what another request took meanwhile stays taken
                found.draft = {key: value for key, value in (found.draft | values).items() if value is not None}
                found.save(update_fields=["draft"])
        _forget(request)


def take(request: HttpRequest, name: str) -> Any:
    """What the session kept under this name, which it forgets: of two who ask at once, one gets it. None: nothing."""
    who = current(request)
    if who is None:
        return None
    with transaction.atomic():
        found = StaffSession.objects.select_for_update().filter(sid=who.sid).first()
        taken = found.draft.pop(name, None) if found is not None else None
        if found is not None and taken is not None:
            found.save(update_fields=["draft"])
    _forget(request)
    return taken


def end(request: HttpRequest) -> None:
    """Sign out."""
    who = current(request)
    with transaction.atomic():
        _remove(request)
        if who is not None:
            record(Event.STAFF_SIGNED_OUT, actor=who.actor)
    cookies.write(request, COOKIE, "")
    setattr(request, _CACHE, None)


def end_one(staff_id: int, sid: uuid.UUID) -> bool:
    """End one session of this person; whether there was one."""
    return StaffSession.objects.filter(staff=staff_id, sid=sid).delete()[0] > 0


def end_all(staff_id: int, *, keep: uuid.UUID | None = None) -> int:
    """End every session of this person, but one perhaps; how many."""
    found = StaffSession.objects.filter(staff=staff_id)
    return (found.exclude(sid=keep) if keep else found).delete()[0]


def over(now: datetime) -> Q:
    """The sessions whose time has passed."""
    return Q(expires_at__lte=now) | Q(last_seen_at__lte=now - timedelta(seconds=settings.STAFF_SESSION_IDLE))


def live(staff_id: int, *, now: datetime) -> list[StaffSession]:
    """The sessions in which this person is signed in, the latest seen first."""
    found = StaffSession.objects.filter(staff=staff_id, stage=StaffStage.OPEN, epoch=F("staff__epoch")).exclude(
        over(now)
    )
    return list(found.order_by("-last_seen_at", "sid"))


def _read(request: HttpRequest) -> CurrentStaff | None:
    secret = cookies.read(request, COOKIE)
    if not secret:
        return None
    found = StaffSession.objects.filter(pk=cookies.digest(secret)).select_related("staff").first()
    if found is None:
        return None
    now = timezone.now()
    ends_at = min(found.last_seen_at + timedelta(seconds=settings.STAFF_SESSION_IDLE), found.expires_at)
    if found.epoch != found.staff.epoch or found.staff.closed_at is not None or ends_at <= now:
        found.delete()
        return None
    if found.last_seen_at + rules.SEEN_EVERY <= now:
        StaffSession.objects.filter(pk=found.pk).update(last_seen_at=now)
        ends_at = min(now + timedelta(seconds=settings.STAFF_SESSION_IDLE), found.expires_at)
    return CurrentStaff(
        staff_id=found.staff_id,
        sid=found.sid,
        epoch=found.epoch,
        display_name=f"{found.staff.first_name} {found.staff.name.upper()}".strip(),
        open=found.stage == StaffStage.OPEN,
        first=First(found.first),
        second=Second(found.second),
        authenticated_at=found.authenticated_at,
        proved_at=found.proved_at,
        ends_at=ends_at,
        draft=found.draft,
        upstream=found.upstream,
    )


def _remove(request: HttpRequest) -> None:
    if secret := cookies.read(request, COOKIE):
        StaffSession.objects.filter(pk=cookies.digest(secret)).delete()


def _forget(request: HttpRequest) -> None:
    if hasattr(request, _CACHE):
        delattr(request, _CACHE)
