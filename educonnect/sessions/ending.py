"""End sessions: the one place through which they go, whoever ends them, save a browser that opens another.

A session is a row that every worker reads at every request: once the row is gone, it is over everywhere at once.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.sessions.models import Session, SessionStage, Waiting


@dataclass(frozen=True, slots=True)
class Open:
    """An open session, as its owner knows it again."""

    sid: uuid.UUID
    device: str
    shared: bool
    since: datetime
    seen_at: datetime


def over(now: datetime) -> Q:
    """The sessions whose time has passed: idle for too long, sooner on a shared computer, or at the absolute limit."""
    return (
        Q(expires_at__lte=now)
        | Q(shared=False, last_seen_at__lte=now - timedelta(seconds=settings.SESSION_IDLE))
        | Q(shared=True, last_seen_at__lte=now - timedelta(seconds=settings.SESSION_SHARED))
    )


def open_sessions(account_id: int, *, now: datetime) -> list[Open]:
    """The sessions in which somebody is signed in to this account, the latest seen first."""
    live = _of(account_id).exclude(over(now)).filter(epoch=F("account__epoch"), stage=SessionStage.OPEN)
    return [
        Open(one.sid, one.device, one.shared, one.authenticated_at, one.last_seen_at)
        for one in live.order_by("-last_seen_at", "sid")
    ]


def end_one(account_id: int, sid: uuid.UUID) -> bool:
    """End one session of this account; whether there was one. Another account's is not touched."""
    return _end(account_id, _of(account_id).filter(sid=sid)) == 1


def end_others(account_id: int, *, keep: uuid.UUID) -> int:
    """« Fermer les autres »: every session of the account but this one, activations begun included; how many."""
    return _end(account_id, _of(account_id).exclude(sid=keep))


def end_all(account_id: int, *, actor: str = "") -> int:
    """« Fermer partout »: every session of the account; how many."""
    return _end(account_id, _of(account_id), actor=actor)


def remove(sessions: QuerySet[Session]) -> list[Session]:
    """Delete these rows and what hangs on them; those that were there, each once however many ask at the same time.

    In the caller's transaction. Whatever must happen when a session ends happens here.
    """
    found = list(sessions.order_by("pk").select_for_update(of=("self",)))
    Session.objects.filter(pk__in=[one.pk for one in found]).delete()
    return found


def _of(account_id: int) -> QuerySet[Session]:
    return Session.objects.filter(account=account_id)


def _end(account_id: int, sessions: QuerySet[Session], *, actor: str = "") -> int:
    """As at sign-out: what waited in those browsers goes too."""
    with transaction.atomic():
        ended = remove(sessions)
        carried = Waiting.objects.filter(pk__in=[one.waiting_id for one in ended if one.waiting_id])
        browsers = [browser for browser in carried.values_list("browser", flat=True) if browser]
        Waiting.objects.filter(
            Q(pk__in=carried.values("pk")) | Q(browser__in=browsers) | Q(confirmed_by__in=[one.sid for one in ended])
        ).delete()
        if ended:
            record(
                Event.SESSIONS_ENDED,
                actor=actor or f"account:{account_id}",
                account_id=account_id,
                number=len(ended),
            )
    return len(ended)
