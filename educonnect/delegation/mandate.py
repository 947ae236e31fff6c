"""Who may do what, to whom, until when: the only door to staff gestures."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from educonnect.accounts.models import Account
from educonnect.errors import Refusal
from educonnect.schools.models import School


class Right(StrEnum):
    """The two rights of the console, and the operator's, which the command line alone has."""

    ADMINISTRATION = "administration"
    DEPANNAGE = "depannage"
    OPERATION = "operation"


class OutOfMandate(Refusal):
    """The gesture is not within the right or the scope of the mandate."""

    code = "E-4030"


@dataclass(frozen=True, slots=True)
class Mandate:
    """A right over a scope. Made by this module only.

    Attributes:
        actor: who acts, as the journal writes it (`operator:command-line`, `staff:12`).
        right: what may be done.
        uais: the schools it covers; None means the whole nation.
        divisions: division identifiers it is narrowed to; None means all of the schools'.
        until: when it ends; None for the command line, whose process ends it.
    """

    actor: str
    right: Right
    uais: frozenset[str] | None
    divisions: frozenset[int] | None = None
    until: datetime | None = None

    def schools(self) -> QuerySet[School]:
        """The schools in scope."""
        return School.objects.all() if self.uais is None else School.objects.filter(pk__in=self.uais)

    def accounts(self) -> QuerySet[Account]:
        """The accounts in scope: every staff query starts from here, so that scope stands in the query itself."""
        if self.uais is None:
            return Account.objects.all()
        pupils = Q(
            pupil__enrolments__school__in=self.uais,
            pupil__enrolments__ended_at__isnull=True,
        )
        guardians = Q(
            guardian__guardianships__pupil__enrolments__school__in=self.uais,
            guardian__guardianships__pupil__enrolments__ended_at__isnull=True,
            guardian__guardianships__ended_at__isnull=True,
            guardian__guardianships__level=1,
        )
        if self.divisions is not None:
            pupils &= Q(pupil__enrolments__division__in=self.divisions)
            guardians &= Q(guardian__guardianships__pupil__enrolments__division__in=self.divisions)
        matching = Account.objects.filter(pupils | guardians).values("pk")
        return Account.objects.filter(pk__in=matching)

    def require_school(self, uai: str) -> School:
        """The school, or OutOfMandate when it does not exist or is not in scope (nobody learns which)."""
        school = self.schools().filter(pk=uai).first()
        if school is None:
            raise OutOfMandate
        return school


def operator_mandate() -> Mandate:
    """The mandate of whoever may run commands on the server: the nation, journalled as such."""
    return Mandate(actor="operator:command-line", right=Right.OPERATION, uais=None)
