"""Who may do what, to whom, until when: the only door to staff gestures.

A mandate is read from the database each time one is needed and lives as long as one request, or one chunk of a long
job: a right withdrawn, suspended or over is refused by whatever comes next, on every worker.
"""

import functools
import operator
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from educonnect.accounts.models import Account, Kind
from educonnect.delegation.models import Delegation, Function, Post, Suspension
from educonnect.delegation.rules import ALL, HOLDS, Right, rights_of_post
from educonnect.errors import Refusal
from educonnect.population.models import Guardian, Pupil
from educonnect.schools.models import Division, School
from educonnect.schools.reference import ACADEMIES, TERRITORIES

OPERATOR = "operator:command-line"
_GATE = object()


class OutOfMandate(Refusal):
    """The gesture is not within the right or the scope of the mandate."""

    code = "E-4030"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a right holds: a school, some of its classes, an académie; with nothing said, the nation.

    Attributes:
        divisions: division identifiers it is narrowed to; None means all of the school's.
        without: UAIs, and codes of académies, within it where the person is suspended.
    """

    academie: str = ""
    uai: str = ""
    divisions: frozenset[int] | None = None
    without: frozenset[str] = frozenset()

    def schools(self, prefix: str = "") -> Q:
        """The condition on a school; `prefix` is the path to it, such as `school__`, through single rows only."""
        if self.uai:
            return Q(**{f"{prefix}pk": self.uai})
        where = Q(**{f"{prefix}academie": self.academie}) if self.academie else Q()
        if self.without:
            where &= ~Q(**{f"{prefix}pk__in": self.without}) & ~Q(**{f"{prefix}academie__in": self.without})
        return where

    def rows(self) -> Q:
        """The condition on a row that names a school, an académie alone, or neither: the nation's."""
        return functools.reduce(operator.or_, self.parts())

    def parts(self) -> list[Q]:
        """The same in parts, to be put together by a union where the table is long: an index answers each, and none
        answers them all."""
        if self.uai:
            return [Q(school=self.uai)]
        above = Q(school__isnull=True) & ~Q(academie__in=self.without)
        if self.academie:
            above &= Q(academie=self.academie)
        return [above, Q(school__isnull=False) & self.schools("school__")]

    def enrolments(self, path: str) -> Q:
        """The condition on an enrolment in force at this path, its trailing `__` included."""
        where = Q(**{f"{path}ended_at__isnull": True})
        if self.uai:
            where &= Q(**{f"{path}school": self.uai})
        elif self.without:  # a negation across many rows would speak of all of them: one of a list instead
            where &= Q(**{f"{path}school__in": School.objects.filter(self.schools())})
        elif self.academie:
            where &= Q(**{f"{path}school__academie": self.academie})
        if self.divisions is not None:
            where &= Q(**{f"{path}division__in": self.divisions})
        return where


