"""Close the accounts of those who have left; the account stays, and reopens as it was if they come back."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from educonnect.accounts.errors import AccountClosed, AccountMerged
from educonnect.accounts.models import Account
from educonnect.errors import Refusal
from educonnect.journal.recording import record_each
from educonnect.journal.rules import Event
from educonnect.population import staging

# the day a pupil left his last school; the account's own first day if no school ever had him
PUPIL_LEFT_ON = """COALESCE((SELECT max(LEAST(e.leaves_on, (e.ended_at AT TIME ZONE %(zone)s)::date))
  FROM population_enrolment e WHERE e.pupil_id = a.pupil_id), (a.opened_at AT TIME ZONE %(zone)s)::date)"""
PUPIL_THERE = """EXISTS (SELECT FROM population_enrolment e WHERE e.pupil_id = a.pupil_id AND e.ended_at IS NULL)"""
# the day a guardian's last legal link, or the last enrolment behind one, ended; no link left at all counts as then
GUARDIAN_LEFT_ON = """COALESCE((SELECT max(LEAST((l.ended_at AT TIME ZONE %(zone)s)::date, e.leaves_on,
                               (e.ended_at AT TIME ZONE %(zone)s)::date))
  FROM population_guardianship l LEFT JOIN population_enrolment e
    ON e.pupil_id = l.pupil_id AND e.school_id = l.school_id
  WHERE l.guardian_id = a.guardian_id AND l.level = 1), (a.opened_at AT TIME ZONE %(zone)s)::date)"""
GUARDIAN_THERE = """EXISTS (SELECT FROM population_guardianship l
  JOIN population_pupil c ON c.id = l.pupil_id AND NOT c.deceased
  JOIN population_enrolment e ON e.pupil_id = c.id AND e.ended_at IS NULL
  WHERE l.guardian_id = a.guardian_id AND l.level = 1 AND l.ended_at IS NULL)"""
_PUPIL_LEFT = f"""
SELECT a.id FROM accounts_account a JOIN population_pupil p ON p.id = a.pupil_id
WHERE a.closed_at IS NULL AND a.kind = 'pupil'
AND (p.deceased OR (NOT {PUPIL_THERE} AND {PUPIL_LEFT_ON} < %(new_year)s))
"""  # noqa: S608 - constants
_GUARDIAN_LEFT = f"""
SELECT a.id FROM accounts_account a
WHERE a.closed_at IS NULL AND a.kind = 'guardian' AND NOT {GUARDIAN_THERE} AND {GUARDIAN_LEFT_ON} < %(new_year)s
"""  # noqa: S608 - constants
_WITHDRAWN = """
SELECT a.id FROM accounts_account a
WHERE a.closed_at IS NULL AND (
  a.pupil_id IN (SELECT id FROM population_pupil WHERE deceased AND id = ANY(%(pupils)s))
  OR (a.guardian_id = ANY(%(guardians)s)
      AND NOT EXISTS (SELECT FROM population_guardianship l WHERE l.guardian_id = a.guardian_id
                      AND l.level = 1 AND l.ended_at IS NULL)))
"""


def close_departed(*, now: datetime, actor: str = "system") -> int:
    """Close the accounts whose holder left before this calendar year; how many. To be run daily; twice is once.

    A pupil who has left all schools, a guardian who has no pupil left, keeps the account until the 31 December that
    follows; a deceased pupil's closes at once. Closing ends every session. Nothing is erased, and somebody who is
    in no import has no enrolment left, so an account cannot outlive its holder's schooling.

    Source: decision 0016.
    """
    with transaction.atomic():
        new_year = timezone.localdate(now).replace(month=1, day=1)
        values = {"zone": timezone.get_default_timezone_name(), "new_year": new_year}
        closed = _close(_PUPIL_LEFT, values, now) + _close(_GUARDIAN_LEFT, values, now)
        record_each(Event.ACCOUNT_CLOSED, closed, actor=actor)
    return len(closed)


def withdraw(
    *, pupils: Iterable[int] = (), guardians: Iterable[int] = (), now: datetime, actor: str = "system", uai: str = ""
) -> int:
    """Take access away at once, after an import: how many accounts were closed.

    Args:
        pupils: said deceased (`Changes.pupils_deceased`); others of the list are passed over.
        guardians: who lost legal responsibility for a pupil still there (`Changes.guardians_withdrawn`). Those who
            answer for no other pupil are closed; the sessions of the others end, so that nothing read before is
            kept.
        uai: the school whose import says so, for the journal.
    """
    values = {"pupils": sorted(set(pupils)), "guardians": sorted(set(guardians))}
    if not values["pupils"] and not values["guardians"]:
        return 0
    with transaction.atomic():
        closed = _close(_WITHDRAWN, values, now)
        staging.execute(
            "UPDATE accounts_account SET epoch = epoch + 1 WHERE id IN (SELECT id FROM accounts_account "
            "WHERE guardian_id = ANY(%s) AND closed_at IS NULL ORDER BY id FOR NO KEY UPDATE)",
            [values["guardians"]],
        )
        record_each(Event.ACCOUNT_CLOSED, closed, actor=actor, uai=uai)
    return len(closed)


def close_alone(guardians: Iterable[int], *, now: datetime, actor: str) -> int:
    """Close the accounts of those among these guardians who answer for no pupil any more; how many.

    The sessions of the others go on: they did it themselves.
    """
    with transaction.atomic():
        closed = _close(_WITHDRAWN, {"pupils": [], "guardians": sorted(set(guardians))}, now)
        record_each(Event.ACCOUNT_CLOSED, closed, actor=actor)
    return len(closed)


def why_closed(account_id: int) -> Refusal:
    """What to tell somebody who comes with the right pair of a closed account."""
    into = Account.objects.filter(pk=account_id, merged_into__isnull=False).values_list("merged_into__username").first()
    return AccountMerged(into[0]) if into else AccountClosed()


def _close(chosen: str, values: Mapping[str, object], now: datetime) -> list[int]:
    """Close the accounts a query chooses, locked in one order by all; their identifiers."""
    rows = staging.fetch(
        "UPDATE accounts_account SET closed_at = %(now)s, epoch = epoch + 1 WHERE id IN "  # noqa: S608
        f"({chosen} ORDER BY a.id FOR NO KEY UPDATE OF a) RETURNING id",
        {**values, "now": now},
    )
    return sorted(pk for (pk,) in rows)
