"""The fictive staff: one person of each kind, with what they hold, by the real gestures.

Posts come as a source says them, rights as a head and an académie give them. Passwords are drawn as for anyone; a
person brought back to the first day has no second factor but the one of the sheet.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyotp
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from educonnect.accounts import passwords
from educonnect.delegation import delegating, posts, rules
from educonnect.delegation.delegating import Wish
from educonnect.delegation.mandate import mandate_for, operator_mandate
from educonnect.delegation.models import Delegation, Function, Post, Source
from educonnect.delegation.posts import HeldElsewhere
from educonnect.delegation.rules import Right
from educonnect.demo import numbers
from educonnect.demo.academie import Academie, FictiveSchool
from educonnect.demo.sheet import StaffMember
from educonnect.demo.sts import write_staff
from educonnect.imports.run import run_import
from educonnect.population.names import fold
from educonnect.population.rules import school_year
from educonnect.schools.directory import open_school
from educonnect.schools.models import Division, School
from educonnect.staff import rules as staff_rules
from educonnect.staff import totp
from educonnect.staff.models import Passkey, RecoveryCode, Staff, Totp

#: Where the fictive schools stand in the académie.
LYCEE, PRIVATE = 0, 2
ACADEMIE = "31"
#: The number of the école, which no file of the académie has.
ECOLE = numbers.SERIALS - 1
#: Whose first sign-in makes a passkey; the others find an application of codes ready.
ASKED_FOR_A_PASSKEY = ("academie", "nation")
OPERATOR = "operator:command-line"


@dataclass(frozen=True, slots=True)
class _Somebody:
    """One line of the sheet, before it is drawn."""

    kind: str
    staff: Staff
    school: School | None = None
    division: str = ""


def load(academie: Academie, draw: Callable[[], str], *, now: datetime) -> list[StaffMember]:
    """Bring one person of each kind to what they hold; again, to the same people.

    Args:
        draw: gives a new password each time.
    """
    _import(academie, now)
    lycee, private = (open_school(numbers.uai(place)) for place in (LYCEE, PRIVATE))
    ecole = open_school(numbers.uai(ECOLE), name="École du Morne-Cannelle", kind="ECOLE", sector="PU")
    head = _found(lycee, "direction")
    _post(head, HeldElsewhere(Function.HEAD, uai=lycee.pk), now)
    deputy = _found(lycee, "direction adjointe")
    _post(deputy, HeldElsewhere(Function.DEPUTY, uai=lycee.pk), now)
    secretary, teacher = _found(lycee, "ADM"), _found(lycee, "enseignement")
    division = Division.objects.filter(school=lycee, year=academie.year).order_by("code")[0]
    private_head = _found(private, "direction")
    _post(private_head, HeldElsewhere(Function.HEAD, uai=private.pk), now)
    directeur = _invented("Rose-Aimée", "VALONCOTEAU", now)
    _post(directeur, HeldElsewhere(Function.PRIMARY_HEAD, uai=ecole.pk), now)
    of_academie = _invented("Hugues", "FILAOSONNE", now)
    _post(of_academie, HeldElsewhere(Function.ACADEMIE, academie=ACADEMIE), now)
    of_nation = _invented("Odile", "PÉLAGÉTOILE", now)
    _post(of_nation, HeldElsewhere(Function.NATION), now)
    people = [
        _Somebody("head", head, lycee),
        _Somebody("deputy", deputy, lycee),
        _Somebody("secretary", secretary, lycee),
        _Somebody("form-teacher", teacher, lycee, division.code),
        _Somebody("private-head", private_head, private),
        _Somebody("primary-head", directeur, ecole),
        _Somebody("academie", of_academie),
        _Somebody("nation", of_nation),
    ]
    told = [_told(one, draw(), now) for one in people]
    today = timezone.localdate(now)
    until = rules.last_day(school_year(today))
    for staff, wish in (
        (secretary, Wish(lycee.pk, Right.ADMINISTRATION, None, today, until)),
        (teacher, Wish(lycee.pk, Right.DEPANNAGE, frozenset({division.pk}), today, until)),
    ):
        _delegate(head, staff, wish, now)
    return told


def _import(academie: Academie, now: datetime) -> None:
    folder = Path(settings.DATA_DIR) / "demo"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    schools: list[FictiveSchool] = list(academie.every_school())
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        files = [write_staff(school, Path(scratch), academie.today) for school in schools]
        report = run_import(files, mandate=operator_mandate(), now=now)
    if report.refused:
        raise RuntimeError("the importer refuses the fictive staff: " + "; ".join(map(str, report.findings)))
    for school in schools:
        open_school(school.uai, sector="PR" if school.private else "PU")


def _found(school: School, title: str) -> Staff:
    """The first person of the school whom STS names so."""
    post = Post.objects.filter(school=school, source=Source.STS, title=title, ended_at__isnull=True).order_by("pk")
    return Staff.objects.get(pk=post[0].staff_id)


def _invented(first_name: str, name: str, now: datetime) -> Staff:
    return Staff.objects.get_or_create(
        email=_address(first_name, name),
        defaults={"first_name": first_name, "name": name, "created_at": now},
    )[0]


def _post(staff: Staff, post: HeldElsewhere, now: datetime) -> None:
    posts.give(staff.pk, post, Source.OPERATOR, now=now, actor=OPERATOR)


def _delegate(head: Staff, staff: Staff, wish: Wish, now: datetime) -> None:
    """As the head does; a start that was killed may have given it already."""
    _address_of(staff)
    given = Delegation.objects.filter(staff=staff, school=wish.uai, withdrawn_at__isnull=True)
    if not given.filter(ends_on__gte=wish.starts_on).exists():
        mandate = mandate_for(head.pk, Right.DELEGATION, uai=wish.uai, now=now)
        delegating.give(mandate, staff.pk, wish, now=now)


def _told(one: _Somebody, password: str, now: datetime) -> StaffMember:
    """Give somebody a local account and this password, as on the first day."""
    staff = one.staff
    _address_of(staff)
    Staff.objects.filter(pk=staff.pk).update(
        password=passwords.hashed(password),
        password_changed_at=now,
        failures_since_sign_in=0,
        factors_forgotten_at=None,
        epoch=F("epoch") + 1,
    )
    for factors in (Passkey, Totp, RecoveryCode):
        factors.objects.filter(staff=staff).delete()
    secret = ""
    if one.kind not in ASKED_FOR_A_PASSKEY:
        secret = totp.draw()
        Totp.objects.create(staff=staff, sealed=totp.seal(staff.pk, secret), confirmed_at=now, created_at=now)
    return StaffMember(
        kind=one.kind,
        email=staff.email,
        password=password,
        name=f"{staff.first_name} {staff.name}",
        since=now.isoformat(),
        uai=one.school.pk if one.school else "",
        school=(one.school.name or one.school.pk) if one.school else "",
        division=one.division,
        secret=secret,
    )


def code(secret: str, *, after: int, now: datetime) -> str:
    """The code to type now; the next one, which is heard a little early, where this one has served.

    Args:
        after: the last step that served. Empty: both have, one waits half a minute.
    """
    current = int(now.timestamp()) // staff_rules.STEP
    step = max(current, after + 1)
    if step > current + staff_rules.DRIFT:
        return ""
    return pyotp.TOTP(secret, digits=staff_rules.FIGURES, interval=staff_rules.STEP).generate_otp(step)


def _address_of(staff: Staff) -> None:
    if not staff.email:
        staff.email = _address(staff.first_name, staff.name)
        staff.save(update_fields=["email"])


def _address(first_name: str, name: str) -> str:
    return f"{fold(first_name).replace(' ', '-')}.{fold(name).replace(' ', '-')}@academie.example"
