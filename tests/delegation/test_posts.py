"""Posts: what one source says replaces what it said, and nothing else."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from educonnect.delegation import posts
from educonnect.delegation.mandate import OutOfMandate, mandate_for
from educonnect.delegation.models import Function, Post, Source
from educonnect.delegation.posts import Declared, HeldElsewhere
from educonnect.delegation.rules import Right
from educonnect.journal.models import Entry
from tests.delegation.factories import a_staff
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 25)


def held(staff) -> set[tuple[str, str | None, str]]:
    return set(Post.objects.filter(staff=staff, ended_at=None).values_list("function", "school_id", "source"))


def head_of(school, **values) -> HeldElsewhere:
    return HeldElsewhere(Function.HEAD, uai=school.pk, **values)


def test_a_post_that_is_named_begins_that_day_and_is_journalled():
    staff, school = a_staff(), SchoolFactory()

    done = posts.declare(staff.pk, [head_of(school, title="PR LYC")], Source.HUB, now=NOW, actor="system")

    post = Post.objects.get()
    assert done == Declared(given=1)
    assert (post.starts_on, post.ends_on, post.title) == (TODAY, None, "PR LYC")
    line = Entry.objects.get(event="post.given")
    assert (line.uai, line.detail) == (
        school.pk,
        {"staff": staff.pk, "post": post.pk, "function": "head", "source": "hub", "academie": ""},
    )


def test_said_again_it_changes_nothing():
    staff, school = a_staff(), SchoolFactory()
    posts.declare(staff.pk, [head_of(school)], Source.HUB, now=NOW)
    before = list(Post.objects.values())

    done = posts.declare(staff.pk, [head_of(school), head_of(school)], Source.HUB, now=NOW + dt.timedelta(days=9))

    assert done == Declared(kept=1)
    assert list(Post.objects.values()) == before
    assert Entry.objects.count() == 1


def test_what_is_no_longer_named_ends_at_once_with_its_rights():
    staff, left, reached = a_staff(), SchoolFactory(sector="PU"), SchoolFactory(sector="PU")
    posts.declare(staff.pk, [head_of(left)], Source.HUB, now=NOW)

    done = posts.declare(staff.pk, [head_of(reached)], Source.HUB, now=NOW)

    assert done == Declared(given=1, ended=1)
    assert held(staff) == {("head", reached.pk, "hub")}
    assert Entry.objects.filter(event="post.ended", uai=left.pk, detail__staff=staff.pk).count() == 1
    with pytest.raises(OutOfMandate):
        mandate_for(staff.pk, Right.DEPANNAGE, uai=left.pk, now=NOW)
    assert mandate_for(staff.pk, Right.DEPANNAGE, uai=reached.pk, now=NOW)


def test_a_source_never_ends_what_another_says():
    staff, school, other = a_staff(), SchoolFactory(), SchoolFactory()
    posts.give(staff.pk, head_of(school), Source.OPERATOR, now=NOW)
    posts.declare(staff.pk, [head_of(other)], Source.HUB, now=NOW)

    posts.declare(staff.pk, [], Source.HUB, now=NOW)

    assert held(staff) == {("head", school.pk, "operator")}


def test_somebody_who_comes_back_begins_a_new_post():
    staff, school = a_staff(), SchoolFactory()
    posts.declare(staff.pk, [head_of(school)], Source.HUB, now=NOW)
    posts.declare(staff.pk, [], Source.HUB, now=NOW)

    posts.declare(staff.pk, [head_of(school)], Source.HUB, now=NOW)

    assert Post.objects.count() == 2
    assert held(staff) == {("head", school.pk, "hub")}


def test_new_dates_change_the_post_and_are_journalled_a_new_title_only_changes_it():
    staff, school = a_staff(), SchoolFactory()
    posts.declare(staff.pk, [head_of(school)], Source.FILE, now=NOW)

    posts.declare(staff.pk, [head_of(school, title="Proviseure")], Source.FILE, now=NOW)
    posts.declare(staff.pk, [head_of(school, title="Proviseure", ends_on=TODAY)], Source.FILE, now=NOW)

    post = Post.objects.get()
    assert (post.title, post.ends_on) == ("Proviseure", TODAY)
    assert Entry.objects.filter(event="post.given").count() == 2


def test_a_school_that_nobody_knows_is_told_and_opens_nothing():
    staff = a_staff()

    done = posts.declare(staff.pk, [HeldElsewhere(Function.HEAD, uai="9720999Z")], Source.HUB, now=NOW)

    assert done == Declared(unknown=("9720999Z",))
    assert not Post.objects.exists()


def test_somebody_closed_is_given_nothing_and_keeps_nothing():
    staff, school = a_staff(), SchoolFactory()
    posts.declare(staff.pk, [head_of(school)], Source.HUB, now=NOW)
    staff.closed_at = NOW
    staff.save()

    done = posts.declare(staff.pk, [head_of(school)], Source.HUB, now=NOW)

    assert done == Declared(ended=1)


def test_posts_of_an_academie_and_of_the_nation_stand_nowhere_else():
    staff = a_staff()

    posts.declare(
        staff.pk,
        [HeldElsewhere(Function.ACADEMIE, academie="31"), HeldElsewhere(Function.NATION)],
        Source.FILE,
        now=NOW,
    )

    assert mandate_for(staff.pk, Right.ADMINISTRATION, academie="31", now=NOW)
    assert mandate_for(staff.pk, Right.ADMINISTRATION, now=NOW)


def test_a_list_of_a_school_replaces_its_list_and_touches_no_other_school():
    school, other = SchoolFactory(), SchoolFactory()
    stays, leaves, comes = a_staff(), a_staff(), a_staff()
    teacher = HeldElsewhere(Function.OTHER, uai=school.pk, title="ENS")
    posts.declare_school(school.pk, {stays.pk: [teacher], leaves.pk: [teacher]}, Source.STS, now=NOW)
    elsewhere = HeldElsewhere(Function.OTHER, uai=other.pk, title="ENS")
    posts.declare_school(other.pk, {leaves.pk: [elsewhere]}, Source.STS, now=NOW)

    done = posts.declare_school(school.pk, {stays.pk: [teacher], comes.pk: [teacher]}, Source.STS, now=NOW)

    assert done == Declared(given=1, ended=1, kept=1)
    assert held(stays) == held(comes) == {("other", school.pk, "sts")}
    assert held(leaves) == {("other", other.pk, "sts")}


def test_a_post_ends_once():
    posts.give(a_staff().pk, head_of(SchoolFactory()), Source.OPERATOR, now=NOW)
    post = Post.objects.get()

    assert posts.end(post.pk, now=NOW, actor="operator:command-line")
    assert not posts.end(post.pk, now=NOW, actor="operator:command-line")
    assert Entry.objects.get(event="post.ended").actor == "operator:command-line"


@pytest.mark.django_db(transaction=True)
def test_two_sign_ins_at_once_give_one_post():
    staff, school = a_staff(), SchoolFactory()
    together = Barrier(4)

    def sign_in(_: int) -> Declared:
        together.wait()
        try:
            return posts.declare(staff.pk, [head_of(school)], Source.HUB, now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(sign_in, range(4)))

    assert sum(one.given for one in done) == 1
    assert Post.objects.count() == 1
    assert Entry.objects.filter(event="post.given").count() == 1
