"""« Mes enfants », and the child who is not one's own, at activation and later."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from educonnect.accounts import activation, children, passwords, signin
from educonnect.accounts.errors import AccountClosed, BirthdateMismatch, NotYourChild
from educonnect.accounts.models import Account
from educonnect.accounts.states import State
from educonnect.accounts.throttling import Origin
from educonnect.journal.models import Entry
from educonnect.messaging.models import OutboxMessage
from educonnect.population.models import Guardianship, GuardianshipReport
from tests.accounts.factories import GuardianAccountFactory, PupilAccountFactory, activate, with_letter
from tests.population.factories import EnrolmentFactory, GuardianshipFactory

pytestmark = pytest.mark.django_db

HASH = passwords.hashed("trois chats bleus dorment")


@pytest.fixture
def account() -> Account:
    return GuardianAccountFactory()


def child(account: Account, name: str, born: date, level: int = 1, **school: object):
    enrolment = EnrolmentFactory(pupil__first_name=name, pupil__birthdate=born, **school)
    GuardianshipFactory(guardian=account.guardian, pupil=enrolment.pupil, school=enrolment.school, level=level)
    return enrolment.pupil


@pytest.fixture
def camille(account):
    return child(account, "Camille", date(2009, 5, 14))


@pytest.fixture
def sacha(account):
    return child(account, "Sacha", date(2010, 5, 15))


def activates(account, birthdates, refused=()):
    activation.activate_guardian(
        account.pk,
        birthdates=birthdates,
        password_hash=HASH,
        email="m.duverger@courriel.example",
        refused=refused,
        now=timezone.now(),
    )


def names(account: Account) -> list[str]:
    return [pupil.first_name for pupil in children.pupils_of(account.pk)]


def test_a_refused_child_asks_no_date_and_is_hidden_while_the_other_activates(account, camille, sacha) -> None:
    with_letter(account, timezone.now())

    activates(account, {sacha.pk: sacha.birthdate}, refused=[camille.pk])

    assert names(account) == ["Sacha"]
    assert GuardianshipReport.objects.get().pupil == camille
    assert Account.objects.get(pk=account.pk).password == HASH
    assert Entry.objects.filter(event="guardianship.refused", account_id=account.pk).count() == 1


def test_a_wrong_date_refuses_no_child(account, camille, sacha) -> None:
    with_letter(account, timezone.now())

    with pytest.raises(BirthdateMismatch):
        activates(account, {sacha.pk: date(2001, 1, 1)}, refused=[camille.pk])

    assert names(account) == ["Camille", "Sacha"]
    assert not GuardianshipReport.objects.exists()


def test_who_refuses_all_the_children_has_no_account_and_the_letter_opens_nothing(account, camille, sacha) -> None:
    letter = with_letter(account, timezone.now())

    activation.refuse_all(account.pk, now=timezone.now())

    account.refresh_from_db()
    assert (account.activated_at, names(account)) == (None, [])
    assert GuardianshipReport.objects.count() == 2
    with pytest.raises(AccountClosed):
        signin.sign_in(account.username, letter, origin=Origin(address="192.0.2.1"))


def test_a_child_is_refused_later_too_and_the_session_goes_on(account, camille, sacha) -> None:
    activate(account)
    Account.objects.filter(pk=account.pk).update(email="m.duverger@courriel.example")

    remain = children.refuse(account.pk, camille.pk, now=timezone.now())

    assert remain
    assert names(account) == ["Sacha"]
    assert Account.objects.get(pk=account.pk).epoch == account.epoch
    assert OutboxMessage.objects.filter(key__startswith=f"child-refused:{account.pk}:").count() == 1


def test_with_the_last_child_the_account_closes(account, camille) -> None:
    activate(account)

    remain = children.refuse(account.pk, camille.pk, now=timezone.now())

    assert not remain
    assert Account.objects.get(pk=account.pk).closed_at is not None


def test_nobody_refuses_another_family_s_child_nor_twice(account, camille, sacha) -> None:
    activate(account)
    other = child(GuardianAccountFactory(), "Lou", date(2011, 1, 1))
    children.refuse(account.pk, camille.pk, now=timezone.now())

    for pupil in (other, camille):
        with pytest.raises(NotYourChild):
            children.refuse(account.pk, pupil.pk, now=timezone.now())

    assert GuardianshipReport.objects.count() == 1


def test_children_are_told_with_their_schools_and_how_far_their_accounts_are(account, camille, sacha) -> None:
    now = timezone.now()
    with_letter(PupilAccountFactory(pupil=camille), now)

    first, second = children.children_of(account.pk, now=now)

    assert (first.name, first.state, first.letter_until is not None) == ("Camille DUVERGER", State.NOTIFIED, True)
    assert [place.division for place in first.places] == [camille.enrolments.get().division.code]
    assert (second.state, second.letter_until) == (State.OPENED, None)


def test_a_child_whose_link_ended_or_is_no_legal_one_is_never_shown(account, camille, sacha) -> None:
    child(account, "Lou", date(2012, 1, 1), level=2)
    child(account, "Noa", date(2013, 1, 1), level=3)
    Guardianship.objects.filter(pupil=camille).update(ended_at=timezone.now())

    shown = [one.name for one in children.children_of(account.pk, now=timezone.now())]

    assert shown == ["Sacha DUVERGER"]


def test_ten_children_cost_the_statements_of_one(account, camille) -> None:
    with CaptureQueriesContext(
        connection,
    ) as for_one:
        children.children_of(account.pk, now=timezone.now())
    for number in range(9):
        child(account, "Sacha", date(2010, 1, 1 + number))

    with CaptureQueriesContext(connection) as for_ten:
        children.children_of(account.pk, now=timezone.now())

    assert len(for_ten) == len(for_one) == 3


def test_a_child_of_the_first_degree_has_no_account_and_needs_none(account) -> None:
    child(account, "Lou", date(2018, 1, 1), school__degree=1)

    (lou,) = children.children_of(account.pk, now=timezone.now())

    assert lou.state is None