@dataclass(frozen=True, slots=True)
class Mandate:
    """A right over a scope. Made by this module only.

    Attributes:
        actor: who acts, as the journal writes it (`operator:command-line`, `staff:12`).
        kinds: whose accounts; a gesture on others is out of mandate.
        until: when it ends at the latest; None for the command line, whose process ends it.
    """

    actor: str
    right: Right
    scope: Scope
    kinds: frozenset[Kind]
    until: datetime | None
    gate: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.gate is not _GATE:
            raise AssertionError("a mandate is made by the gate only: mandate_for, operator_mandate")

    def schools(self) -> QuerySet[School]:
        """The schools in scope."""
        return School.objects.filter(self.scope.schools())

    def divisions(self) -> QuerySet[Division]:
        """The classes in scope, of every year."""
        found = Division.objects.filter(self.scope.schools("school__"))
        return found if self.scope.divisions is None else found.filter(pk__in=self.scope.divisions)

    def pupils(self) -> QuerySet[Pupil]:
        """The pupils in scope: those enrolled there today."""
        if self._everybody:
            return Pupil.objects.all()
        return Pupil.objects.filter(pk__in=Pupil.objects.filter(self.scope.enrolments("enrolments__")).values("pk"))

    def guardians(self) -> QuerySet[Guardian]:
        """The legal guardians of the pupils in scope; nobody where the mandate is over pupils only."""
        if Kind.GUARDIAN not in self.kinds:
            return Guardian.objects.none()
        if self._everybody:
            return Guardian.objects.all()
        links = Q(guardianships__ended_at__isnull=True, guardianships__level=1)
        found = Guardian.objects.filter(links & self.scope.enrolments("guardianships__pupil__enrolments__"))
        return Guardian.objects.filter(pk__in=found.values("pk"))

    def accounts(self, among: Collection[int] | None = None) -> QuerySet[Account]:
        """The accounts in scope: every staff query starts from here, so that scope stands in the query itself.

        Args:
            among: of these only. A filter put on afterwards gives the same, but the database puts the whole list of an
                académie together first.
        """
        these = Q() if among is None else Q(pk__in=among)
        if self._everybody:
            return Account.objects.filter(these, Q(kind__in=self.kinds) if len(self.kinds) < len(Kind) else Q())
        # two lists put together, each by its own indexes: one condition « or » would read every account (decision 0135)
        pupils = Account.objects.filter(these, self.scope.enrolments("pupil__enrolments__")).values("pk")
        guardians = Account.objects.filter(
            these
            & Q(guardian__guardianships__ended_at__isnull=True, guardian__guardianships__level=1)
            & self.scope.enrolments("guardian__guardianships__pupil__enrolments__")
        ).values("pk")
        if Kind.GUARDIAN not in self.kinds:
            return Account.objects.filter(pk__in=pupils)
        if Kind.PUPIL not in self.kinds:
            return Account.objects.filter(pk__in=guardians)
        return Account.objects.filter(pk__in=pupils.union(guardians))

    def covers(self, uai: str) -> bool:
        """Whether the whole of a school, known or to come, is in scope."""
        if self.scope.divisions is not None:
            return False
        if self.scope.uai:
            return self.scope.uai == uai
        return self._everybody or self.schools().filter(pk=uai).exists()

    def require_school(self, uai: str) -> School:
        """The school, or OutOfMandate when it does not exist or is not in scope (nobody learns which)."""
        school = self.schools().filter(pk=uai).first()
        if school is None:
            raise OutOfMandate
        return school

    def require(self, *rights: Right) -> None:
        """Pass with one of these rights; the operator has them all.

        Raises:
            OutOfMandate
        """
        if self.right not in (*rights, Right.OPERATION):
            raise OutOfMandate

    @property
    def _everybody(self) -> bool:
        return self.scope == Scope()


@dataclass(frozen=True, slots=True)
class Held:
    """What a person holds somewhere, by a post or by a delegation in force.

    Attributes:
        rights: all that it gives.
        until: the last instant; None: no date was given.
        post: the function, empty for a delegation.
        without: UAIs and codes of académies where they are suspended, of what reaches wider than that.
        delegation: its number; None for a post.
    """

    rights: frozenset[Right]
    scope: Scope
    kinds: frozenset[Kind]
    until: datetime | None
    post: str
    academie: str  # of the place, to know which suspensions reach it
    school: str
    without: frozenset[str] = frozenset()
    delegation: int | None = None


