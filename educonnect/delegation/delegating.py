"""Give a right to somebody for a school or some of its classes, change its end, withdraw it (DELEG-CE).

The giver's own mandate is read anew in the transaction that gives, and what is given never exceeds it. Whoever was
given a right cannot pass it on: it does not hold `Right.DELEGATION`, which each gesture here asks for.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from educonnect.accounts.contacts import valid_email
from educonnect.delegation import invitations, notices, rules
from educonnect.delegation.errors import (
    AlreadyGiven,
    ClassOfAnotherYear,
    EndsTooEarly,
    EndsTooLate,
    GivenElsewhere,
    NoClass,
    NotInForce,
    Oneself,
    StartsInThePast,
    Suspended,
)
from educonnect.delegation.mandate import Mandate, OutOfMandate, actor_of, again, foreseen
from educonnect.delegation.models import Delegation, Function, GivenAs, Post, Suspension
from educonnect.delegation.rules import Right
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.population.rules import school_year
from educonnect.schools.models import Division, School
from educonnect.staff import adding
from educonnect.staff.models import Staff


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be given, and where.

    Attributes:
        divisions: class identifiers; None: the whole school, with the classes to come.
        ends_on: last day.
    """

    uai: str
    right: Right
    divisions: frozenset[int] | None
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody no base names; `email` is their professional address."""

    first_name: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom somebody would reach with this right.

    Attributes:
        pupils: those enrolled there today, or in the classes named.
        guardians: their legal guardians, if the right reaches them.
        classes: the codes of the classes named; None: the whole school.
    """

    pupils: int
    guardians: int
    classes: tuple[str, ...] | None


def preview(mandate: Mandate, wish: Wish, *, now: datetime) -> Preview:
    """Count what a right would reach, by the queries of the mandate that it would make.

    Raises:
        Refusal: as `give` does of the right, the classes and the dates.
    """
    would = checked(mandate, wish, timezone.localdate(now))
    classes = None
    if wish.divisions is not None:
        classes = tuple(would.divisions().order_by("code").values_list("code", flat=True))
    return Preview(pupils=would.pupils().count(), guardians=would.guardians().count(), classes=classes)


def give(mandate: Mandate, staff_id: int, wish: Wish, *, email: str = "", now: datetime) -> Delegation:
    """Give a right to somebody of the school, who is told by e-mail; whoever never came is invited too.

    Asked twice, it is given once. An address that is typed here opens nothing of another school: whoever has rights
    there and no address yet is, with this one, a person of this school alone until they come.

    Args:
        email: their professional address, kept where none was known; else nothing is made of it.

    Raises:
        Refusal: OutOfMandate for a right, a class or a person beyond the giver's reach; Oneself, StartsInThePast,
            EndsTooEarly, EndsTooLate, NoClass, ClassOfAnotherYear, AlreadyGiven, Suspended, EmailInvalid.
    """
    with transaction.atomic():
        giver = _anew(mandate, wish.uai, now)
        checked(giver, wish, timezone.localdate(now))
        if email:
            _hold(wish.uai)
        person = held_still(people(giver, wish.uai, now=now), staff_id)
        if is_oneself(giver.actor, person):
            raise Oneself
        if email and not person.email:
            typed = _professional(email, giver)
            if _has_rights_elsewhere(person, wish.uai, now):
                person = _newcomer(giver, Newcomer(person.first_name, person.name, typed), wish.uai, now)
            else:
                adding.keep_address(person, typed)
        return _given_and_invited(giver, person, wish, now)


def give_newcomer(mandate: Mandate, newcomer: Newcomer, wish: Wish, *, now: datetime) -> Delegation:
    """Give a right to somebody the school names itself, who is invited by e-mail. Asked twice, it is given once.

    Whoever the school knows by this address is that person; anybody else is a person of this school alone until they
    come: nobody learns whether the address is known elsewhere.

    Raises:
        Refusal: as `give` does, and EmailInvalid.
    """
    with transaction.atomic():
        giver = _anew(mandate, wish.uai, now)
        checked(giver, wish, timezone.localdate(now))
        typed = replace(newcomer, email=_professional(newcomer.email, giver))
        _hold(wish.uai)
        person = _newcomer(giver, typed, wish.uai, now)
        return _given_and_invited(giver, person, wish, now)


