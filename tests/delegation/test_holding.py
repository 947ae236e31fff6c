"""« Mes droits » says what each thing held gives today, and nothing of what another one gives."""

import pytest

from educonnect.delegation.holding import holdings
from educonnect.delegation.models import Function, Post
from educonnect.delegation.rules import Right
from tests.delegation.desk import AUGUST, DAY, NOW, TODAY, granted_head
from tests.delegation.factories import a_delegation, a_staff
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db


def test_a_right_to_come_gives_nothing_yet_beside_one_in_force():
    school, person = SchoolFactory(), a_staff()
    a_delegation(Right.ADMINISTRATION, school, staff=person, starts_on=TODAY, ends_on=AUGUST)
    a_delegation(Right.DEPANNAGE, school, staff=person, starts_on=TODAY + DAY, ends_on=AUGUST + DAY)

    now, later = holdings(person.pk, now=NOW)

    assert (now.rights, later.rights) == ({Right.ADMINISTRATION, Right.DEPANNAGE}, frozenset())


def test_what_was_granted_to_a_head_who_left_gives_nothing_beside_what_was_given_since():
    school = SchoolFactory(sector="PR")
    head = granted_head(school, Right.ADMINISTRATION)
    Post.objects.filter(staff=head, function=Function.HEAD).update(ended_at=NOW)
    a_delegation(Right.ADMINISTRATION, school, staff=head, starts_on=TODAY, ends_on=AUGUST + DAY)

    granted, given = holdings(head.pk, now=NOW)

    assert (granted.rights, given.rights) == (frozenset(), {Right.ADMINISTRATION, Right.DEPANNAGE})
