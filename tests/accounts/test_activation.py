import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from educonnect.accounts import activation, locking, passwords, signin
from educonnect.accounts.authentication import Authentication, Method
from educonnect.accounts.errors import (
    AccountClosed,
    AccountLocked,
    AlreadyActivated,
    BirthdateMismatch,
    EmailInvalid,
    EmailRequired,
    LetterExpired,
    NotAwaitingActivation,
    NotAwaitingPassword,
    PasswordHoldsDate,
    PasswordPersonal,
    PasswordProvisional,
    PasswordTooShort,
    WrongPair,
)
from educonnect.accounts.models import Account, ProvisionalPassword, Purpose
from educonnect.accounts.signin import Origin
from educonnect.accounts.states import State, state_of
from educonnect.errors import Refusal
from educonnect.journal.models import Entry
from educonnect.messaging.models import OutboxMessage
from tests.accounts.factories import OWN_PASSWORD, GuardianAccountFactory, PupilAccountFactory, activate, with_letter
from tests.population.factories import GuardianshipFactory, PupilFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
BIRTHDATE, ANOTHER_DAY = date(2009, 5, 14), date(2009, 5, 15)
HERE = Origin(address="203.0.113.7")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(scope="module")
def own_hash() -> str:
    return passwords.hashed(OWN_PASSWORD)


@pytest.fixture
def notified() -> Account:
    account = PupilAccountFactory(pupil__birthdate=BIRTHDATE)
    with_letter(account, NOW)
    account.refresh_from_db()
    return account


def fresh(account: Account) -> Account:
    return Account.objects.select_related("provisional").get(pk=account.pk)


def dump(account: Account) -> dict[str, object]:
    return Account.objects.filter(pk=account.pk).values().get()


def try_date(account: Account, birthdate: date, own_hash: str, now: datetime = NOW) -> object:
    try:
        return activation.activate_pupil(account.pk, birthdate=birthdate, password_hash=own_hash, now=now)
    except Refusal as refusal:
        return refusal


# --- pupils -------------------------------------------------------------------------------------------------------


def test_the_birth_date_of_the_roll_activates_and_signs_in(notified: Account, own_hash: str) -> None:
    proof = try_date(notified, BIRTHDATE, own_hash)

    account = fresh(notified)
    assert proof == Authentication(account_id=account.pk, epoch=account.epoch, method=Method.PASSWORD, at=NOW)
    assert state_of(account, NOW) is State.ACTIVATED
    assert (account.activated_at, account.terms_accepted_at, account.password_changed_at) == (NOW, NOW, NOW)
    assert account.epoch == notified.epoch + 1
    assert Entry.objects.filter(
        event="account.activated", account_id=account.pk, actor=f"account:{account.pk}"
    ).exists()


def test_T10_once_activated_the_letter_opens_nothing_any_more(own_hash: str) -> None:
    account = PupilAccountFactory(pupil__birthdate=BIRTHDATE)
    clear = with_letter(account, NOW)

    try_date(account, BIRTHDATE, own_hash)

    assert not ProvisionalPassword.objects.exists()
    with pytest.raises(WrongPair):
        signin.sign_in(account.username, clear, origin=HERE)
    assert signin.sign_in(account.username, OWN_PASSWORD, origin=HERE)


def test_another_birthdate_changes_nothing(notified: Account, own_hash: str) -> None:
    before = dump(notified)

    refusal = try_date(notified, ANOTHER_DAY, own_hash)

    assert isinstance(refusal, BirthdateMismatch)
    assert refusal.tries_left == 2
    assert dump(notified) == before
    assert not OutboxMessage.objects.exists()


def test_three_wrong_birth_dates_lock_for_24_hours(clock, notified: Account, own_hash: str) -> None:
    left = [try_date(notified, ANOTHER_DAY, own_hash).tries_left for _ in range(3)]

    assert left == [2, 1, 0]
    account = fresh(notified)
    assert state_of(account, NOW) is State.LOCKED
    assert account.locked_until == NOW + timedelta(hours=24)
    assert account.epoch == notified.epoch + 1
    assert isinstance(try_date(notified, BIRTHDATE, own_hash), AccountLocked)
    (entry,) = Entry.objects.filter(event="account.locked")
    assert entry.detail == {"reason": "birthdate"}


def test_the_lock_ends_by_itself_and_three_tries_are_heard_again(clock, notified: Account, own_hash: str) -> None:
    for _ in range(3):
        try_date(notified, ANOTHER_DAY, own_hash)
    clock.shift(timedelta(hours=24))

    refusal = try_date(notified, ANOTHER_DAY, own_hash, NOW + timedelta(hours=24))

    assert refusal.tries_left == 2
    assert isinstance(try_date(notified, BIRTHDATE, own_hash, NOW + timedelta(hours=24)), Authentication)


