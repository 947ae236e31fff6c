"""People of the staff and what they hold, as real rows: a test never makes a mandate but by the gate."""

import datetime as dt
from itertools import count

from django.utils import timezone

from educonnect.delegation.mandate import Mandate, mandate_for
from educonnect.delegation.models import Delegation, Function, GivenAs, Post, Source
from educonnect.delegation.rules import Right
from educonnect.schools.models import Division, School
from educonnect.staff.models import Staff
from tests.schools.factories import SchoolFactory

_numbers = count(1)
YEAR = dt.timedelta(days=365)


def a_staff(**values) -> Staff:
    """Somebody who holds nothing yet."""
    n = next(_numbers)
    return Staff.objects.create(
        **{
            "first_name": "Maude",
            "name": f"VALDAIRE{n}",
            "email": f"personne{n}@ac.invalid",
            "created_at": timezone.now(),
        }
        | values
    )


def a_post(function: str, *, staff: Staff | None = None, school: School | None = None, academie: str = "") -> Post:
    """A post in force for a year around today."""
    return Post.objects.create(
        staff=staff or a_staff(),
        function=function,
        school=school,
        academie=academie,
        source=Source.OPERATOR,
        starts_on=timezone.localdate() - YEAR,
    )


def a_delegation(
    right: Right, school: School, *, staff: Staff | None = None, divisions: list[Division] | None = None, **values
) -> Delegation:
    """A delegation in force, over the whole school or these classes."""
    given = Delegation.objects.create(
        **{
            "staff": staff or a_staff(),
            "right": right,
            "school": school,
            "whole_school": divisions is None,
            "starts_on": timezone.localdate() - YEAR,
            "ends_on": timezone.localdate() + YEAR,
            "given_as": GivenAs.HEAD,
            "given_at": timezone.now(),
        }
        | values
    )
    given.divisions.set(divisions or [])
    return given


def a_mandate(
    right: Right = Right.ADMINISTRATION,
    school: School | str | None = None,
    *,
    divisions: list[Division] | None = None,
    nation: bool = False,
    now: dt.datetime | None = None,
) -> Mandate:
    """The mandate of somebody who was delegated this right in a school, or holds a national post."""
    now = now or timezone.now()
    if nation:
        return mandate_for(a_post(Function.NATION).staff_id, right, now=now)
    found = school if isinstance(school, School) else School.objects.filter(pk=school).first() if school else None
    found = found or SchoolFactory()
    day = timezone.localdate(now)
    given = a_delegation(right, found, divisions=divisions, starts_on=day - YEAR, ends_on=day + YEAR)
    return mandate_for(given.staff_id, right, uai=found.pk, now=now)
