"""What a mandate costs: the statements of the gate, and how the database finds the accounts of a school among many."""

import re

import pytest
from django.db import connection
from django.utils import timezone

from educonnect.delegation.mandate import Mandate, mandate_for
from educonnect.delegation.models import Function
from educonnect.delegation.rules import Right
from educonnect.schools.models import Division, School
from tests.delegation.factories import a_delegation, a_mandate, a_post
from tests.schools.factories import DivisionFactory, SchoolFactory

pytestmark = pytest.mark.django_db

SCHOOLS, PUPILS = 60, 30_000


def test_a_mandate_by_a_post_costs_four_statements_and_five_with_classes(django_assert_num_queries) -> None:
    head = a_post(Function.HEAD, school=SchoolFactory())
    room = DivisionFactory()
    teacher = a_delegation(Right.DEPANNAGE, room.school, divisions=[room])

    with django_assert_num_queries(4):  # the place, suspensions, posts, delegations
        mandate_for(head.staff_id, Right.ADMINISTRATION, uai=head.school_id, now=timezone.now())
    with django_assert_num_queries(5):
        mandate_for(teacher.staff_id, Right.DEPANNAGE, uai=teacher.school_id, now=timezone.now())


def test_accounts_schools_and_classes_cost_one_statement_each(django_assert_num_queries) -> None:
    mandate = a_mandate(Right.ADMINISTRATION, SchoolFactory())

    for rows in (mandate.accounts, mandate.pupils, mandate.guardians, mandate.schools, mandate.divisions):
        with django_assert_num_queries(1):
            list(rows())


def many_people() -> tuple[School, Division]:
    """Sixty schools of five hundred pupils, each with a legal guardian; a school and a class of it."""
    schools = [SchoolFactory(academie="31" if n % 3 else "28") for n in range(SCHOOLS)]
    rooms = [DivisionFactory(school=school) for school in schools]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO population_pupil (ine, former_ine, first_ine, family_name, used_name, first_name, other_names,"
            " birthdate, sex, birth_commune, birth_country, folded, deceased) SELECT lpad(n::text, 11, '0'), '',"
            " lpad(n::text, 11, '0'), 'DUVERGER', '', 'Camille', '', '2010-05-14', '', '', '', 'duverger camille',"
            " false FROM generate_series(1, %s) n RETURNING id",
            [PUPILS],
        )
        pupils = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(
            "INSERT INTO population_guardian (civility, family_name, used_name, first_name, mobile, email, folded,"
            " identity) SELECT '', 'DUVERGER', '', 'Maryse', '', '', 'duverger maryse', ''"
            " FROM generate_series(1, %s) RETURNING id",
            [PUPILS],
        )
        guardians = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(
            "INSERT INTO population_enrolment (pupil_id, school_id, year, division_id, mef, level, source_id,"
            " leaving_reason) SELECT p.pk, (%s::text[])[1 + p.n %% %s], 2026, (%s::bigint[])[1 + p.n %% %s], '', '',"
            " p.pk, '' FROM unnest(%s::bigint[]) WITH ORDINALITY AS p(pk, n)",
            [[one.pk for one in schools], SCHOOLS, [one.pk for one in rooms], SCHOOLS, pupils],
        )
        cursor.execute(
            "INSERT INTO population_guardianship (guardian_id, pupil_id, school_id, level, kinship)"
            " SELECT g.pk, p.pk, (%s::text[])[1 + p.n %% %s], 1, ''"
            " FROM unnest(%s::bigint[]) WITH ORDINALITY AS p(pk, n)"
            " JOIN unnest(%s::bigint[]) WITH ORDINALITY AS g(pk, n) USING (n)",
            [[one.pk for one in schools], SCHOOLS, pupils, guardians],
        )
        for kind, holders in (("pupil", pupils), ("guardian", guardians)):
            cursor.execute(
                f"INSERT INTO accounts_account (kind, {kind}_id, username, educonnect_id, password, opened_at, email,"
                " email_to_confirm, failures_since_sign_in, epoch)"
                f" SELECT '{kind}', pk, '{kind}' || pk, '{kind}' || pk, '', now(), '', '', 0, 0"
                " FROM unnest(%s::bigint[]) AS h(pk)",
                [holders],
            )
        cursor.execute(
            "ANALYZE accounts_account, population_pupil, population_guardian, population_enrolment,"
            " population_guardianship, schools_school"
        )
    return schools[0], rooms[0]


def scanned_whole(mandate: Mandate, **filters: object) -> list[str]:
    """The parts of the plan that go through a whole table though they may avoid it: what grows with the nation."""
    with connection.cursor() as cursor:
        for way in ("seqscan", "mergejoin", "hashjoin"):  # which are quicker in a table of sixty thousand rows
            cursor.execute(f"SET LOCAL enable_{way} = off")
    lines = str(mandate.accounts().filter(**filters).explain()).splitlines()
    large = [at for at, line in enumerate(lines) if re.search(r"Scan.* on (accounts|population)_", line)]
    return [lines[at] for at in large if not re.search(r"(Index|Recheck) Cond", lines[at + 1])]


def test_the_accounts_of_a_place_are_found_by_indexes_among_those_of_all() -> None:
    school, room = many_people()
    whole, narrowed = a_mandate(Right.ADMINISTRATION, school), a_mandate(Right.DEPANNAGE, school, divisions=[room])
    username = whole.accounts().filter(kind="pupil").values_list("username", flat=True)[0]

    assert whole.accounts().count() == 2 * narrowed.accounts().count() == 2 * PUPILS // SCHOOLS
    for mandate in (whole, narrowed):
        assert scanned_whole(mandate) == []
        assert scanned_whole(mandate, username=username) == []
