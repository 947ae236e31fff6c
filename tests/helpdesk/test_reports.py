"""The queue of refused children, for their school alone."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from educonnect.accounts import children
from educonnect.accounts.models import Account
from educonnect.delegation.mandate import Mandate, OutOfMandate, operator_mandate
from educonnect.delegation.rules import Right
from educonnect.helpdesk import reports
from educonnect.helpdesk.errors import NoReport
from educonnect.journal.models import Entry
from educonnect.population.models import GuardianshipReport
from tests.accounts.factories import GuardianAccountFactory, activate
from tests.delegation.factories import a_mandate
from tests.population.factories import EnrolmentFactory, GuardianshipFactory
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def report() -> GuardianshipReport:
    """The only child of a guardian was refused: the account closed."""
    account = activate(GuardianAccountFactory())
    enrolment = EnrolmentFactory()
    GuardianshipFactory(guardian=account.guardian, pupil=enrolment.pupil, school=enrolment.school)
    children.refuse(account.pk, enrolment.pupil_id, now=timezone.now())
    return GuardianshipReport.objects.get()


def mandate(*uais: str, right: Right = Right.ADMINISTRATION, divisions=None) -> Mandate:
    return a_mandate(right, uais[0] if uais else None, divisions=divisions)


def test_a_school_sees_its_own_queue_and_no_other(report) -> None:
    own = reports.waiting(mandate(report.school_id))
    others = reports.waiting(mandate(SchoolFactory().pk))

    assert list(own) == [report]
    assert list(others) == []


def test_a_mandate_narrowed_to_classes_sees_their_pupils_only(report) -> None:
    division = report.pupil.enrolments.get().division_id

    own = reports.waiting(mandate(report.school_id, divisions=[division]))
    others = reports.waiting(mandate(report.school_id, divisions=[]))

    assert list(own) == [report]
    assert list(others) == []


def test_depannage_knows_nothing_of_guardians(report) -> None:
    with pytest.raises(OutOfMandate):
        reports.waiting(mandate(report.school_id, right=Right.DEPANNAGE))


@pytest.mark.parametrize("gesture", [reports.end, reports.keep])
def test_another_school_decides_nothing(gesture, report) -> None:
    with pytest.raises(NoReport):
        gesture(mandate(SchoolFactory().pk), report.pk, now=timezone.now())

    report.refresh_from_db()
    assert report.outcome == "open"


def test_a_link_that_is_kept_shows_the_child_and_opens_the_account_again(report) -> None:
    reports.keep(operator_mandate(), report.pk, now=timezone.now())

    account = Account.objects.get(guardian=report.guardian)
    assert account.closed_at is None
    assert children.pupils_of(account.pk) == [report.pupil]
    assert Entry.objects.filter(event="guardianship.report-dismissed", uai=report.school_id).exists()
    assert not reports.waiting(operator_mandate()).exists()


def test_a_link_that_is_ended_stays_ended_and_is_decided_once(report) -> None:
    reports.end(operator_mandate(), report.pk, now=timezone.now())

    assert not children.pupils_of(Account.objects.get(guardian=report.guardian).pk)
    assert Entry.objects.filter(event="guardianship.report-confirmed").count() == 1
    with pytest.raises(NoReport):
        reports.end(operator_mandate(), report.pk, now=timezone.now())


def test_the_command_lists_with_age_and_decides(report) -> None:
    listed, kept, empty = StringIO(), StringIO(), StringIO()

    call_command("reports", "list", report.school_id.lower(), stdout=listed)
    call_command("reports", "keep", str(report.pk), stdout=kept)
    call_command("reports", "list", stdout=empty)

    assert f"{report.pk}  {report.school_id}  0 j" in listed.getvalue()
    assert "à traiter : 1" in listed.getvalue()
    assert "maintenu" in kept.getvalue()
    assert "à traiter : 0" in empty.getvalue()