def change_end(mandate: Mandate, delegation_id: int, ends_on: date, *, now: datetime) -> Delegation:
    """Have a right end later, or sooner; the person is told. The same day again changes nothing.

    Raises:
        Refusal: OutOfMandate, NotInForce, GivenElsewhere, EndsTooEarly, EndsTooLate, and those of giving the right:
            one that the giver no longer holds is not prolonged.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        given = _locked(mandate, delegation_id)
        if given.withdrawn_at is not None or given.ends_on < today:
            raise NotInForce
        if given.given_as == GivenAs.HUB:
            raise GivenElsewhere
        if ends_on == given.ends_on:
            return given
        giver = again(mandate.actor, Right.DELEGATION, uai=given.school_id, now=now)
        if actor_of(given.staff_id) == giver.actor:
            raise Oneself
        divisions = None if given.whole_school else frozenset(given.divisions.values_list("pk", flat=True))
        foreseen(giver, Right(given.right), uai=given.school_id, divisions=divisions)
        _require_end(divisions, max(given.starts_on, today), ends_on, today)
        given.ends_on = ends_on
        given.save(update_fields=["ends_on"])
        record(
            Event.DELEGATION_EXTENDED,
            actor=giver.actor,
            uai=given.school_id,
            delegation=given.pk,
            staff=given.staff_id,
            until=ends_on.isoformat(),
        )
        notices.end_changed(given, now)
    return given


def withdraw(mandate: Mandate, delegation_id: int, *, now: datetime) -> bool:
    """Take a right back at once, on every server; the person is told. What is over already stays as it is.

    What was granted to a head is changed and withdrawn by whoever could grant it: the académie and the nation.

    Returns:
        Whether this call ended it.

    Raises:
        Refusal: OutOfMandate, or GivenElsewhere.
    """
    with transaction.atomic():
        given = _locked(mandate, delegation_id)
        if given.given_as == GivenAs.HUB:
            raise GivenElsewhere
        if given.withdrawn_at is not None or given.ends_on < timezone.localdate(now):
            return False
        given.withdrawn_at, given.withdrawn_by = now, mandate.actor
        given.save(update_fields=["withdrawn_at", "withdrawn_by"])
        record(
            Event.DELEGATION_WITHDRAWN,
            actor=mandate.actor,
            uai=given.school_id,
            delegation=given.pk,
            staff=given.staff_id,
            right=given.right,
        )
        notices.withdrawn(given, now)
    return True


def in_force(mandate: Mandate, uai: str, *, now: datetime) -> QuerySet[Delegation]:
    """The rights given in a school that hold today or will, the next to end first."""
    today = timezone.localdate(now)
    live = _listed(mandate, uai).filter(withdrawn_at__isnull=True, ends_on__gte=today)
    return live.order_by("ends_on", "staff__name", "pk")


def over(mandate: Mandate, uai: str, *, now: datetime, before: int | None = None) -> QuerySet[Delegation]:
    """The rights of a school that are over, the last given first.

    Args:
        before: the last one already seen; what follows it.
    """
    ended = _listed(mandate, uai).filter(Q(withdrawn_at__isnull=False) | Q(ends_on__lt=timezone.localdate(now)))
    return (ended if before is None else ended.filter(pk__lt=before)).order_by("-pk")


def one(mandate: Mandate, uai: str, delegation_id: int) -> Delegation:
    """One right of a school, be it over; OutOfMandate when there is none there."""
    found = _listed(mandate, uai).filter(pk=delegation_id).first()
    if found is None:
        raise OutOfMandate
    return found


def people(mandate: Mandate, uai: str, *, now: datetime) -> QuerySet[Staff]:
    """The staff of a school as it knows them: those with a post there, and those who were given a right there."""
    mandate.require(Right.DELEGATION)
    school = mandate.require_school(uai)
    here = Q(ends_on__isnull=True) | Q(ends_on__gte=timezone.localdate(now)), Q(school=school, ended_at__isnull=True)
    posts = Post.objects.filter(*here).values("staff")
    given = Delegation.objects.filter(school=school, as_head=False).values("staff")
    # two lists put together, each by its own index: one condition « or » would read the whole staff of the nation
    return Staff.objects.filter(pk__in=posts.union(given), closed_at__isnull=True).order_by("name", "first_name", "pk")


def classes(mandate: Mandate, uai: str, *, now: datetime) -> QuerySet[Division]:
    """The classes a right may be given for: this school year's, and the coming one's once they are known."""
    year = school_year(timezone.localdate(now))
    return mandate.divisions().filter(school=uai, year__in=(year, year + 1)).order_by("year", "code")


def _anew(mandate: Mandate, uai: str, now: datetime) -> Mandate:
    """The giver's mandate in this school, read again in the transaction that gives; within the one that was shown."""
    mandate.require(Right.DELEGATION)
    mandate.require_school(uai)
    return again(mandate.actor, Right.DELEGATION, uai=uai, now=now)


