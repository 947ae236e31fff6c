"""The fictive staff: one person of each kind, who holds exactly what the sheet says of them."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import TestCase, override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from educonnect.accounts import passwords
from educonnect.delegation.mandate import Mandate, OutOfMandate, held, mandate_for
from educonnect.delegation.models import Delegation
from educonnect.delegation.rules import Right
from educonnect.demo import loading, sheet
from educonnect.demo.sheet import StaffMember
from educonnect.journal.models import Entry
from educonnect.schools.models import School
from educonnect.staff import factors, totp
from educonnect.staff.errors import WrongCode
from educonnect.staff.models import Passkey, Staff

pytestmark = pytest.mark.django_db
KINDS = ("head", "deputy", "secretary", "form-teacher", "private-head", "primary-head", "academie", "nation")


@pytest.fixture(scope="module")
def staff(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, StaffMember]]:
    """Loaded once for all, as the whole académie is."""
    with django_db_blocker.unblock(), override_settings(DATA_DIR=tmp_path_factory.mktemp("data")):
        atomics = TestCase._enter_atomics()
        try:
            loading.load(now=timezone.now())
            yield {one.kind: one for one in sheet.read_staff()}
        finally:
            TestCase._rollback_atomics(atomics)


def rights(one: StaffMember, **place: str) -> set[str]:
    found = set()
    for right in (Right.ADMINISTRATION, Right.DEPANNAGE, Right.DELEGATION):
        with suppress(OutOfMandate):
            found.add(mandate(one, right, **place).right.value)
    return found


def mandate(one: StaffMember, right: Right, **place: str) -> Mandate:
    person = Staff.objects.get(email=one.email)
    return mandate_for(person.pk, right, now=timezone.now(), **(place or {"uai": one.uai}))


def test_somebody_of_each_kind_has_a_local_account_that_its_password_opens(staff: dict[str, StaffMember]) -> None:
    assert tuple(staff) == KINDS
    for one in staff.values():
        person = Staff.objects.get(email=one.email)
        assert passwords.verify(person.password, one.password)
        assert f"{person.first_name} {person.name}" == one.name
    assert len({one.password for one in staff.values()}) == len(KINDS)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("head", {"administration", "depannage", "delegation"}),
        ("deputy", {"administration", "depannage"}),
        ("secretary", {"administration", "depannage"}),
        ("form-teacher", {"depannage"}),
        ("private-head", set()),
        ("primary-head", {"administration"}),
    ],
)
def test_whoever_is_in_a_school_holds_there_what_the_sheet_says(
    staff: dict[str, StaffMember], kind: str, expected: set[str]
) -> None:
    one = staff[kind]

    assert rights(one) == expected
    assert all(rights(one, uai=uai) == set() for uai in School.objects.exclude(pk=one.uai).values_list("pk", flat=True))
    assert rights(one, academie="31") == set()


def test_the_academie_and_the_nation_reach_their_schools(staff: dict[str, StaffMember]) -> None:
    assert len(rights(staff["academie"], academie="31")) == 3
    assert rights(staff["academie"], academie="28") == set()
    assert len(rights(staff["nation"], academie="28")) == 3


def test_the_form_teacher_helps_the_pupils_of_one_class(staff: dict[str, StaffMember]) -> None:
    one = staff["form-teacher"]

    pupils = mandate(one, Right.DEPANNAGE).pupils()

    classes = set(pupils.values_list("enrolments__division__code", flat=True))
    assert pupils.count() > 5
    assert one.division in classes
    assert pupils.count() == pupils.filter(enrolments__division__code=one.division).distinct().count()


def code(one: StaffMember) -> str:
    out = StringIO()
    call_command("demo", "code", one.email, stdout=out)
    return out.getvalue().strip()


def test_whoever_needs_no_passkey_finds_an_application_of_codes_ready(staff: dict[str, StaffMember]) -> None:
    for kind, one in staff.items():
        assert bool(one.secret) is (kind not in {"academie", "nation"})
        person = Staff.objects.get(email=one.email)
        assert factors.of(person.pk).some is bool(one.secret)


def test_the_command_gives_a_code_that_serves_once_then_the_next_one(staff: dict[str, StaffMember]) -> None:
    one = staff["head"]
    person = Staff.objects.get(email=one.email)
    with time_machine.travel(timezone.now(), tick=False):
        first = code(one)
        totp.redeem(person.pk, first, now=timezone.now())
        second = code(one)
        totp.redeem(person.pk, second, now=timezone.now())

        with pytest.raises(CommandError, match="demi-minute"):
            code(one)
        with pytest.raises(WrongCode):
            totp.redeem(person.pk, first, now=timezone.now())


@pytest.mark.parametrize("kind", ["academie", "nation", ""])
def test_nobody_else_has_a_code(staff: dict[str, StaffMember], kind: str) -> None:
    with pytest.raises(CommandError, match="application de codes"):
        call_command("demo", "code", staff[kind].email if kind else "personne@academie.example")


def test_the_sheet_says_how_each_comes_in(staff: dict[str, StaffMember]) -> None:
    out = StringIO()

    call_command("demo", stdout=out)

    for one in staff.values():
        (line,) = [line for line in out.getvalue().splitlines() if one.email in line]
        assert one.password in line
        assert one.school in line
        assert ("clé d’accès" in line) is (one.secret == "")
    assert "educonnect demo code" in out.getvalue()
    assert "/personnel/" in out.getvalue()


def test_outside_a_demonstration_there_is_no_code(staff: dict[str, StaffMember], settings: Settings) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError, match="démonstration"):
        code(staff["head"])


def test_all_of_them_but_three_are_people_of_sts(staff: dict[str, StaffMember]) -> None:
    named = Staff.objects.filter(email__in=[one.email for one in staff.values()], base_key__isnull=False)

    assert named.count() == 5
    assert Staff.objects.filter(base_key__isnull=False, email="").count() > 30  # the others, to choose from
    assert all(not held(pk, now=timezone.now()) for pk in Staff.objects.filter(email="").values_list("pk", flat=True))


def test_a_lost_sheet_brings_them_back_to_the_first_day(staff: dict[str, StaffMember]) -> None:
    head = Staff.objects.get(email=staff["head"].email)
    Passkey.objects.create(staff=head, credential_id=b"1", public_key=b"2", created_at=timezone.now())
    given = Delegation.objects.count()
    kept = sheet.staff_path().read_bytes()
    sheet.staff_path().unlink()

    assert loading.load(now=timezone.now() + timedelta(seconds=1)) is None

    again = {one.kind: one for one in sheet.read_staff()}
    sheet.staff_path().write_bytes(kept)
    assert again["head"].password != staff["head"].password
    assert {kind: one.email for kind, one in again.items()} == {kind: one.email for kind, one in staff.items()}
    assert not Passkey.objects.exists()
    assert Delegation.objects.count() == given


def test_a_password_changed_since_is_told_no_longer(staff: dict[str, StaffMember]) -> None:
    one = staff["deputy"]
    Staff.objects.filter(email=one.email).update(password_changed_at=timezone.now())

    (told,) = [member for member in sheet.read_staff() if member.email == one.email]

    assert (told.password, bool(one.password)) == ("", True)


def test_the_journal_says_who_was_given_what(staff: dict[str, StaffMember]) -> None:
    assert Entry.objects.filter(event="delegation.given").count() == 2
    assert Entry.objects.filter(event="post.given", detail__source="operator").count() == 6


def test_no_password_is_in_the_database(staff: dict[str, StaffMember]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM staff_staff t")
        (everything,) = cursor.fetchone()

    assert all(one.password not in everything for one in staff.values() if one.password)
