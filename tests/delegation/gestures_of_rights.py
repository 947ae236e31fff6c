"""The gestures of those who give rights and answer for a place: desk, grants, suspensions, journal, alerts."""

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from educonnect.delegation import delegating, granting, helping, mandate, suspending, waiting
from educonnect.delegation.delegating import Newcomer, Wish
from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.delegation.models import Invitation
from educonnect.delegation.rules import ENDING_SOON, Right
from educonnect.oversight import alerts, exporting, people, trail
from educonnect.oversight.models import Alert
from educonnect.oversight.trail import Search
from tests.delegation.gestures import beyond, gesture, some, told_of_nobody_else, within
from tests.delegation.oracle import NATION, Reach
from tests.delegation.worlds import NOW, TODAY, DrawnStaff, Span, World

MONTH = TODAY + timedelta(days=30)
NEWCOMER = Newcomer("Maude", "VALDAIRE", "maude@ac.invalid")


def person(world: World, made: Mandate) -> DrawnStaff:
    return world.drawn.staff[world.staff.index(int(made.actor.removeprefix("staff:")))]


def placed(world: World, made: Mandate, due: Reach, school: int | None, academie: str) -> bool:
    """Whether a row of a school, or of an académie, or of the nation, is within reach."""
    if isinstance(due.place, int) or school is not None:
        return school in due.schools
    stopped = {one.academie for one in person(world, made).suspensions if one.school is None and not one.lifted}
    return (due.place == NATION or academie == due.place) and academie not in stopped


def lasts(span: Span) -> bool:
    return span.last is None or span.last >= TODAY


def refused(due: Reach, *acts: Callable[[], object]) -> bool:
    """Whoever gives no right is refused all this."""
    if due.right == "delegation":
        return False
    for act in acts:
        with pytest.raises(OutOfMandate):
            act()
    return True


def wish(world: World, school: int, *classes: int) -> Wish:
    rooms = frozenset(world.divisions[n] for n in classes) or None
    return Wish(world.uais[school], Right.DEPANNAGE, rooms, TODAY, MONTH)


# --- the desk ---------------------------------------------------------------------------------------------------------


@gesture(
    "delegation.delegating.preview",
    "delegation.delegating.checked",
    "delegation.mandate.foreseen",
)
def _foreseen(world: World, made: Mandate, due: Reach) -> None:
    others = [n for n in range(len(world.uais)) if n not in due.schools or due.right != "delegation"]
    for school in others:
        for act in (
            lambda n=school: delegating.preview(made, wish(world, n), now=NOW),
            lambda n=school: delegating.checked(made, wish(world, n), TODAY),
            lambda n=school: mandate.foreseen(made, Right.DEPANNAGE, uai=world.uais[n]),
        ):
            with pytest.raises(OutOfMandate):
                act()
    if due.right != "delegation":
        return
    for school in due.schools:
        rooms = [one.n for one in world.drawn.classes if one.school == school and one.year == 2026]
        seen = delegating.preview(made, wish(world, school, *rooms), now=NOW)
        there = {
            one.n
            for one in world.drawn.pupils
            if any(e.division in rooms and e.school == school and not e.ended for e in one.enrolments)
        }
        assert (seen.pupils, seen.guardians) == (len(there), 0)
        told_of_nobody_else(seen, world, due)
        strangers = [one.n for one in world.drawn.classes if one.school != school and one.year == 2026]
        for room in some(strangers, 2):
            with pytest.raises(OutOfMandate):
                delegating.preview(made, wish(world, school, rooms[0], room), now=NOW)


@gesture("delegation.delegating.give")
def _give(world: World, made: Mandate, due: Reach) -> None:
    for school, uai in enumerate(world.uais):
        asked = wish(world, school)
        if due.right != "delegation" or school not in due.schools:
            for act in (
                delegating.preview,
                lambda *args, **now: delegating.give(args[0], world.staff[0], args[1], **now),
            ):
                with pytest.raises(OutOfMandate):  # that mandate gives nothing there, whatever its holder has elsewhere
                    act(made, asked, now=NOW)
            continue
        here = set(delegating.people(made, uai, now=NOW).values_list("pk", flat=True))
        strangers = [pk for pk in world.staff if pk not in here]
        for pk in some(strangers, 2):
            with pytest.raises(OutOfMandate):
                delegating.give(made, pk, asked, now=NOW)


@gesture("delegation.delegating.give_newcomer")
def _newcomer(world: World, made: Mandate, due: Reach) -> None:
    for school in range(len(world.uais)):
        if due.right != "delegation" or school not in due.schools:
            with pytest.raises(OutOfMandate):
                delegating.give_newcomer(made, NEWCOMER, wish(world, school), now=NOW)