def _given_and_invited(giver: Mandate, person: Staff, wish: Wish, now: datetime) -> Delegation:
    given = write(giver, person, wish, as_head=False, now=now)
    invitations.invite_who_never_came(person, actor=giver.actor, uai=wish.uai, now=now)
    return given


def _newcomer(giver: Mandate, newcomer: Newcomer, uai: str, now: datetime) -> Staff:
    """Whoever the school, which is held, knows by this address, held still too; else a new person."""
    named = people(giver, uai, now=now).filter(email__iexact=newcomer.email).order_by("pk")
    known = next((one for one in named if one.address_is_theirs), None)
    if known is not None:
        return held_still(Staff.objects.all(), known.pk)
    person = adding.add(newcomer.first_name, newcomer.name, newcomer.email, now=now)
    record(Event.STAFF_ADDED, actor=giver.actor, uai=uai, staff=person.pk)
    return person


def _hold(uai: str) -> None:
    """One after the other, those who type an address for this school: the same newcomer may be typed twice at once."""
    School.objects.select_for_update(no_key=True).get(pk=uai)


def _has_rights_elsewhere(person: Staff, uai: str, now: datetime) -> bool:
    """Whether somebody has, or will have, rights in another place than this school; suspended or not."""
    posts = Post.objects.filter(staff=person, ended_at__isnull=True).exclude(function=Function.OTHER)
    given = Delegation.objects.filter(staff=person, withdrawn_at__isnull=True, ends_on__gte=timezone.localdate(now))
    return posts.exclude(school=uai).exists() or given.exclude(school=uai).exists()


def _professional(email: str, giver: Mandate) -> str:
    """The address, if a message can reach it and it is not the giver's own."""
    valid = valid_email(email).lower()
    if valid == _own_address(giver.actor):
        raise Oneself
    return valid


def _own_address(actor: str) -> str:
    if not actor.startswith("staff:"):
        return ""
    own = Staff.objects.values_list("email", flat=True).get(pk=int(actor.removeprefix("staff:")))
    return own.lower()


def _require_dates(divisions: Collection[int] | None, starts_on: date, ends_on: date, today: date) -> None:
    if starts_on < today:
        raise StartsInThePast
    if divisions is not None:
        if not divisions:
            raise NoClass
        years = Division.objects.filter(pk__in=divisions).exclude(year=school_year(starts_on))
        if years.exists():
            raise ClassOfAnotherYear
    _require_end(divisions, starts_on, ends_on, today)


def is_oneself(actor: str, person: Staff) -> bool:
    """Whether it is whoever acts, be it under another number: an address is one person's."""
    return actor_of(person.pk) == actor or (person.email != "" and person.email.lower() == _own_address(actor))


def held_still(found: QuerySet[Staff], staff_id: int) -> Staff:
    """The person, held until the transaction ends: two gestures on one person come one after the other.

    Raises:
        OutOfMandate: they are not among those.
    """
    person = found.order_by().select_for_update(no_key=True, of=("self",)).filter(pk=staff_id).first()
    if person is None:
        raise OutOfMandate
    return person


