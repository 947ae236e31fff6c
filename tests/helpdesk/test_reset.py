import csv
import io
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from educonnect.accounts import provisional
from educonnect.accounts.models import Account
from educonnect.accounts.states import State, state_of
from educonnect.delegation.mandate import OutOfMandate, mandate_for, operator_mandate
from educonnect.delegation.models import Function
from educonnect.delegation.rules import Right
from educonnect.helpdesk.errors import NotActivated, UnknownAccount
from educonnect.helpdesk.reset import reset
from educonnect.journal.models import Entry
from tests.delegation.factories import a_mandate, a_post
from tests.notification.conftest import NOW, World
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db
OPERATOR = operator_mandate()
OWN = {"activated_at": datetime(2026, 9, 10, tzinfo=UTC), "password": "argon2$of-their-own"}


def again(account: Account) -> Account:
    return Account.objects.select_related("provisional").get(pk=account.pk)


def test_T13_a_reset_gives_a_provisional_password_and_erases_the_own_one(world: World) -> None:
    account = world.pupil("DUVERGER", **OWN)

    served = reset(OPERATOR, [account.pk], now=NOW)

    after = again(account)
    assert state_of(after, NOW) is State.RESET
    assert provisional.matches(after, served[account.pk], NOW)
    assert (after.password, after.epoch) == ("", account.epoch + 1)
    assert after.activated_at == OWN["activated_at"]


def test_T13_staff_neither_choose_nor_see_the_final_password(world: World) -> None:
    account = world.pupil("DUVERGER", **OWN)

    with pytest.raises(TypeError):
        reset(OPERATOR, [account.pk], now=NOW, password="chosen by staff")

    assert again(account).password == OWN["password"]


def test_T11_resetting_again_voids_the_former_provisional_password(world: World) -> None:
    account = world.pupil("DUVERGER", **OWN)
    first = reset(OPERATOR, [account.pk], now=NOW)

    second = reset(OPERATOR, [account.pk], now=NOW)

    assert not provisional.matches(again(account), first[account.pk], NOW)
    assert provisional.matches(again(account), second[account.pk], NOW)


def test_a_reset_is_journalled_without_its_secret(world: World) -> None:
    account = world.pupil("DUVERGER", **OWN)

    served = reset(OPERATOR, [account.pk], now=NOW)

    entry = Entry.objects.get(event="account.reset")
    assert (entry.account_id, entry.actor) == (account.pk, OPERATOR.actor)
    assert served[account.pk] not in str(entry.detail)


def test_who_never_activated_is_notified_rather_than_reset(world: World) -> None:
    waiting = world.pupil("DUVERGER")

    with pytest.raises(NotActivated):
        reset(OPERATOR, [waiting.pk], now=NOW)

    assert again(waiting).reset_at is None


def test_of_many_only_the_activated_are_reset(world: World) -> None:
    activated, waiting = world.pupil("ABADIE", **OWN), world.pupil("BERNIER")

    served = reset(OPERATOR, [activated.pk, waiting.pk], now=NOW)

    assert set(served) == {activated.pk}


@pytest.mark.parametrize("right", [Right.ADMINISTRATION, Right.DEPANNAGE])
def test_one_account_out_of_scope_refuses_all(world: World, right: Right) -> None:
    mine = world.pupil("ABADIE", **OWN)
    other = world.pupil("BERNIER", enrolment__school=SchoolFactory(), enrolment__division=None, **OWN)
    mandate = a_mandate(right, world.school)

    with pytest.raises(OutOfMandate):
        reset(mandate, [mine.pk, other.pk], now=NOW)

    assert again(mine).password == OWN["password"]


def test_the_right_of_depannage_helps_pupils_not_guardians(world: World) -> None:
    child = world.pupil("DUVERGER", **OWN)
    guardian = world.guardian("DUVERGER", [child], **OWN)
    mandate = a_mandate(Right.DEPANNAGE, world.school)

    with pytest.raises(OutOfMandate):
        reset(mandate, [guardian.pk], now=NOW)

    assert set(reset(mandate, [child.pk], now=NOW)) == {child.pk}
    assert Entry.objects.get(event="account.reset").uai == world.school.pk


def run(*words: object) -> str:
    said = io.StringIO()
    call_command(*map(str, words), stdout=said)
    return said.getvalue()


def test_the_command_shows_each_password_once(world: World) -> None:
    account = world.pupil("DUVERGER", **OWN)
    waiting = world.pupil("BERNIER")

    said = run("reset", f" {account.username.upper()}", waiting.username)

    username, printed = said.split()[:2]
    assert username == account.username
    assert provisional.matches(again(account), printed, timezone.now())
    assert f"à notifier plutôt : {waiting.username}" in said


def test_the_command_writes_a_table_for_its_owner_alone(world: World, tmp_path: Path) -> None:
    account = world.pupil("=DUVERGER", **OWN)

    said = run("reset", account.username, "--out", tmp_path / "slips.csv")

    path = tmp_path / "slips.csv"
    (row,) = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")), delimiter=";")
    assert row["Nom"] == "'=DUVERGER"
    assert provisional.matches(again(account), row["Mot de passe provisoire"], timezone.now())
    assert row["Mot de passe provisoire"] not in said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_resets_nobody(world: World, tmp_path: Path) -> None:
    account = world.pupil("DUVERGER", **OWN)
    (tmp_path / "slips.csv").write_text("already there")

    with pytest.raises(CommandError, match="écriture impossible"):
        run("reset", account.username, "--out", tmp_path / "slips.csv")

    assert again(account).password == OWN["password"]
    assert (tmp_path / "slips.csv").read_text() == "already there"


def test_an_unknown_username_resets_nobody(world: World) -> None:
    account = world.pupil("DUVERGER", **OWN)

    with pytest.raises(UnknownAccount):
        run("reset", account.username, "nobody")

    assert again(account).password == OWN["password"]


def test_a_reset_by_an_academie_or_the_operator_is_journalled_where_the_head_reads_it(world: World) -> None:
    child = world.pupil("DUVERGER", **OWN)
    guardian = world.guardian("DUVERGER", [child], **OWN)
    elsewhere = world.pupil("BERNIER", enrolment__school=SchoolFactory(), enrolment__division=None, **OWN)
    academie = mandate_for(
        a_post(Function.ACADEMIE, academie="31").staff_id, Right.ADMINISTRATION, academie="31", now=NOW
    )

    reset(academie, [child.pk, guardian.pk], now=NOW)
    reset(OPERATOR, [elsewhere.pk], now=NOW)

    under = dict(Entry.objects.filter(event="account.reset").values_list("account_id", "uai"))
    assert under[child.pk] == under[guardian.pk] == world.school.pk
    assert under[elsewhere.pk] not in {"", world.school.pk}
