"""Who is enrolled on a day, and the ends that come with time rather than with a file."""

import logging
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from educonnect.population import rules, staging, turns
from educonnect.population.models import Enrolment, Snapshot
from educonnect.population.synchronise import PUPILS, end_links

logger = logging.getLogger(__name__)


def there_on(day: date) -> Q:
    """The condition that an enrolment is in force that day: neither ended nor past its date of leaving."""
    return Q(ended_at__isnull=True) & (Q(leaves_on__isnull=True) | Q(leaves_on__gt=day))


def current_on(day: date) -> QuerySet[Enrolment]:
    """The enrolments of pupils who are in a school that day; next year's wait for its September.

    A deceased pupil's are left out.
    """
    return Enrolment.objects.filter(there_on(day), year__lte=rules.school_year(day), pupil__deceased=False)


def listed_on(day: date) -> Q:
    """The condition that an enrolment says who a school's people are that day, in its base of this year or the next.

    From the day a school has a base of the running year, its former one says nothing more: whoever is in the former
    alone has most likely left, although the enrolment is open until October.
    """
    running = rules.school_year(day)
    renewed = Snapshot.objects.filter(school=OuterRef("school"), year=running, kind=PUPILS)
    return there_on(day) & (Q(year__gte=running) | Q(~Exists(renewed)))


def filed_under(years: Iterable[int], day: date) -> int:
    """Of the years for which a school's bases have one pupil, the one whose class a letter made that day bears.

    The running year until the end of June, when letters are handed out in class; in July and August the coming one,
    which may have no classes yet.

    Args:
        years: at least one.
    """
    running = rules.school_year(day)
    coming = rules.files_by_coming_year(day)
    return max(years, key=lambda year: (coming or year <= running, year))


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

    The year of a school that has not sent the next base, or less than half of it, does not end by the calendar: its
    people would all be gone at once. It ends with the year after, or when the base comes.

    Source: decisions 0016 and 0097.
    """
    today = timezone.localdate(now)
    running = rules.school_year(today)
    finished = running if rules.year_is_over(running - 1, today) else running - 1
    silent = _silent(running) if finished == running else []
    if silent:
        logger.warning("no base of %d, or less than half of it, from %d schools: %s", running, len(silent), silent[:20])
    with transaction.atomic():
        turns.of_an_import()
        # rows an import is writing are left to it: this never waits for anyone
        ended = staging.fetch(
            "UPDATE population_enrolment SET ended_at = %(now)s WHERE id IN (SELECT e.id FROM population_enrolment e "
            "WHERE e.ended_at IS NULL AND (e.leaves_on <= %(today)s OR (e.year < %(finished)s "
            "AND (e.year < %(running)s - 1 OR e.school_id <> ALL(%(silent)s))) "
            "OR e.pupil_id IN (SELECT id FROM population_pupil WHERE deceased) OR (e.year < %(running)s "
            "AND EXISTS (SELECT FROM population_enrolment later WHERE later.pupil_id = e.pupil_id "
            "AND later.year > e.year AND later.year <= %(running)s))) ORDER BY e.id FOR UPDATE SKIP LOCKED) "
            "RETURNING pupil_id, school_id",
            {"now": now, "today": today, "running": running, "finished": finished, "silent": silent},
        )
        end_links(sorted(set(ended)), now=now)
    return len(ended)


def _silent(running: int) -> list[str]:
    """The schools whose base of the running year has less than half as many pupils as the former one had.

    Only schools where somebody is still enrolled for the former year are looked at.
    """
    rows = staging.fetch(
        "SELECT e.school_id FROM population_enrolment e WHERE e.year IN (%(former)s, %(running)s) AND e.school_id IN "
        "(SELECT school_id FROM population_enrolment WHERE year = %(former)s AND ended_at IS NULL) "
        "GROUP BY e.school_id HAVING count(*) FILTER (WHERE e.year = %(running)s AND e.ended_at IS NULL) * 2 "
        "< count(*) FILTER (WHERE e.year = %(former)s) ORDER BY e.school_id",
        {"running": running, "former": running - 1},
    )
    return [uai for (uai,) in rows]
