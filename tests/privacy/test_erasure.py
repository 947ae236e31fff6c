"""Nothing that says who somebody was is left after erasure, in any column of any table."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from educonnect.accounts import contacts
from educonnect.accounts.models import Account, Kind
from educonnect.delegation.mandate import OutOfMandate, operator_mandate
from educonnect.delegation.rules import Right
from educonnect.federation.models import Release
from educonnect.journal.models import Entry
from educonnect.messaging.models import OutboxMessage
from educonnect.notification import campaign
from educonnect.notification.models import Chunk
from educonnect.notification.selection import Selection
from educonnect.population.models import Enrolment, Guardian, Guardianship, Pupil
from educonnect.population.roll import RollGuardian, RollLink, RollPupil
from educonnect.privacy import erasure
from educonnect.privacy.errors import StillEnrolled
from tests.accounts.test_opening import bring_in
from tests.delegation.factories import a_mandate
from tests.federation.factories import ProviderFactory
from tests.population.rolls import roll
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 3, 8, tzinfo=UTC)
INE = "110099001FH"
MARKS = ("zorglumine", "quillabel", INE, "2010-03-17", "zorgl@famille.example", "0639981234", "639981234")
#: initial and name with a count, tied to nobody: what keeps a username from being given twice
KEPT = {"accounts_usernamestem"}


def pupil(number=1, ine=INE, family="ZORGLUMINE", first="Quillabel"):
    return RollPupil(
        source_id=number, ine=ine, family_name=family, first_name=first, birthdate=date(2010, 3, 17), division="2DE1"
    )


MOTHER = RollGuardian(
    source_id=7, family_name="ZORGLUMINE", first_name="Ottavie", mobile="+33639981234", email="zorgl@famille.example"
)


def at(days):
    return NOW + timedelta(days=days)


def arrived(school, *, days=0, pupils=None, guardians=(MOTHER,), links=None):
    pupils = [pupil()] if pupils is None else pupils
    links = [RollLink(one.source_id, 7, 1) for one in pupils] if links is None else links
    return bring_in(
        roll(school.uai, pupils, guardians, links, year=2026, exported_at=at(days)),
        now=at(days),
        allow_mass_departure=True,
    )


def columns_that_say(*marks):
    """(table, mark) of each row that holds one, whatever the column."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for table in sorted({name for (name,) in cursor.fetchall()} - KEPT):
            for mark in marks:
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" AS row WHERE to_jsonb(row)::text ILIKE %s',
                    [f"%{mark}%"],
                )
                if cursor.fetchone()[0]:
                    found.add((table, mark))
    return found


def account_of(kind):
    return Account.objects.get(kind=kind)


def leave(school, days=1):
    arrived(school, days=days, pupils=[], guardians=(), links=[])


def test_nothing_says_who_a_pupil_and_a_guardian_were():
    school = SchoolFactory()
    arrived(school)
    child, parent = account_of(Kind.PUPIL), account_of(Kind.GUARDIAN)
    for account in (child, parent):
        contacts.declare_email(account.pk, "zorgl@famille.example", now=NOW)
        Release.objects.create(account=account, provider=ProviderFactory(), at=NOW, attributes=["birthdate"])
    begun = campaign.notify(operator_mandate(), Selection(school.uai), now=NOW)
    campaign.run_chunk(Chunk.objects.get(campaign=begun).pk)
    assert {table for table, _ in columns_that_say(*MARKS)} >= {
        "population_pupil",
        "population_guardian",
        "accounts_account",
    }
    leave(school)

    call_command("person", "erase", child.username)
    erasure.erase(operator_mandate(), parent.username)

    assert columns_that_say(*MARKS, child.username, child.educonnect_id, parent.educonnect_id) == set()
    assert not Chunk.objects.exclude(letters=None).exists()
    assert not OutboxMessage.objects.exists()
    assert (Account.objects.count(), Pupil.objects.count(), Guardian.objects.count(), Release.objects.count()) == (
        0,
    ) * 4
    erased = Entry.objects.filter(event="person.erased")
    assert {(line.account_id, line.actor) for line in erased} == {
        (child.pk, "operator:command-line"),
        (parent.pk, "operator:command-line"),
    }


def test_somebody_a_base_still_names_is_refused_and_nothing_goes():
    school = SchoolFactory()
    arrived(school)

    for account in Account.objects.all():
        with pytest.raises(StillEnrolled):
            erasure.erase(operator_mandate(), account.username)

    assert (Account.objects.count(), Enrolment.objects.count(), Guardianship.objects.count()) == (2, 1, 1)


def test_a_pupil_of_two_schools_is_refused_until_both_have_let_go():
    one, other = SchoolFactory(), SchoolFactory()
    arrived(one)
    arrived(other)
    leave(one)
    username = account_of(Kind.PUPIL).username

    with pytest.raises(StillEnrolled):
        erasure.erase(operator_mandate(), username)
    leave(other)
    erasure.erase(operator_mandate(), username)

    assert not Enrolment.objects.exists()


def test_a_guardian_of_two_pupils_keeps_the_other_one():
    school = SchoolFactory()
    sister = pupil(2, "110099098CD", first="Mirliane")
    arrived(school, pupils=[pupil(), sister])
    arrived(school, days=1, pupils=[sister])
    gone = Account.objects.get(pupil__ine=INE)

    erasure.erase(operator_mandate(), gone.username)

    parent = account_of(Kind.GUARDIAN)
    assert Guardianship.objects.filter(guardian=parent.guardian, ended_at=None).get().pupil.ine == sister.ine
    with pytest.raises(StillEnrolled):
        erasure.erase(operator_mandate(), parent.username)


def test_who_comes_back_after_erasure_is_somebody_new():
    school = SchoolFactory()
    arrived(school)
    former = account_of(Kind.PUPIL)
    leave(school)
    erasure.erase(operator_mandate(), former.username)

    arrived(school, days=2)

    again = account_of(Kind.PUPIL)
    assert again.pk != former.pk
    assert again.educonnect_id != former.educonnect_id
    assert (former.username, again.username) == ("q.zorglumine", "q.zorglumine2")
    assert again.pupil.first_ine == INE  # the hash services know is made of it: nobody is credited twice


def test_only_the_operator_erases():
    school = SchoolFactory()
    arrived(school)
    mandate = a_mandate(Right.ADMINISTRATION, school)

    with pytest.raises(OutOfMandate):
        erasure.erase(mandate, account_of(Kind.PUPIL).username)
