"""The fictive académie comes in by the front door, and everybody on the sheet can do what their state says."""

import stat
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import TestCase, override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from educonnect.accounts.authentication import Authentication, Step, Unfinished
from educonnect.accounts.errors import AccountLocked, LetterExpired, WrongPair
from educonnect.accounts.models import Account
from educonnect.accounts.signin import Origin, sign_in
from educonnect.accounts.states import State, state_of
from educonnect.delegation.mandate import operator_mandate
from educonnect.demo import loading, services, sheet, writing
from educonnect.demo.academie import Academie, Schema
from educonnect.demo.errors import NotADemonstration
from educonnect.demo.models import Mark
from educonnect.demo.sheet import Person
from educonnect.imports.models import Run
from educonnect.imports.run import run_import
from educonnect.journal.models import Entry
from educonnect.notification.models import Campaign
from educonnect.population.models import Enrolment, Pupil, Quarantine
from educonnect.schools.models import School

pytestmark = pytest.mark.django_db
HERE = Origin(address="192.0.2.7", device="PC")


@pytest.fixture(scope="module")
def people(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Person]]:
    """Loaded once for all; each test then works in a transaction of its own on top of it."""
    with django_db_blocker.unblock(), override_settings(DATA_DIR=tmp_path_factory.mktemp("data")):
        atomics = TestCase._enter_atomics()
        try:
            loaded = loading.load(now=timezone.now())
            assert loaded is not None
            yield loaded
        finally:
            TestCase._rollback_atomics(atomics)


def age(person: Person) -> int:
    born, today = date.fromisoformat(person.birthdate), timezone.localdate()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def test_outside_a_demonstration_nobody_comes_in(settings: Settings, tmp_path: Path) -> None:
    settings.DEMO, settings.DATA_DIR = False, tmp_path

    with pytest.raises(NotADemonstration):
        loading.load(now=timezone.now())
    with pytest.raises(CommandError, match="démonstration"):
        call_command("demo-load")

    assert not Pupil.objects.exists()
    assert not Mark.objects.exists()
    assert list(tmp_path.iterdir()) == []


