import io
import re

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from educonnect.delegation import invitations
from educonnect.delegation.mandate import mandate_for
from educonnect.delegation.models import Function, Invitation, Post, Source
from educonnect.delegation.rules import Right
from educonnect.journal.models import Entry
from educonnect.messaging.models import OutboxMessage
from educonnect.staff import factors
from educonnect.staff.models import Staff
from tests.delegation.factories import a_post, a_staff
from tests.messaging.reading import read
from tests.schools.factories import SchoolFactory
from tests.web.staff.visitors import with_application

pytestmark = pytest.mark.django_db

WHO = ("--first-name", "Odile", "--name", "PÉLAGE", "--email", "odile.pelage@ac.invalid")


def staff(*words: str) -> str:
    said = io.StringIO()
    call_command("staff", *words, stdout=said)
    return said.getvalue()


def test_a_first_person_of_the_nation_is_added_by_the_operator_and_invited_by_mail() -> None:
    staff("add", "--nation", *WHO)

    person = Staff.objects.get()
    assert mandate_for(person.pk, Right.DELEGATION, now=timezone.now())
    assert Post.objects.get().source == Source.OPERATOR
    assert read(OutboxMessage.objects.get())["to"] == "odile.pelage@ac.invalid"
    assert list(Entry.objects.order_by("pk").values_list("event", "actor").distinct()) == [
        ("staff.added", "operator:command-line"),
        ("post.given", "operator:command-line"),
        ("staff.invited", "operator:command-line"),
    ]


def test_the_link_is_printed_for_who_asks_and_nothing_is_sent() -> None:
    said = staff("add", "--academie", "14", "--print", *WHO)

    token = re.search(rf"{invitations.JOIN_PATH}(\S+)", said)[1]
    assert invitations.open_(token, now=timezone.now()).staff == Staff.objects.get()
    assert not OutboxMessage.objects.exists()


def test_an_address_that_an_upstream_alone_says_is_another_person() -> None:
    told = a_staff(email="odile.pelage@ac.invalid", issuer="https://x", subject="1")

    staff("add", "--nation", *WHO)

    assert not Post.objects.filter(staff=told).exists()
    assert read(OutboxMessage.objects.get())["to"] == "odile.pelage@ac.invalid"


def test_the_same_address_is_the_same_person_who_gets_one_more_function() -> None:
    school = SchoolFactory(sector="PU")
    staff("add", "--head", school.pk.lower(), *WHO)
    staff("add", "--academie", "14", *WHO)

    assert set(Staff.objects.get().posts.values_list("function", flat=True)) == {Function.HEAD, Function.ACADEMIE}
    assert school.pk in staff("list", school.pk)
    assert "Odile PÉLAGE" in staff("list")


@pytest.mark.parametrize(
    "words",
    [
        ("add", "--head", "0750001A", *WHO),
        ("add", "--academie", "99", *WHO),
        ("add", "--nation", *WHO[:-1], "pas une adresse"),
        ("add", *WHO),
        ("close", "999"),
        ("invite", "personne@nulle-part.invalid"),
    ],
)
def test_what_cannot_be_done_changes_nothing(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        staff(*words)

    assert not Staff.objects.exists()
    assert not Entry.objects.exists()


def test_a_closed_person_opens_nothing_and_is_invited_nowhere() -> None:
    person = a_post(Function.NATION).staff

    assert "fermé" in staff("close", person.email)
    assert "déjà" in staff("close", str(person.pk))

    person.refresh_from_db()
    assert (person.closed_at is not None, person.epoch) == (True, 1)
    assert Entry.objects.filter(event="staff.closed", detail__staff=person.pk).count() == 1


def test_lost_factors_are_taken_away_told_and_followed_by_an_invitation() -> None:
    person = a_post(Function.ACADEMIE, academie="14").staff
    with_application(person)

    staff("reset-factors", str(person.pk))

    assert not factors.of(person.pk).some
    assert Invitation.objects.get().staff == person
    assert Entry.objects.filter(event="staff.factor-removed", actor="operator:command-line").exists()


def test_an_address_that_several_have_asks_for_the_number() -> None:
    for _ in range(2):
        a_staff(email="deux@ac.invalid")

    with pytest.raises(CommandError, match="numéro"):
        staff("close", "deux@ac.invalid")
