"""Two records of schools turn out to be one adult, who showed it: all that hangs on one is moved to the other."""

from datetime import datetime

from educonnect.population import matching, reports
from educonnect.population.models import Guardian, Guardianship, GuardianshipReport, GuardianSource, Level


def may_be_one(one: Guardian, other: Guardian) -> bool:
    """Whether the names of two records allow one person: accents, case, hyphens, compound and used names aside."""
    return matching.may_be_one(_names(one), _names(other))


def merge(kept: Guardian, gone: Guardian, *, now: datetime) -> None:
    """Make two guardians one, for the imports to come as well: the numbers of both bases now name the one kept.

    Where both have a link for a pupil in a school, one remains: in force if either is, at the more responsible level.
    What the kept guardian refused stays refused. The other record stays, empty, so that its phone and e-mail still
    recognise the person.

    The caller has the turn of a person.
    """
    links = Guardianship.objects.filter(guardian=kept)
    refused = GuardianshipReport.objects.filter(guardian=kept)
    shown = links.filter(level=Level.LEGAL, ended_at__isnull=True)
    known = {*shown.values_list("pupil_id", flat=True), *refused.values_list("pupil_id", flat=True)}
    GuardianSource.objects.filter(guardian=gone).update(guardian=kept)
    _merge_reports(kept, gone, known)
    _merge_links(kept, gone)
    standing = refused.filter(outcome__in=reports.STANDING).values_list("pupil_id", flat=True)
    reports.refuse(kept.pk, list(standing), now=now)
    Guardian.objects.filter(merged_into=gone).update(merged_into=kept)
    Guardian.objects.filter(pk=gone.pk).update(merged_into=kept)


def _merge_links(kept: Guardian, gone: Guardian) -> None:
    mine = {(link.pupil_id, link.school_id): link for link in Guardianship.objects.filter(guardian=kept)}
    for link in Guardianship.objects.filter(guardian=gone).order_by("pk"):
        twin = mine.get((link.pupil_id, link.school_id))
        if twin is None:
            link.guardian = kept
            link.save(update_fields=["guardian"])
            continue
        better = (link.ended_at is not None, link.level) < (twin.ended_at is not None, twin.level)
        link.delete()
        if better:
            twin.level, twin.kinship, twin.ended_at = link.level, link.kinship, link.ended_at
            twin.save(update_fields=["level", "kinship", "ended_at"])


def _merge_reports(kept: Guardian, gone: Guardian, known: set[int]) -> None:
    """What the kept guardian shows or refused is the last word; the other's counts for other pupils only."""
    theirs = GuardianshipReport.objects.filter(guardian=gone)
    theirs.filter(pupil__in=known).delete()
    theirs.update(guardian=kept)


def _names(guardian: Guardian) -> tuple[str, str, str, str]:
    return guardian.civility, guardian.family_name, guardian.used_name, guardian.first_name
