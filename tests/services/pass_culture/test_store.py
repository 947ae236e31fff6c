from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from time_machine import TimeMachineFixture

from services.pass_culture.store import Certified, DuplicateINEError, DuplicateUserError, Store

TODAY = date(2026, 11, 23)
LATER = date(2030, 5, 14)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CAMILLE = Certified("Camille", "DUVERGER", date(2009, 5, 14), "a" * 32, "b" * 96, "http://localhost/logout")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "pass.sqlite3")


def account(store: Store, email: str) -> int:
    number = store.create(email, "hash")
    assert number is not None
    return number


def test_an_email_opens_one_account_whatever_its_case(store: Store) -> None:
    account(store, "camille@exemple.fr")

    assert store.create("CAMILLE@exemple.fr", "hash") is None


def test_a_request_is_redeemed_once_and_for_its_account(store: Store) -> None:
    camille = account(store, "camille@exemple.fr")
    store.remember_request("id-1", camille)

    assert store.redeem_request("id-1") == camille
    assert store.redeem_request("id-1") is None
    assert store.redeem_request("id-2") is None


def test_an_identity_waits_ten_minutes_for_its_person(store: Store, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOON)
    camille = account(store, "camille@exemple.fr")
    answer = store.hold(camille, CAMILLE)
    time_machine.shift(timedelta(minutes=9))
    in_time = store.held(camille, answer)

    time_machine.shift(timedelta(minutes=2))

    assert in_time == CAMILLE
    assert store.held(camille, answer) is None


def test_the_same_ine_or_the_same_person_never_opens_a_second_credit(store: Store) -> None:
    first, second = account(store, "a@exemple.fr"), account(store, "b@exemple.fr")
    store.open_credit(first, CAMILLE, 5000, LATER)
    homonym = Certified("Camille", "DUVERGER", date(2009, 5, 14), "c" * 32, "d" * 96, "")

    with pytest.raises(DuplicateINEError):
        store.open_credit(second, CAMILLE, 5000, LATER)
    with pytest.raises(DuplicateUserError):
        store.open_credit(second, homonym, 5000, LATER)

    refused = store.by_id(second)
    assert refused is not None
    assert refused.credit_cents is None


def test_an_offer_is_booked_within_the_credit_only(store: Store) -> None:
    camille = account(store, "camille@exemple.fr")
    store.open_credit(camille, CAMILLE, 2000, LATER)

    assert store.book(camille, "théâtre", 1200, TODAY)
    assert not store.book(camille, "théâtre", 1200, TODAY)
    assert not store.book(camille, "musée", 0, LATER)

    assert store.bookings(camille) == ["théâtre"]


def test_opening_twice_does_not_refill_the_credit(store: Store) -> None:
    camille = account(store, "camille@exemple.fr")
    store.open_credit(camille, CAMILLE, 5000, LATER)
    store.book(camille, "théâtre", 1200, TODAY)

    store.open_credit(camille, CAMILLE, 5000, LATER)

    found = store.by_id(camille)
    assert found is not None
    assert found.credit_cents == 3800
