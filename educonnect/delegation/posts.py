"""Posts: who is where, as each source says it. A source speaks for itself alone; what it no longer names ends.

What a post gives is not said here: rights come from `rules.rights_of_post` only, each time they are asked for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models, transaction
from django.utils import timezone

from educonnect.delegation.models import Function, Post, Source
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.schools.models import School
from educonnect.staff.models import Staff

_LONGEST_TITLE = 60
_Key = tuple[int, str, str | None, str]  # whose, function, school, académie


@dataclass(frozen=True, slots=True)
class HeldElsewhere:
    """A post as a source names it.

    Attributes:
        uai: of the school; empty for an académie or the nation.
        academie: of a post of an académie, and of no other.
        title: the function in the source's words; it gives nothing.
        starts_on: None: since this source first named it.
        ends_on: last day; None: until this source no longer names it.
    """

    function: Function
    uai: str = ""
    academie: str = ""
    title: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What a declaration changed.

    Attributes:
        given: posts that began, or whose dates changed. ended: posts no longer named. kept: the others.
        unknown: schools named that are not in the directory; nothing is held there.
    """

    given: int = 0
    ended: int = 0
    kept: int = 0
    unknown: tuple[str, ...] = ()


def declare(
    staff_id: int, held: Iterable[HeldElsewhere], source: Source, *, now: datetime, actor: str = "system"
) -> Declared:
    """Make the posts of a person what one source says today, in place of all that it said before.

    Said again, it changes nothing. Calls for one person wait for one another. Somebody closed is given nothing.
    """
    with transaction.atomic():
        staff = Staff.objects.select_for_update(no_key=True).get(pk=staff_id)
        said = {} if staff.closed_at else {staff_id: held}
        return _replace(Post.objects.filter(staff=staff_id), said, source, now=now, actor=actor)


def declare_school(
    uai: str, held: Mapping[int, Iterable[HeldElsewhere]], source: Source, *, now: datetime, actor: str = "system"
) -> Declared:
    """Make the posts of a school what one source says of all its people, in place of all that it said before.

    Args:
        held: person -> posts, all of them in this school. Whoever is not named no longer holds one there.
    """
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=uai)
        before = Post.objects.filter(school=uai, source=source, ended_at__isnull=True).values_list(
            "staff_id", flat=True
        )
        people = Staff.objects.filter(pk__in={*held, *before}).order_by("pk").select_for_update(no_key=True)
        working = {one.pk for one in people if one.closed_at is None}
        said = {staff_id: posts for staff_id, posts in held.items() if staff_id in working}
        return _replace(Post.objects.filter(school=uai), said, source, now=now, actor=actor)


def give(staff_id: int, post: HeldElsewhere, source: Source, *, now: datetime, actor: str = "system") -> Declared:
    """Add one post to what a source says of a person, or bring its dates up to date."""
    with transaction.atomic():
        staff = Staff.objects.select_for_update(no_key=True).get(pk=staff_id)
        said = {} if staff.closed_at else {staff_id: [post]}
        same = Post.objects.filter(
            staff=staff_id, function=post.function, school=post.uai or None, academie=post.academie
        )
        return _replace(same, said, source, now=now, actor=actor)


def end(post_id: int, *, now: datetime, actor: str = "system") -> bool:
    """End a post at once; whether it was held."""
    with transaction.atomic():
        post = Post.objects.select_for_update().filter(pk=post_id, ended_at__isnull=True).first()
        if post is not None:
            _end(post, now=now, actor=actor)
        return post is not None


def _replace(
    among: models.QuerySet[Post],
    said: Mapping[int, Iterable[HeldElsewhere]],
    source: Source,
    *,
    now: datetime,
    actor: str,
) -> Declared:
    """Make the posts that a source gives `among` these what it says; whose they are is locked already."""
    wanted: dict[_Key, HeldElsewhere] = {}
    for staff_id, posts in said.items():
        for one in posts:
            wanted.setdefault((staff_id, one.function.value, one.uai or None, one.academie), one)
    named = {uai for _, _, uai, _ in wanted if uai}
    known = set(School.objects.filter(pk__in=named).values_list("pk", flat=True))
    given = ended = kept = 0
    for post in among.filter(source=source, ended_at__isnull=True).select_for_update().order_by("pk"):
        again = wanted.pop((post.staff_id, post.function, post.school_id, post.academie), None)
        if again is None:
            _end(post, now=now, actor=actor)
            ended += 1
        elif _renew(post, again):
            _note(Event.POST_GIVEN, post, actor)
            given += 1
        else:
            kept += 1
    for (staff_id, function, uai, academie), one in wanted.items():
        if uai and uai not in known:
            continue
        post = Post.objects.create(
            staff_id=staff_id,
            function=function,
            title=one.title[:_LONGEST_TITLE],
            school_id=uai,
            academie=academie,
            source=source,
            starts_on=one.starts_on or timezone.localdate(now),
            ends_on=one.ends_on,
        )
        _note(Event.POST_GIVEN, post, actor)
        given += 1
    return Declared(given=given, ended=ended, kept=kept, unknown=tuple(sorted(named - known)))


def _renew(post: Post, said: HeldElsewhere) -> bool:
    """Bring a post up to date; whether its dates changed, on which rights hang."""
    starts_on = said.starts_on or post.starts_on
    dates = (post.starts_on, post.ends_on) != (starts_on, said.ends_on)
    title = said.title[:_LONGEST_TITLE]
    if dates or post.title != title:
        post.starts_on, post.ends_on, post.title = starts_on, said.ends_on, title
        post.save(update_fields=["starts_on", "ends_on", "title"])
    return dates


def _end(post: Post, *, now: datetime, actor: str) -> None:
    post.ended_at = now
    post.save(update_fields=["ended_at"])
    _note(Event.POST_ENDED, post, actor)


def _note(event: Event, post: Post, actor: str) -> None:
    record(
        event,
        actor=actor,
        uai=post.school_id or "",
        staff=post.staff_id,
        post=post.pk,
        function=post.function,
        source=post.source,
        academie=post.academie,
    )
