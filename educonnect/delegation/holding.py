"""What a member of the staff holds, where, until when and from whom, for themselves to read."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from educonnect.delegation.mandate import Held, held
from educonnect.delegation.models import Delegation, Post, Suspension
from educonnect.delegation.rules import Right
from educonnect.schools.models import School
from educonnect.staff.models import Staff

#: School, académie: both empty for everywhere.
_Stopped = set[tuple[str | None, str]]


@dataclass(frozen=True, slots=True)
class Holding:
    """A post or a right given, today's or to come.

    Attributes:
        rights: what it gives at this instant; none when it has not begun, is stopped, or gives nothing.
        right: what was given; empty for a post.
        post: the function, in French; empty for a right given.
        academie: of a post of an académie.
        classes: the codes of the classes it is narrowed to; None: all of them.
        given_by: who gave it; None for a post, and for what the command line or the hub gave.
        source: who says it, in French.
        stopped: whether it is suspended.
    """

    rights: frozenset[Right]
    right: str
    post: str
    school: School | None
    academie: str
    classes: tuple[str, ...] | None
    starts_on: date
    ends_on: date | None
    given_by: Staff | None
    source: str
    stopped: bool


def holdings(staff_id: int, *, now: datetime) -> list[Holding]:
    """Posts first, then the rights given, the next to end first. At most eight statements."""
    today = timezone.localdate(now)
    live = held(staff_id, now=now)
    stopped: _Stopped = set(
        Suspension.objects.filter(staff=staff_id, lifted_at__isnull=True).values_list("school_id", "academie")
    )
    posts = Post.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today), staff=staff_id, ended_at__isnull=True
    ).select_related("school")
    given = Delegation.objects.filter(staff=staff_id, withdrawn_at__isnull=True, ends_on__gte=today)
    return [
        *(_post(post, live, stopped) for post in posts.order_by("pk")),
        *(
            _given(one, live, stopped)
            for one in given.select_related("school", "given_by").prefetch_related("divisions").order_by("ends_on")
        ),
    ]


def _post(post: Post, live: list[Held], stopped: _Stopped) -> Holding:
    where = (post.school_id or "", post.school.academie if post.school else post.academie)
    found = [one.rights for one in live if one.post == post.function and (one.school, one.academie) == where]
    return Holding(
        rights=frozenset().union(*found),
        right="",
        post=post.get_function_display(),
        school=post.school,
        academie=post.academie,
        classes=None,
        starts_on=post.starts_on,
        ends_on=post.ends_on,
        given_by=None,
        source=post.get_source_display(),
        stopped=_is_stopped(where, stopped),
    )


def _given(given: Delegation, live: list[Held], stopped: _Stopped) -> Holding:
    found = [one.rights for one in live if one.delegation == given.pk]
    return Holding(
        rights=frozenset().union(*found),
        right=given.right,
        post="",
        school=given.school,
        academie="",
        classes=None if given.whole_school else tuple(sorted(one.code for one in given.divisions.all())),
        starts_on=given.starts_on,
        ends_on=given.ends_on,
        given_by=given.given_by,
        source=given.get_given_as_display(),
        stopped=_is_stopped((given.school_id, given.school.academie), stopped),
    )


def _is_stopped(where: tuple[str, str], stopped: _Stopped) -> bool:
    school, academie = where
    return bool({(None, ""), (school or None, ""), (None, academie)} & stopped)
