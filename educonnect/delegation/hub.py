"""Delegations that an académie's hub names (DELEG-CE): what it says replaces what it said, and ends the rest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from educonnect.delegation.models import Delegation, Function, GivenAs, Post
from educonnect.delegation.rules import BOTH, HOLDS, PUBLIC, Right
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.schools.models import School
from educonnect.staff.models import Staff

#: « Sans fin » in a hub is 31/12/9999, which has no day after it.
BY = "system"
_LAST_DAY = date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class NamedByHub:
    """A right over a whole school, as the hub names it."""

    right: Right
    uai: str
    starts_on: date
    ends_on: date


def declare(staff_id: int, given: Iterable[NamedByHub], *, now: datetime) -> int:
    """Make the hub's delegations of a person what it says today. Said again, it changes nothing.

    Left out: what is over, ends before it starts, or is of a school not known here; and, where the school is not known
    to be public, what its head was not granted.

    Returns:
        How many were left out.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        staff = Staff.objects.select_for_update(no_key=True).get(pk=staff_id)
        said = set() if staff.closed_at else set(given)
        wanted = {
            NamedByHub(one.right, one.uai, one.starts_on, min(one.ends_on, _LAST_DAY))
            for one in said
            if one.ends_on >= max(today, one.starts_on)
        }
        given_there = _giving({one.uai for one in wanted}, today)
        wanted = {one for one in wanted if one.right in given_there.get(one.uai, ())}
        kept = set(wanted)
        held = Delegation.objects.select_for_update().filter(
            staff=staff_id, given_as=GivenAs.HUB, withdrawn_at__isnull=True
        )
        for row in held.order_by("pk"):
            same = NamedByHub(Right(row.right), row.school_id, row.starts_on, row.ends_on)
            if same in kept:
                kept.discard(same)
            else:
                _withdraw(row, staff_id, now)
        for one in sorted(kept, key=lambda one: (one.uai, one.right, one.starts_on, one.ends_on)):
            _give(staff_id, one, now)
        return len(said) - len(wanted)


def _giving(uais: set[str], today: date) -> dict[str, frozenset[Right]]:
    """What the head of each school has to give: both rights where it is public, elsewhere what the académie granted."""
    public = School.objects.filter(pk__in=uais, sector=PUBLIC).values_list("pk", flat=True)
    found = dict.fromkeys(public, BOTH)
    heads = Post.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today),
        staff=OuterRef("staff"),
        school=OuterRef("school"),
        function=Function.HEAD,
        starts_on__lte=today,
        ended_at__isnull=True,
    )
    granted = Delegation.objects.filter(
        Exists(heads),
        school__in=uais,
        as_head=True,
        withdrawn_at__isnull=True,
        starts_on__lte=today,
        ends_on__gte=today,
    )
    for uai, right in granted.values_list("school", "right"):
        found[uai] = found.get(uai, frozenset()) | HOLDS[Right(right)]
    return found


def _withdraw(row: Delegation, staff_id: int, now: datetime) -> None:
    row.withdrawn_at, row.withdrawn_by = now, BY
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    record(Event.DELEGATION_WITHDRAWN, uai=row.school_id, delegation=row.pk, staff=staff_id, right=row.right)


def _give(staff_id: int, one: NamedByHub, now: datetime) -> None:
    row = Delegation.objects.create(
        staff_id=staff_id,
        right=one.right,
        school_id=one.uai,
        whole_school=True,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        given_as=GivenAs.HUB,
        given_at=now,
    )
    record(
        Event.DELEGATION_GIVEN,
        uai=one.uai,
        delegation=row.pk,
        staff=staff_id,
        right=one.right,
        since=one.starts_on.isoformat(),
        until=one.ends_on.isoformat(),
    )