def mandate_for(staff_id: int, right: Right, *, uai: str = "", academie: str = "", now: datetime) -> Mandate:
    """The mandate of a member of the staff in one place: a school, an académie, or (neither named) the nation.

    Somebody who holds a right over an académie or the nation holds it in each of its schools. Several delegations over
    classes of one school add up.

    Raises:
        OutOfMandate: they hold no such right there, or there is no such place (nobody learns which).
    """
    place = _place(uai, academie)
    found = [one for one in held(staff_id, now=now) if right in one.rights and _reaches(one, place)]
    if not found:
        raise OutOfMandate
    kinds, found = _widest(found, right)
    divisions: frozenset[int] | None = None
    if all(one.scope.divisions is not None for one in found):
        divisions = frozenset().union(*(one.scope.divisions or () for one in found))
    else:
        found = [one for one in found if one.scope.divisions is None]
    ends = [one.until for one in found]
    return Mandate(
        actor=actor_of(staff_id),
        right=right,
        scope=Scope(
            academie="" if uai else academie,
            uai=uai,
            divisions=divisions,
            without=frozenset() if uai else found[0].without,
        ),
        kinds=kinds,
        until=None if None in ends else max(end for end in ends if end is not None),
        gate=_GATE,
    )


def rights_in(found: Iterable[Held], *, uai: str = "", academie: str = "") -> frozenset[Right]:
    """The rights that what a person holds gives in a place: what a page may show of it, never a mandate.

    Raises:
        OutOfMandate: there is no such school.
    """
    place = _place(uai, academie)
    return frozenset().union(*(one.rights for one in found if _reaches(one, place)))


def held(staff_id: int, *, now: datetime) -> list[Held]:
    """All that a person holds today, their suspensions taken off. Two statements, three with classes named."""
    today = timezone.localdate(now)
    stopped: list[tuple[str | None, str]] = list(
        Suspension.objects.filter(staff=staff_id, lifted_at__isnull=True).values_list("school_id", "academie")
    )
    if (None, "") in stopped:
        return []
    live = Q(starts_on__lte=today, staff__closed_at__isnull=True)
    posts = Post.objects.filter(
        live, Q(ends_on__isnull=True) | Q(ends_on__gte=today), staff=staff_id, ended_at__isnull=True
    )
    given = Delegation.objects.filter(live, staff=staff_id, ends_on__gte=today, withdrawn_at__isnull=True)
    found = [_of_post(post) for post in posts.select_related("school").order_by("pk")]
    heads = {one.school for one in found if one.post == Function.HEAD}
    for delegation in given.select_related("school").prefetch_related("divisions").order_by("pk"):
        if not delegation.as_head or delegation.school_id in heads:
            found.append(_of_delegation(delegation))
    without = frozenset(uai or academie for uai, academie in stopped)
    return [
        one if one.school else replace(one, without=without)
        for one in found
        if one.rights and not {one.school, one.academie} & without
    ]


def operator_mandate() -> Mandate:
    """The mandate of whoever may run commands on the server: the nation, journalled as such."""
    return Mandate(actor=OPERATOR, right=Right.OPERATION, scope=Scope(), kinds=frozenset(Kind), until=None, gate=_GATE)


def again(actor: str, right: Right, *, uai: str = "", academie: str = "", now: datetime) -> Mandate:
    """The mandate of whoever asked for something, read anew: for each step of long work, or in the transaction that
    gives or takes a right.

    Raises:
        OutOfMandate: they no longer have it.
    """
    if actor == OPERATOR:
        return operator_mandate()
    kind, _, number = actor.partition(":")
    if kind != "staff" or not number.isdecimal():
        raise OutOfMandate
    return mandate_for(int(number), right, uai=uai, academie=academie, now=now)


def renewed(mandate: Mandate, *, now: datetime) -> Mandate:
    """The same mandate read anew, for the next step of long work.

    Raises:
        OutOfMandate: they no longer have it.
    """
    if mandate.actor == OPERATOR:
        return mandate
    return again(mandate.actor, mandate.right, uai=mandate.scope.uai, academie=mandate.scope.academie, now=now)