def write(giver: Mandate, person: Staff, wish: Wish, *, as_head: bool, now: datetime) -> Delegation:
    """Keep, journal and tell what was checked already; the person is held still.

    Raises:
        Refusal: Suspended, AlreadyGiven.
    """
    _require_not_suspended(person, wish.uai)
    same = _the_same(person, wish, as_head=as_head)
    if same is not None:
        if (same.starts_on, same.ends_on) != (wish.starts_on, wish.ends_on):
            raise AlreadyGiven(same.ends_on)
        return same
    given_by = int(giver.actor.removeprefix("staff:")) if giver.actor.startswith("staff:") else None
    given = Delegation.objects.create(
        staff=person,
        right=wish.right,
        school_id=wish.uai,
        whole_school=wish.divisions is None,
        as_head=as_head,
        starts_on=wish.starts_on,
        ends_on=wish.ends_on,
        given_as=GivenAs.ACADEMIE if as_head else _quality(given_by, wish.uai),
        given_by_id=given_by,
        given_at=now,
    )
    given.divisions.set(wish.divisions or ())
    record(
        Event.DELEGATION_GIVEN,
        actor=giver.actor,
        uai=given.school_id,
        delegation=given.pk,
        staff=given.staff_id,
        right=given.right,
        since=given.starts_on.isoformat(),
        until=given.ends_on.isoformat(),
        as_head=as_head,
        classes=sorted(wish.divisions or ()),
    )
    notices.given(given, now)
    return given


def checked(giver: Mandate, wish: Wish, today: date) -> Mandate:
    """The mandate that the right would make; refused where it may not be given, or not for these days."""
    would = foreseen(giver, wish.right, uai=wish.uai, divisions=wish.divisions)
    _require_dates(wish.divisions, wish.starts_on, wish.ends_on, today)
    return would


def _require_end(divisions: Collection[int] | None, starts_on: date, ends_on: date, today: date) -> None:
    """A right for classes ends with their school year at the latest; any other with the coming one."""
    latest = rules.furthest_end(today) if divisions is None else rules.last_day(school_year(starts_on))
    if ends_on < starts_on:
        raise EndsTooEarly
    if ends_on > latest:
        raise EndsTooLate(latest)


def _locked(mandate: Mandate, delegation_id: int) -> Delegation:
    """A right given in a school of the mandate, held until the transaction ends; one granted to a head, from above."""
    mandate.require(Right.DELEGATION)
    found = Delegation.objects.filter(mandate.scope.schools("school__"), pk=delegation_id)
    if mandate.scope.uai:
        found = found.filter(as_head=False)
    given = found.select_related("school", "staff").select_for_update(of=("self",)).first()
    if given is None:
        raise OutOfMandate
    return given


def _listed(mandate: Mandate, uai: str) -> QuerySet[Delegation]:
    mandate.require(Right.DELEGATION)
    found = Delegation.objects.filter(mandate.scope.schools("school__"), school=uai)
    return found.select_related("staff", "given_by", "school").prefetch_related("divisions")


def _require_not_suspended(person: Staff, uai: str) -> None:
    academie = School.objects.values_list("academie", flat=True).get(pk=uai)
    here = Q(school=uai) | Q(school__isnull=True, academie__in=("", academie))
    if Suspension.objects.filter(here, staff=person, lifted_at__isnull=True).exists():
        raise Suspended


def _the_same(person: Staff, wish: Wish, *, as_head: bool) -> Delegation | None:
    """A right of theirs over the same people, which shares days with the one wished."""
    found = Delegation.objects.filter(
        staff=person,
        school=wish.uai,
        right=wish.right,
        as_head=as_head,
        withdrawn_at__isnull=True,
        whole_school=wish.divisions is None,
        starts_on__lte=wish.ends_on,
        ends_on__gte=wish.starts_on,
    ).prefetch_related("divisions")
    found = found.order_by("pk").select_for_update()  # one being withdrawn is not in force
    return next((one for one in found if {d.pk for d in one.divisions.all()} == (wish.divisions or set())), None)


def _quality(staff_id: int | None, uai: str) -> GivenAs:
    """The head's own, or else given from above."""
    heads = Post.objects.filter(staff=staff_id, school=uai, function=Function.HEAD, ended_at__isnull=True)
    return GivenAs.HEAD if staff_id is not None and heads.exists() else GivenAs.ACADEMIE
