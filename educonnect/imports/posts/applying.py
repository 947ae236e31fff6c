"""Apply a file of posts: all of it or nothing. Whoever it names and cannot sign in yet is invited, once."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import connection, transaction
from django.db.models.functions import Lower
from django.utils import timezone

from educonnect.delegation import posts
from educonnect.delegation.mandate import Mandate
from educonnect.delegation.models import Function, Invitation, Source
from educonnect.delegation.posts import HeldElsewhere
from educonnect.delegation.rules import Right
from educonnect.imports.findings import Finding, Listener, Rule, Severity
from educonnect.imports.posts import wording
from educonnect.imports.posts.reading import Line, read_lines
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.population.names import fold
from educonnect.schools.directory import open_school
from educonnect.schools.models import School
from educonnect.staff.models import Staff

#: One file at a time: of the database, until the transaction ends.
_LOCK: Final = 20201

Invite = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class PostsReport:
    """What a file did, or would do.

    Attributes:
        people: named. added: not known before. given, ended, kept: posts. invited: people told by e-mail.
        refused: something is wrong in the file, and nothing was changed.
    """

    people: int = 0
    added: int = 0
    given: int = 0
    ended: int = 0
    kept: int = 0
    invited: int = 0
    refused: bool = False


def import_posts(
    path: Path, *, mandate: Mandate, now: datetime, invite: Invite, found: Listener, dry_run: bool = False
) -> PostsReport:
    """Make the posts of each person that the file names what it says, in place of what former files said of them.

    People it does not name keep theirs. The same file again changes nothing and invites nobody.

    Args:
        mandate: the operator's.
        invite: sends an invitation to a person, in the current transaction.
        found: hears all that is found.
        dry_run: do everything, then undo it.
    """
    mandate.require(Right.OPERATION)
    blocking: list[Finding] = []

    def heard(finding: Finding, /) -> None:
        if finding.severity is Severity.BLOCKING:
            blocking.append(finding)
        found(finding)

    lines = read_lines(path, heard)
    if not lines and not blocking:
        heard(wording.NOTHING.finding(path.name))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        applying = _Applying(path.name, mandate.actor, now, invite, heard)
        applying.check(lines)
        report = PostsReport() if blocking else applying.apply()
        if dry_run or blocking:
            transaction.set_rollback(True)
    return replace(report, refused=bool(blocking))


@dataclass(slots=True)
class _Applying:
    label: str
    actor: str
    now: datetime
    invite: Invite
    found: Listener
    by_email: dict[str, list[Line]] = field(default_factory=dict)
    known: dict[str, list[Staff]] = field(default_factory=dict)

    def check(self, lines: list[Line]) -> None:
        """Say what is wrong between the lines of one person, or against what is known."""
        for line in lines:
            self.by_email.setdefault(line.email, []).append(line)
        for staff in Staff.objects.annotate(lowered=Lower("email")).filter(lowered__in=self.by_email):
            if staff.address_is_theirs:
                self.known.setdefault(staff.email.lower(), []).append(staff)
        schools = School.objects.in_bulk({line.uai.code for line in lines if line.uai})
        for email, several in self.by_email.items():
            self._check_person(several, self.known.get(email, []))
            for line in several:
                self._check_post(line, schools.get(line.uai.code) if line.uai else None)

    def _check_person(self, lines: list[Line], known: list[Staff]) -> None:
        first, places = lines[0], set()
        for line in lines:
            if line.place in places:
                self._say(wording.TWICE, line)
            places.add(line.place)
            if _folded(line) != _folded(first):
                self._say(wording.TWO_NAMES, line)
        working = [one for one in known if one.closed_at is None]
        if len(working) > 1:
            self._say(wording.SEVERAL, first)
        elif known and not working:
            self._say(wording.CLOSED, first)
        elif working and _another(working[0], first):
            self._say(wording.TWO_NAMES, first)

    def _check_post(self, line: Line, school: School | None) -> None:
        if line.ends_on and line.ends_on < timezone.localdate(self.now):
            self._say(wording.OVER, line)
        if line.uai is None:
            return
        if school is None:
            self._say(wording.SCHOOL_OPENED, line)
        elif (school.degree == 1) != (line.function == Function.PRIMARY_HEAD):
            self._say(wording.DEGREE, line)

    def apply(self) -> PostsReport:
        """Write, journal and invite."""
        added = given = ended = kept = invited = 0
        for staff, lines in self._people():
            if staff.pk is None:
                staff.save()
                record(Event.STAFF_ADDED, actor=self.actor, staff=staff.pk, source=Source.FILE)
                added += 1
            held = [self._held(line) for line in lines]
            done = posts.declare(staff.pk, held, Source.FILE, now=self.now, actor=self.actor)
            given, ended, kept = given + done.given, ended + done.ended, kept + done.kept
            if done.ended:
                self._say(wording.ENDED, lines[0], count=done.ended)
            if not (staff.password or staff.subject or Invitation.objects.filter(staff=staff).exists()):
                self.invite(staff.pk)
                invited += 1
        return PostsReport(len(self.by_email), added, given, ended, kept, invited)

    def _people(self) -> list[tuple[Staff, list[Line]]]:
        """Each person with their lines; those known in the order of their numbers, which is that of locks."""
        found = []
        for email, lines in self.by_email.items():
            working = [one for one in self.known.get(email, []) if one.closed_at is None]
            first = lines[0]
            newcomer = Staff(email=email, name=first.name, first_name=first.first_name, created_at=self.now)
            found.append((working[0] if working else newcomer, lines))
        return sorted(found, key=lambda one: (one[0].pk is None, one[0].pk or 0))

    def _held(self, line: Line) -> HeldElsewhere:
        if line.uai is not None:
            open_school(line.uai, **({"kind": "ECOLE"} if self._opens_an_ecole(line) else {}))
        return HeldElsewhere(
            line.function,
            uai=line.uai.code if line.uai else "",
            academie=line.academie,
            title=line.title,
            starts_on=line.starts_on,
            ends_on=line.ends_on,
        )

    def _opens_an_ecole(self, line: Line) -> bool:
        known = School.objects.filter(pk=line.uai.code if line.uai else "").exists()
        return line.function == Function.PRIMARY_HEAD and not known

    def _say(self, rule: Rule, line: Line, count: int = 0) -> None:
        uai = line.uai.code if line.uai else ""
        self.found(rule.finding(self.label, line.number, uai=uai, count=count))


def _folded(line: Line) -> tuple[str, str]:
    return fold(line.name), fold(line.first_name)


def _another(known: Staff, line: Line) -> bool:
    """A name or a first name may change, not both."""
    name, first_name = _folded(line)
    named = bool(known.name or known.first_name)
    return named and fold(known.name) != name and fold(known.first_name) != first_name
