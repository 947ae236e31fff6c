"""The queue of « je ne suis pas le représentant légal de cet élève »: its school decides."""

from datetime import datetime

from django.db.models import QuerySet

from educonnect.accounts.opening import open_accounts
from educonnect.delegation.mandate import Mandate
from educonnect.delegation.rules import Right
from educonnect.helpdesk.errors import NoReport
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.population import reports, turns
from educonnect.population.models import GuardianshipReport


def waiting(mandate: Mandate) -> QuerySet[GuardianshipReport]:
    """What waits for a decision in the schools in scope, the oldest first; guardian and pupil selected.

    Raises:
        OutOfMandate: « dépannage » knows nothing of guardians.
    """
    return _in_scope(mandate).filter(pk__in=reports.waiting().values("pk")).order_by("reported_at", "pk")


def end(mandate: Mandate, report_id: int, *, now: datetime) -> None:
    """The guardian is right: the link is over, and no export brings it back.

    Raises:
        Refusal: OutOfMandate, NoReport (of no school in scope, or decided).
    """
    with turns.of_a_person():
        report = _named(mandate, report_id)
        if not reports.confirm(report, now=now):
            raise NoReport
        _record(Event.REPORT_CONFIRMED, mandate, report)


def keep(mandate: Mandate, report_id: int, *, now: datetime) -> None:
    """The school maintains the link: the child is shown again, and the account opens again if it was closed for it.

    Also undoes an `end`: the link then comes back with the next export that names it.

    Raises:
        Refusal: OutOfMandate, NoReport.
    """
    with turns.of_a_person():
        report = _named(mandate, report_id)
        if not reports.dismiss(report, now=now):
            raise NoReport
        open_accounts(pupils=(), guardians=[report.guardian_id], now=now, actor=mandate.actor, uai=report.school_id)
        _record(Event.REPORT_DISMISSED, mandate, report)


def _named(mandate: Mandate, report_id: int) -> GuardianshipReport:
    found = _in_scope(mandate).filter(pk=report_id).first()
    if found is None:
        raise NoReport
    return found


def _in_scope(mandate: Mandate) -> QuerySet[GuardianshipReport]:
    mandate.require(Right.ADMINISTRATION)
    found = GuardianshipReport.objects.select_related("guardian", "pupil", "school").filter(
        mandate.scope.schools("school__")
    )
    if mandate.scope.divisions is not None:
        found = found.filter(pupil__in=mandate.pupils())
    return found


def _record(event: Event, mandate: Mandate, report: GuardianshipReport) -> None:
    record(
        event,
        actor=mandate.actor,
        uai=report.school_id,
        report=report.pk,
        guardian=report.guardian_id,
        pupil=report.pupil_id,
    )
