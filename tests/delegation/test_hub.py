"""What a hub says was given counts as far as the head of the school could give it."""

import pytest

from educonnect.delegation import hub
from educonnect.delegation.hub import NamedByHub
from educonnect.delegation.models import Delegation, Post
from educonnect.delegation.rules import Right
from tests.delegation.desk import AUGUST, NOW, TODAY, granted_head
from tests.delegation.factories import a_staff
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db


def declared(uai: str, *rights: Right) -> set[str]:
    """The rights kept of those that the hub names there."""
    person = a_staff()
    hub.declare(person.pk, [NamedByHub(right, uai, TODAY, AUGUST) for right in rights], now=NOW)
    return set(Delegation.objects.filter(staff=person, withdrawn_at__isnull=True).values_list("right", flat=True))


def test_T67_a_hub_gives_no_more_than_the_head_of_a_private_school_was_granted():
    of_pupils, of_all = SchoolFactory(sector="PR"), SchoolFactory(sector="PR")
    granted_head(of_pupils, Right.DEPANNAGE)
    granted_head(of_all, Right.ADMINISTRATION)

    assert declared(of_pupils.pk, Right.ADMINISTRATION, Right.DEPANNAGE) == {"depannage"}
    assert declared(of_all.pk, Right.ADMINISTRATION, Right.DEPANNAGE) == {"administration", "depannage"}


def test_T67_a_hub_gives_nothing_by_a_grant_whose_head_has_left():
    school = SchoolFactory(sector="PR")
    head = granted_head(school, Right.ADMINISTRATION)
    Post.objects.filter(staff=head).update(ended_at=NOW)

    assert declared(school.pk, Right.DEPANNAGE) == set()
