"""People whom an upstream signs in: known by issuer and subject, and by nothing else."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.staff.authentication import First, Second, StaffAuthentication
from educonnect.staff.models import Staff


class ClosedElsewhere(Exception):
    """Their row here is closed."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who an upstream says somebody is. Names and address may be empty: what is known stays then."""

    issuer: str
    subject: str
    first_name: str = ""
    name: str = ""
    email: str = ""


def known(issuer: str, subject: str) -> int | None:
    """Whose subject this is here."""
    return Staff.objects.filter(issuer=issuer, subject=subject).values_list("pk", flat=True).first()


def add(person: Person, *, now: datetime) -> int:
    """A row for somebody who comes for the first time; of two who come at once, one makes it."""
    with transaction.atomic():
        staff, made = Staff.objects.get_or_create(
            issuer=person.issuer,
            subject=person.subject,
            defaults={
                "first_name": person.first_name,
                "name": person.name,
                "email": person.email,
                "created_at": now,
            },
        )
        if made:
            record(Event.STAFF_ADDED, staff=staff.pk)
    return staff.pk


def enter(
    staff_id: int,
    person: Person,
    second: Second,
    *,
    upstream: str,
    proved_at: datetime,
    left_out: int = 0,
    now: datetime,
) -> StaffAuthentication:
    """Somebody known comes in; names become what the upstream says today, and so does an address that
    no invitation reached.

    Args:
        proved_at: when they signed in there.
        left_out: how much of what the upstream said was not taken, for the journal.

    Raises:
        ClosedElsewhere
    """
    with transaction.atomic():
        staff = Staff.objects.select_for_update(no_key=True).get(pk=staff_id)
        if staff.closed_at is not None:
            raise ClosedElsewhere
        proof = StaffAuthentication(
            staff_id=staff.pk,
            epoch=staff.epoch,
            first=First.UPSTREAM,
            at=now,
            second=second,
            proved_at=proved_at,
            failures=staff.failures_since_sign_in,
            former=staff.last_signed_in_at,
        )
        staff.first_name = person.first_name or staff.first_name
        staff.name = person.name or staff.name
        if staff.email_reached_at is None:
            staff.email = person.email or staff.email
        staff.last_signed_in_at, staff.failures_since_sign_in = now, 0
        staff.save(update_fields=["first_name", "name", "email", "last_signed_in_at", "failures_since_sign_in"])
        record(
            Event.STAFF_SIGNED_IN,
            actor=f"staff:{staff.pk}",
            first=First.UPSTREAM,
            second=second,
            upstream=upstream,
            left_out=left_out,
        )
    return proof