def test_the_school_unlocks_before_and_three_tries_are_heard_again(notified: Account, own_hash: str) -> None:
    for _ in range(3):
        try_date(notified, ANOTHER_DAY, own_hash)

    unlocked = locking.unlock([notified.pk], now=NOW, actor="staff:1", uai="9720001B")

    assert unlocked == 1
    assert try_date(notified, ANOTHER_DAY, own_hash).tries_left == 2
    assert Entry.objects.filter(event="account.unlocked", actor="staff:1").exists()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"closed_at": NOW}, AccountClosed),
        ({"locked_at": NOW}, AccountLocked),
        ({"activated_at": NOW, "password": "$argon2id$x"}, AlreadyActivated),
    ],
)
def test_an_account_in_another_state_is_refused(
    notified: Account, own_hash: str, state: dict[str, object], said: type[Refusal]
) -> None:
    Account.objects.filter(pk=notified.pk).update(**state)
    before = dump(notified)

    assert isinstance(try_date(notified, BIRTHDATE, own_hash), said)
    assert dump(notified) == before


def test_an_expired_letter_activates_nothing(notified: Account, own_hash: str) -> None:
    assert isinstance(try_date(notified, BIRTHDATE, own_hash, NOW + timedelta(days=92)), LetterExpired)


def test_without_a_letter_nothing_activates(own_hash: str) -> None:
    account = PupilAccountFactory(pupil__birthdate=BIRTHDATE)

    assert isinstance(try_date(account, BIRTHDATE, own_hash), NotAwaitingActivation)


def test_a_guardians_account_is_not_activated_as_a_pupils(own_hash: str) -> None:
    account = GuardianAccountFactory()
    with_letter(account, NOW)

    assert isinstance(try_date(account, BIRTHDATE, own_hash), NotAwaitingActivation)


def test_a_clear_password_never_stands_in_for_a_hash(notified: Account) -> None:
    with pytest.raises(ValueError, match="choose_password"):
        activation.activate_pupil(notified.pk, birthdate=BIRTHDATE, password_hash=OWN_PASSWORD, now=NOW)


def test_an_email_is_optional_and_waits_for_its_link(notified: Account, own_hash: str) -> None:
    activation.activate_pupil(
        notified.pk, birthdate=BIRTHDATE, password_hash=own_hash, email=" camille@Famille.example ", now=NOW
    )

    account = fresh(notified)
    assert (account.email, account.email_to_confirm) == ("", "camille@famille.example")
    assert state_of(account, NOW) is State.ACTIVATED
    assert OutboxMessage.objects.count() == 1


def test_a_mistyped_email_spends_no_try(notified: Account, own_hash: str) -> None:
    with pytest.raises(EmailInvalid):
        activation.activate_pupil(notified.pk, birthdate=ANOTHER_DAY, password_hash=own_hash, email="camille@", now=NOW)

    assert try_date(notified, ANOTHER_DAY, own_hash).tries_left == 2


@pytest.mark.django_db(transaction=True)
def test_ten_wrong_dates_at_once_are_three_tries(own_hash: str) -> None:
    account = PupilAccountFactory(pupil__birthdate=BIRTHDATE)
    with_letter(account, NOW)
    outcomes: list[object] = []
    start = threading.Barrier(6)

    def guess() -> None:
        start.wait()
        try:
            outcomes.append(try_date(account, ANOTHER_DAY, own_hash))
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    said = sorted(type(outcome).__name__ for outcome in outcomes)
    assert said == ["AccountLocked"] * 3 + ["BirthdateMismatch"] * 3


# --- own password -------------------------------------------------------------------------------------------------


def test_a_chosen_password_comes_back_as_a_hash_only(notified: Account) -> None:
    encoded = activation.choose_password(notified.pk, OWN_PASSWORD)

    assert encoded.startswith("$argon2id$")
    assert passwords.verify(encoded, OWN_PASSWORD)
    assert fresh(notified).password == ""


def test_T10_the_letters_password_cannot_be_kept() -> None:
    account = PupilAccountFactory()
    clear = with_letter(account, NOW)

    for typed in (clear, f"{clear[:4]}-{clear[4:8]}-{clear[8:]}".lower()):
        with pytest.raises(PasswordProvisional):
            activation.choose_password(account.pk, typed)


@pytest.mark.parametrize(
    ("password", "said"),
    [("court", PasswordTooShort), ("duverger du soir", PasswordPersonal), ("héron 14 mai 2009", PasswordHoldsDate)],
)
def test_the_policy_holds_at_activation(notified: Account, password: str, said: type[Refusal]) -> None:
    with pytest.raises(said):
        activation.choose_password(notified.pk, password)


def test_T07_nothing_forces_a_change_later(clock) -> None:
    account = activate(PupilAccountFactory())
    clock.shift(timedelta(days=3 * 365))

    assert isinstance(signin.sign_in(account.username, OWN_PASSWORD, origin=HERE), Authentication)