def foreseen(giver: Mandate, right: Right, *, uai: str, divisions: frozenset[int] | None = None) -> Mandate:
    """What somebody would hold whom the holder of this mandate gives this right: never more than the giver's own.

    It counts before anything is given, by the very queries of the mandate that will be; acting by it is acting as the
    giver, over less.

    Args:
        giver: a mandate to give rights.
        divisions: the classes it would be for; None: the whole school.

    Raises:
        OutOfMandate: the school, one of the classes or the right itself is beyond what the giver holds.
    """
    giver.require(Right.DELEGATION)
    giver.require_school(uai)
    if right not in HOLDS or not kinds_of(right) <= giver.kinds or (divisions is None and not giver.covers(uai)):
        raise OutOfMandate
    if divisions is not None:
        own = giver.divisions().filter(school=uai, pk__in=divisions)
        if own.count() != len(divisions):
            raise OutOfMandate
    return Mandate(
        actor=giver.actor,
        right=right,
        scope=Scope(uai=uai, divisions=divisions),
        kinds=kinds_of(right),
        until=giver.until,
        gate=_GATE,
    )


def kinds_of(right: Right) -> frozenset[Kind]:
    """Whose accounts a right given reaches: dépannage is for pupils'."""
    return frozenset({Kind.PUPIL} if right == Right.DEPANNAGE else Kind)


def actor_of(staff_id: int) -> str:
    """How the journal writes a member of the staff."""
    return f"staff:{staff_id}"


def _of_post(post: Post) -> Held:
    school = post.school
    rights = rights_of_post(
        post.function, sector=school.sector if school else "", degree=school.degree if school else 2
    )
    kinds: Iterable[Kind] = Kind
    if post.function == Function.PRIMARY_HEAD and school is not None and not school.opens_first_degree_pupils:
        kinds = (Kind.GUARDIAN,)
    return Held(
        rights=rights,
        scope=Scope(academie=post.academie, uai=school.pk if school else ""),
        kinds=frozenset(kinds),
        until=_end_of(post.ends_on),
        post=post.function,
        academie=school.academie if school else post.academie,
        school=school.pk if school else "",
    )


def _of_delegation(given: Delegation) -> Held:
    right = Right(given.right)
    divisions = None if given.whole_school else frozenset(one.pk for one in given.divisions.all())
    return Held(
        rights=(ALL if right == Right.ADMINISTRATION else HOLDS[right] | {Right.DELEGATION})
        if given.as_head
        else HOLDS[right],
        scope=Scope(uai=given.school_id, divisions=divisions),
        kinds=kinds_of(right),
        until=_end_of(given.ends_on),
        post="",
        academie=given.school.academie,
        school=given.school_id,
        delegation=given.pk,
    )


def _widest(found: list[Held], right: Right) -> tuple[frozenset[Kind], list[Held]]:
    """What adds up: whose accounts, and all that is held over these. Over a whole school before some of its classes,
    then over pupils and guardians before one of both: what is held over guardians never widens what is over pupils."""
    over: dict[frozenset[Kind], list[Held]] = {}
    for one in found:
        over.setdefault(one.kinds & {Kind.PUPIL} if right == Right.DEPANNAGE else one.kinds, []).append(one)
    return max(over.items(), key=lambda item: (any(one.scope.divisions is None for one in item[1]), len(item[0])))


def _place(uai: str, academie: str) -> School | str:
    """The school itself, or the code of an académie, or nothing for the nation."""
    if not uai:
        if academie and academie not in ACADEMIES and academie not in TERRITORIES:
            raise OutOfMandate
        return academie
    school = School.objects.filter(pk=uai).first() if uai.isalnum() else None
    if school is None:
        raise OutOfMandate
    return school


def _reaches(one: Held, place: School | str) -> bool:
    names = {place.pk, place.academie} if isinstance(place, School) else {place}
    if names & one.without:
        return False
    if one.post == Function.NATION:
        return True
    if one.post == Function.ACADEMIE:
        return (place.academie if isinstance(place, School) else place) == one.scope.academie
    return isinstance(place, School) and place.pk == one.school


def _end_of(day: date | None) -> datetime | None:
    """Midnight after the last day, in the zone of the installation; none after the last day there is."""
    return None if day in {None, date.max} else timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
