"""A fictive school a year later is a school base like another."""

from datetime import date

from educonnect.demo import years
from educonnect.demo.academie import Academie, Inventing, Kind


def college():
    return Inventing(Academie(schools=2, pupils=40, seed=3, today=date(2026, 11, 3)), 1).school()


def test_levels_rise_and_the_oldest_leave():
    school = college()

    later = years.a_year_later(school, preparation=True)

    before = {pupil.ine: pupil.course.age for pupil in school.pupils}
    assert later.year == 2027
    assert {pupil.course.age - before[pupil.ine] for pupil in later.pupils} == {1}
    assert {pupil.ine for pupil in school.pupils if pupil.course.age == 14}.isdisjoint(p.ine for p in later.pupils)
    assert not any(pupil.divisions for pupil in later.pupils)
    assert all(pupil.divisions for pupil in years.in_classes(later).pupils)


def test_some_repeat_some_go_elsewhere_and_newcomers_are_nobody_known():
    school = college()
    one, other = [pupil for pupil in school.pupils if pupil.course.age == 12][:2]
    new = years.newcomers(school, count=5, seed=4)

    later = years.a_year_later(school, arriving=new, repeating=[one.number], leaving=[other.number])

    found = {pupil.number: pupil for pupil in later.pupils}
    assert found[one.number].course is one.course
    assert other.number not in found
    known = {pupil.number for pupil in school.pupils}
    assert {pupil.number for pupil in new}.isdisjoint(known)
    assert len({pupil.ine for pupil in [*school.pupils, *new]}) == len(school.pupils) + 5
    assert {pupil.course.mef for pupil in new} == {years.COURSES[Kind.COLLEGE][0].mef}