# --- after a reset ------------------------------------------------------------------------------------------------


def test_after_a_reset_another_password_signs_in_and_ends_every_other_session() -> None:
    account = activate(PupilAccountFactory())
    clear = with_letter(account, NOW, Purpose.RESET)
    epoch = fresh(account).epoch

    proof = activation.choose_own_password_after_reset(account.pk, "six loutres perplexes", NOW)

    after = fresh(account)
    assert proof == Authentication(account_id=account.pk, epoch=epoch + 1, method=Method.PASSWORD, at=NOW)
    assert state_of(after, NOW) is State.ACTIVATED
    assert passwords.verify(after.password, "six loutres perplexes")
    with pytest.raises(WrongPair):
        signin.sign_in(account.username, clear, origin=HERE)
    assert Entry.objects.filter(event="account.password-changed", account_id=account.pk).exists()


def test_T04_the_policy_holds_after_a_reset() -> None:
    account = activate(PupilAccountFactory())
    with_letter(account, NOW, Purpose.RESET)
    before = dump(account)

    with pytest.raises(PasswordTooShort):
        activation.choose_own_password_after_reset(account.pk, "court", NOW)
    assert dump(account) == before


def test_without_a_reset_nobody_chooses_another_password_this_way() -> None:
    account = activate(PupilAccountFactory())

    with pytest.raises(NotAwaitingPassword):
        activation.choose_own_password_after_reset(account.pk, "six loutres perplexes", NOW)


# --- guardians ----------------------------------------------------------------------------------------------------


@pytest.fixture
def family() -> tuple[Account, dict[int, date]]:
    account = GuardianAccountFactory()
    elder = PupilFactory(first_name="Ysoline", birthdate=date(2008, 1, 2))
    younger = PupilFactory(first_name="Térence", birthdate=date(2012, 3, 4))
    other = PupilFactory(first_name="Zoé")
    for pupil in (younger, elder):
        GuardianshipFactory(guardian=account.guardian, pupil=pupil)
        GuardianshipFactory(guardian=account.guardian, pupil=pupil)  # two schools may say so
    GuardianshipFactory(guardian=account.guardian, pupil=other, level=3)
    GuardianshipFactory(guardian=account.guardian, pupil=PupilFactory(), ended_at=NOW)
    with_letter(account, NOW)
    return account, {elder.pk: elder.birthdate, younger.pk: younger.birthdate}


def test_a_guardian_is_asked_the_birth_date_of_each_child(family, django_assert_num_queries) -> None:
    account, _ = family

    with django_assert_num_queries(1):
        names = [child.first_name for child in activation.children(account.pk)]

    assert names == ["Ysoline", "Térence"]


def test_a_guardian_is_not_activated_before_the_link_is_followed(family, own_hash: str) -> None:
    account, dates = family

    activation.activate_guardian(
        account.pk, birthdates=dates, password_hash=own_hash, email="m@famille.example", now=NOW
    )

    after = fresh(account)
    assert state_of(after, NOW) is State.NOTIFIED
    assert (after.activated_at, after.email_to_confirm, after.terms_accepted_at) == (None, "m@famille.example", NOW)
    assert OutboxMessage.objects.count() == 1


@pytest.mark.parametrize("wrong", ["one wrong", "one missing", "one too many"])
def test_all_the_birth_dates_must_be_right(family, own_hash: str, wrong: str) -> None:
    account, dates = family
    before = dump(account)
    first = next(iter(dates))
    typed = {
        "one wrong": {**dates, first: ANOTHER_DAY},
        "one missing": {first: dates[first]},
        "one too many": {**dates, 0: ANOTHER_DAY},
    }[wrong]

    with pytest.raises(BirthdateMismatch) as refused:
        activation.activate_guardian(
            account.pk, birthdates=typed, password_hash=own_hash, email="m@famille.example", now=NOW
        )

    assert refused.value.tries_left == 2
    assert dump(account) == before


def test_a_guardian_must_give_an_email(family, own_hash: str) -> None:
    account, dates = family

    with pytest.raises(EmailRequired):
        activation.activate_guardian(account.pk, birthdates=dates, password_hash=own_hash, email=" ", now=NOW)


def test_a_guardian_without_children_left_activates_nothing(own_hash: str) -> None:
    account = GuardianAccountFactory()
    with_letter(account, NOW)

    with pytest.raises(NotAwaitingActivation):
        activation.activate_guardian(
            account.pk, birthdates={}, password_hash=own_hash, email="m@famille.example", now=NOW
        )


def test_a_mistyped_address_is_put_right_with_the_letter_again(family, own_hash: str) -> None:
    account, dates = family
    for email in ("m@famile.example", "m@famille.example"):
        activation.activate_guardian(account.pk, birthdates=dates, password_hash=own_hash, email=email, now=NOW)

    assert fresh(account).email_to_confirm == "m@famille.example"
    assert OutboxMessage.objects.count() == 2