@gesture(
    "delegation.delegating.in_force",
    "delegation.delegating.over",
    "delegation.delegating.one",
    "delegation.delegating.people",
)
def _listed(world: World, made: Mandate, due: Reach) -> None:
    for school, uai in enumerate(world.uais):
        if refused(
            due,
            lambda uai=uai: delegating.in_force(made, uai, now=NOW),
            lambda uai=uai: delegating.over(made, uai, now=NOW),
            lambda uai=uai: delegating.one(made, uai, 1),
            lambda uai=uai: delegating.people(made, uai, now=NOW),
        ):
            continue
        inside = school in due.schools
        there = {pk: given for pk, (_, given) in world.delegations.items() if given.school == school and inside}
        live = {pk for pk, given in there.items() if not given.withdrawn and lasts(given.span)}
        assert {one.pk for one in delegating.in_force(made, uai, now=NOW)} == live
        assert {one.pk for one in delegating.over(made, uai, now=NOW)} == there.keys() - live
        for pk in some(there, 2):
            assert delegating.one(made, uai, pk).pk == pk
        for pk in some([pk for pk in world.delegations if pk not in there], 3):
            with pytest.raises(OutOfMandate):
                delegating.one(made, uai, pk)
        if not inside:
            with pytest.raises(OutOfMandate):
                delegating.people(made, uai, now=NOW)
            continue
        known = {
            world.staff[one.n]
            for one in world.drawn.staff
            if not one.closed
            and (
                any(post.school == school and not post.ended and lasts(post.span) for post in one.posts)
                or any(given.school == school and not given.as_head for given in one.delegations)
            )
        }
        assert {one.pk for one in delegating.people(made, uai, now=NOW)} == known


@gesture("delegation.delegating.classes")
def _classes(world: World, made: Mandate, due: Reach) -> None:
    for school, uai in enumerate(world.uais):
        rooms = {
            world.divisions[one.n]
            for one in world.drawn.classes
            if one.school == school and one.year >= 2026 and one.n in due.classes
        }
        assert {one.pk for one in delegating.classes(made, uai, now=NOW)} == rooms


@gesture("delegation.delegating.change_end", "delegation.delegating.withdraw")
def _of_elsewhere(world: World, made: Mandate, due: Reach) -> None:
    for pk, (_, given) in world.delegations.items():
        mine = due.right == "delegation" and given.school in due.schools
        if mine and not (given.as_head and isinstance(due.place, int)):
            continue
        for act in (
            lambda pk=pk: delegating.change_end(made, pk, MONTH, now=NOW),
            lambda pk=pk: delegating.withdraw(made, pk, now=NOW),
        ):
            with pytest.raises(OutOfMandate):
                act()
    mine = [pk for pk, (_, given) in world.delegations.items() if given.school in due.schools and not given.as_head]
    for pk in some(mine, 2) if due.right == "delegation" else []:
        live = not world.delegations[pk][1].withdrawn and lasts(world.delegations[pk][1].span)
        assert delegating.withdraw(made, pk, now=NOW) is live


# --- grants, suspensions ----------------------------------------------------------------------------------------------


@gesture(
    "delegation.granting.schools",
    "delegation.granting.one_school",
    "delegation.granting.grant",
    "delegation.granting.waiting",
)
def _grants(world: World, made: Mandate, due: Reach) -> None:
    above = due.right == "delegation" and not isinstance(due.place, int)
    for school, uai in enumerate(world.uais):
        if above and school in due.schools:
            assert granting.one_school(made, uai, now=NOW).school.pk == uai
            continue
        with pytest.raises(OutOfMandate):
            granting.one_school(made, uai, now=NOW)
        with pytest.raises(OutOfMandate):
            granting.grant(made, uai, world.staff[0], Right.ADMINISTRATION, MONTH, now=NOW)
    if not above:
        with pytest.raises(OutOfMandate):
            granting.schools(made, size=99, now=NOW)
        with pytest.raises(OutOfMandate):
            granting.waiting(made, now=NOW)
        return
    headed = {
        post.school
        for one in world.drawn.staff
        for post in one.posts
        if post.function == "head" and not post.ended and post.span.starts <= 0 and lasts(post.span) and not one.closed
    }
    bare = {one.school.pk for one in granting.schools(made, size=99, now=NOW, without_grant=True)}
    assert granting.waiting(made, now=NOW) == len({world.uais[n] for n in headed & due.schools} & bare)
    for unheld in (False, True):
        listed = granting.schools(made, size=99, now=NOW, without_grant=unheld)
        told = {one.school.pk for one in listed}
        assert told <= {world.uais[n] for n in due.schools}
        assert unheld or told == {world.uais[n] for n in due.schools}
    marked = world.drawn.schools[0].mark.lower()
    found = {one.school.pk for one in granting.schools(made, typed=marked, size=99, now=NOW)}
    assert found == ({world.uais[0]} if 0 in due.schools else set())


