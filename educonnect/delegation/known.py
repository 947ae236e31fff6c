"""What is known of a person from what they hold: their schools, and what no password of theirs may say."""

from educonnect.accounts.passwords import Personal
from educonnect.delegation.models import Delegation, Post
from educonnect.schools.models import School
from educonnect.staff.models import Staff


def schools(staff_id: int) -> list[School]:
    """Those where they have a post, or were given a right, by name."""
    posts = Post.objects.filter(staff=staff_id, ended_at__isnull=True, school__isnull=False).values("school")
    given = Delegation.objects.filter(staff=staff_id, withdrawn_at__isnull=True).values("school")
    return list((School.objects.filter(pk__in=posts) | School.objects.filter(pk__in=given)).order_by("name", "pk"))


def personal(staff: Staff) -> Personal:
    """What must not stand in this person's password."""
    known = schools(staff.pk)
    return Personal(
        names=tuple(filter(None, (staff.first_name, staff.name))),
        username=staff.email.partition("@")[0],
        places=tuple(text for one in known for text in (one.name, one.town) if text),
        uais=tuple(one.pk for one in known),
    )
