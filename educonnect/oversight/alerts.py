"""Tell those who answer for a place of what a thief would do there, as it happens; let them see to it.

The gesture counts itself, in its own transaction: one statement, and nothing more until it is too much. What is undone
was not counted, and an alert is as sure as the gesture that raised it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from educonnect.delegation.mandate import Mandate, OutOfMandate, actor_of
from educonnect.delegation.models import Delegation, Post
from educonnect.delegation.rules import Right
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.limits import spending
from educonnect.oversight import rules, warning
from educonnect.oversight.models import Alert
from educonnect.oversight.rules import Cause
from educonnect.schools.models import School


@dataclass(frozen=True, slots=True)
class Place:
    """Where it was done, hence who is told: a school, an académie, or the nation."""

    uai: str = ""
    academie: str = ""


def count(actor: str, cause: Cause, amount: int, *, places: Iterable[Place] | None, now: datetime) -> None:
    """Count what a member of the staff did, and raise an alert where it is more than an hour's work explains.

    Called in the transaction of the gesture. The operator, whose hands hold the database, is not counted.

    Args:
        actor: who acts, as the journal writes it.
        places: where; None: wherever the person holds something.
    """
    if amount <= 0 or not actor.startswith("staff:"):
        return
    with transaction.atomic():
        # whoever does this twice at once waits here for the first: of two, one sees that the other raised it
        total = spending.add(f"oversight:{cause}:{actor}", amount, rules.ALERT_WITHIN)
        if total <= (settings.ALERT_ROWS if cause == Cause.ROWS else rules.ALERT_FROM[cause]):
            return
        staff_id = int(actor.removeprefix("staff:"))
        for place in places if places is not None else _of(staff_id, now):
            _raise(cause, staff_id, place, (total, amount), now)


def rows(mandate: Mandate, amount: int, *, now: datetime) -> None:
    """So many people were read, exported or changed under a mandate."""
    count(mandate.actor, Cause.ROWS, amount, places=[_place(mandate)], now=now)


def resets(mandate: Mandate, amount: int, *, uais: Iterable[str], now: datetime) -> None:
    """So many passwords were replaced, in these schools."""
    places = [Place(uai=uai) if uai else _place(mandate) for uai in uais]
    count(mandate.actor, Cause.RESETS, amount, places=places, now=now)
    count(mandate.actor, Cause.ROWS, amount, places=places, now=now)


def files_taken(mandate: Mandate, uai: str, letters: int, *, now: datetime) -> None:
    """A file with so many letters and their passwords was taken."""
    count(mandate.actor, Cause.FILES, 1, places=[Place(uai=uai)], now=now)
    count(mandate.actor, Cause.ROWS, letters, places=[Place(uai=uai)], now=now)


def refused(staff_id: int, *, now: datetime) -> None:
    """Somebody asked for a place that is not theirs."""
    count(actor_of(staff_id), Cause.REFUSED, 1, places=None, now=now)


def open_for(mandate: Mandate, *, most: int = rules.ALERTS_SHOWN) -> Sequence[Alert]:
    """What waits to be seen in the place of a mandate, newest first; person and school selected.

    Nothing about whoever asks: nobody sees away an alert on oneself.

    Raises:
        OutOfMandate: without the right to read who did what.
    """
    return list(_readable(mandate).filter(seen_at__isnull=True)[:most])


def all_for(mandate: Mandate, *, most: int = rules.ALERTS_SHOWN) -> Sequence[Alert]:
    """The same with those that were seen, as long as they are kept."""
    return list(_readable(mandate)[:most])


def find(mandate: Mandate, alert_id: int) -> Alert:
    """One of them.

    Raises:
        OutOfMandate: it does not exist, is of another place, or is about whoever asks (nobody learns which).
    """
    found = _readable(mandate).filter(pk=alert_id).first()
    if found is None:
        raise OutOfMandate
    return found


def see(mandate: Mandate, alert_id: int, *, now: datetime) -> bool:
    """Say that an alert was seen to; whether this call said so.

    Raises:
        OutOfMandate: as `find`.
    """
    with transaction.atomic():
        alert = find(mandate, alert_id)
        mine = Alert.objects.filter(pk=alert.pk, seen_at__isnull=True)
        if not mine.update(seen_at=now, seen_by=mandate.actor):
            return False
        _record(Event.ALERT_SEEN, alert, mandate.actor)
    return True


def past(before: datetime) -> QuerySet[Alert]:
    """Those raised before an instant."""
    return Alert.objects.filter(raised_at__lt=before)


def _readable(mandate: Mandate) -> QuerySet[Alert]:
    mandate.require(Right.DELEGATION)
    if mandate.scope.divisions is not None:
        raise OutOfMandate
    found = Alert.objects.filter(mandate.scope.rows()).select_related("staff", "school").order_by("-raised_at", "-pk")
    number = mandate.actor.removeprefix("staff:")
    return found.exclude(staff=int(number)) if number.isdigit() else found


def _raise(cause: Cause, staff_id: int, place: Place, counted: tuple[int, int], now: datetime) -> None:
    """One alert a cause, a place and an hour: what follows within it is added up, until somebody has seen to it.

    Args:
        counted: in all, of which this time.
    """
    total, amount = counted
    school = School.objects.filter(pk=place.uai).first() if place.uai else None
    academie = school.academie if school else place.academie
    # once seen, « j’ai vérifié » says nothing of what goes on
    lately = Alert.objects.filter(
        staff=staff_id, cause=cause, raised_at__gt=now - rules.ALERT_WITHIN, seen_at__isnull=True
    )
    again = lately.filter(school=school, academie=academie)
    if again.update(count=F("count") + amount, last_at=now):
        return
    first = lately.order_by("raised_at", "pk").first()
    alert = Alert.objects.create(
        cause=cause, staff_id=staff_id, school=school, academie=academie, count=total, raised_at=now, last_at=now
    )
    _record(Event.ALERT_RAISED, alert, "system")
    warning.tell(alert, wave=first.pk if first else alert.pk, now=now)


def _record(event: Event, alert: Alert, actor: str) -> None:
    record(
        event,
        actor=actor,
        uai=alert.school_id or "",
        alert=alert.pk,
        staff=alert.staff_id,
        cause=alert.cause,
        count=alert.count,
        academie=alert.academie,
    )


def _place(mandate: Mandate) -> Place:
    return Place(mandate.scope.uai, mandate.scope.academie)


def _of(staff_id: int, now: datetime) -> list[Place]:
    """Where a person holds something, suspended or not; the nation where that is nowhere."""
    today = timezone.localdate(now)
    posts = Post.objects.filter(staff=staff_id, ended_at__isnull=True)
    given = Delegation.objects.filter(staff=staff_id, withdrawn_at__isnull=True, ends_on__gte=today)
    places = {Place(uai or "", academie) for uai, academie in posts.values_list("school", "academie")}
    places |= {Place(uai) for uai in given.values_list("school", flat=True)}
    return sorted(places or {Place()}, key=lambda place: (place.uai, place.academie))
