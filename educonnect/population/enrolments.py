"""Who is enrolled on a day, and the ends that come with time rather than with a file."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from educonnect.population import rules, staging, turns
from educonnect.population.models import Enrolment
from educonnect.population.synchronise import end_links


def there_on(day: date) -> Q:
    """The condition that an enrolment is in force that day: neither ended nor past its date of leaving."""
    return Q(ended_at__isnull=True) & (Q(leaves_on__isnull=True) | Q(leaves_on__gt=day))


def current_on(day: date) -> QuerySet[Enrolment]:
    """The enrolments of pupils who are in a school that day; next year's wait for its September.

    A deceased pupil's are left out.
    """
    return Enrolment.objects.filter(there_on(day), year__lte=rules.school_year(day), pupil__deceased=False)


def current_of(enrolments: Iterable[Enrolment], day: date) -> Enrolment | None:
    """The one enrolment that says where a pupil is: of the running year first, and the one that began last.

    Before September somebody known only by next year's base has that one.

    Args:
        enrolments: all of one pupil's.
    """
    year = rules.school_year(day)
    there = [one for one in enrolments if one.ended_at is None and not rules.has_left(one.leaves_on, day)]
    return max(
        there,
        key=lambda one: (one.year <= year, one.year, one.started_on or date.min, one.pk),
        default=None,
    )


def end_due(*, now: datetime) -> int:
    """End the enrolments whose time has come; how many. To be run every day; twice changes nothing.

    Their departure date has come; or their year is over (1 October after it); or, from 1 September, a later year's
    base has the pupil; or the pupil has died. Links that only those enrolments held end with them. No account is
    touched.

    Source: decision 0016.
    """
    today = timezone.localdate(now)
    running = rules.school_year(today)
    finished = running if rules.year_is_over(running - 1, today) else running - 1
    with transaction.atomic():
        turns.of_an_import()
        # rows an import is writing are left to it: this never waits for anyone
        ended = staging.fetch(
            "UPDATE population_enrolment SET ended_at = %(now)s WHERE id IN (SELECT e.id FROM population_enrolment e "
            "WHERE e.ended_at IS NULL AND (e.leaves_on <= %(today)s OR e.year < %(finished)s "
            "OR e.pupil_id IN (SELECT id FROM population_pupil WHERE deceased) OR (e.year < %(running)s "
            "AND EXISTS (SELECT FROM population_enrolment later WHERE later.pupil_id = e.pupil_id "
            "AND later.year > e.year AND later.year <= %(running)s))) ORDER BY e.id FOR UPDATE SKIP LOCKED) "
            "RETURNING pupil_id, school_id",
            {"now": now, "today": today, "running": running, "finished": finished},
        )
        end_links(sorted(set(ended)), now=now)
    return len(ended)
