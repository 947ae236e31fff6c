"""A fictive school a year later: levels rise, some repeat, the oldest leave, others arrive.

What is returned is written by `siecle.write_school` like any school: beside the current year's base from May on, and
without classes while it is being prepared.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from educonnect.demo import numbers
from educonnect.demo.academie import COURSES, Academie, Course, FictivePupil, FictiveSchool, Inventing

#: MEF -> the one that follows in the same school; the others end there.
FOLLOWS = {
    "10010012110": "10110001110",
    "10110001110": "10210001110",
    "10210001110": "10310019110",
    "20010018110": "20110019110",
    "20110019110": "20210019110",
    "24731211310": "24731211320",
    "24731211320": "24731211330",
    "24122111210": "24122111220",
}
COURSE = {course.mef: course for courses in COURSES.values() for course in courses}
#: Added to the numbers of those who arrive, so that they are nobody's already.
SERIALS = 5_000_000
GUARDIANS = 400_000_000


def following(course: Course) -> Course | None:
    """The course of the year after in the same school; None where it ends."""
    return COURSE.get(FOLLOWS.get(course.mef, ""))


def a_year_later(
    school: FictiveSchool,
    *,
    arriving: Sequence[FictivePupil] = (),
    repeating: Iterable[int] = (),
    leaving: Iterable[int] = (),
    preparation: bool = False,
) -> FictiveSchool:
    """The school's next base.

    Args:
        arriving: whoever it takes in, already in their course.
        repeating, leaving: ELEVE_ID of those who stay in their course, or go elsewhere.
        preparation: no class is made yet.
    """
    repeats, leaves = set(repeating), set(leaving)
    year = school.year + 1
    pupils = []
    for pupil in school.pupils:
        course = pupil.course if pupil.number in repeats else following(pupil.course)
        if course is not None and pupil.leaves is None and pupil.number not in leaves:
            pupils.append(replace(pupil, course=course, divisions=[], entered=date(year, 9, 1)))
    pupils += [replace(pupil, divisions=[], entered=date(year, 9, 1)) for pupil in arriving]
    made = replace(school, year=year, pupils=pupils, divisions={})
    return made if preparation else in_classes(made)


def in_classes(school: FictiveSchool) -> FictiveSchool:
    """The same base once classes are made: one a course."""
    pupils = [replace(pupil, divisions=[pupil.course.divisions.format("A")]) for pupil in school.pupils]
    return replace(school, pupils=pupils, divisions={pupil.divisions[0]: pupil.course for pupil in pupils})


def newcomers(school: FictiveSchool, *, count: int, seed: int) -> list[FictivePupil]:
    """Pupils no base has had yet, with guardians of their own, for the first course of the school."""
    academie = Academie(schools=school.number + 1, pupils=80 + count, seed=seed, today=date(school.year + 1, 9, 1))
    return list(_renumbered(academie, school, count))


def _renumbered(academie: Academie, school: FictiveSchool, count: int) -> Iterator[FictivePupil]:
    ordinary = [pupil for pupil in Inventing(academie, school.number).school().pupils if not pupil.case]
    serial = SERIALS + seed_offset(academie.seed) + school.number * 1_000
    for rank, pupil in enumerate(ordinary[:count]):
        links = [
            replace(link, guardian=replace(link.guardian, number=GUARDIANS + (serial + rank) * 8 + at))
            for at, link in enumerate(pupil.links)
        ]
        number = serial + rank
        yield replace(
            pupil,
            number=1_000_000 + number,
            ine=numbers.rnie(number),
            course=COURSES[school.kind][0],
            divisions=[],
            links=links,
        )


def seed_offset(seed: int) -> int:
    """Where the numbers of that year's newcomers begin."""
    return seed % 4 * 1_000_000


def taken_in(pupil: FictivePupil, course: Course, *, elsewhere: bool = False) -> FictivePupil:
    """A pupil of another school, in the course of the one that takes them in.

    Args:
        elsewhere: in another académie, whose base gives other numbers to the pupil and to the guardians.
    """
    if not elsewhere:
        return replace(pupil, course=course)
    links = [
        replace(link, guardian=replace(link.guardian, number=link.guardian.number + GUARDIANS)) for link in pupil.links
    ]
    return replace(pupil, course=course, number=pupil.number + SERIALS, links=links)
