"""A school with its head and classes, on a day of November, for the desk of delegations."""

import datetime as dt

from educonnect.delegation.delegating import Wish
from educonnect.delegation.mandate import Mandate, mandate_for
from educonnect.delegation.models import Function, GivenAs, Post
from educonnect.delegation.rules import Right
from educonnect.population.models import Enrolment
from educonnect.schools.models import Division, School
from educonnect.staff.models import Staff
from tests.delegation.factories import a_delegation, a_post
from tests.population.factories import EnrolmentFactory, GuardianshipFactory
from tests.schools.factories import DivisionFactory, SchoolFactory

NOW = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 25)
AUGUST = dt.date(2027, 8, 31)
DAY = dt.timedelta(days=1)


def in_post(function: str, school: School | None = None, *, academie: str = "", staff: Staff | None = None) -> Staff:
    """Somebody who holds this post since September."""
    post = a_post(function, school=school, academie=academie, staff=staff)
    Post.objects.filter(pk=post.pk).update(starts_on=dt.date(2026, 9, 1))
    return post.staff


def colleague(school: School) -> Staff:
    """Somebody who works in the school and holds no right."""
    return in_post(Function.OTHER, school)


def granted_head(school: School, right: Right) -> Staff:
    """The head of a private school, once the académie has granted this right."""
    head = in_post(Function.HEAD, school)
    since, by = dt.date(2026, 9, 1), GivenAs.ACADEMIE
    a_delegation(right, school, staff=head, as_head=True, given_as=by, starts_on=since, ends_on=AUGUST)
    return head


def desk(staff: Staff, school: School, now: dt.datetime = NOW) -> Mandate:
    """Their mandate to give rights in the school."""
    return mandate_for(staff.pk, Right.DELEGATION, uai=school.pk, now=now)


def wish(school: School, right: Right = Right.DEPANNAGE, **values) -> Wish:
    """From today to 31 August, for the whole school unless told otherwise."""
    kept = {"uai": school.pk, "right": right, "divisions": None, "starts_on": TODAY, "ends_on": AUGUST}
    return Wish(**kept | values)


def a_class(school: School, *, pupils: int = 0, year: int = 2026) -> Division:
    """A class with so many pupils, each with a legal guardian."""
    division = DivisionFactory(school=school, year=year)
    for _ in range(pupils):
        enrolment: Enrolment = EnrolmentFactory(school=school, division=division, year=year)
        GuardianshipFactory(pupil=enrolment.pupil, school=school)
    return division


def a_school(**values) -> tuple[School, Staff]:
    """A public school and its head."""
    school = SchoolFactory(**values)
    return school, in_post(Function.HEAD, school)
