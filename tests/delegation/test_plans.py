"""What is read of a school or an académie costs what it shows, however many others the nation has."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from educonnect.delegation import delegating, granting, suspending, waiting
from educonnect.delegation.mandate import Mandate, mandate_for
from educonnect.delegation.models import Delegation, Function, GivenAs, Invitation, Post, Source
from educonnect.delegation.rules import Right
from educonnect.schools.models import School
from educonnect.staff.models import Staff
from tests.delegation.desk import AUGUST, NOW, TODAY, desk, in_post
from tests.plans import rows_read

pytestmark = pytest.mark.django_db
SCHOOLS, OF_ACADEMIE, PEOPLE = 400, 4, 20
TABLES = ("staff_staff", "delegation_post", "delegation_delegation", "delegation_invitation")


@pytest.fixture
def nation() -> School:
    """A hundred académies of four schools, of twenty people each, half of them with a right; one of the schools."""
    schools = School.objects.bulk_create(
        School(
            uai=f"{1000000 + n}A", departement="031", academie=f"{n // OF_ACADEMIE:02}", si_instance="31", sector="PR"
        )
        for n in range(SCHOOLS)
    )
    staff = Staff.objects.bulk_create(
        Staff(first_name="Maude", name=f"VALDAIRE{n}", email=f"personne{n}@ac.invalid", created_at=NOW)
        for n in range(SCHOOLS * PEOPLE)
    )
    since = TODAY - timedelta(days=80)
    placed = [(one, schools[n // PEOPLE], n % PEOPLE) for n, one in enumerate(staff)]
    Post.objects.bulk_create(
        Post(staff=one, school=school, function=Function.OTHER, source=Source.STS, starts_on=since)
        for one, school, _ in placed
    )
    Delegation.objects.bulk_create(
        Delegation(
            staff=one,
            school=school,
            right=Right.DEPANNAGE,
            whole_school=True,
            starts_on=since,
            ends_on=AUGUST,
            given_as=GivenAs.HEAD,
            given_at=NOW,
        )
        for one, school, rank in placed
        if rank % 2
    )
    Invitation.objects.bulk_create(
        Invitation(staff=one, digest=f"of {one.pk}", created_at=NOW, expires_at=NOW + timedelta(days=1), used_at=NOW)
        for one in staff
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join((*TABLES, 'schools_school'))}")
    return schools[0]


def read_of(mandate: Mandate) -> dict[str, Callable[[], object]]:
    return {
        "whoever is reached": lambda: list(suspending.numbers_reached(mandate, now=NOW)),
        "rights that end": lambda: list(waiting.ending(mandate, now=NOW)),
        "who has not come": lambda: list(waiting.invited(mandate, now=NOW)),
    }


def test_what_is_read_of_a_school_does_not_grow_with_the_nation(nation: School) -> None:
    head = desk(in_post(Function.ACADEMIE, academie=nation.academie), nation)
    readings = read_of(head) | {
        "its people": lambda: list(delegating.people(head, nation.pk, now=NOW)),
        "rights in force": lambda: list(delegating.in_force(head, nation.pk, now=NOW)),
    }

    costs = {name: rows_read(read, *TABLES) for name, read in readings.items()}

    assert {name: rows for name, rows in costs.items() if rows > 10 * PEOPLE} == {}
    assert costs["its people"] >= PEOPLE


def test_what_is_read_of_an_academie_does_not_grow_with_the_nation(nation: School) -> None:
    member = in_post(Function.ACADEMIE, academie=nation.academie)
    mandate = mandate_for(member.pk, Right.DELEGATION, academie=nation.academie, now=NOW)
    readings = read_of(mandate) | {
        "heads who wait": lambda: granting.waiting(mandate, now=NOW),
        "schools without a grant": lambda: granting.schools(mandate, without_grant=True, size=51, now=NOW),
    }

    costs = {name: rows_read(read, *TABLES) for name, read in readings.items()}

    assert {name: rows for name, rows in costs.items() if rows > 10 * OF_ACADEMIE * PEOPLE} == {}
    assert costs["whoever is reached"] >= OF_ACADEMIE * PEOPLE
