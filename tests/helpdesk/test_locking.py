import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from educonnect.accounts.models import Account
from educonnect.accounts.states import State, state_of
from educonnect.delegation.mandate import OutOfMandate, operator_mandate
from educonnect.delegation.rules import Right
from educonnect.helpdesk import locking
from educonnect.helpdesk.errors import CannotLock, NotLocked, UnknownAccount
from educonnect.journal.models import Entry
from tests.delegation.factories import a_mandate
from tests.notification.conftest import NOW, World
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db
OPERATOR = operator_mandate()


def state(account: Account) -> State:
    return state_of(Account.objects.select_related("provisional").get(pk=account.pk), timezone.now())


def test_a_locked_account_stays_so_until_it_is_unlocked_and_its_sessions_end(world: World) -> None:
    account = world.pupil("DUVERGER", activated_at=NOW, password="x")

    locking.lock(OPERATOR, account.pk)
    locked = state(account)
    locking.unlock(OPERATOR, account.pk)

    assert (locked, state(account)) == (State.LOCKED, State.ACTIVATED)
    assert Account.objects.get(pk=account.pk).epoch == account.epoch + 1
    assert list(Entry.objects.order_by("pk").values_list("event", "account_id")) == [
        ("account.locked", account.pk),
        ("account.unlocked", account.pk),
    ]


def test_a_closed_account_is_not_locked(world: World) -> None:
    account = world.pupil("DUVERGER", closed_at=NOW)

    with pytest.raises(CannotLock):
        locking.lock(OPERATOR, account.pk)


def test_what_is_not_locked_is_not_unlocked(world: World) -> None:
    account = world.pupil("DUVERGER")

    with pytest.raises(NotLocked):
        locking.unlock(OPERATOR, account.pk)

    assert not Entry.objects.exists()


@pytest.mark.parametrize("gesture", [locking.lock, locking.unlock])
def test_out_of_scope_nothing_changes(world: World, gesture) -> None:
    account = world.pupil("DUVERGER", locked_at=NOW)
    elsewhere = a_mandate(Right.ADMINISTRATION, SchoolFactory())

    with pytest.raises(OutOfMandate):
        gesture(elsewhere, account.pk)

    assert state(account) is State.LOCKED
    assert not Entry.objects.exists()


def test_the_command_unlocks_one_account(world: World) -> None:
    until = timezone.now() + timedelta(hours=24)
    account = world.pupil("DUVERGER", locked_at=timezone.now(), locked_until=until)
    said = io.StringIO()

    call_command("unlock", account.username.upper(), stdout=said)

    assert state(account) is State.OPENED
    assert account.username in said.getvalue()


def test_the_command_refuses_an_unknown_username(world: World) -> None:
    with pytest.raises(UnknownAccount):
        call_command("unlock", "nobody")
