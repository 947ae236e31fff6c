"""« Je ne suis pas le représentant légal de cet élève »: what hides the link, what brings it back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from educonnect.population import merging, reports
from educonnect.population.models import (
    Enrolment,
    Guardian,
    Guardianship,
    GuardianshipReport,
    GuardianSource,
    Pupil,
    ReportOutcome,
)
from educonnect.population.synchronise import synchronise
from tests.population.rolls import NOW, guardian, link, pupil, roll
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db

CHILD, OTHER, PARENT = pupil(1), pupil(2), guardian(1)
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def school():
    return SchoolFactory()


@pytest.fixture
def college():
    return SchoolFactory()


def export(school, links, *, pupils=(CHILD, OTHER), guardians=(PARENT,), now=NOW):
    return synchronise(roll(school.uai, pupils, guardians, links, exported_at=now), now=now)


def both(level: int = 1):
    return [link(CHILD, PARENT, level), link(OTHER, PARENT)]


def refuse(child=CHILD, now=NOW):
    return reports.refuse(Guardian.objects.get().pk, [Pupil.objects.get(ine=child.ine).pk], now=now)


def shown() -> set[str]:
    return set(Guardianship.objects.filter(ended_at__isnull=True, level=1).values_list("pupil__ine", flat=True))


def outcomes() -> list[str]:
    return list(GuardianshipReport.objects.order_by("pk").values_list("outcome", flat=True))


def test_a_refused_child_is_hidden_at_once_and_stays_so_through_the_next_imports(school):
    export(school, both())

    refuse()
    hidden = shown()
    changes = export(school, both(), now=TOMORROW)

    assert hidden == shown() == {OTHER.ine}
    assert changes.guardianships_updated == 0
    assert outcomes() == [ReportOutcome.OPEN]


def test_an_export_that_drops_the_link_closes_the_report_and_a_later_one_may_bring_it_back(school):
    export(school, both())
    refuse()

    export(school, [link(OTHER, PARENT)], now=TOMORROW)
    cured = outcomes()
    export(school, both(), now=TOMORROW + timedelta(days=1))

    assert cured == [ReportOutcome.CURED]
    assert shown() == {CHILD.ine, OTHER.ine}


def test_an_export_that_corrects_the_level_closes_the_report_too(school):
    export(school, both())
    refuse()

    export(school, both(level=3), now=TOMORROW)

    assert outcomes() == [ReportOutcome.CURED]
    assert Guardianship.objects.get(pupil__ine=CHILD.ine).ended_at is None
    assert shown() == {OTHER.ine}


def test_a_confirmed_report_keeps_the_link_away_even_from_an_export_that_dropped_it_before(school):
    export(school, both())
    (report,) = refuse()

    decided = reports.confirm(report, now=NOW)
    export(school, [link(OTHER, PARENT)], now=TOMORROW)
    export(school, both(), now=TOMORROW + timedelta(days=1))

    assert decided
    assert shown() == {OTHER.ine}
    assert outcomes() == [ReportOutcome.CONFIRMED]


def test_a_dismissed_report_shows_the_child_again_and_imports_leave_it_shown(school):
    export(school, both())
    (report,) = refuse()

    decided = reports.dismiss(report, now=NOW)
    export(school, both(), now=TOMORROW)

    assert decided
    assert shown() == {CHILD.ine, OTHER.ine}
    assert not reports.confirm(report, now=NOW)


def test_what_was_confirmed_by_mistake_comes_back_with_the_next_export(school):
    export(school, both())
    (report,) = refuse()
    reports.confirm(report, now=NOW)

    reports.dismiss(report, now=NOW)
    export(school, both(), now=TOMORROW)

    assert shown() == {CHILD.ine, OTHER.ine}


def test_the_next_school_of_the_child_finds_the_link_in_its_own_queue_not_in_the_account(school, college):
    export(school, both())
    refuse()
    export(school, [link(OTHER, PARENT)], pupils=[OTHER], now=TOMORROW)
    left = outcomes()

    export(college, [link(CHILD, PARENT)], pupils=[CHILD], now=TOMORROW)

    assert left == [ReportOutcome.LEFT]
    assert shown() == {OTHER.ine}
    assert [report.school_id for report in reports.waiting()] == [college.uai]


def test_what_the_next_school_maintains_is_not_hidden_again_by_what_the_former_one_left(school, college):
    export(school, both())
    refuse()
    export(school, [link(OTHER, PARENT)], pupils=[OTHER], now=TOMORROW)
    export(college, [link(CHILD, PARENT)], pupils=[CHILD], now=TOMORROW)

    reports.dismiss(reports.waiting().get(), now=TOMORROW)
    export(college, [link(CHILD, PARENT)], pupils=[CHILD], now=TOMORROW + timedelta(days=1))

    assert shown() == {CHILD.ine, OTHER.ine}


def test_a_pupil_who_left_leaves_the_queue(school):
    export(school, both())
    refuse()

    export(school, [link(OTHER, PARENT)], pupils=[replace(CHILD, leaves_on=NOW.date()), OTHER], now=TOMORROW)

    assert outcomes() == [ReportOutcome.LEFT]
    assert Enrolment.objects.filter(ended_at__isnull=True).count() == 1


# --- two records, one person ------------------------------------------------------------------------------------

TWIN = guardian(2, family_name=PARENT.family_name, first_name=PARENT.first_name)


def test_two_guardians_made_one_stay_one_through_the_next_imports_of_both_schools(school, college):
    export(school, [link(CHILD, PARENT)], pupils=[CHILD])
    export(college, [link(OTHER, TWIN)], pupils=[OTHER], guardians=[TWIN])
    kept, gone = Guardian.objects.order_by("pk")

    merging.merge(kept, gone, now=NOW)
    export(school, [link(CHILD, PARENT)], pupils=[CHILD], now=TOMORROW)
    changes = export(college, [link(OTHER, TWIN)], pupils=[OTHER], guardians=[TWIN], now=TOMORROW)

    assert changes.guardians_created == changes.guardianships_created == changes.guardianships_ended == 0
    assert set(GuardianSource.objects.values_list("guardian", flat=True)) == {kept.pk}
    assert set(kept.guardianships.filter(ended_at__isnull=True).values_list("pupil__ine", flat=True)) == {
        CHILD.ine,
        OTHER.ine,
    }


def test_the_phone_of_the_record_that_is_gone_still_recognises_the_person(school, college):
    export(school, [link(CHILD, PARENT)], pupils=[CHILD])
    export(college, [link(OTHER, TWIN)], pupils=[OTHER], guardians=[TWIN])
    gone, kept = Guardian.objects.order_by("pk")
    merging.merge(kept, gone, now=NOW)
    third, again = pupil(3), replace(PARENT, source_id=9999)

    changes = export(SchoolFactory(), [link(third, again)], pupils=[third], guardians=[again], now=TOMORROW)

    assert changes.guardians_created == 0
    assert kept.guardianships.filter(pupil__ine=third.ine).exists()


def test_one_link_remains_where_both_had_one_and_what_was_refused_stays_refused(school):
    export(school, [*both(), link(CHILD, TWIN), link(OTHER, TWIN, 3)], guardians=[PARENT, TWIN])
    kept, gone = Guardian.objects.order_by("pk")
    reports.refuse(kept.pk, [Pupil.objects.get(ine=CHILD.ine).pk], now=NOW)

    merging.merge(kept, gone, now=TOMORROW)

    assert set(kept.guardianships.filter(ended_at__isnull=True).values_list("pupil__ine", "level")) == {(OTHER.ine, 1)}
    assert outcomes() == [ReportOutcome.OPEN]
    assert not gone.guardianships.exists()
