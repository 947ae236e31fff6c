"""The school that can help somebody: its name and telephone, on the page where they are stuck."""

from django.db.models import F, Q

from educonnect.accounts.models import Account
from educonnect.population.models import Enrolment
from educonnect.schools.models import School


def school_of(account: Account | None) -> School | None:
    """The school of the account's holder, the latest one, or that of a guardian's child; None when there is none.

    For the eyes of somebody who proved a right username and password.
    """
    if account is None:
        return None
    theirs = Q(pupil=account.pupil_id)
    if account.guardian_id is not None:
        theirs = Q(pupil__guardianships__guardian=account.guardian_id, pupil__guardianships__ended_at=None)
    found = (
        Enrolment.objects.filter(theirs)
        .select_related("school")
        .order_by(F("ended_at").desc(nulls_first=True), "-year", "-pk")
        .first()
    )
    return found.school if found else None
