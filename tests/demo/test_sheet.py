"""The sheet of a demonstration: kept for its owner alone, told as things are now."""

import json
import os
import stat
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from pytest_django import Settings

from educonnect.accounts import provisional
from educonnect.accounts.models import Account, Purpose
from educonnect.demo import sheet
from educonnect.demo.errors import NoSheet
from educonnect.demo.sheet import Person
from tests.accounts.factories import GuardianAccountFactory, PupilAccountFactory

pytestmark = pytest.mark.django_db


def notified(account: Account) -> None:
    provisional.issue([account.pk], purpose=Purpose.ACTIVATION, batch="test", now=timezone.now())


PUPIL = Person(
    kind="pupil",
    state="notified",
    username="c.mirarivage",
    password="AAAA-BBBB-CCCC",
    birthdate="2009-05-14",
    school="Lycée des Alizés",
    division="2DE A",
    about="homonym",
)


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def shown(*arguments: str) -> str:
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def test_the_sheet_is_for_its_owner_alone(own_folder: Path) -> None:
    os.umask(os.umask(0))  # whatever the umask

    sheet.write([PUPIL])

    assert stat.S_IMODE(sheet.path().stat().st_mode) == 0o600
    assert stat.S_IMODE(sheet.path().parent.stat().st_mode) == 0o700
    assert list(sheet.path().parent.iterdir()) == [sheet.path()]


def test_what_is_written_is_read_again() -> None:
    guardian = Person("guardian", "activated", "m.clairvoile", "x", "", "Collège", children_birthdates=["2012-01-02"])

    sheet.write([PUPIL, guardian])

    assert sheet.read() == [PUPIL, guardian]


def test_without_a_sheet_it_says_so() -> None:
    with pytest.raises(NoSheet):
        sheet.read()
    with pytest.raises(CommandError, match="demo-load"):
        shown()


def test_a_state_is_told_as_it_is_now() -> None:
    now = timezone.now()
    notified(PupilAccountFactory(username=PUPIL.username))

    (person,) = sheet.as_now([PUPIL], now)

    assert (person.state, person.password) == ("notified", PUPIL.password)


def test_who_has_activated_since_has_a_password_nobody_else_knows() -> None:
    PupilAccountFactory(username=PUPIL.username, activated_at=timezone.now(), password="argon2")

    (person,) = sheet.as_now([PUPIL], timezone.now())

    assert (person.state, person.password) == ("activated", "")


def test_a_letter_that_expired_since_is_still_told() -> None:
    notified(PupilAccountFactory(username=PUPIL.username))

    (person,) = sheet.as_now([PUPIL], timezone.now() + timedelta(days=400))

    assert (person.state, person.password) == ("expired", PUPIL.password)


def test_programs_get_the_addresses_and_the_people(settings: Settings) -> None:
    notified(PupilAccountFactory(username=PUPIL.username))
    notified(GuardianAccountFactory(username="m.clairvoile"))
    sheet.write([PUPIL, Person("guardian", "notified", "m.clairvoile", "y", "", "Collège")])

    document = json.loads(shown("--json"))

    assert document["base_url"] == settings.BASE_URL
    assert document["saml_metadata_url"] == f"{settings.BASE_URL}/idp/shibboleth"
    assert document["services"] == {"pass-culture": f"http://127.0.0.1:{settings.PORT + 1}"}
    assert [person["kind"] for person in document["people"]] == ["pupil", "guardian"]
    assert {"kind", "state", "username", "password", "birthdate", "school"} <= document["people"][0].keys()


@time_machine.travel("2026-11-23", tick=False)
def test_people_get_a_table_in_french() -> None:
    notified(PupilAccountFactory(username=PUPIL.username))
    sheet.write([PUPIL])

    text = shown()

    (line,) = [line for line in text.splitlines() if PUPIL.username in line]
    assert [cell.strip() for cell in line.split("  ") if cell.strip()] == [
        "Notifié", "c.mirarivage", "AAAA-BBBB-CCCC", "14/05/2009", "17", "Lycée des Alizés, 2DE A",
        "a un homonyme",
    ]  # fmt: skip
    assert "DÉMONSTRATION" in text


def test_the_address_is_that_of_the_server_now_running(own_folder: Path) -> None:
    told = {"base_url": "http://localhost:9100", "services": {"pass-culture": "http://127.0.0.1:9101"}}
    run = own_folder / "run.json"

    run.write_text(json.dumps({**told, "processes": {"run": os.getpid()}}))

    assert sheet.addresses() == {**told, "saml_metadata_url": "http://localhost:9100/idp/shibboleth"}


def test_a_server_that_was_killed_is_not_believed(own_folder: Path, settings: Settings) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    told = {"base_url": "http://localhost:9100", "services": {}, "processes": {"run": ended.pid}}

    (own_folder / "run.json").write_text(json.dumps(told))

    assert sheet.addresses()["base_url"] == settings.BASE_URL


def test_outside_a_demonstration_there_is_no_sheet(settings: Settings) -> None:
    sheet.write([PUPIL])
    settings.DEMO = False

    with pytest.raises(CommandError, match="démonstration"):
        shown()