@gesture(
    "delegation.suspending.suspended",
    "delegation.suspending.reached",
    "delegation.suspending.numbers_reached",
    "delegation.suspending.stopped_in",
    "delegation.suspending.suspend",
    "delegation.suspending.restore",
)
def _suspensions(world: World, made: Mandate, due: Reach) -> None:
    if refused(
        due,
        lambda: suspending.suspended(made),
        lambda: suspending.reached(made, now=NOW),
        lambda: suspending.numbers_reached(made, now=NOW),
        lambda: suspending.stopped_in(made, world.uais[0]),
        lambda: suspending.suspend(made, world.staff[0], now=NOW),
        lambda: suspending.restore(made, world.staff[0], now=NOW),
    ):
        return
    live = {pk: (n, one) for pk, (n, one) in world.suspensions.items() if not one.lifted}
    mine = {pk for pk, (_, one) in live.items() if placed(world, made, due, one.school, one.academie)}
    assert {one.pk for one in suspending.suspended(made)} == mine

    reached = {
        world.staff[one.n]
        for one in world.drawn.staff
        if any(
            not post.ended and lasts(post.span) and placed(world, made, due, post.school, post.academie)
            for post in one.posts
        )
        or any(not g.withdrawn and lasts(g.span) and g.school in due.schools for g in one.delegations)
    }
    assert {one.pk for one in suspending.reached(made, now=NOW)} == reached
    assert {one["staff"] for one in suspending.numbers_reached(made, now=NOW)} == reached
    for pk in some([pk for pk in world.staff if pk not in reached and pk != world.staff[person(world, made).n]], 3):
        with pytest.raises(OutOfMandate):
            suspending.suspend(made, pk, now=NOW)
        stopped_here = any(world.staff[live[number][0]] == pk for number in mine)
        assert suspending.restore(made, pk, now=NOW) is stopped_here
    for school, uai in enumerate(world.uais):
        if school not in due.schools:
            with pytest.raises(OutOfMandate):
                suspending.stopped_in(made, uai)


@gesture("delegation.helping.end_sessions", "delegation.helping.forget_factors")
def _helped(world: World, made: Mandate, due: Reach) -> None:
    acts = (helping.end_sessions, helping.forget_factors)
    if refused(due, *(lambda act=act: act(made, world.staff[0], now=NOW) for act in acts)):
        return
    within_reach = set(suspending.reached(made, now=NOW).values_list("pk", flat=True))
    for pk in some([pk for pk in world.staff if pk not in within_reach], 3):
        for act in acts:
            with pytest.raises(OutOfMandate):
                act(made, pk, now=NOW)
    for pk in some(sorted(within_reach), 2):
        helping.end_sessions(made, pk, now=NOW)


@gesture("delegation.waiting.waits", "delegation.waiting.ending", "delegation.waiting.invited")
def _waiting(world: World, made: Mandate, due: Reach) -> None:
    if refused(
        due,
        lambda: waiting.waits(made, now=NOW),
        lambda: waiting.ending(made, now=NOW),
        lambda: waiting.invited(made, now=NOW),
    ):
        return
    for n, pk in enumerate(world.staff):
        Invitation.objects.create(staff_id=pk, digest=f"of {n}", created_at=NOW, expires_at=NOW + timedelta(days=1))
    soon = {
        pk
        for pk, (_, given) in world.delegations.items()
        if given.school in due.schools and not given.withdrawn and given.span.starts <= 0
        if given.span.last is not None and TODAY <= given.span.last <= TODAY + ENDING_SOON
    }
    here = set(suspending.reached(made, now=NOW).values_list("pk", flat=True))

    assert {one.pk for one in waiting.ending(made, now=NOW)} == soon
    assert {one.staff_id for one in waiting.invited(made, now=NOW)} == here
    assert waiting.waits(made, now=NOW) == waiting.Waits(ending=len(soon), invited=len(here))


# --- the journal and the alerts ---------------------------------------------------------------------------------------


@gesture("oversight.people.named", "oversight.people.one")
def _people(world: World, made: Mandate, due: Reach) -> None:
    inside, outside = within(world, due), beyond(world, due)
    if refused(due, lambda: people.named(made, "camille"), lambda: people.one(made, 1)):
        return
    for pk in some(inside):
        assert people.one(made, pk).pk == pk
    for pk in (*some(outside), 2**62):
        with pytest.raises(OutOfMandate):
            people.one(made, pk)
    for username in some(outside.values()):
        assert people.named(made, username) == []
    for username in some(inside.values()):
        assert [one.username for one in people.named(made, username.upper())] == [username]
    for typed in ("camille", "q", "maryse", "qc00"):
        told_of_nobody_else(people.named(made, typed), world, due)


