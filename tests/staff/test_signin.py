from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from educonnect.accounts import passwords, rules
from educonnect.accounts.errors import TooBusy, WrongPassword
from educonnect.accounts.throttling import Origin
from educonnect.errors import Refusal
from educonnect.journal.models import Connection, Entry
from educonnect.limits.errors import TooManyAttempts
from educonnect.staff import signin
from educonnect.staff.authentication import First, Second
from educonnect.staff.errors import Closed, TriesExhausted, WrongPair
from educonnect.staff.models import Staff
from tests.accounts.factories import PupilAccountFactory
from tests.delegation.factories import a_staff
from tests.staff.people import PASSWORD, with_password

# what a right or wrong pair writes is kept at once: nothing here is undone by a refusal
pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
SCHOOL = Origin(address="203.0.113.7", device="PC, Firefox")
HOME = Origin(address="198.51.100.20", device="Android, Chrome")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def outcome(email: str, password: str, origin: Origin = SCHOOL, now: datetime = NOW) -> object:
    """What a try gave: its first factor, or the class of its refusal."""
    try:
        return signin.sign_in(email, password, origin=origin, now=now).first
    except Refusal as refusal:
        return type(refusal)


def known(staff: Staff) -> Origin:
    return Origin(address=HOME.address, device="PC, Firefox", known_device=frozenset({staff.pk}), device_key="key")


def test_a_right_pair_proves_the_first_factor_and_no_second_one() -> None:
    staff = with_password()

    proof = signin.sign_in(f" {staff.email.upper()} ", PASSWORD, origin=SCHOOL, now=NOW)

    assert (proof.staff_id, proof.first, proof.second) == (staff.pk, First.PASSWORD, Second.NONE)


def test_T22_the_wrong_tries_since_and_the_time_before_are_told_once() -> None:
    staff = with_password()
    signin.sign_in(staff.email, PASSWORD, origin=SCHOOL, now=NOW)
    assert [outcome(staff.email, "faux") for _ in range(3)] == [WrongPair] * 3
    later = NOW + timedelta(hours=1)

    second = signin.sign_in(staff.email, PASSWORD, origin=SCHOOL, now=later)
    third = signin.sign_in(staff.email, PASSWORD, origin=SCHOOL, now=later)

    assert (second.failures, second.former) == (3, NOW)
    assert (third.failures, third.former) == (0, later)


def test_T18_a_wrong_pair_costs_one_hash_and_the_same_statements_whoever_has_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashes: list[str] = []
    verify, spend = passwords.verify, passwords.spend_one_hash
    monkeypatch.setattr(passwords, "verify", lambda *a: hashes.append("verify") or verify(*a))
    monkeypatch.setattr(passwords, "spend_one_hash", lambda: hashes.append("spent") or spend())
    local, from_elsewhere = with_password(), a_staff(issuer="https://ailleurs.invalid", subject="x")
    told = []
    outcome("premiere@nulle-part.invalid", "faux")  # which looks, for a while, at how many fail everywhere
    for email in (local.email, from_elsewhere.email, "personne@nulle-part.invalid"):
        hashes.clear()
        with CaptureQueriesContext(connection) as statements:
            assert outcome(email, "faux") is WrongPair
        told.append((len(hashes), [one["sql"].split()[0] for one in statements.captured_queries]))

    assert told[0][0] == 1
    assert told[0] == told[1] == told[2]


def test_a_closed_account_is_told_so_after_its_right_password_only() -> None:
    staff = with_password()
    Staff.objects.update(closed_at=NOW)

    assert outcome(staff.email, "faux") is WrongPair
    assert outcome(staff.email, PASSWORD) is Closed


