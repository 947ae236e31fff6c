"""Erase people no school base names any more: their rows, and what hangs on them."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from educonnect.population.models import Enrolment, Guardian, Guardianship, Level, Pupil, Quarantine


def enrolled() -> Q:
    """The condition that a pupil is in a school, or in its next year's base."""
    return Q(Exists(Enrolment.objects.filter(pupil=OuterRef("pk"), ended_at__isnull=True)))


def named(*, legal: bool = False) -> Q:
    """The condition that a school base names a guardian for a pupil who is there.

    Args:
        legal: as legally responsible (level 1); else at any level.
    """
    there = Enrolment.objects.filter(pupil=OuterRef("pupil"), ended_at__isnull=True)
    links = Guardianship.objects.filter(
        Exists(there), guardian=OuterRef("pk"), ended_at__isnull=True, pupil__deceased=False
    )
    return Q(Exists(links.filter(level=Level.LEGAL) if legal else links))


def pupils_gone(left_before: date) -> QuerySet[Pupil]:
    """Pupils in no school whose last enrolment ended before that day."""
    return Pupil.objects.exclude(enrolled()).exclude(
        Exists(
            Enrolment.objects.filter(pupil=OuterRef("pk"), ended_at__date__gte=left_before).filter(
                Q(leaves_on__isnull=True) | Q(leaves_on__gte=left_before)
            )
        )
    )


def guardians_gone(left_before: date) -> QuerySet[Guardian]:
    """Adults no base names, whose last link, or the last enrolment behind one, ended before that day."""
    links = Guardianship.objects.filter(guardian=OuterRef("pk")).filter(
        Q(ended_at__isnull=True) | Q(ended_at__date__gte=left_before)
    )
    recent = Enrolment.objects.filter(pupil=OuterRef("pupil"), school=OuterRef("school")).filter(
        Q(ended_at__isnull=True) | Q(ended_at__date__gte=left_before)
    )
    return Guardian.objects.exclude(named()).exclude(Exists(links.filter(Exists(recent))))


def enrolments_past(before: datetime) -> QuerySet[Enrolment]:
    """Enrolments over before that instant, of pupils of whom a later one is known."""
    later = Enrolment.objects.filter(pupil=OuterRef("pupil"), year__gt=OuterRef("year"))
    return Enrolment.objects.filter(Exists(later), ended_at__lt=before)


def guardianships_past(before: datetime) -> QuerySet[Guardianship]:
    """Links over before that instant."""
    return Guardianship.objects.filter(ended_at__lt=before)


def quarantine_past(year: int) -> QuerySet[Quarantine]:
    """Records of a former year's bases that never became a pupil."""
    return Quarantine.objects.filter(year__lt=year)


def erase_pupils(pupils: Iterable[int]) -> int:
    """Erase pupils with their enrolments and links; how many. Those a base names again meanwhile stay."""
    chosen = Pupil.objects.filter(pk__in=list(pupils)).exclude(enrolled())
    return chosen.delete()[1].get("population.Pupil", 0)


def erase_guardians(guardians: Iterable[int]) -> int:
    """Erase adults with their numbers in the bases and their links; how many. Those a base names stay."""
    chosen = Guardian.objects.filter(pk__in=list(guardians)).exclude(named())
    return chosen.delete()[1].get("population.Guardian", 0)