def test_the_command_loads_registers_and_says_so(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    registered: list[bool] = []
    monkeypatch.setattr(services, "register", lambda: registered.append(True))
    first, second = StringIO(), StringIO()

    call_command("demo-load", stdout=first)
    call_command("demo-load", stdout=second)

    assert "Académie fictive chargée" in first.getvalue()
    assert "rien n’a changé" in second.getvalue()
    assert len(registered) == 2  # each start may have other ports
    assert Mark.objects.get().loaded_at is not None


def test_older_exports_say_the_same_to_the_importer(tmp_path: Path) -> None:
    academie = Academie(schools=5, pupils=60, seed=3, today=timezone.localdate(), older_schemas=True)
    written = list(academie.every_school())

    report = run_import(writing.write(academie, tmp_path), mandate=operator_mandate(), now=timezone.now())

    assert not report.refused
    assert {group.outcome for group in report.groups} == {"applied"}
    for school in written[3:]:
        assert school.schema is not Schema.CURRENT
        for pupil in school.pupils:
            if not pupil.ine or pupil.case in {"own-responsible", "deceased"}:
                continue
            known = Pupil.objects.get(ine=pupil.ine)
            legal = known.guardianships.filter(school=school.uai, level=1, ended_at__isnull=True)
            assert legal.count() == sum(link.level == 1 for link in pupil.links)
            assert known.birthdate == pupil.birthdate


def test_every_awkward_case_is_found_by_the_importer_and_stops_nothing(tmp_path: Path) -> None:
    academie = Academie(schools=3, pupils=60, seed=3, today=timezone.localdate())

    report = run_import(writing.write(academie, tmp_path), mandate=operator_mandate(), now=timezone.now())

    assert not report.refused
    assert {finding.rule for finding in report.findings} >= {
        "IDNAT-ABSENT", "ELNOM-SIGNE", "CREAT-HOMONYME", "SORTI-DECES", "ACDIV-INACTIFS", "ACDIV-PLUSIEURS",
        "ACDIV-ABSENTE", "CSEXE-ABSENT", "PAREN-SANS-LIEN", "PAREN-ABSENT", "PAREN-NOMBRE", "PAREN-SOI",
        "PAREN-HOMONYME", "FICHIER-WINDOWS",
    }  # fmt: skip


def test_own_passwords_are_drawn_and_pass_the_policy() -> None:
    drawn: Iterator[str] = (loading.own_password() for _ in range(200))

    passwords = set(drawn)

    assert len(passwords) == 200
    assert all(len(password) == 19 for password in passwords)


def test_the_sheet_has_a_pupil_of_each_state_and_age(people: list[Person]) -> None:
    pupils = [person for person in people if person.kind == "pupil"]
    guardians = [person for person in people if person.kind == "guardian"]

    assert {person.state for person in pupils} == {
        "opened", "notified", "expired", "activated", "reset", "locked",
    }  # fmt: skip
    assert {age(person) for person in pupils if person.state == "notified"} >= {15, 16, 17, 18}
    assert {age(person) for person in pupils if person.state == "activated"} == {15, 16, 17, 18}
    assert {person.state for person in guardians} == {"notified", "activated"}
    assert all(person.children_birthdates for person in guardians)
    assert {"two-schools", "homonym"} <= {person.about for person in pupils}
    assert [person.about for person in pupils].count("homonym") == 2
    assert len({person.username for person in people}) == len(people)


def test_everybody_can_do_what_their_state_says(people: list[Person]) -> None:
    for person in people:
        match person.state:
            case "opened":
                assert person.password == ""
                with pytest.raises(WrongPair):
                    sign_in(person.username, "ABCD-EFGH-JKLM", origin=HERE)
            case "notified":
                proof = sign_in(person.username, person.password, origin=HERE)
                assert isinstance(proof, Unfinished)
                assert proof.step is Step.ACTIVATION
            case "reset":
                proof = sign_in(person.username, person.password, origin=HERE)
                assert isinstance(proof, Unfinished)
                assert proof.step is Step.NEW_PASSWORD
            case "activated":
                assert isinstance(sign_in(person.username, person.password, origin=HERE), Authentication)
            case "expired":
                with pytest.raises(LetterExpired):
                    sign_in(person.username, person.password, origin=HERE)
            case "locked":
                with pytest.raises(AccountLocked):
                    sign_in(person.username, person.password, origin=HERE)
            case _:
                pytest.fail(person.state)


def test_the_sheet_says_what_the_database_says(people: list[Person]) -> None:
    now = timezone.now()

    assert sheet.as_now(sheet.read(), now) == people
    for person in people:
        account = Account.objects.select_related("provisional", "pupil").get(username=person.username)
        assert state_of(account, now) == State(person.state)
        assert person.birthdate == (account.pupil.birthdate.isoformat() if account.pupil else "")
    assert stat.S_IMODE(sheet.path().stat().st_mode) == 0o600


def test_people_came_in_by_the_importer_and_letters_by_campaigns(people: list[Person]) -> None:
    assert School.objects.filter(degree=2).count() == loading.SCHOOLS
    assert Run.objects.count() >= loading.SCHOOLS
    assert Quarantine.objects.exists()
    assert Campaign.objects.filter(state="done").count() == 4
    assert Entry.objects.filter(event="campaign.files-taken").exists()
    assert Entry.objects.filter(event="account.activated").count() == 6
    # the pupil of two schools has one account
    twice = Pupil.objects.get(account__username=next(one.username for one in people if one.about == "two-schools"))
    assert Enrolment.objects.filter(pupil=twice, ended_at__isnull=True).count() == 2


def test_loading_twice_changes_nothing(people: list[Person]) -> None:
    before = (sheet.path().read_bytes(), Account.objects.count(), Entry.objects.count(), Campaign.objects.count())

    assert loading.load(now=timezone.now()) is None

    assert before == (
        sheet.path().read_bytes(), Account.objects.count(), Entry.objects.count(), Campaign.objects.count(),
    )  # fmt: skip


def test_a_loading_that_was_killed_is_begun_again_and_ends_the_same(people: list[Person]) -> None:
    Mark.objects.update(loaded_at=None)  # killed just before its end: the worst of the moments
    kept = sheet.path().read_bytes()
    sheet.path().unlink()

    again = loading.load(now=timezone.now() + timedelta(seconds=5))

    assert again is not None
    assert [(one.username, one.state, one.about) for one in again] == [
        (one.username, one.state, one.about) for one in people
    ]
    for person in again:
        if person.state == "activated":
            assert isinstance(sign_in(person.username, person.password, origin=HERE), Authentication)
    sheet.path().write_bytes(kept)


def test_no_secret_comes_from_the_seed(people: list[Person]) -> None:
    first = {person.username: person.password for person in people if person.password}
    kept = sheet.path().read_bytes()
    Mark.objects.update(loaded_at=None)

    again = loading.load(now=timezone.now(), seed=loading.SEED)
    sheet.path().write_bytes(kept)

    assert again is not None
    second = {person.username: person.password for person in again if person.password}
    assert first.keys() == second.keys()
    assert not set(first.values()) & set(second.values())


def test_after_an_import_the_database_knows_how_large_its_tables_are(people: list[Person]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'population_pupil'")
        (known,) = cursor.fetchone()

    assert known == pytest.approx(Pupil.objects.count(), rel=0.2)