@gesture("oversight.people.staff_named")
def _colleagues(world: World, made: Mandate, due: Reach) -> None:
    if refused(due, lambda: people.staff_named(made, "maude")):
        return
    here = {
        world.staff[one.n]
        for one in world.drawn.staff
        if any(placed(world, made, due, post.school, post.academie) for post in one.posts)
        or any(given.school in due.schools for given in one.delegations)
    }
    for one in world.drawn.staff:
        found = {known.pk for known in people.staff_named(made, one.mark.lower())}
        assert found == ({world.staff[one.n]} & here)


@gesture("oversight.exporting.write")
def _exported(world: World, made: Mandate, due: Reach) -> None:
    target = io.BytesIO()

    def write() -> bool:
        return exporting.write(
            made, Search(), target, head=[("x",)], row=lambda line: (f"#{line.pk}#", repr(line)), now=NOW
        )

    if due.right != "delegation" or due.place == NATION or not due.whole:
        with pytest.raises(OutOfMandate):
            write()
        return
    uais = {world.uais[n] for n in due.schools}
    inside = {pk: actor for pk, (uai, _, actor) in world.lines.items() if uai in uais}
    assert write() is True
    told = target.getvalue().decode("utf-8-sig")
    assert set(map(int, re.findall(r"#(\d+)#", told))) == inside.keys()
    actors = [int(actor.removeprefix("staff:")) for actor in inside.values() if actor.startswith("staff:")]
    names = {world.drawn.staff[world.staff.index(pk)].mark for pk in actors}
    told_of_nobody_else(told, world, due, also=names)


@gesture("oversight.trail.lines")
def _journal(world: World, made: Mandate, due: Reach) -> None:
    if due.right != "delegation" or due.place == NATION or not due.whole:
        with pytest.raises(OutOfMandate):
            trail.lines(made)
        return
    uais = {world.uais[n] for n in due.schools}
    inside = {pk: line for pk, line in world.lines.items() if line[0] in uais}
    actors = {int(actor.removeprefix("staff:")) for _, _, actor in inside.values() if actor.startswith("staff:")}
    names = {world.drawn.staff[world.staff.index(pk)].mark for pk in actors}
    whole = trail.lines(made, size=999, each=True)

    assert {line.pk for line in whole.lines} == inside.keys()
    told_of_nobody_else(whole, world, due, also=names)
    told_of_nobody_else(trail.lines(made, size=999), world, due, also=names)
    for account in some(beyond(world, due), 3):
        with pytest.raises(OutOfMandate):
            trail.lines(made, Search(account_id=account))
    for account in some(within(world, due), 3):
        about = trail.lines(made, Search(account_id=account), size=999, each=True)
        allowed = {pk for pk, (uai, whose, _) in world.lines.items() if whose == account and uai in (*uais, "")}
        assert {line.pk for line in about.lines} == allowed


@gesture("oversight.alerts.open_for", "oversight.alerts.all_for", "oversight.alerts.find", "oversight.alerts.see")
def _alerts(world: World, made: Mandate, due: Reach) -> None:
    if refused(
        due,
        lambda: alerts.open_for(made),
        lambda: alerts.all_for(made),
        lambda: alerts.find(made, next(iter(world.alerts))),
        lambda: alerts.see(made, next(iter(world.alerts)), now=NOW),
    ):
        return
    inside = {
        pk
        for pk, (about, school, academie) in world.alerts.items()
        if placed(world, made, due, school, academie) and about != person(world, made).n
    }

    assert {one.pk for one in alerts.open_for(made, most=999)} == inside
    assert {one.pk for one in alerts.all_for(made, most=999)} == inside
    for pk in world.alerts.keys() - inside:
        with pytest.raises(OutOfMandate):
            alerts.find(made, pk)
        with pytest.raises(OutOfMandate):
            alerts.see(made, pk, now=NOW)
    for pk in some(inside, 2):
        assert alerts.see(made, pk, now=NOW) is True


@gesture("oversight.alerts.rows", "oversight.alerts.resets", "oversight.alerts.files_taken")
def _counted(world: World, made: Mandate, due: Reach) -> None:
    """What is counted under a mandate is told in its own place."""
    known = set(world.alerts)
    alerts.rows(made, 10**6, now=NOW)

    raised = Alert.objects.exclude(pk__in=known)
    where = {(one.school_id, one.academie) for one in raised}
    place = due.place
    if isinstance(place, int):
        assert where == {(world.uais[place], world.drawn.schools[place].academie)}
    else:
        assert where == {(None, place)}
    assert {one.staff_id for one in raised} == {world.staff[person(world, made).n]}


def _plumbing(world: World, made: Mandate, due: Reach) -> None:
    """`write` keeps what `give` and `grant` checked; nobody else calls it (a test of the whole says so)."""


gesture("delegation.delegating.write")(_plumbing)
