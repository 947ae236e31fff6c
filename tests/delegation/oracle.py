"""Whom each person of a drawn world may reach, told a second time in plain Python: no query, nothing of the gate."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.delegation.worlds import TODAY, Drawn, DrawnPost, DrawnSchool, DrawnStaff, Span

#: The nation, an académie by its code, or a school by its number.
Place = str | int
NATION = ""
EVERYBODY = frozenset({"pupil", "guardian"})


@dataclass(frozen=True)
class Reach:
    """What a right opens in a place; numbers are those of the drawn world."""

    place: Place
    right: str
    kinds: frozenset[str]
    schools: frozenset[int]
    whole: bool
    classes: frozenset[int]
    pupils: frozenset[int]
    guardians: frozenset[int]

    @property
    def pupil_accounts(self) -> frozenset[int]:
        return self.pupils if "pupil" in self.kinds else frozenset()

    @property
    def guardian_accounts(self) -> frozenset[int]:
        return self.guardians


@dataclass(frozen=True)
class _Given:
    rights: frozenset[str]
    where: Place
    classes: tuple[int, ...] | None
    kinds: frozenset[str]


def places(drawn: Drawn) -> list[Place]:
    return [NATION, "31", "28", "33", *range(len(drawn.schools))]


def reach(drawn: Drawn, person: DrawnStaff, right: str, place: Place) -> Reach | None:
    """What they may reach there; None: nothing, they are refused."""
    if _stopped(drawn, person, place):
        return None
    useful = [one for one in _given(drawn, person) if right in one.rights and _within(drawn, place, one.where)]
    if not useful:
        return None
    # rights over different populations do not mix: the whole school first, then the larger population
    families: dict[frozenset[str], list[_Given]] = {}
    for one in useful:
        kinds = one.kinds & {"pupil"} if right == "depannage" else one.kinds
        families.setdefault(kinds, []).append(one)
    ordered = sorted(families.items(), key=lambda item: (any(one.classes is None for one in item[1]), len(item[0])))
    kinds, family = ordered[-1]
    whole = any(one.classes is None for one in family)
    schools = frozenset(
        school.n
        for school in drawn.schools
        if _within(drawn, school.n, place) and not _stopped(drawn, person, school.n)
    )
    named = {n for one in family for n in one.classes or ()}
    classes = frozenset(one.n for one in drawn.classes if one.school in schools and (whole or one.n in named))
    if place == NATION and schools == {one.n for one in drawn.schools} and not _live_suspensions(person):
        pupils = frozenset(one.n for one in drawn.pupils)
        guardians = frozenset(one.n for one in drawn.guardians)
    else:
        pupils = frozenset(
            one.n
            for one in drawn.pupils
            if any(
                not there.ended and there.school in schools and (whole or there.division in classes)
                for there in one.enrolments
            )
        )
        guardians = frozenset(
            one.n
            for one in drawn.guardians
            if any(not link.ended and link.level == 1 and link.pupil in pupils for link in one.links)
        )
    if "guardian" not in kinds:
        guardians = frozenset()
    return Reach(place, right, kinds, schools, whole, classes, pupils, guardians)


def _live_suspensions(person: DrawnStaff) -> list[tuple[int | None, str]]:
    return [(one.school, one.academie) for one in person.suspensions if not one.lifted]


def _stopped(drawn: Drawn, person: DrawnStaff, place: Place) -> bool:
    """Whether they are suspended in this very place, or in one that holds it."""
    for school, academie in _live_suspensions(person):
        if school is None and academie == "":
            return True
        if school is not None and place == school:
            return True
        if academie and place == academie:
            return True
        if academie and isinstance(place, int) and drawn.schools[place].academie == academie:
            return True
    return False


def _within(drawn: Drawn, place: Place, larger: Place) -> bool:
    if larger == NATION or place == larger:
        return True
    return isinstance(place, int) and drawn.schools[place].academie == larger


def _lasts(span: Span) -> bool:
    return span.first <= TODAY and (span.last is None or span.last >= TODAY)


def _given(drawn: Drawn, person: DrawnStaff) -> Iterator[_Given]:
    if person.closed:
        return
    heads = set()
    for post in person.posts:
        if post.ended or not _lasts(post.span):
            continue
        if post.function == "head":
            heads.add(post.school)
        yield _of_post(post, None if post.school is None else drawn.schools[post.school])
    for given in person.delegations:
        if given.withdrawn or not _lasts(given.span) or (given.as_head and given.school not in heads):
            continue
        rights = {"administration", "depannage"} if given.right == "administration" else {"depannage"}
        if given.as_head:
            rights |= {"delegation"}
        kinds = EVERYBODY if given.right == "administration" else frozenset({"pupil"})
        yield _Given(frozenset(rights), given.school, given.classes, kinds)


def _of_post(post: DrawnPost, school: DrawnSchool | None) -> _Given:
    everything = frozenset({"administration", "depannage", "delegation"})
    if post.function == "nation":
        return _Given(everything, NATION, None, EVERYBODY)
    if post.function == "academie":
        return _Given(everything, post.academie, None, EVERYBODY)
    assert school is not None
    public_lycee = school.sector == "PU" and school.degree == 2
    if post.function == "head" and public_lycee:
        return _Given(everything, school.n, None, EVERYBODY)
    if post.function == "deputy" and public_lycee:
        return _Given(everything - {"delegation"}, school.n, None, EVERYBODY)
    if post.function == "primary-head" and school.degree == 1:
        kinds = EVERYBODY if school.opens else frozenset({"guardian"})
        return _Given(frozenset({"administration"}), school.n, None, kinds)
    return _Given(frozenset(), school.n, None, EVERYBODY)
