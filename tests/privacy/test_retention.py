"""The published table is what the job deletes, and the preview says so before."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from procrastinate.contrib.django import app

from educonnect.accounts.models import Account, LinkPurpose, OneTimeLink, ProvisionalPassword, Purpose
from educonnect.delegation.models import Post
from educonnect.delegation.rules import Right
from educonnect.federation.models import Release
from educonnect.imports.models import Run
from educonnect.journal import sealing
from educonnect.journal.models import Entry
from educonnect.journal.rules import Event
from educonnect.journal.trails import Trail
from educonnect.notification.models import Campaign
from educonnect.oversight.models import Alert
from educonnect.population.models import Enrolment, Guardian, Guardianship, Pupil, Quarantine
from educonnect.privacy import retention, rules
from educonnect.staff.models import Staff
from tests.accounts.factories import GuardianAccountFactory, PupilAccountFactory, activate
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.federation.factories import ProviderFactory
from tests.population.factories import EnrolmentFactory, GuardianFactory, GuardianshipFactory, PupilFactory
from tests.schools.factories import SchoolFactory

NOW = datetime(2027, 4, 1, 3, tzinfo=UTC)
LEFT = datetime(2026, 7, 5, 9, tzinfo=UTC)
CLOSED = datetime(2027, 1, 1, 1, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def test_T76_the_published_page_is_the_table_of_the_rules_and_each_rule_has_its_job() -> None:
    page = (ROOT / "docs/retention.md").read_text("utf-8")

    assert re.findall(r"^\|.*\|$", page, re.MULTILINE) == rules.table()
    assert {one.key for one in rules.PUBLISHED if one.by == rules.NIGHTLY} == set(retention.PROCEDURES)
    assert {one.by for one in rules.PUBLISHED} <= set(app.tasks)


def test_erasure_begins_on_1_april_for_those_who_left_before_this_year() -> None:
    assert rules.left_before(date(2027, 3, 31)) == date(2026, 1, 1)
    assert rules.left_before(date(2027, 4, 1)) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [((2027, 3, 31), 1, (2027, 2, 28)), ((2028, 3, 30), 1, (2028, 2, 29)), ((2027, 1, 1), 24, (2025, 1, 1))],
)
def test_so_many_months_before_a_day(day: tuple[int, ...], months: int, before: tuple[int, ...]) -> None:
    assert rules.months_before(datetime(*day, tzinfo=UTC), months) == datetime(*before, tzinfo=UTC)  # type: ignore[arg-type]


def left_family(school, left=LEFT, closed=CLOSED):
    """A pupil who left with a guardian, both with a closed account."""
    child, parent = PupilAccountFactory(closed_at=closed), GuardianAccountFactory(closed_at=closed)
    EnrolmentFactory(pupil=child.pupil, school=school, year=2025, ended_at=left)
    GuardianshipFactory(guardian=parent.guardian, pupil=child.pupil, school=school, ended_at=left)
    return child, parent


@pytest.fixture
def world(db):
    """Of each rule, something whose time is over and its neighbour whose time is not."""
    school = SchoolFactory()
    left_family(school)
    left_family(school, left=datetime(2027, 1, 2, tzinfo=UTC), closed=datetime(2027, 1, 2, tzinfo=UTC))
    there = activate(PupilAccountFactory())
    EnrolmentFactory(pupil=there.pupil, school=school, year=2026)
    parent = GuardianAccountFactory()
    GuardianshipFactory(guardian=parent.guardian, pupil=there.pupil, school=school)
    # enrolments, links, people without account
    EnrolmentFactory(pupil=there.pupil, school=school, year=2023, ended_at=datetime(2024, 7, 5, tzinfo=UTC))
    EnrolmentFactory(pupil=there.pupil, school=school, year=2025, ended_at=LEFT)
    GuardianshipFactory(pupil=there.pupil, school=school, ended_at=datetime(2025, 3, 1, tzinfo=UTC))
    GuardianshipFactory(pupil=there.pupil, school=school, level=3)
    for ended_at in (LEFT, datetime(2027, 2, 1, tzinfo=UTC)):
        EnrolmentFactory(pupil=PupilFactory(), school=school, year=2025, ended_at=ended_at)
    for year in (2025, 2026):
        Quarantine.objects.create(school=school, year=year, source_id=9, reason="INE_MISSING", seen_at=LEFT)
    # secrets, links, campaigns, releases
    for expires_at, account in ((NOW - timedelta(days=100), there), (NOW - timedelta(days=10), parent)):
        ProvisionalPassword.objects.create(
            account=account,
            digest="0" * 64,
            pepper_version=1,
            purpose=Purpose.ACTIVATION,
            issued_at=expires_at,
            expires_at=expires_at,
        )
        OneTimeLink.objects.create(
            digest=f"{expires_at:%j}",
            account=account,
            purpose=LinkPurpose.CONFIRM_EMAIL,
            created_at=expires_at,
            expires_at=expires_at + timedelta(days=5),
        )
    for days in (380, 300):
        Campaign.objects.create(school=school, audience="pupils", actor="x", created_at=NOW - timedelta(days=days))
        raised = NOW - timedelta(days=days)
        Alert.objects.create(cause="rows", staff=a_staff(), school=school, count=501, raised_at=raised, last_at=raised)
    long_ago = NOW - timedelta(days=900)
    for ended_at in (NOW - timedelta(days=380), NOW - timedelta(days=300), None):
        post = a_post("other", staff=a_staff(created_at=long_ago), school=school)
        Post.objects.filter(pk=post.pk).update(ended_at=ended_at)
    a_staff(created_at=long_ago, password="argon2")
    a_staff(created_at=long_ago, issuer="https://hub.invalid", subject="1")
    a_delegation(Right.DEPANNAGE, school, staff=a_staff(created_at=long_ago))
    provider = ProviderFactory()
    for days in (760, 700):
        Release.objects.create(account=there, provider=provider, at=NOW - timedelta(days=days), attributes=["uai"])
        Run.objects.create(school=school, year=2025, actor="x", at=NOW - timedelta(days=days), outcome="applied")
        Entry.objects.create(event=Event.SIGNED_IN, actor="x", at=NOW - timedelta(days=days))
        sealing.seal(Trail.ENTRY, patience=0)
    return there


DUE = {
    "accounts": 2,
    "pupils": 1,
    "guardians": 1,
    "enrolments": 1,
    "guardianships": 1,
    "quarantine": 1,
    "provisional": 1,
    "one-time-links": 1,
    "campaigns": 1,
    "releases": 1,
    "journal": 1,
    "alerts": 1,
    "staff-named": 1,
    "import-runs": 1,
}
KINDS = (Account, Pupil, Guardian, Enrolment, Guardianship, Quarantine, ProvisionalPassword, OneTimeLink, Campaign)


def counted():
    return {kind.__name__: kind.objects.count() for kind in (*KINDS, Release, Run, Staff)}


def test_T76_the_preview_is_what_the_job_deletes_and_a_second_run_deletes_nothing(world):
    before = counted()
    seen = {key: one.count for key, one in retention.preview(now=NOW).items()}
    assert counted() == before

    done = retention.apply(now=NOW)

    assert seen == done == DUE
    after = counted()
    gone = {kind: before[kind] - after[kind] for kind in before}
    assert gone == {
        "Account": 2,
        "Pupil": 2,  # the one of a closed account, the one who never had one
        "Guardian": 2,
        "Enrolment": 3,
        "Guardianship": 2,
        "Quarantine": 1,
        "ProvisionalPassword": 1,
        "OneTimeLink": 1,
        "Campaign": 1,
        "Release": 1,
        "Run": 1,
        "Staff": 1,
    }
    assert set(retention.apply(now=NOW).values()) == {0}
    assert Entry.objects.filter(event=Event.PERSON_ERASED).count() == 2


def test_the_day_before_nobody_is_erased(world):
    seen = retention.preview(now=NOW - timedelta(days=1))

    assert (seen["accounts"].count, seen["pupils"].count) == (0, 0)


def test_an_account_closed_late_is_kept_three_months_all_the_same(db):
    left_family(SchoolFactory(), left=datetime(2025, 7, 5, tzinfo=UTC), closed=NOW - timedelta(days=30))

    assert retention.preview(now=NOW)["accounts"].count == 0


def test_an_account_that_joined_another_goes_with_it_and_not_before(db):
    school = SchoolFactory()
    _child, kept = left_family(school)
    joined = GuardianAccountFactory(closed_at=CLOSED, merged_into=kept, opened_at=LEFT)
    joined.guardian.merged_into = kept.guardian
    joined.guardian.save()
    back = EnrolmentFactory(pupil=_child.pupil, school=school, year=2026)
    Guardianship.objects.update(ended_at=None)

    retention.apply(now=NOW)
    assert Account.objects.filter(pk=joined.pk).exists()

    Enrolment.objects.filter(pk=back.pk).update(ended_at=LEFT)
    Guardianship.objects.update(ended_at=LEFT)
    foreseen = retention.preview(now=NOW)["accounts"].count
    assert retention.apply(now=NOW)["accounts"] == foreseen == 2
    assert not Account.objects.exists()
    assert not Guardian.objects.exists()


def test_a_guardian_who_lost_the_right_and_is_still_a_contact_keeps_no_account_but_a_row(db):
    account = GuardianAccountFactory(closed_at=datetime(2026, 11, 2, tzinfo=UTC), opened_at=LEFT)
    GuardianshipFactory(guardian=account.guardian, pupil=EnrolmentFactory(year=2026).pupil, level=3)

    done = retention.apply(now=NOW)

    assert (done["accounts"], done["guardians"]) == (1, 0)
    assert Guardian.objects.filter(pk=account.guardian_id).exists()


def test_who_comes_back_between_the_look_and_the_lock_is_not_erased(db):
    child, _ = left_family(SchoolFactory())
    chosen = retention.PROCEDURES["accounts"]
    EnrolmentFactory(pupil=child.pupil, year=2026)

    from educonnect.privacy.erasure import erase_accounts

    assert erase_accounts([child.pk]) == 0
    assert chosen.preview(NOW).count == 1  # the guardian, whose link ended with the former school


def test_many_are_erased_in_chunks(db, monkeypatch):
    monkeypatch.setattr(rules, "CHUNK", 2)
    guardians = GuardianFactory.create_batch(5)

    assert retention.preview(now=NOW)["guardians"].sample == tuple(one.pk for one in guardians)
    assert retention.apply(now=NOW)["guardians"] == 5
