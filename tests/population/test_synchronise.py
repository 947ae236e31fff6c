"""A school's export becomes what is: each rule, on a real database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from educonnect.population.changes import Rule, Severity
from educonnect.population.errors import MassDeparture, OlderExport, UnknownSchool
from educonnect.population.models import (
    Enrolment,
    Guardian,
    Guardianship,
    GuardianSource,
    Pupil,
    Quarantine,
    Snapshot,
)
from educonnect.population.synchronise import synchronise
from educonnect.schools.models import Division, Mef
from tests.population.factories import ine
from tests.population.rolls import NOW, TODAY, class_of, families_of, guardian, link, pupil, roll
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def school():
    return SchoolFactory()


@pytest.fixture
def other_school():
    return SchoolFactory(academie="32", si_instance="32", departement="971")


def apply(one, **options):
    return synchronise(one, now=options.pop("now", NOW), **options)


def enrolment_of(one, school):
    return Enrolment.objects.get(pupil__ine=one.ine, school=school)


# --- a first import ---------------------------------------------------------------------------------------------


def test_a_first_export_creates_everyone_with_class_course_and_level(school):
    camille = pupil(1, family_name="D'Œuvre-Noël", first_name="Éloïse", used_name="Ali", started_on=date(2026, 9, 1))
    parent = guardian(1)

    changes = apply(
        roll(
            school.uai,
            [camille],
            [parent],
            [link(camille, parent)],
            divisions={"2DE1": "Seconde 1"},
            mefs={"20010018110": ("2NDE GENERALE", "2211")},
        )
    )

    enrolment = enrolment_of(camille, school)
    assert (enrolment.year, enrolment.division.code, enrolment.division.label) == (2026, "2DE1", "Seconde 1")
    assert (enrolment.level, enrolment.source_id, enrolment.started_on) == ("2211", 1001, date(2026, 9, 1))
    assert (enrolment.pupil.folded, enrolment.pupil.first_ine) == ("d oeuvre noel eloise ali", camille.ine)
    assert Mef.objects.get(pk="20010018110").level == "2211"
    assert Guardianship.objects.get().level == 1
    assert (changes.pupils_created, changes.enrolments_created, changes.guardians_created) == (1, 1, 1)
    assert (changes.guardianships_created, changes.divisions_created) == (1, 1)
    assert changes.pupils_enrolled == (enrolment.pupil_id,)
    assert changes.guardians_legal == (Guardian.objects.get().pk,)


def test_an_unknown_school_is_refused():
    with pytest.raises(UnknownSchool):
        apply(roll("9999999Z", class_of(2)))


def test_the_same_files_again_change_nothing(school):
    pupils = class_of(3)
    same = roll(school.uai, pupils, *families_of(pupils))
    apply(same)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        changes = apply(same, now=NOW + timedelta(days=1))

    assert changes.unchanged
    assert changes.written == 0
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "COPY", "DELETE"))]


def test_a_newer_export_of_the_same_people_writes_no_one(school):
    pupils = class_of(3)
    apply(roll(school.uai, pupils, *families_of(pupils)))

    changes = apply(roll(school.uai, pupils, *families_of(pupils)))

    assert not changes.unchanged
    assert changes.written == 0
    assert len(changes.pupils_enrolled) == len(changes.guardians_legal) == 3


def test_an_older_export_over_a_newer_one_is_refused_kind_by_kind(school):
    pupils = class_of(2)
    apply(roll(school.uai, pupils, exported_at=NOW))
    older = roll(school.uai, class_of(1), exported_at=NOW - timedelta(hours=1))

    with pytest.raises(OlderExport) as refusal:
        apply(older)

    assert refusal.value.kind == "eleves"
    assert Enrolment.objects.filter(ended_at__isnull=True).count() == 2
    apply(roll(school.uai, None, *families_of(pupils), exported_at=NOW - timedelta(hours=1)))
    assert Guardianship.objects.count() == 2


def test_guardians_given_before_their_pupils_are_taken_when_given_again(school):
    pupils = class_of(2)
    families = roll(school.uai, None, *families_of(pupils))
    first = apply(families)
    apply(roll(school.uai, pupils), now=NOW + timedelta(minutes=1))

    again = apply(families, now=NOW + timedelta(minutes=2))

    assert (first.links_ignored, first.guardians_ignored, first.guardians_created) == (2, 2, 0)
    assert (again.links_ignored, again.guardianships_created) == (0, 2)


# --- the number -------------------------------------------------------------------------------------------------


def test_a_pupil_keyed_by_an_old_number_is_found_by_his_alias_and_keeps_his_first_number(school):
    old = pupil(1, ine="0100000001D")
    apply(roll(school.uai, [old]))
    new = replace(old, ine=ine(990000001), former_ine="0100000001D")

    changes = apply(roll(school.uai, [new]))

    one = Pupil.objects.get()
    assert (one.ine, one.former_ine, one.first_ine) == (new.ine, "0100000001D", "0100000001D")
    assert (changes.pupils_created, changes.pupils_updated) == (0, 1)


def test_a_base_that_still_writes_the_old_number_takes_nothing_back(school, other_school):
    new = pupil(1, ine=ine(990000001), former_ine="0100000001D")
    apply(roll(school.uai, [new]))

    changes = apply(roll(other_school.uai, [replace(new, ine="0100000001D", former_ine="")]))

    assert (Pupil.objects.get().ine, changes.pupils_updated, changes.enrolments_created) == (new.ine, 0, 1)


def test_a_number_corrected_on_the_same_row_follows_the_pupil(school):
    one = pupil(1)
    apply(roll(school.uai, [one]))

    changes = apply(roll(school.uai, [replace(one, ine=ine(990000042))]))

    assert Pupil.objects.get().ine == ine(990000042)
    assert Pupil.objects.get().former_ine == one.ine
    assert [note.rule for note in changes.notes] == [Rule.INE_CHANGED]


@pytest.mark.parametrize("correction", [{"family_name": "Autrement"}, {"birthdate": date(2008, 12, 31)}])
def test_a_name_or_a_birth_date_corrected_alone_is_an_update(school, correction):
    one = pupil(1)
    apply(roll(school.uai, [one]))

    changes = apply(roll(school.uai, [replace(one, **correction)]))

    assert Pupil.objects.filter(**correction).count() == Pupil.objects.count() == 1
    assert changes.pupils_updated == 1
    assert [note.rule for note in changes.notes] == [Rule.IDENTITY_CHANGED]


def test_a_number_given_to_somebody_else_is_quarantined_and_merges_nobody(school, other_school):
    one = pupil(1)
    apply(roll(school.uai, [one]))
    sibling = replace(one, source_id=77, first_name="Balthazar", birthdate=date(2011, 3, 3))

    changes = apply(roll(other_school.uai, [sibling]))

    known = Pupil.objects.get()
    assert (known.first_name, known.birthdate) == (one.first_name, one.birthdate)
    assert Quarantine.objects.get(school=other_school).reason == "INE_REATTRIBUTED"
    assert not Enrolment.objects.filter(school=other_school).exists()
    [note] = changes.notes
    assert (note.rule, note.severity, note.source_id) == (Rule.INE_REATTRIBUTED, Severity.BLOCKING, 77)


def test_guardians_of_a_quarantined_record_never_reach_the_pupil_who_holds_the_number(school):
    one = pupil(1)
    mother = guardian(1)
    apply(roll(school.uai, [one], [mother], [link(one, mother)]))
    stranger = replace(one, family_name="Autre", first_name="Personne", birthdate=date(2012, 2, 2))
    parent = guardian(2)

    changes = apply(roll(school.uai, [stranger], [parent], [link(stranger, parent)]))

    assert changes.links_ignored == 1
    assert list(Guardianship.objects.filter(ended_at__isnull=True).values_list("guardian__first_name", flat=True)) == [
        mother.first_name
    ]
    assert enrolment_of(one, school).ended_at is None


def test_two_records_with_one_number_are_both_quarantined(school):
    one = pupil(1)

    changes = apply(roll(school.uai, [one, replace(one, source_id=88, first_name="Jumeau"), pupil(2)]))

    assert set(Quarantine.objects.values_list("source_id", "reason")) == {(1001, "INE_TWICE"), (88, "INE_TWICE")}
    assert (changes.quarantined, changes.pupils_created) == (2, 1)


def test_quarantine_holds_exactly_what_is_not_cured(school):
    apply(roll(school.uai, [pupil(1)], quarantined={7: "INE_MISSING", 8: "INE_MISSING"}))
    seen = Quarantine.objects.get(source_id=8).seen_at

    changes = apply(
        roll(school.uai, [pupil(1), pupil(2, source_id=7)], quarantined={8: "INE_MISSING"}), now=NOW + timedelta(days=1)
    )

    assert [(row.source_id, row.seen_at) for row in Quarantine.objects.all()] == [(8, seen)]
    assert changes.quarantined == 1


def test_a_record_that_lost_its_number_is_not_a_departure(school):
    one = pupil(1)
    apply(roll(school.uai, [one, pupil(2)]))

    apply(roll(school.uai, [pupil(2)], quarantined={one.source_id: "INE_MISSING"}))

    assert enrolment_of(one, school).ended_at is None


# --- coming and going -------------------------------------------------------------------------------------------


def test_a_departure_in_the_past_ends_and_one_to_come_does_not(school):
    gone, leaving = pupil(1, leaves_on=TODAY), pupil(2, leaves_on=TODAY + timedelta(days=1))

    changes = apply(roll(school.uai, [gone, leaving]))

    assert enrolment_of(gone, school).ended_at == NOW
    assert enrolment_of(leaving, school).ended_at is None
    assert changes.pupils_enrolled == (enrolment_of(leaving, school).pupil_id,)


def test_absence_from_a_full_export_ends_the_enrolment_and_return_resumes_it(school):
    one, two = class_of(2)
    apply(roll(school.uai, [one, two]))

    left = apply(roll(school.uai, [two]))
    ended_at = enrolment_of(one, school).ended_at
    back = apply(roll(school.uai, [one, two]))

    assert (left.enrolments_ended, ended_at) == (1, NOW)
    assert (back.enrolments_resumed, enrolment_of(one, school).ended_at) == (1, None)
    assert back.pupils_created == 0


def test_an_export_of_guardians_alone_ends_no_enrolment(school):
    pupils = class_of(2)
    apply(roll(school.uai, pupils))

    apply(roll(school.uai, None, *families_of(pupils[:1])))

    assert Enrolment.objects.filter(ended_at__isnull=True).count() == 2
    assert Guardianship.objects.count() == 1


def test_a_pupil_in_two_schools_stays_in_both_and_one_never_ends_the_other(school, other_school):
    one = pupil(1)
    apply(roll(school.uai, [one, pupil(2)]))
    apply(roll(other_school.uai, [replace(one, source_id=9)]))

    apply(roll(school.uai, [pupil(2)]))

    assert Pupil.objects.filter(ine=one.ine).count() == 1
    assert enrolment_of(one, school).ended_at == NOW
    assert enrolment_of(one, other_school).ended_at is None


def test_a_school_the_pupil_has_left_no_longer_corrects_who_he_is(school, other_school):
    one = pupil(1)
    apply(roll(school.uai, [one]))
    apply(roll(other_school.uai, [replace(one, source_id=9, family_name="Corrigé")]))

    changes = apply(roll(school.uai, [replace(one, leaves_on=TODAY)]))

    assert Pupil.objects.get().family_name == "Corrigé"
    assert (changes.pupils_updated, changes.enrolments_ended) == (0, 1)


def test_a_change_of_class_is_one_update(school):
    one = pupil(1)
    apply(roll(school.uai, [one]))

    changes = apply(roll(school.uai, [replace(one, division="2DE9")]))

    assert enrolment_of(one, school).division.code == "2DE9"
    assert (changes.enrolments_updated, changes.divisions_created, changes.written) == (1, 1, 2)
    assert Division.objects.count() == 2


def test_the_base_of_next_year_stands_beside_the_current_one(school):
    june = NOW.replace(year=2027, month=6)
    one, two = class_of(2)
    apply(roll(school.uai, [one, two]))

    changes = apply(roll(school.uai, [replace(one, division="")], year=2027), now=june)

    assert Enrolment.objects.filter(year=2026, ended_at__isnull=True).count() == 2
    assert Enrolment.objects.get(year=2027).division is None
    assert (changes.enrolments_created, changes.enrolments_ended) == (1, 0)


def test_a_late_export_of_a_finished_year_enrols_nobody_now(school):
    changes = apply(roll(school.uai, class_of(2), year=2025))

    assert Enrolment.objects.filter(ended_at__isnull=True).count() == 0
    assert changes.pupils_enrolled == ()


def test_a_deceased_pupil_is_marked_and_no_longer_there(school):
    one, two = class_of(2)
    apply(roll(school.uai, [one, two]))

    changes = apply(roll(school.uai, [replace(one, leaving_reason="43"), two]))

    known = Pupil.objects.get(ine=one.ine)
    assert known.deceased
    assert changes.pupils_deceased == (known.pk,)
    assert known.pk not in changes.pupils_enrolled
    assert enrolment_of(one, school).ended_at == NOW


def test_a_death_told_by_one_school_ends_what_another_still_has(school, other_school):
    one, mother = pupil(1), guardian(1)
    apply(roll(other_school.uai, [one], [mother], [link(one, mother)]))

    apply(roll(school.uai, [replace(one, source_id=9, leaving_reason="43")]))

    assert not Enrolment.objects.filter(ended_at__isnull=True).exists()
    assert not Guardianship.objects.filter(ended_at__isnull=True).exists()


def test_only_the_school_that_said_so_takes_a_death_back(school, other_school):
    one = pupil(1)
    apply(roll(school.uai, [replace(one, leaving_reason="43")]))

    elsewhere = apply(roll(other_school.uai, [replace(one, source_id=9)]))
    still = Pupil.objects.get().deceased
    apply(roll(school.uai, [one]))

    assert (still, elsewhere.pupils_enrolled) == (True, ())
    assert not Pupil.objects.get().deceased


def test_a_newcomer_already_deceased_is_created_so_and_counted_once(school):
    changes = apply(roll(school.uai, [pupil(1, leaving_reason="43")]))

    assert Pupil.objects.get().deceased
    assert (changes.pupils_created, changes.pupils_updated, changes.pupils_enrolled) == (1, 0, ())


# --- the guard --------------------------------------------------------------------------------------------------


def test_a_file_that_would_suspend_a_large_share_is_refused_unless_told(school, settings):
    settings.MASS_DEPARTURE_PERCENT = 20
    pupils = class_of(60)
    apply(roll(school.uai, pupils))
    truncated = roll(school.uai, pupils[:40])

    with pytest.raises(MassDeparture) as refusal:
        apply(truncated)

    assert (refusal.value.what, refusal.value.gone, refusal.value.present) == ("pupils", 20, 60)
    assert Enrolment.objects.filter(ended_at__isnull=True).count() == 60
    assert apply(truncated, allow_mass_departure=True).enrolments_ended == 20


def test_departure_dates_count_in_the_guard_except_at_the_end_of_the_year(school):
    pupils = class_of(20)
    apply(roll(school.uai, pupils))
    july = NOW.replace(year=2027, month=7, day=10)

    with pytest.raises(MassDeparture):
        apply(roll(school.uai, [replace(one, leaves_on=date(2026, 11, 1)) for one in pupils]))
    changes = apply(roll(school.uai, [replace(one, leaves_on=date(2027, 7, 4)) for one in pupils]), now=july)

    assert changes.enrolments_ended == 20


def test_a_small_school_may_lose_a_few(school):
    apply(roll(school.uai, class_of(9)))

    assert apply(roll(school.uai, class_of(1))).enrolments_ended == 8


def test_a_file_that_would_withdraw_most_legal_guardians_is_refused(school):
    pupils = class_of(20)
    guardians, links = families_of(pupils)
    apply(roll(school.uai, pupils, guardians, links))

    with pytest.raises(MassDeparture) as refusal:
        apply(roll(school.uai, pupils, guardians[:2], links[:2]))

    assert refusal.value.what == "guardians"
    assert Guardianship.objects.filter(ended_at__isnull=True).count() == 20
    assert Snapshot.objects.count() == 2


# --- guardians --------------------------------------------------------------------------------------------------


def test_one_number_of_the_base_is_one_guardian_whose_name_may_change(school):
    one, parent = pupil(1), guardian(1)
    apply(roll(school.uai, [one], [parent], [link(one, parent)]))

    changes = apply(roll(school.uai, [one], [replace(parent, family_name="Mariée", mobile="")], [link(one, parent)]))

    known = Guardian.objects.get()
    assert (known.family_name, known.mobile) == ("Mariée", parent.mobile)
    assert (changes.guardians_created, changes.guardians_updated) == (0, 1)


def test_a_number_typed_over_with_another_person_does_not_hand_over_the_account(school):
    one, parent = pupil(1), guardian(1, civility="MME")
    apply(roll(school.uai, [one], [parent], [link(one, parent)]))
    before = Guardian.objects.get().pk

    changes = apply(
        roll(school.uai, [one], [replace(parent, civility="M.", first_name="Anatole")], [link(one, parent)])
    )

    assert Guardian.objects.count() == 2
    assert Guardianship.objects.get(ended_at__isnull=True).guardian_id != before
    assert changes.guardians_withdrawn == (before,)
    assert Rule.GUARDIAN_REPLACED in [note.rule for note in changes.notes]
    assert GuardianSource.objects.get().guardian_id != before


@pytest.mark.parametrize("shared", ["mobile", "email"])
def test_the_same_name_with_the_same_phone_or_mail_is_one_guardian_in_two_academies(school, other_school, shared):
    elder, younger, parent = pupil(1), pupil(2), guardian(1, first_name="Jean-Paul", civility="M.")
    apply(roll(school.uai, [elder], [parent], [link(elder, parent)]))
    again = replace(parent, source_id=9, first_name="JEAN PAUL", civility="", mobile="", email="")
    again = replace(again, **{shared: getattr(parent, shared)})

    changes = apply(roll(other_school.uai, [younger], [again], [link(younger, again)]))

    assert Guardian.objects.count() == 1
    assert Guardian.objects.get().guardianships.count() == 2
    assert changes.guardians_created == 0
    assert Rule.GUARDIAN_MERGED in [note.rule for note in changes.notes]


@pytest.mark.parametrize(
    "difference",
    [
        {"mobile": "", "email": ""},
        {"mobile": "+33698765432", "email": "autre@courriel.example"},
        {"first_name": "Bertille"},
        {"civility": "M."},
    ],
)
def test_names_alone_another_first_name_or_another_civility_never_merge(school, other_school, difference):
    elder, younger, parent = pupil(1), pupil(2), guardian(1)
    apply(roll(school.uai, [elder], [parent], [link(elder, parent)]))
    again = replace(parent, source_id=9, **difference)

    apply(roll(other_school.uai, [younger], [again], [link(younger, again)]))

    assert Guardian.objects.count() == 2


def test_two_parents_who_share_the_family_phone_stay_two(school):
    one = pupil(1)
    mother = guardian(1, first_name="Anne", civility="MME")
    father = replace(mother, source_id=9, first_name="Luc", civility="M.")

    apply(roll(school.uai, [one], [mother, father], [link(one, mother), link(one, father, kinship="20")]))

    assert Guardian.objects.count() == 2
    assert Guardianship.objects.filter(level=1).count() == 2


def test_one_parent_under_two_numbers_of_one_file_is_one_guardian_with_both_numbers(school):
    elder, younger, parent = pupil(1), pupil(2), guardian(1, mobile="")
    twin = replace(parent, source_id=9, mobile="+33612312312")

    links = [link(elder, parent), link(younger, twin), link(younger, parent, level=3)]
    changes = apply(roll(school.uai, [elder, younger], [parent, twin], links))
    again = apply(roll(school.uai, [elder, younger], [parent, twin], links))

    assert Guardian.objects.get().mobile == "+33612312312"
    assert GuardianSource.objects.count() == 2
    assert set(Guardianship.objects.values_list("level", flat=True)) == {1}
    assert Rule.LINK_TWICE in [note.rule for note in changes.notes]
    assert again.written == 0


def test_a_phone_or_mail_many_share_proves_nothing(school):
    pupils = class_of(6)
    office = "vie.scolaire@lycee.example"
    guardians = [
        guardian(number, first_name=f"Marie{'abc'[number // 2]}", family_name="Martin", mobile="", email=office)
        for number in range(6)
    ]
    others = [guardian(10 + number, mobile="", email=office) for number in range(4)]
    links = [link(one, its) for one, its in zip(pupils, guardians, strict=True)]

    changes = apply(roll(school.uai, pupils, guardians + others, links + [link(pupils[0], its) for its in others]))

    assert Guardian.objects.count() == 10
    assert Rule.SHARED_CONTACT in [note.rule for note in changes.notes]


def test_level_one_to_three_removes_the_right_at_once(school):
    one, mother, father = pupil(1), guardian(1), guardian(2, civility="M.")
    apply(roll(school.uai, [one], [mother, father], [link(one, mother), link(one, father)]))

    changes = apply(roll(school.uai, [one], [mother, father], [link(one, mother), link(one, father, level=3)]))

    fallen = Guardianship.objects.get(level=3).guardian_id
    assert changes.guardians_withdrawn == (fallen,)
    assert fallen not in changes.guardians_legal
    assert changes.guardianships_updated == 1


def test_a_link_that_disappears_is_ended_and_one_that_returns_is_resumed(school):
    one, mother = pupil(1), guardian(1)
    apply(roll(school.uai, [one], [mother], [link(one, mother)]))

    gone = apply(roll(school.uai, [one], [mother], []))
    ended_at = Guardianship.objects.get().ended_at
    back = apply(roll(school.uai, [one], [mother], [link(one, mother)]))

    assert (gone.guardianships_ended, gone.guardians_ignored, ended_at) == (1, 1, NOW)
    assert (back.guardianships_updated, back.guardians_created) == (1, 0)
    assert Guardianship.objects.get().ended_at is None


def test_a_link_to_oneself_to_an_unknown_pupil_or_to_an_unknown_person_is_ignored_with_count(school):
    one, parent = pupil(1), guardian(1)
    adult = guardian(2, first_name=one.first_name)
    absent = pupil(2)

    changes = apply(
        roll(
            school.uai,
            [one],
            [parent, adult, guardian(3)],
            [link(one, parent), link(one, adult, kinship="70"), link(absent, parent), link(one, guardian(4))],
        )
    )

    assert (changes.links_ignored, changes.guardians_ignored) == (3, 2)
    assert Guardian.objects.count() == Guardianship.objects.count() == 1


def test_more_than_two_legal_guardians_are_all_kept_and_noted(school):
    one, guardians = pupil(1), [guardian(number) for number in (1, 2, 3)]

    changes = apply(roll(school.uai, [one], guardians, [link(one, its) for its in guardians]))

    assert len(changes.guardians_legal) == 3
    assert [note.rule for note in changes.notes] == [Rule.SEVERAL_LEGAL]


def test_what_a_school_said_of_guardians_ends_when_the_pupil_leaves_it(school, other_school):
    one, parent = pupil(1), guardian(1)
    apply(roll(school.uai, [one], [parent], [link(one, parent)]))
    apply(roll(other_school.uai, [replace(one, source_id=9)], [parent], [replace(link(one, parent, 3), pupil=9)]))

    changes = apply(roll(school.uai, [replace(one, leaves_on=TODAY)]))

    assert changes.guardianships_ended == 1
    assert list(Guardianship.objects.filter(ended_at__isnull=True).values_list("level", flat=True)) == [3]


def test_next_years_base_does_not_give_back_a_right_the_current_one_withdrew(school):
    june = NOW.replace(year=2027, month=6)
    one, father = pupil(1), guardian(1)
    apply(roll(school.uai, [one], [father], [link(one, father, level=3)]))

    apply(roll(school.uai, [one, pupil(2)], [father], [link(one, father), link(pupil(2), father)], year=2027), now=june)

    assert dict(Guardianship.objects.values_list("pupil__ine", "level")) == {one.ine: 3, pupil(2).ine: 1}


# --- cost -------------------------------------------------------------------------------------------------------


def statements(school, size, first):
    pupils = class_of(size, first)
    guardians, links = families_of(pupils)
    counts = []
    for export in (
        roll(school.uai, pupils, guardians, links),
        roll(school.uai, pupils, guardians, links),
        roll(
            school.uai,
            [replace(one, birthdate=one.birthdate + timedelta(days=1), division="2DE2") for one in pupils],
            [replace(one, mobile="") for one in guardians],
            [replace(one, kinship="20") for one in links],
        ),
    ):
        with CaptureQueriesContext(connection) as queries:
            apply(export)
        counts.append(len(queries))
    return counts


def test_the_number_of_statements_does_not_grow_with_the_number_of_people(school, other_school):
    few = statements(school, 10, first=1)
    many = statements(other_school, 200, first=1000)

    assert few == many
    assert max(many) < 45


def test_the_coming_years_guardians_are_read_again_once_it_has_begun_though_the_files_are_the_same():
    school = SchoolFactory()
    one, mother, father = pupil(1), guardian(1), guardian(2)
    june, september = datetime(2027, 6, 10, 9, tzinfo=UTC), datetime(2027, 9, 2, 9, tzinfo=UTC)
    current = roll(school.uai, [one], [mother], [link(one, mother)], year=2026, exported_at=june)
    coming = roll(
        school.uai, [one], [mother, father], [link(one, mother), link(one, father)], year=2027, exported_at=june
    )
    synchronise(current, now=june)
    synchronise(coming, now=june)
    assert Guardianship.objects.filter(ended_at=None).count() == 1  # the running year tells
    assert synchronise(coming, now=june + timedelta(days=1)).unchanged

    assert not synchronise(coming, now=september).unchanged

    assert Guardianship.objects.filter(ended_at=None).count() == 2
    assert synchronise(coming, now=september + timedelta(days=1)).unchanged
