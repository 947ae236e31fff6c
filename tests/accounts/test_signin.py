import random
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as thorough
from hypothesis import strategies as st

from educonnect.accounts import passwords, rules, signin
from educonnect.accounts.authentication import Authentication, Method, Step, Unfinished
from educonnect.accounts.errors import (
    AccountClosed,
    AccountLocked,
    EmailToConfirm,
    GuardiansOnly,
    LetterExpired,
    PupilsOnly,
    TooBusy,
    TriesExhausted,
    WrongPair,
)
from educonnect.accounts.models import Account, Kind, Purpose
from educonnect.accounts.signin import Origin
from educonnect.errors import Refusal
from educonnect.journal.models import Connection, Entry
from educonnect.limits.errors import TooManyAttempts
from educonnect.limits.models import Counter
from tests.accounts.factories import OWN_PASSWORD, GuardianAccountFactory, PupilAccountFactory, activate, with_letter

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
SCHOOL = Origin(address="203.0.113.7", device="PC, Firefox")
HOME = Origin(address="198.51.100.20", device="Android, Chrome")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each Argon2id computed, in order."""
    done: list[str] = []
    verify, hashed, spend = passwords.verify, passwords.hashed, passwords.spend_one_hash
    monkeypatch.setattr(passwords, "verify", lambda *a: done.append("verify") or verify(*a))
    monkeypatch.setattr(passwords, "hashed", lambda *a: done.append("hash") or hashed(*a))
    monkeypatch.setattr(passwords, "spend_one_hash", lambda: done.append("spent") or spend())
    return done


def outcome(username: str, password: str, origin: Origin = SCHOOL, only: Kind | None = None) -> object:
    """What a sign-in gave: its step or method, or the class of its refusal."""
    try:
        proof = signin.sign_in(username, password, origin=origin, only=only)
    except Refusal as refusal:
        return type(refusal)
    return proof.step if isinstance(proof, Unfinished) else proof.method


def known(account: Account, key: str = "browser-of-the-family", address: str | None = HOME.address) -> Origin:
    return Origin(address=address, device="PC, Firefox", known_device=frozenset({account.pk}), device_key=key)


# --- what opens ---------------------------------------------------------------------------------------------------


def test_the_letters_password_opens_the_activation_and_nothing_more() -> None:
    account = PupilAccountFactory()
    clear = with_letter(account, NOW)

    proof = signin.sign_in(account.username, clear, origin=SCHOOL)

    account.refresh_from_db()
    assert proof == Unfinished(account_id=account.pk, epoch=account.epoch, step=Step.ACTIVATION, at=NOW)
    assert account.last_signed_in_at is None


def test_after_a_reset_the_letters_password_opens_the_choice_of_another() -> None:
    account = activate(PupilAccountFactory())
    clear = with_letter(account, NOW, Purpose.RESET)

    assert outcome(account.username, clear) is Step.NEW_PASSWORD
    assert outcome(account.username, OWN_PASSWORD) is WrongPair


def test_an_own_password_opens_a_session() -> None:
    account = activate(PupilAccountFactory())

    proof = signin.sign_in(account.username, OWN_PASSWORD, origin=SCHOOL)

    assert proof == Authentication(account_id=account.pk, epoch=account.epoch, method=Method.PASSWORD, at=NOW)
    account.refresh_from_db()
    assert account.last_signed_in_at == NOW


@pytest.mark.parametrize(
    "typed", ["E.DURAND3", " e.durand3 ", "É.Durand3", "e. durand3", "e.du-rand3", "ｅ.durand3", "e.durand3\ud800"]
)
def test_the_username_is_read_as_people_type_it(typed: str) -> None:
    activate(PupilAccountFactory(username="e.durand3"))

    assert outcome(typed, OWN_PASSWORD) is Method.PASSWORD


def test_the_letters_password_is_read_as_people_type_it() -> None:
    account = PupilAccountFactory()
    clear = with_letter(account, NOW).lower()

    assert outcome(account.username, f" {clear[:4]} – {clear[4:8]}-{clear[8:]}") is Step.ACTIVATION


def test_an_own_password_is_read_exactly() -> None:
    account = activate(PupilAccountFactory())

    assert outcome(account.username, OWN_PASSWORD.upper()) is WrongPair
    assert outcome(account.username, OWN_PASSWORD + " ") is WrongPair


@given(username=st.text(max_size=80), password=st.text(max_size=80))
@thorough(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_is_a_wrong_pair(username: str, password: str) -> None:
    Counter.objects.all().delete()

    assert outcome(username, password) is WrongPair


# --- what is said -------------------------------------------------------------------------------------------------


def test_T18_unknown_wrong_and_not_activated_get_one_neutral_refusal() -> None:
    activated, waiting = activate(PupilAccountFactory()), PupilAccountFactory()
    with_letter(waiting, NOW)

    outcomes = {outcome(name, "pas le bon") for name in ("nobody", activated.username, waiting.username)}

    assert outcomes == {WrongPair}


def test_T18_known_and_unknown_usernames_cost_the_same_statements_and_one_argon2(spent: list[str]) -> None:
    activated, waiting, reset = activate(PupilAccountFactory()), PupilAccountFactory(), activate(PupilAccountFactory())
    with_letter(waiting, NOW)
    with_letter(reset, NOW, Purpose.RESET)
    closed = activate(PupilAccountFactory(closed_at=NOW))
    outcome("warm.up", "pas le bon")

    told = {}
    for name in ("nobody", activated.username, waiting.username, reset.username, closed.username):
        spent.clear()
        with CaptureQueriesContext(connection) as queries:
            outcome(name, "pas le bon")
        assert len(spent) == 1
        told[name] = [re.sub(r"'[^']*'(::\w+)?|\b\d+\b|NULL|\"s\d+_x\d+\"", "?", query["sql"]) for query in queries]

    assert len(told["nobody"]) > 3
    for statements in told.values():
        assert statements == told["nobody"]


def test_T18_a_name_that_waits_waits_alike_whether_or_not_it_exists() -> None:
    account = activate(PupilAccountFactory())

    waits = []
    for name in ("nobody", account.username):
        outcomes = [outcome(name, "pas le bon") for _ in range(8)]
        waits.append(outcomes)

    assert waits[0] == waits[1] == [WrongPair] * 6 + [TooManyAttempts] * 2


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"closed_at": NOW}, AccountClosed),
        ({"locked_at": NOW}, AccountLocked),
        ({"locked_at": NOW, "locked_until": NOW + timedelta(hours=24)}, AccountLocked),
    ],
)
def test_locked_or_closed_is_said_after_a_right_pair_only(state: dict[str, datetime], said: type[Refusal]) -> None:
    account = activate(PupilAccountFactory(**state))

    assert outcome(account.username, "pas le bon") is WrongPair
    assert outcome(account.username, OWN_PASSWORD) is said


def test_a_lock_that_is_over_stops_nobody() -> None:
    account = activate(PupilAccountFactory(locked_at=NOW - timedelta(hours=24), locked_until=NOW))

    assert outcome(account.username, OWN_PASSWORD) is Method.PASSWORD


def test_an_expired_letter_is_said_after_a_right_pair_only(clock, spent: list[str]) -> None:
    account = PupilAccountFactory()
    clear = with_letter(account, NOW)
    clock.shift(timedelta(days=92))

    assert outcome(account.username, "ABCD-EFGH-JKLM") is WrongPair
    spent.clear()
    assert outcome(account.username, clear) is LetterExpired
    assert spent == ["spent"]


def test_a_service_for_pupils_says_so_after_a_right_pair_only() -> None:
    guardian, pupil = activate(GuardianAccountFactory()), activate(PupilAccountFactory())

    assert outcome(guardian.username, "pas le bon", only=Kind.PUPIL) is WrongPair
    assert outcome(guardian.username, OWN_PASSWORD, only=Kind.PUPIL) is PupilsOnly
    assert outcome(pupil.username, OWN_PASSWORD, only=Kind.GUARDIAN) is GuardiansOnly
    assert outcome(pupil.username, OWN_PASSWORD, only=Kind.PUPIL) is Method.PASSWORD


def test_a_guardian_who_has_not_followed_the_link_is_told_so_after_a_right_pair_only() -> None:
    account = GuardianAccountFactory(password=passwords.hashed(OWN_PASSWORD), email_to_confirm="m@famille.example")
    clear = with_letter(account, NOW)

    assert outcome(account.username, "pas le bon") is WrongPair
    assert outcome(account.username, OWN_PASSWORD) is EmailToConfirm
    assert outcome(account.username, clear) is Step.ACTIVATION


def test_a_wrong_pair_costs_one_argon2_and_a_right_one_too(spent: list[str]) -> None:
    account = activate(PupilAccountFactory())
    spent.clear()

    outcome(account.username, "pas le bon")
    outcome(account.username, OWN_PASSWORD)

    assert spent == ["verify", "verify"]


def test_T08_a_password_is_hashed_again_at_sign_in_after_a_change_of_parameters(settings) -> None:
    account = activate(PupilAccountFactory())
    former = account.password
    settings.ARGON2_TIME = 2

    assert outcome(account.username, OWN_PASSWORD) is Method.PASSWORD

    account.refresh_from_db()
    assert account.password != former
    assert "t=2" in account.password
    assert outcome(account.username, OWN_PASSWORD) is Method.PASSWORD


def test_T08_a_password_is_hashed_again_at_sign_in_after_a_change_of_pepper(settings) -> None:
    account = activate(PupilAccountFactory())
    first, second = settings.PEPPERS[1], "a second pepper, drawn after a scare, long"
    settings.PEPPERS = {2: second, 1: first}

    assert outcome(account.username, OWN_PASSWORD) is Method.PASSWORD

    account.refresh_from_db()
    assert passwords.parted(account.password)[1] == 2
    settings.PEPPERS = {2: second}
    assert outcome(account.username, OWN_PASSWORD) is Method.PASSWORD


def test_T22_the_person_learns_of_failed_tries_and_of_the_last_time(clock) -> None:
    account = activate(PupilAccountFactory())
    signin.sign_in(account.username, OWN_PASSWORD, origin=SCHOOL)
    clock.shift(timedelta(days=1))
    for _ in range(3):
        outcome(account.username, "pas le bon")

    proof = signin.sign_in(account.username, OWN_PASSWORD, origin=SCHOOL)

    assert isinstance(proof, Authentication)
    assert (proof.failures, proof.former) == (3, NOW)
    assert signin.sign_in(account.username, OWN_PASSWORD, origin=SCHOOL).failures == 0


def test_T73_every_outcome_is_in_both_trails_and_the_address_in_one_only() -> None:
    account = activate(PupilAccountFactory())

    outcome("nobody", "pas le bon")
    outcome(account.username, "pas le bon")
    outcome(account.username, OWN_PASSWORD)

    assert list(Entry.objects.order_by("pk").values_list("event", "account_id", "detail")) == [
        ("session.sign-in-failed", None, {"code": "E-1211"}),
        ("session.sign-in-failed", account.pk, {"code": "E-1211"}),
        ("session.signed-in", account.pk, {}),
    ]
    assert list(Connection.objects.order_by("pk").values_list("outcome", "account_id", "address", "device")) == [
        ("wrong-pair", None, "203.0.113.7", "PC, Firefox"),
        ("wrong-pair", account.pk, "203.0.113.7", "PC, Firefox"),
        ("signed-in", account.pk, "203.0.113.7", "PC, Firefox"),
    ]
    assert not any("203.0" in str(entry.__dict__) for entry in Entry.objects.all())


def test_an_address_that_is_none_and_a_device_that_lies_stop_nothing() -> None:
    account = activate(PupilAccountFactory())

    for origin in (Origin(address=None), Origin(address="not an address", device="x\r\nforged\0line" * 20)):
        assert outcome(account.username, OWN_PASSWORD, origin) is Method.PASSWORD

    assert all(line.isprintable() for line in Connection.objects.values_list("device", flat=True))


def test_a_reset_in_the_same_instant_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    account = activate(PupilAccountFactory())
    verify = passwords.verify

    def verify_then_reset(*arguments: str) -> bool:
        right = verify(*arguments)
        with_letter(account, NOW, Purpose.RESET)
        return right

    monkeypatch.setattr(passwords, "verify", verify_then_reset)

    assert outcome(account.username, OWN_PASSWORD) is WrongPair


def test_when_too_busy_nothing_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    account = activate(PupilAccountFactory())

    def busy(*_: str) -> bool:
        raise TooBusy

    with monkeypatch.context() as patched:
        patched.setattr(passwords, "verify", busy)
        outcomes = {outcome(account.username, OWN_PASSWORD) for _ in range(20)}

    assert outcomes == {TooBusy}
    assert outcome(account.username, OWN_PASSWORD) is Method.PASSWORD


def test_T86_a_right_password_enters_even_when_there_is_no_turn_to_hash_it_again(
    settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = activate(PupilAccountFactory())
    first = settings.PEPPERS[1]
    settings.PEPPERS = {2: "a second pepper, drawn after a scare, long", 1: first}

    def busy(*_: str) -> str:
        raise TooBusy

    with monkeypatch.context() as patched:
        patched.setattr(passwords, "hashed", busy)
        assert outcome(account.username, OWN_PASSWORD) is Method.PASSWORD

    account.refresh_from_db()
    assert passwords.parted(account.password)[1] == 1
    assert outcome(account.username, OWN_PASSWORD) is Method.PASSWORD
    account.refresh_from_db()
    assert passwords.parted(account.password)[1] == 2


def test_a_sign_in_takes_few_statements(django_assert_num_queries) -> None:
    account = activate(PupilAccountFactory())
    outcome(account.username, OWN_PASSWORD)

    with django_assert_num_queries(3):  # find, charge, enter
        outcome(account.username, OWN_PASSWORD)
    with django_assert_num_queries(3):  # and it lifts the wait of unknown browsers
        outcome(account.username, OWN_PASSWORD, known(account))


# --- throttling ---------------------------------------------------------------------------------------------------


def test_T15_delays_grow_and_no_account_hears_a_hundred_wrong_tries_in_a_row(clock) -> None:
    account = activate(PupilAccountFactory())
    origins = [
        *(Origin(address=f"192.0.2.{n}") for n in range(1, 12)),
        known(account, "phone"),
        known(account, "family computer"),
    ]

    heard = 0
    for round_ in range(60):
        for origin in origins:
            heard += outcome(account.username, f"essai {round_}", origin) is WrongPair
        clock.shift(timedelta(hours=5))

    assert 50 < heard <= 100
    assert outcome(account.username, OWN_PASSWORD, Origin(address="192.0.2.77")) is TriesExhausted


def test_T15_a_right_password_starts_the_count_again(clock) -> None:
    account = activate(PupilAccountFactory())
    for _ in range(6):
        outcome(account.username, "pas le bon")
    clock.shift(timedelta(seconds=5))

    assert outcome(account.username, OWN_PASSWORD) is Method.PASSWORD

    assert [outcome(account.username, "pas le bon") for _ in range(6)] == [WrongPair] * 6


def test_T15_the_wait_is_told_and_grows(clock) -> None:
    account = activate(PupilAccountFactory())
    for _ in range(5):
        outcome(account.username, "pas le bon")

    waits = []
    for _ in range(10):
        assert outcome(account.username, "pas le bon") is WrongPair
        with pytest.raises(TooManyAttempts) as refused:
            signin.sign_in(account.username, OWN_PASSWORD, origin=SCHOOL)
        waits.append(int(refused.value.wait.total_seconds()))
        clock.shift(refused.value.wait)

    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_T16_the_right_letter_passes_whatever_others_did() -> None:
    account = PupilAccountFactory()
    clear = with_letter(account, NOW)
    for n in range(300):
        outcome(account.username, "ABCD-EFGH-JKLM", Origin(address=f"192.0.2.{n % 30}"))

    assert outcome(account.username, clear, SCHOOL) is Step.ACTIVATION
    assert outcome(account.username, clear, Origin(address="192.0.2.1")) is Step.ACTIVATION


def test_T16_the_known_browser_passes_whatever_others_did(clock) -> None:
    account = activate(PupilAccountFactory())
    for n in range(300):
        outcome(account.username, "pas le bon", Origin(address=f"192.0.2.{n % 30}"))
        clock.shift(timedelta(minutes=20))

    assert outcome(account.username, OWN_PASSWORD, SCHOOL) is TriesExhausted
    assert outcome(account.username, OWN_PASSWORD, known(account)) is Method.PASSWORD
    assert outcome(account.username, OWN_PASSWORD, SCHOOL) is Method.PASSWORD


def test_T16_a_new_letter_passes_once_all_tries_are_spent(clock) -> None:
    account = activate(PupilAccountFactory())
    for n in range(300):
        outcome(account.username, "pas le bon", Origin(address=f"192.0.2.{n % 30}"))
        clock.shift(timedelta(minutes=20))

    clear = with_letter(account, NOW, Purpose.RESET)

    assert outcome(account.username, clear, SCHOOL) is Step.NEW_PASSWORD


@given(
    tries=st.lists(
        st.tuples(
            st.sampled_from(["192.0.2.1", "192.0.2.2", HOME.address, "2001:db8::1"]),
            st.sampled_from(["", "another browser"]),
            st.sampled_from(["pas le bon", "", "x" * 2000, "AAAA-BBBB-CCCC"]),
            st.sampled_from([0, 1, 60, 3600, 86400]),
        ),
        max_size=25,
    )
)
@thorough(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_T16_nothing_another_does_changes_what_a_known_browser_gets(clock, tries) -> None:
    account = activate(PupilAccountFactory())
    mine, other = known(account), activate(PupilAccountFactory())

    for address, key, password, seconds in tries:
        theirs = Origin(address=address, known_device=frozenset({other.pk}) if key else frozenset(), device_key=key)
        outcome(account.username, password, theirs)
        outcome(other.username, OWN_PASSWORD, theirs)
        clock.shift(timedelta(seconds=seconds))

    assert outcome(account.username, OWN_PASSWORD, mine) is Method.PASSWORD


def test_a_cookie_that_names_others_makes_no_known_browser() -> None:
    account, other = activate(PupilAccountFactory()), activate(PupilAccountFactory())

    outcomes = [outcome(account.username, "pas le bon", known(other)) for _ in range(8)]

    assert outcomes == [WrongPair] * 6 + [TooManyAttempts] * 2


def test_one_pupil_hammering_one_name_delays_no_classmate_behind_the_same_address() -> None:
    target, classmate = activate(PupilAccountFactory()), activate(PupilAccountFactory())
    for _ in range(500):
        outcome(target.username, "pas le bon", SCHOOL)

    assert outcome(classmate.username, OWN_PASSWORD, SCHOOL) is Method.PASSWORD


def test_a_class_of_35_behind_one_address_mistyping_opens_its_letters_within_ten_minutes(clock) -> None:
    pupils = [PupilAccountFactory() for _ in range(35)]
    letters = {pupil.pk: with_letter(pupil, NOW) for pupil in pupils}
    dice = random.Random(35)

    done: set[int] = set()
    while len(done) < 35 and (datetime.now(UTC) - NOW) < timedelta(minutes=10):
        for pupil in pupils:
            if pupil.pk not in done:
                right = dice.random() < 0.4
                typed = letters[pupil.pk] if right else "ABCD" + letters[pupil.pk][4:]
                if outcome(pupil.username, typed, SCHOOL) is Step.ACTIVATION:
                    done.add(pupil.pk)
        clock.shift(timedelta(seconds=20))

    assert len(done) == 35


def test_a_class_of_35_behind_one_address_mistyping_signs_in_within_ten_minutes(clock) -> None:
    pupils = [activate(PupilAccountFactory()) for _ in range(35)]
    dice = random.Random(35)

    done: set[int] = set()
    while len(done) < 35 and (datetime.now(UTC) - NOW) < timedelta(minutes=10):
        for pupil in pupils:
            if pupil.pk not in done:
                typed = OWN_PASSWORD if dice.random() < 0.4 else "pas le bon"
                if outcome(pupil.username, typed, SCHOOL) is Method.PASSWORD:
                    done.add(pupil.pk)
        clock.shift(timedelta(seconds=20))

    assert len(done) == 35


@pytest.fixture
def no_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "spend_one_hash", lambda: None)


@pytest.mark.django_db(transaction=True)  # in one transaction, the versions of a counter would heap up
def test_T17_one_password_over_10000_usernames_from_500_addresses_is_slowed_and_alarmed_and_a_class_enters(
    clock, no_hash: None, caplog: pytest.LogCaptureFixture
) -> None:
    pupils = [activate(PupilAccountFactory()) for _ in range(35)]
    for pupil in pupils[:20]:
        outcome(pupil.username, OWN_PASSWORD, SCHOOL)  # the day before
    clock.shift(timedelta(days=1))

    heard = 0
    entered = []
    for n in range(10_000):
        found = outcome(f"p.inconnu{n}", "Soleil2026!!", Origin(address=f"192.0.{n % 500 // 250}.{n % 250}"))
        heard += found is WrongPair
        clock.shift(timedelta(milliseconds=50))
        if n >= 2000 and n % 200 == 0 and len(entered) < 35:  # the class comes in while the alarm lasts
            entered.append(outcome(pupils[len(entered)].username, OWN_PASSWORD, SCHOOL))

    assert heard < 5100  # half: each address waits 10 s, then 20, 40…
    assert entered == [Method.PASSWORD] * 35
    assert Entry.objects.filter(event="session.throttled", detail__reason="spray").count() == 1
    assert "alarm threshold" in caplog.text


def test_T17_an_honest_class_is_unhindered_while_the_alarm_lasts(clock, settings, no_hash: None) -> None:
    settings.SPRAY_ALARM = 50
    settled = [activate(PupilAccountFactory()) for _ in range(35)]
    newcomers = [PupilAccountFactory() for _ in range(5)]
    letters = [with_letter(pupil, NOW) for pupil in newcomers]
    for pupil in settled:
        outcome(pupil.username, OWN_PASSWORD, SCHOOL)
    for n in range(300):
        outcome(f"p.inconnu{n}", "Soleil2026!!", Origin(address=f"192.0.{n % 100}.9"))
    clock.shift(timedelta(seconds=10))
    assert outcome("p.inconnu1", "Soleil2026!!", Origin(address="192.0.1.9")) in {WrongPair, TooManyAttempts}

    mistyped = [outcome(pupil.username, "pas le bon", SCHOOL) for pupil in settled]
    retyped = [outcome(pupil.username, OWN_PASSWORD, SCHOOL) for pupil in settled]
    opened = [outcome(pupil.username, clear, SCHOOL) for pupil, clear in zip(newcomers, letters, strict=True)]

    assert mistyped == [WrongPair] * 35
    assert retyped == [Method.PASSWORD] * 35
    assert opened == [Step.ACTIVATION] * 5


def test_the_counters_hold_neither_username_nor_address() -> None:
    account = activate(PupilAccountFactory())

    outcome(account.username, "pas le bon")

    assert Counter.objects.count() == 4
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in Counter.objects.values_list("key", flat=True))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        (None, "none"),
        ("nonsense", "none"),
    ],
)
def test_a_subscriber_is_one_network(address: str | None, network: str) -> None:
    from educonnect.accounts import throttling

    assert throttling.network_of(address) == network


def test_the_waits_of_the_lanes_are_those_decided() -> None:
    assert sum(wait == 0 for wait in rules.HERE.waits()) == 5
    assert max(rules.HERE.waits()) == 15 * 60
    assert len(rules.ELSEWHERE.waits()) + 2 * len(rules.KNOWN.waits()) == 100


@pytest.mark.django_db(transaction=True)
def test_two_classes_signing_in_at_one_instant_never_wait_crosswise() -> None:
    pupils = [activate(PupilAccountFactory()) for _ in range(4)]
    outcomes: list[object] = []
    start = threading.Barrier(8)

    def knock(seed: int) -> None:
        dice = random.Random(seed)
        start.wait()
        try:
            for _ in range(12):
                typed = OWN_PASSWORD if dice.random() < 0.7 else "pas le bon"
                outcomes.append(outcome(dice.choice(pupils).username, typed, SCHOOL))
        finally:
            connection.close()

    threads = [threading.Thread(target=knock, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(outcomes) == 8 * 12
    assert set(outcomes) <= {Method.PASSWORD, WrongPair, TooManyAttempts}
    assert outcomes.count(Method.PASSWORD) > 8
