"""Apply the people of a school: their names, to choose from when a right is given. They hold none by it.

Source: decision 0127.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from educonnect.delegation import posts
from educonnect.delegation.models import Delegation, Function, Post, Source
from educonnect.delegation.posts import HeldElsewhere
from educonnect.imports import wording
from educonnect.imports.container import Shelf
from educonnect.imports.errors import FileRefused
from educonnect.imports.findings import Finding, Findings
from educonnect.imports.groups import Group, Outcome
from educonnect.imports.models import Run
from educonnect.imports.siecle import values
from educonnect.imports.sts.reading import Person, Reading, read_people
from educonnect.population.errors import OlderExport
from educonnect.population.rules import school_year
from educonnect.schools.directory import open_school
from educonnect.schools.models import School
from educonnect.staff.naming import Named, recognise

_EXPORTED_AT: Final = "exported_at"


@dataclass(frozen=True, slots=True)
class People(Group[Reading]):
    """The STS file of one school and year."""

    of_staff = True

    def read(self, shelf: Shelf, found: Findings) -> Reading:
        """See `Group`."""
        (head,) = self.heads
        if self.year != school_year(self.now.astimezone(values.PARIS).date()):
            raise FileRefused(wording.STAFF_YEAR.finding(head.document.label, uai=self.uai, year=self.year))
        return read_people(shelf, head, found=found)

    def write(self, what: Reading) -> tuple[dict[str, int], Iterable[Finding]]:
        """See `Group`."""
        school = open_school(self.uai)
        School.objects.select_for_update(no_key=True).get(pk=school.pk)
        (head,) = self.heads
        self._refuse_older(head.exported_at)
        named = {self._key(one, school): one for one in what.people}
        there, holding = self._near()
        known = recognise(
            (Named(key, one.name, one.first_name) for key, one in named.items()),
            near=there | holding,
            holding=holding,
            now=self.now,
        )
        held: dict[int, list[HeldElsewhere]] = {}
        for key, staff_id in known.staff.items():
            held.setdefault(staff_id, []).append(HeldElsewhere(Function.OTHER, uai=self.uai, title=named[key].title))
        done = posts.declare_school(self.uai, held, Source.STS, now=self.now, actor=self.mandate.actor)
        counts = {
            "staff": len(what.people),
            "staff_created": known.created,
            "posts_given": done.given,
            "posts_ended": done.ended,
            "unchanged": int(not (done.given or done.ended or known.created)),
            _EXPORTED_AT: int(head.exported_at.timestamp()),
        }
        replaced = (named[key] for key in known.replaced)
        return counts, [
            wording.STAFF_REPLACED.finding(what.label, one.line, record=one.record, uai=self.uai) for one in replaced
        ]

    def _key(self, one: Person, school: School) -> str:
        """A number of the académie's base is one person's there; one that the school gave, one person's in it."""
        where = school.si_instance if one.kind == "epp" and school.si_instance else self.uai
        return f"sts:{where}:{one.kind}:{one.number}"

    def _near(self) -> tuple[set[int], set[int]]:
        """Who has a post in the school; who holds a right, wherever."""
        there = Post.objects.filter(school=self.uai, ended_at__isnull=True).values_list("staff_id", flat=True)
        given = Delegation.objects.filter(withdrawn_at__isnull=True)
        here = given.filter(school=self.uai).values_list("staff_id", flat=True)
        return {*there}, {*here, *given.filter(staff__in={*there}).values_list("staff_id", flat=True)}

    def _refuse_older(self, exported_at: datetime) -> None:
        """Raises: OlderExport."""
        past = Run.objects.filter(
            school=self.uai, year=self.year, outcome__in=(Outcome.APPLIED, Outcome.UNCHANGED), counts__has_key="staff"
        )
        last = past.order_by("-pk").first()
        if last is not None and int(exported_at.timestamp()) < last.counts[_EXPORTED_AT]:
            raise OlderExport("sts")
