"""An account for each newcomer, once, whatever happens at the same time."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from educonnect.accounts.closing import withdraw
from educonnect.accounts.models import Account, Kind, UsernameStem
from educonnect.accounts.opening import open_accounts
from educonnect.journal.models import Entry
from educonnect.population.changes import Changes
from educonnect.population.errors import MassDeparture
from educonnect.population.models import Enrolment, Guardian, Pupil
from educonnect.population.roll import Roll
from educonnect.population.synchronise import synchronise
from educonnect.schools.models import School
from tests.accounts.factories import PupilAccountFactory
from tests.population.factories import EnrolmentFactory, GuardianFactory, GuardianshipFactory, PupilFactory
from tests.population.rolls import NOW, class_of, families_of, guardian, link, pupil, roll
from tests.schools.factories import SchoolFactory


def bring_in(one: Roll, now=NOW, **options) -> Changes:
    """What an import does of a group: one transaction."""
    with transaction.atomic():
        changes = synchronise(one, now=now, **options)
        open_accounts(
            pupils=changes.pupils_enrolled, guardians=changes.guardians_legal, now=now, actor="test:1", uai=one.uai
        )
        withdraw(pupils=changes.pupils_deceased, guardians=changes.guardians_withdrawn, now=now, actor="test:1")
    return changes


@pytest.mark.django_db
def test_each_pupil_and_legal_guardian_gets_an_account_and_the_journal_says_so():
    school = SchoolFactory()
    one, mother, aunt = pupil(1), guardian(1), guardian(2)

    bring_in(roll(school.uai, [one], [mother, aunt], [link(one, mother), link(one, aunt, level=3)]))

    accounts = {account.kind: account for account in Account.objects.select_related("pupil", "guardian")}
    assert set(accounts) == {Kind.PUPIL, Kind.GUARDIAN}
    assert accounts[Kind.PUPIL].pupil.ine == one.ine
    assert accounts[Kind.GUARDIAN].guardian.first_name == mother.first_name
    assert {account.stage for account in accounts.values()} == {"opened"}
    assert {account.opened_at for account in accounts.values()} == {NOW}
    assert set(Entry.objects.values_list("event", "actor", "uai", "account_id")) == {
        ("account.opened", "test:1", school.uai, account.pk) for account in accounts.values()
    }


@pytest.mark.django_db
def test_a_second_import_opens_nothing():
    school = SchoolFactory()
    pupils = class_of(3)
    bring_in(roll(school.uai, pupils, *families_of(pupils)))
    before = set(Account.objects.values_list("pk", "username", "educonnect_id"))

    changes = bring_in(roll(school.uai, pupils, *families_of(pupils)))

    assert open_accounts(pupils=changes.pupils_enrolled, guardians=changes.guardians_legal, now=NOW) == 0
    assert set(Account.objects.values_list("pk", "username", "educonnect_id")) == before


@pytest.mark.django_db
def test_homonyms_twins_and_guardians_share_one_space():
    school = SchoolFactory()
    names = {"family_name": "Durand", "first_name": "Émile"}
    pupils = [pupil(1, **names), pupil(2, **names), pupil(3, family_name="DURAND", first_name="Édith")]
    parent = guardian(1, family_name="Durand", first_name="Eve")

    bring_in(roll(school.uai, pupils, [parent], [link(pupils[0], parent)]))

    assert sorted(Account.objects.values_list("username", flat=True)) == [
        "e.durand",
        "e.durand2",
        "e.durand3",
        "e.durand4",
    ]


@pytest.mark.django_db
def test_a_username_already_taken_elsewhere_is_passed_over():
    PupilAccountFactory(username="e.durand")
    enrolment = EnrolmentFactory(pupil__first_name="Émile", pupil__family_name="Durand")

    opened = open_accounts(pupils=[enrolment.pupil_id], guardians=[], now=NOW)

    assert (opened, enrolment.pupil.account.username) == (1, "e.durand2")


@pytest.mark.django_db
@pytest.mark.parametrize(("switch", "opened"), [(False, 0), (True, 1)])
def test_first_degree_pupils_wait_for_their_schools_switch_but_their_guardians_do_not(switch, opened):
    school = SchoolFactory(degree=1, opens_first_degree_pupils=switch)
    enrolment = EnrolmentFactory(school=school)
    parent = GuardianshipFactory(pupil=enrolment.pupil, school=school).guardian

    assert open_accounts(pupils=[enrolment.pupil_id], guardians=[], now=NOW) == opened
    assert open_accounts(pupils=[], guardians=[parent.pk], now=NOW) == 1


@pytest.mark.django_db
def test_whoever_is_not_entitled_is_passed_over():
    deceased = EnrolmentFactory(pupil__deceased=True).pupil
    gone = EnrolmentFactory(ended_at=NOW).pupil
    contact = GuardianshipFactory(level=3, pupil=EnrolmentFactory().pupil).guardian
    without_child = GuardianshipFactory(pupil=gone).guardian

    opened = open_accounts(
        pupils=[deceased.pk, gone.pk, PupilFactory().pk, 10**9],
        guardians=[contact.pk, without_child.pk, GuardianFactory().pk],
        now=NOW,
    )

    assert opened == 0
    assert not Account.objects.exists()


@pytest.mark.django_db
def test_a_change_of_school_and_academie_keeps_account_username_and_password():
    school, far = SchoolFactory(), SchoolFactory(academie="28", si_instance="28", departement="974")
    one, mother = pupil(1), guardian(1)
    bring_in(roll(school.uai, [one], [mother], [link(one, mother)]))
    Account.objects.update(password="argon2", notified_at=NOW, activated_at=NOW)
    before = list(Account.objects.order_by("pk").values())

    bring_in(roll(school.uai, []))
    moved, same_mother = replace(one, source_id=9), replace(mother, source_id=4)
    bring_in(roll(far.uai, [moved], [same_mother], [link(moved, same_mother)]))

    assert list(Account.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_whoever_comes_back_finds_the_same_account_open_again():
    school = SchoolFactory()
    one = pupil(1)
    bring_in(roll(school.uai, [one, pupil(2)]))
    Account.objects.filter(pupil__ine=one.ine).update(closed_at=NOW, password="argon2", activated_at=NOW)
    before = Account.objects.get(pupil__ine=one.ine)

    bring_in(roll(school.uai, [one, pupil(2)]))

    after = Account.objects.get(pupil__ine=one.ine)
    assert (after.closed_at, after.username, after.password) == (None, before.username, "argon2")
    assert after.epoch == before.epoch + 1
    assert Entry.objects.get(event="account.reopened").account_id == after.pk


@pytest.mark.django_db
def test_the_number_of_statements_does_not_grow_with_the_number_of_people():
    counts = []
    for size, first in ((10, 1), (200, 1000)):
        school = SchoolFactory()
        pupils = class_of(size, first)
        changes = synchronise(roll(school.uai, pupils, *families_of(pupils)), now=NOW)
        with CaptureQueriesContext(connection) as queries:
            opened = open_accounts(pupils=changes.pupils_enrolled, guardians=changes.guardians_legal, now=NOW)
        assert opened == 2 * size
        counts.append(len(queries))

    assert counts[0] == counts[1]


# --- at the same time -------------------------------------------------------------------------------------------


def together(*works: Callable[[], object]) -> list[BaseException]:
    """Run each work in a thread with its own connection, all let go at once; what they raised."""
    gate = threading.Barrier(len(works), timeout=20)
    failures: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            gate.wait()
            work()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return failures


def everyone_has_one_account_and_nobody_anothers_name() -> None:
    names = Counter(Account.objects.values_list("username", flat=True))
    assert set(names.values()) <= {1}
    assert Account.objects.filter(kind=Kind.PUPIL).count() == Pupil.objects.count()
    assert Account.objects.filter(kind=Kind.GUARDIAN).count() == Guardian.objects.count()


@pytest.mark.django_db(transaction=True)
def test_two_schools_imported_at_once_share_pupils_guardians_and_homonyms_without_clash():
    schools = [SchoolFactory(), SchoolFactory()]
    for turn in range(4):
        shared = [pupil(100 * turn + number, family_name="Durand", first_name="Émile") for number in range(12)]
        own = [
            [pupil(100 * turn + start + number, family_name="Durand", first_name="Eve") for number in range(12)]
            for start in (20, 40)
        ]
        exports = []
        for school, theirs in zip(schools, own, strict=True):
            # the second school lists everything backwards, the better to meet crosswise
            pupils = (shared + theirs)[:: 1 if school is schools[0] else -1]
            guardians, links = families_of(pupils)
            exports.append(roll(school.uai, pupils, guardians, links))

        failures = together(*(lambda one=one: bring_in(one, allow_mass_departure=True) for one in exports))

        assert failures == []
    assert Pupil.objects.count() == Guardian.objects.count() == 4 * 36
    everyone_has_one_account_and_nobody_anothers_name()
    assert (
        UsernameStem.objects.get(pk="e.durand").allotted
        == Account.objects.filter(username__startswith="e.durand").count()
    )


@pytest.mark.django_db(transaction=True)
def test_the_same_export_given_twice_at_once_is_applied_once():
    school = SchoolFactory()
    pupils = class_of(10)
    export = roll(school.uai, pupils, *families_of(pupils))
    seen: list[bool] = []

    failures = together(*[lambda: seen.append(bring_in(export).unchanged)] * 3)

    assert failures == []
    assert sorted(seen) == [False, True, True]
    everyone_has_one_account_and_nobody_anothers_name()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("child", [1, 2])
@pytest.mark.parametrize("number", [5001, 8])
def test_an_import_that_waits_for_another_sees_the_people_it_created(child, number):
    first, second = SchoolFactory(), SchoolFactory()
    one, sibling, mother = pupil(1), pupil(child), guardian(1)
    written, done = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            bring_in(roll(first.uai, [one], [mother], [link(one, mother)]))
            written.set()
            # the other import has nothing to wait for here but our commit
            assert not done.wait(0.5)

    def late() -> None:
        assert written.wait(20)
        other, same = replace(sibling, source_id=9), replace(mother, source_id=number)
        bring_in(roll(second.uai, [other], [same], [link(other, same)]))
        done.set()

    assert together(slow, late) == []
    assert (Pupil.objects.count(), Guardian.objects.count(), Enrolment.objects.count()) == (child, 1, 2)
    everyone_has_one_account_and_nobody_anothers_name()


@pytest.mark.django_db(transaction=True)
def test_one_account_is_opened_for_a_person_asked_for_twice_at_once():
    enrolments = EnrolmentFactory.create_batch(20)
    ids = [enrolment.pupil_id for enrolment in enrolments]

    failures = together(
        lambda: open_accounts(pupils=ids, guardians=[], now=NOW),
        lambda: open_accounts(pupils=ids[::-1], guardians=[], now=NOW),
    )

    assert failures == []
    assert Entry.objects.filter(event="account.opened").count() == Account.objects.count() == 20


# --- whatever the files -----------------------------------------------------------------------------------------


@st.composite
def exports(draw: st.DrawFn) -> tuple[int, list, list, list]:
    """A school (0 or 1) and a file: a few pupils among eight, with corrections, departures and guardians."""
    numbers = draw(st.lists(st.integers(1, 8), unique=True, max_size=8))
    pupils, guardians, links = [], [], []
    for number in numbers:
        one = pupil(number, family_name="Durand" if number % 2 else "Le Goff")
        if draw(st.booleans()):
            one = replace(one, first_name=draw(st.sampled_from(["Eve", "Émile"])))
        one = replace(
            one,
            birthdate=one.birthdate + timedelta(days=draw(st.integers(0, 1))),
            leaves_on=draw(st.sampled_from([None, None, date(2026, 10, 1), date(2027, 7, 1)])),
            leaving_reason=draw(st.sampled_from(["", "", "", "43"])),
            source_id=one.source_id + draw(st.sampled_from([0, 0, 100])),
        )
        pupils.append(one)
        parent = guardian(draw(st.integers(1, 4)))
        if parent.source_id not in {known.source_id for known in guardians}:
            guardians.append(parent)
        links.append(link(one, parent, level=draw(st.sampled_from([1, 1, 2, 3]))))
    return draw(st.integers(0, 1)), pupils, guardians, links


class AnySequenceOfFiles(TestCase):
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(exports(), min_size=1, max_size=5))
    def test_leaves_one_account_a_person_and_takes_nothing_away(self, files: list) -> None:
        schools = [SchoolFactory(), SchoolFactory()]
        enrolments: set[int] = set()
        names: dict[int, str] = {}
        for school, pupils, guardians, links in files:
            export = roll(schools[school].uai, pupils, guardians, links)
            bring_in(export, allow_mass_departure=True)
            again = bring_in(roll(schools[school].uai, pupils, guardians, links), allow_mass_departure=True)

            assert again.written == 0
            kept = set(Enrolment.objects.values_list("pk", flat=True))
            assert enrolments <= kept
            enrolments = kept
            now_named = dict(Account.objects.values_list("pk", "username"))
            assert names.items() <= now_named.items()
            names = now_named
        assert len(set(names.values())) == len(names)
        assert Account.objects.filter(pupil__isnull=False).values("pupil__ine").distinct().count() == (
            Account.objects.filter(kind=Kind.PUPIL).count()
        )
        present = Pupil.objects.filter(deceased=False, enrolments__ended_at=None).distinct()
        present = present.filter(enrolments__isnull=False)
        assert not present.filter(account=None).exists()
        assert not Account.objects.filter(pupil__deceased=True, closed_at=None).exists()
        assert School.objects.filter(pk__in=[school.uai for school in schools]).count() == 2


@pytest.mark.django_db
def test_a_refused_roll_opens_and_writes_nothing():
    school = SchoolFactory()
    pupils = class_of(30)
    bring_in(roll(school.uai, pupils))
    before = Account.objects.count()

    with pytest.raises(MassDeparture):
        bring_in(roll(school.uai, class_of(5, first=50)))

    assert (Account.objects.count(), Pupil.objects.count()) == (before, 30)