def test_each_outcome_is_journalled_without_an_address_and_kept_in_the_connection_log_with_it() -> None:
    staff = with_password()
    outcome(staff.email, "faux")
    outcome("personne@nulle-part.invalid", "faux")
    outcome(staff.email, PASSWORD)

    lines = Entry.objects.order_by("pk").values_list("event", "actor", "account_id", "detail")
    assert list(lines) == [
        ("staff.sign-in-failed", f"staff:{staff.pk}", None, {"code": "E-1280"}),
        ("staff.sign-in-failed", "unknown", None, {"code": "E-1280"}),
        ("staff.signed-in", f"staff:{staff.pk}", None, {"first": "password"}),
    ]
    assert list(Connection.objects.order_by("pk").values_list("outcome", "account_id", "address")) == [
        (f"staff:{staff.pk} wrong-pair", None, SCHOOL.address),
        ("staff wrong-pair", None, SCHOOL.address),
        (f"staff:{staff.pk} signed-in", None, SCHOOL.address),
    ]


@pytest.mark.parametrize("exists", [True, False])
def test_T15_guessing_slows_down_whether_or_not_anybody_has_the_address(exists: bool) -> None:
    email = with_password().email if exists else "personne@nulle-part.invalid"

    tries = [outcome(email, "faux") for _ in range(rules.HERE.free + 2)]

    assert tries == [WrongPair] * (rules.HERE.free + 1) + [TooManyAttempts]


def test_a_browser_that_is_known_is_heard_while_others_guess() -> None:
    staff = with_password()
    for _ in range(rules.HERE.free + 2):
        outcome(staff.email, "faux")

    assert outcome(staff.email, PASSWORD) is TooManyAttempts
    assert outcome(staff.email, PASSWORD, known(staff)) is First.PASSWORD


def test_guesses_in_a_row_stop_until_a_link_or_a_known_browser_opens() -> None:
    staff = with_password()
    now = NOW
    for n in range(rules.ELSEWHERE.stop or 0):
        assert outcome(staff.email, "faux", Origin(address=f"203.0.113.{n}"), now) is WrongPair
        now += timedelta(minutes=16)

    assert outcome(staff.email, PASSWORD, HOME, now) is TriesExhausted
    signin.forget_tries(staff.email)
    assert outcome(staff.email, PASSWORD, HOME, now) is First.PASSWORD


def test_what_is_tried_on_pupils_pages_takes_nothing_from_the_staff() -> None:
    from educonnect.accounts import signin as pupils

    staff = with_password()
    for name in (f"staff:{staff.email}", f"staff {staff.email}", staff.email, PupilAccountFactory().username):
        for _ in range(rules.HERE.free + 2):
            with pytest.raises((Refusal,)):
                pupils.sign_in(name, "faux", origin=SCHOOL)

    assert outcome(staff.email, PASSWORD) is First.PASSWORD


def test_a_password_changed_while_it_was_being_verified_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    staff = with_password()
    verify = passwords.verify

    def and_then_it_changes(encoded: str, typed: str) -> bool:
        right = verify(encoded, typed)
        Staff.objects.update(password=passwords.hashed("un tout autre mot de passe"))
        return right

    monkeypatch.setattr(passwords, "verify", and_then_it_changes)

    assert outcome(staff.email, PASSWORD) is WrongPair


def test_a_try_that_no_turn_came_for_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    staff = with_password()

    def no_turn(*_: str) -> bool:
        raise TooBusy

    with monkeypatch.context() as patched:
        patched.setattr(passwords, "verify", no_turn)
        assert [outcome(staff.email, PASSWORD) for _ in range(rules.HERE.free + 5)] == [TooBusy] * (rules.HERE.free + 5)

    assert outcome(staff.email, PASSWORD) is First.PASSWORD


def test_the_password_typed_once_more_is_counted_like_any_try() -> None:
    staff = with_password()
    signin.prove_again(staff.pk, PASSWORD, origin=SCHOOL, now=NOW)

    for _ in range(rules.HERE.free + 1):
        with pytest.raises(WrongPassword):
            signin.prove_again(staff.pk, "faux", origin=SCHOOL, now=NOW)
    with pytest.raises(TooManyAttempts):
        signin.prove_again(staff.pk, PASSWORD, origin=SCHOOL, now=NOW)
