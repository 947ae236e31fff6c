"""Printed codes."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from educonnect.staff import recovery_codes, rules
from educonnect.staff.errors import WrongCode
from educonnect.staff.models import RecoveryCode
from tests.delegation.factories import a_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def test_ten_codes_of_sixty_bits_none_of_which_is_kept(now: datetime) -> None:
    clear = recovery_codes.renew(a_staff().pk, now=now)

    assert len(set(clear)) == 10
    assert all(len(code) == 14 and set(code) <= {*rules.ALPHABET, "-"} for code in clear)
    assert len(rules.ALPHABET) ** rules.SYMBOLS == 2**60
    kept = {row.digest for row in RecoveryCode.objects.all()}
    assert not kept & {code.replace("-", "") for code in clear}


def test_each_serves_once_and_only_its_owner(now: datetime) -> None:
    staff, other = a_staff(), a_staff()
    clear = recovery_codes.renew(staff.pk, now=now)
    recovery_codes.renew(other.pk, now=now)

    with pytest.raises(WrongCode):
        recovery_codes.redeem(other.pk, clear[0], now=now)
    assert recovery_codes.redeem(staff.pk, clear[0], now=now) == 9
    with pytest.raises(WrongCode):
        recovery_codes.redeem(staff.pk, clear[0], now=now)
    assert recovery_codes.redeem(staff.pk, clear[1], now=now) == 8


def test_new_ones_void_the_former(now: datetime) -> None:
    staff = a_staff()
    former = recovery_codes.renew(staff.pk, now=now)
    recovery_codes.renew(staff.pk, now=now + timedelta(days=1))

    with pytest.raises(WrongCode):
        recovery_codes.redeem(staff.pk, former[0], now=now)


@pytest.mark.parametrize(
    "typed", ["", "-", "ABCD-EFGH", "ABCD-EFGH-JKL0", "x" * 10_000, "\x00" * 12, "\ud800" * 12, "É" * 12]
)
def test_what_is_no_code_is_refused_whatever_it_holds(now: datetime, typed: str) -> None:
    staff = a_staff()
    recovery_codes.renew(staff.pk, now=now)

    with pytest.raises(WrongCode):
        recovery_codes.redeem(staff.pk, typed, now=now)


def test_codes_outlive_a_change_of_pepper(now: datetime, settings) -> None:
    staff = a_staff()
    clear = recovery_codes.renew(staff.pk, now=now)
    settings.PEPPERS = {**settings.PEPPERS, 2: "another pepper, of thirty-two characters at least"}

    assert recovery_codes.redeem(staff.pk, clear[0], now=now) == 9

    settings.PEPPERS = {2: settings.PEPPERS[2]}
    with pytest.raises(WrongCode):
        recovery_codes.redeem(staff.pk, clear[1], now=now)


@pytest.mark.django_db(transaction=True)
def test_one_code_typed_by_four_at_once_serves_one(now: datetime) -> None:
    staff = a_staff()
    typed = recovery_codes.renew(staff.pk, now=now)[0]
    right, gate = [], threading.Barrier(4)

    def types() -> None:
        gate.wait()
        try:
            recovery_codes.redeem(staff.pk, typed, now=now)
            right.append(1)
        except WrongCode:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=types) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert right == [1]
