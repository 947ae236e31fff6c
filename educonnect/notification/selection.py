"""Whom a campaign is for: filters over the accounts of a school, and the order of their letters."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet
from django.utils import timezone

from educonnect.accounts.models import Stage
from educonnect.accounts.states import State
from educonnect.delegation.mandate import Mandate
from educonnect.notification import rules
from educonnect.notification.errors import NobodySelected, UnknownCriterion
from educonnect.population.enrolments import filed_under, listed_on
from educonnect.population.models import Enrolment
from educonnect.population.models import Level as Responsibility
from educonnect.population.names import fold
from educonnect.schools.models import Audience, Division

#: From an enrolment to the account a letter is for.
ACCOUNT = {
    Audience.PUPILS.value: "pupil__account",
    Audience.GUARDIANS.value: "pupil__guardianships__guardian__account",
}
#: The states a letter may be asked for; activated accounts are reset, never notified.
STATES = (State.OPENED, State.NOTIFIED, State.EXPIRED, State.LOCKED)


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters; an empty one lets everybody through.

    Attributes:
        divisions: class codes; of the child, for guardians.
        levels: MEFSTAT4 codes, or how they begin (`22` for all of lycée général); of the child, for guardians.
        states: values of `State` among `STATES`; none: whoever holds no letter in force.
        name: how a word of the name begins, any case or accents; for guardians, theirs or the child's.
    """

    uai: str
    divisions: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    name: str = ""
    audience: str = Audience.PUPILS

    def criteria(self) -> dict[str, object]:
        """What the campaign remembers of it; the name typed is somebody's: only that there was one is kept."""
        return {
            "divisions": list(self.divisions),
            "levels": list(self.levels),
            "states": list(self.states),
            "name": bool(self.name),
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom a notification would serve.

    Attributes:
        letters: how many would be printed, by class code; "" for those without a class.
        voids: how many of them hold a letter still in force, which the new one voids.
        held: how many are left out because their letter is still in force, and its state was not asked for.
        activated: how many the filters name but are left out, being activated.
    """

    letters: dict[str, int]
    voids: int
    held: int
    activated: int


@dataclass(frozen=True, slots=True)
class Selected:
    """An account to notify and the class it is filed under."""

    account_id: int
    division: str


def select(mandate: Mandate, selection: Selection, *, now: datetime) -> list[Selected]:
    """The accounts a campaign would serve, in class then alphabetical order, each once.

    The deceased, those who left, the activated and the closed are never among them, nor those whose letter is still in
    force, unless their state is asked for: nobody is notified twice by mistake. A guardian is filed under the first of
    the children's classes.

    Raises:
        OutOfMandate: the school is not in scope.
        UnknownCriterion: a class or a state that does not exist here.
        NobodySelected: nobody answers.
    """
    found = [
        selected
        for selected, stage, in_force in _answering(mandate, selection, now)
        if stage != Stage.ACTIVATED and not (in_force and not selection.states)
    ]
    if not found:
        raise NobodySelected
    return found


def preview(mandate: Mandate, selection: Selection, *, now: datetime) -> Preview:
    """Count whom `select` would give, and whom it leaves out; refuses as `select` does, but for nobody."""
    letters: dict[str, int] = {}
    voids = held = activated = 0
    for selected, stage, in_force in _answering(mandate, selection, now):
        if stage == Stage.ACTIVATED:
            activated += 1
        elif in_force and not selection.states:
            held += 1
        else:
            letters[selected.division] = letters.get(selected.division, 0) + 1
            voids += in_force
    return Preview(letters=letters, voids=voids, held=held, activated=activated)


def enrolled(uai: str, audience: str, wanted: Q, *, today: date) -> QuerySet[Enrolment]:
    """Who is in a school today, as enrolments: one row a pupil and year, or a pupil, guardian and year.

    In summer those of the next year's base are among them; once it has begun, those of the former one alone are not.
    Neither the deceased nor those who left; for guardians, those legally responsible only.

    Args:
        wanted: more conditions; given here because conditions on one guardian must stand in one filter.
    """
    there = {"school": uai, "pupil__deceased": False, f"{ACCOUNT[audience]}__isnull": False}
    if audience == Audience.GUARDIANS:
        there["pupil__guardianships__ended_at__isnull"] = True
        there["pupil__guardianships__level"] = Responsibility.LEGAL
    return Enrolment.objects.filter(listed_on(today), wanted, **there)


def _answering(mandate: Mandate, selection: Selection, now: datetime) -> list[tuple[Selected, str, bool]]:
    """Each account the filters name, with its stage and whether its letter is in force, in the order of the letters."""
    mandate.require_school(selection.uai)
    _check(selection)
    account = ACCOUNT[selection.audience]
    wanted = _filters(mandate, selection, account, now)
    today = timezone.localdate(now)
    rows = list(
        enrolled(selection.uai, selection.audience, wanted, today=today).values_list(
            "pupil",
            "year",
            "division",
            "division__code",
            "level",
            f"{account}__pk",
            f"{account}__stage",
            f"{account}__provisional__expires_at",
            "pupil__folded",
            *(["pupil__guardianships__guardian__folded"] if selection.audience == Audience.GUARDIANS else []),
        )
    )
    years: dict[int, set[int]] = {}
    for pupil, year, *_ in rows:
        years.setdefault(pupil, set()).add(year)
    filed = {pupil: filed_under(known, today) for pupil, known in years.items()}
    first: dict[int, tuple[object, ...]] = {}
    kept: dict[int, tuple[Selected, str, bool]] = {}
    for pupil, year, division, code, level, pk, stage, expires_at, *names in rows:
        if year != filed[pupil] or not _in_class(mandate, selection, division, code or "", level):
            continue
        order = (rules.natural(code or ""), *names, pk)
        if pk not in first or order < first[pk]:
            first[pk] = order
            in_force = stage == Stage.NOTIFIED and expires_at is not None and expires_at > now
            kept[pk] = (Selected(pk, code or ""), stage, in_force)
    return [kept[pk] for pk in sorted(kept, key=lambda pk: first[pk])]


def _in_class(mandate: Mandate, selection: Selection, division: int | None, code: str, level: str) -> bool:
    """Whether the class a pupil is filed under is asked for, and within the mandate."""
    return (
        (mandate.scope.divisions is None or division in mandate.scope.divisions)
        and (not selection.divisions or code in selection.divisions)
        and (not selection.levels or level.startswith(selection.levels))
    )


def _check(selection: Selection) -> None:
    if selection.audience not in ACCOUNT or not set(selection.states) <= {state.value for state in STATES}:
        raise UnknownCriterion
    known = set(
        Division.objects.filter(school=selection.uai, code__in=selection.divisions).values_list("code", flat=True)
    )
    if not set(selection.divisions) <= known:
        raise UnknownCriterion


def _filters(mandate: Mandate, selection: Selection, account: str, now: datetime) -> Q:
    wanted = Q(**{f"{account}__in": mandate.accounts(), f"{account}__closed_at__isnull": True})
    if selection.states:
        wanted &= reduce(or_, (_in_state(State(state), account, now) for state in selection.states))
    if folded := fold(selection.name):
        people = ["pupil"] if selection.audience == Audience.PUPILS else ["pupil", "pupil__guardianships__guardian"]
        wanted &= reduce(
            or_,
            (
                Q(**{f"{person}__folded__startswith": folded}) | Q(**{f"{person}__folded__contains": f" {folded}"})
                for person in people
            ),
        )
    return wanted


def _in_state(state: State, account: str, now: datetime) -> Q:
    """The condition of a state, as `accounts.states.state_of` reads it; activated and closed accounts apart.

    No condition is negated: across the many guardians of a pupil, « not » would speak of all of them.
    """

    def told(field: str, value: object) -> Q:
        return Q(**{f"{account}__{field}": value})

    free = told("locked_at__isnull", True) | told("locked_until__lte", now)
    notified = free & told("notified_at__isnull", False)
    over = told("provisional__isnull", True) | told("provisional__expires_at__lte", now)
    return {
        State.LOCKED: told("locked_at__isnull", False)
        & (told("locked_until__isnull", True) | told("locked_until__gt", now)),
        State.OPENED: free & told("notified_at__isnull", True),
        State.NOTIFIED: notified & told("provisional__expires_at__gt", now),
        State.EXPIRED: notified & over,
    }[state]
