"""All the children of a guardian under one account, from another letter or another account."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from educonnect.accounts import grouping, signin
from educonnect.accounts.authentication import Authentication
from educonnect.accounts.errors import (
    AccountMerged,
    AnotherPerson,
    BirthdateMismatch,
    NotAGuardian,
    ProofOver,
    SameAccount,
    WrongPair,
)
from educonnect.accounts.models import Account, ProvisionalPassword
from educonnect.accounts.opening import open_accounts
from educonnect.accounts.throttling import Origin
from educonnect.delegation.mandate import operator_mandate
from educonnect.errors import Refusal
from educonnect.journal.models import Entry
from educonnect.limits.errors import TooManyAttempts
from educonnect.messaging.models import OutboxMessage
from educonnect.population.models import Enrolment, Guardian
from educonnect.population.synchronise import synchronise
from educonnect.privacy import erasure
from tests.accounts.factories import OWN_PASSWORD, PupilAccountFactory, activate, with_letter
from tests.population.rolls import guardian, link, pupil, roll
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db

HERE = Origin(address="192.0.2.7")
ELDER, YOUNGER = pupil(1), pupil(2)
MOTHER = guardian(1, family_name="Duverger", used_name="Saint-Clair", first_name="Anne-Lise")
SAME_MOTHER = guardian(2, family_name="DUVERGER", first_name="Anne Lise")
FATHER = guardian(3, family_name="Duverger", first_name="Bruno")


@pytest.fixture
def schools():
    return SchoolFactory(), SchoolFactory()


def export(school, child, parent, days: int = 0) -> None:
    now = timezone.now() + timedelta(days=days)
    changes = synchronise(roll(school.uai, [child], [parent], [link(child, parent)], exported_at=now), now=now)
    open_accounts(pupils=changes.pupils_enrolled, guardians=changes.guardians_legal, now=now)


def accounts() -> list[Account]:
    return list(Account.objects.filter(kind="guardian").order_by("pk"))


@pytest.fixture
def two(schools) -> tuple[Account, Account]:
    """A mother whose two schools told different phones: two accounts, the first activated, the second by letter."""
    export(schools[0], ELDER, MOTHER)
    export(schools[1], YOUNGER, SAME_MOTHER)
    kept, other = accounts()
    activate(kept)
    Account.objects.filter(pk=kept.pk).update(email="anne@courriel.example")
    return kept, other


def show(kept: Account, other: Account, password: str) -> str:
    return grouping.show(kept.pk, other.username, password, origin=HERE)


def join(kept: Account, proof: str, birthdate: date = YOUNGER.birthdate) -> None:
    (child,) = grouping.joining(kept.pk, proof).children
    grouping.join(kept.pk, proof, birthdates={child.pk: birthdate}, now=timezone.now())


def children_of(account: Account) -> set[str]:
    guardian_id = Account.objects.get(pk=account.pk).guardian_id
    return set(
        Guardian.objects.get(pk=guardian_id)
        .guardianships.filter(ended_at__isnull=True)
        .values_list("pupil__ine", flat=True)
    )


def test_a_second_letter_brings_its_children_and_its_account_disappears(two) -> None:
    kept, other = two
    letter = with_letter(other, timezone.now())

    join(kept, show(kept, other, letter))

    other.refresh_from_db()
    assert children_of(kept) == {ELDER.ine, YOUNGER.ine}
    assert children_of(other) == set()
    assert (other.closed_at is not None, other.merged_into_id) == (True, kept.pk)
    assert not ProvisionalPassword.objects.filter(account=other).exists()
    assert OutboxMessage.objects.filter(key=f"grouped:{other.pk}:{kept.pk}:0").exists()
    assert Entry.objects.filter(event="account.grouped", account_id=kept.pk, detail={"joined": other.pk}).exists()


def test_the_next_imports_of_both_schools_part_nobody_again(two, schools) -> None:
    kept, other = two
    join(kept, show(kept, other, with_letter(other, timezone.now())))

    for days in (1, 2):
        export(schools[0], ELDER, MOTHER, days)
        export(schools[1], YOUNGER, SAME_MOTHER, days)

    other.refresh_from_db()
    assert children_of(kept) == {ELDER.ine, YOUNGER.ine}
    assert len(accounts()) == 2
    assert other.closed_at is not None


def test_the_letter_alone_does_not_do_and_three_wrong_dates_lock_it(two) -> None:
    kept, other = two
    proof = show(kept, other, with_letter(other, timezone.now()))
    left = []

    for _try in range(3):
        with pytest.raises(BirthdateMismatch) as refused:
            join(kept, proof, date(2001, 1, 1))
        left.append(refused.value.tries_left)
        if left[-1]:
            assert children_of(kept) == {ELDER.ine}

    other.refresh_from_db()
    assert left == [2, 1, 0]
    assert other.locked_at is not None
    with pytest.raises(ProofOver):
        join(kept, proof)


def test_two_activated_accounts_become_one_by_the_password_of_the_other(two) -> None:
    kept, other = two
    activate(other, "six oies jouent aux cartes")
    before = Account.objects.get(pk=other.pk).epoch

    proof = show(kept, other, "six oies jouent aux cartes")
    grouping.join(kept.pk, proof, birthdates={}, now=timezone.now())

    other.refresh_from_db()
    assert other.epoch > before
    assert children_of(kept) == {ELDER.ine, YOUNGER.ine}
    with pytest.raises(AccountMerged) as told:
        signin.sign_in(other.username, "six oies jouent aux cartes", origin=HERE)
    assert told.value.username == kept.username
    assert isinstance(signin.sign_in(kept.username, OWN_PASSWORD, origin=HERE), Authentication)


def test_an_account_that_disappeared_is_nobody_s_to_join_nor_its_letter_to_use(two) -> None:
    kept, other = two
    letter = with_letter(other, timezone.now())
    proof = show(kept, other, letter)
    join(kept, proof)

    with pytest.raises(ProofOver):
        grouping.join(kept.pk, proof, birthdates={}, now=timezone.now())
    with pytest.raises(WrongPair):
        show(kept, other, letter)


def test_another_adult_s_letter_is_refused_whatever_it_opens(schools) -> None:
    export(schools[0], ELDER, MOTHER)
    export(schools[1], YOUNGER, FATHER)
    kept, other = accounts()
    activate(kept)

    with pytest.raises(AnotherPerson):
        show(kept, other, with_letter(other, timezone.now()))


def test_the_used_name_of_one_school_may_be_the_birth_name_of_another(schools) -> None:
    export(schools[0], ELDER, MOTHER)
    export(schools[1], YOUNGER, guardian(2, family_name="SAINT CLAIR", first_name="Anne-Lise"))
    kept, other = accounts()
    activate(kept)

    join(kept, show(kept, other, with_letter(other, timezone.now())))

    assert children_of(kept) == {ELDER.ine, YOUNGER.ine}


def test_one_s_own_pair_and_a_pupil_s_are_refused_in_plain_words(two) -> None:
    kept, _other = two
    of_pupil = PupilAccountFactory()

    with pytest.raises(SameAccount):
        show(kept, kept, OWN_PASSWORD)
    with pytest.raises(NotAGuardian):
        show(kept, of_pupil, with_letter(of_pupil, timezone.now()))


def test_a_wrong_pair_is_heard_like_a_sign_in_with_the_same_lanes_and_trail(two) -> None:
    kept, other = two
    with_letter(other, timezone.now())

    for username in (other.username, "personne.ici"):
        with pytest.raises(WrongPair):
            grouping.show(kept.pk, username, "AAAA-BBBB-CCCC", origin=HERE)

    assert Entry.objects.filter(event="session.sign-in-failed").count() == 2
    refusals = {refused_as(kept, other) for _try in range(50)}
    assert refusals == {WrongPair, TooManyAttempts}


def refused_as(kept: Account, other: Account) -> type[Refusal]:
    try:
        grouping.show(kept.pk, other.username, "AAAA-BBBB-CCCC", origin=HERE)
    except Refusal as refusal:
        return type(refusal)
    raise AssertionError("a wrong pair was taken")


def test_a_proof_is_another_account_s_to_no_use_and_dies_with_a_new_letter(two) -> None:
    kept, other = two
    proof = show(kept, other, with_letter(other, timezone.now()))

    with pytest.raises(ProofOver):
        grouping.joining(other.pk, proof)
    with_letter(other, timezone.now())
    with pytest.raises(ProofOver):
        grouping.joining(kept.pk, proof)
    with pytest.raises(ProofOver):
        grouping.joining(kept.pk, "n’importe quoi")


@pytest.mark.django_db(transaction=True)
def test_two_tabs_and_an_import_at_once_leave_one_account_with_all_the_children(two, schools) -> None:
    kept, other = two
    proof = show(kept, other, with_letter(other, timezone.now()))

    def at_once(turn: int) -> str:
        try:
            if turn == 2:
                export(schools[1], YOUNGER, SAME_MOTHER, days=1)
            elif turn == 3:
                export(schools[0], ELDER, MOTHER, days=1)
            else:
                join(kept, proof)
        except ProofOver:
            return "over"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(at_once, range(4)))

    assert sorted(ends[:2]) == ["done", "over"]
    assert children_of(kept) == {ELDER.ine, YOUNGER.ine}
    assert children_of(other) == set()
    assert Account.objects.get(pk=other.pk).closed_at is not None


def test_who_is_erased_is_erased_with_the_accounts_that_were_joined(two, schools) -> None:
    kept, other = two
    join(kept, show(kept, other, with_letter(other, timezone.now())))
    Enrolment.objects.update(ended_at=timezone.now())

    erasure.erase(operator_mandate(), kept.username)

    assert not Account.objects.filter(pk__in=[kept.pk, other.pk]).exists()
    assert not Guardian.objects.filter(pk__in=[kept.guardian_id, other.guardian_id]).exists()
