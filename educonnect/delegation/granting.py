"""What the académie grants to the heads of private schools, who hold nothing by their function.

A right granted to a head (`as_head`) holds while they head that school, and lets them give it in turn. It is changed
and withdrawn as any other (`delegating`), but from the académie's place or the nation's only. What the head gave
meanwhile ends at its own date, and stays before the académie's eyes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from educonnect.delegation.delegating import Wish, checked, held_still, is_oneself, write
from educonnect.delegation.errors import NoHead, NothingToGrant, Oneself
from educonnect.delegation.mandate import Mandate, OutOfMandate, again
from educonnect.delegation.models import Delegation, Function, Post
from educonnect.delegation.rules import PUBLIC, Right
from educonnect.population.names import anyhow, fold
from educonnect.schools.models import School
from educonnect.staff.models import Staff


@dataclass(frozen=True, slots=True)
class Granted:
    """A school as the académie sees it.

    Attributes:
        heads: who heads it today, as far as is known.
        grants: what its heads were granted and holds today or will.
        by_function: its head holds the rights by the function: there is nothing to grant.
    """

    school: School
    heads: Sequence[Staff]
    grants: Sequence[Delegation]
    by_function: bool


def grant(mandate: Mandate, uai: str, staff_id: int, right: Right, ends_on: date, *, now: datetime) -> Delegation:
    """Grant a right to the head of a school that is not public, from today. Asked twice, it is granted once.

    Raises:
        Refusal: OutOfMandate unless the mandate is an académie's or the nation's; NothingToGrant, NoHead, Oneself, and
            those of giving a right.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        place = _from_above(mandate)
        giver = again(place.actor, Right.DELEGATION, academie=place.scope.academie, now=now)
        school = giver.require_school(uai)
        if _by_function(school):
            raise NothingToGrant
        if not _heads(today).filter(school=school, staff=staff_id).exists():
            raise NoHead
        person = held_still(Staff.objects.filter(closed_at__isnull=True), staff_id)
        if is_oneself(giver.actor, person):
            raise Oneself
        wish = Wish(uai=uai, right=right, divisions=None, starts_on=today, ends_on=ends_on)
        checked(giver, wish, today)
        return write(giver, person, wish, as_head=True, now=now)


def schools(
    mandate: Mandate, *, typed: str = "", without_grant: bool = False, after: str = "", size: int, now: datetime
) -> list[Granted]:
    """Schools of an académie by UAI, with their heads and what these were granted. Three statements, whatever the size.

    Args:
        typed: a UAI, or some letters of the name or the town.
        without_grant: only those whose head holds nothing yet by function nor grant.
        after: the last UAI already seen; what follows it.
    """
    _from_above(mandate)
    today = timezone.localdate(now)
    found = mandate.schools()
    for word in fold(typed).split():
        found = found.filter(Q(pk__istartswith=word) | Q(name__iregex=anyhow(word)) | Q(town__iregex=anyhow(word)))
    if without_grant:
        found = _without_grant(found, today)
    page = list(found.filter(pk__gt=after).order_by("pk")[:size])
    return _described(page, today)


def waiting(mandate: Mandate, *, now: datetime) -> int:
    """How many schools of the académie have a head, known by now, who waits for a right."""
    _from_above(mandate)
    today = timezone.localdate(now)
    return _without_grant(mandate.schools().filter(Exists(_heads(today).filter(school=OuterRef("pk")))), today).count()


def one_school(mandate: Mandate, uai: str, *, now: datetime) -> Granted:
    """One school of the académie, as in the list; OutOfMandate when there is none there."""
    _from_above(mandate)
    return _described([mandate.require_school(uai)], timezone.localdate(now))[0]


def _described(page: Sequence[School], today: date) -> list[Granted]:
    numbers = [school.pk for school in page]
    heads: dict[str, dict[int, Staff]] = {}
    for post in _heads(today).filter(school__in=numbers).select_related("staff").order_by("pk"):
        heads.setdefault(post.school_id or "", {})[post.staff_id] = post.staff
    grants: dict[str, list[Delegation]] = {}
    for given in _grants(today).filter(school__in=numbers).select_related("staff", "given_by").order_by("pk"):
        grants.setdefault(given.school_id, []).append(given)
    return [
        Granted(
            school=school,
            heads=list(heads.get(school.pk, {}).values()),
            grants=grants.get(school.pk, []),
            by_function=_by_function(school),
        )
        for school in page
    ]


def _without_grant(found: QuerySet[School], today: date) -> QuerySet[School]:
    heads = _heads(today).filter(staff=OuterRef("staff"), school=OuterRef("school"))
    held = _grants(today).filter(Exists(heads), school=OuterRef("pk"))
    return found.filter(~Q(sector=PUBLIC), ~Exists(held), degree=2)


def _from_above(mandate: Mandate) -> Mandate:
    """A mandate to give rights over more than a school."""
    mandate.require(Right.DELEGATION)
    if mandate.scope.uai or mandate.scope.divisions is not None:
        raise OutOfMandate
    return mandate


def _by_function(school: School) -> bool:
    return school.sector == PUBLIC or school.degree != 2


def _heads(today: date) -> QuerySet[Post]:
    live = Q(ends_on__isnull=True) | Q(ends_on__gte=today), Q(starts_on__lte=today, ended_at__isnull=True)
    return Post.objects.filter(*live, function=Function.HEAD, staff__closed_at__isnull=True)


def _grants(today: date) -> QuerySet[Delegation]:
    return Delegation.objects.filter(as_head=True, withdrawn_at__isnull=True, ends_on__gte=today)
