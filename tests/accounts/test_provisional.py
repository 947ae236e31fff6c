import logging
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from educonnect.accounts import provisional, rules
from educonnect.accounts.models import Account, ProvisionalPassword, Purpose
from educonnect.accounts.states import State, state_of
from educonnect.journal.models import Entry
from tests.accounts.factories import PupilAccountFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
TABLES = {"accounts", "journal", "limits", "messaging", "population", "procrastinate"}


def issue(*accounts: Account, purpose: Purpose = Purpose.ACTIVATION, now: datetime = NOW) -> dict[int, str]:
    return provisional.issue([account.pk for account in accounts], purpose=purpose, batch="campaign:1", now=now)


def fresh(account: Account) -> Account:
    return Account.objects.select_related("provisional").get(pk=account.pk)


def activated(**known: object) -> Account:
    return PupilAccountFactory(notified_at=NOW, activated_at=NOW, password="$argon2id$of-their-own", **known)


def everything_stored() -> str:
    tables = [table for table in connection.introspection.table_names() if table.split("_")[0] in TABLES]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f'SELECT t::text FROM "{table}" t' for table in tables))
        return "\n".join(row[0] for row in cursor.fetchall())


def test_T10_a_provisional_password_is_twelve_symbols_that_cannot_be_taken_for_one_another() -> None:
    clear = issue(PupilAccountFactory()).popitem()[1]

    assert re.fullmatch("[A-HJ-NP-Z2-9]{12}", clear)
    assert len(set(rules.ALPHABET)) ** rules.SYMBOLS == 2**60


def test_T10_every_symbol_is_drawn_as_often_as_another() -> None:
    drawn = "".join(provisional.draw() for _ in range(4000))

    shares = [drawn.count(symbol) / len(drawn) for symbol in rules.ALPHABET]
    assert min(shares) > 0.8 / 32
    assert max(shares) < 1.2 / 32


def test_T10_no_two_accounts_get_the_same_password() -> None:
    clear = issue(*[PupilAccountFactory() for _ in range(20)])

    assert len(set(clear.values())) == 20


def test_T10_it_dies_once_its_printed_day_is_over_everywhere_in_france() -> None:
    account = PupilAccountFactory()
    clear = issue(account)[account.pk]
    limit = provisional.limit_day(NOW)

    assert limit == date(2026, 12, 6)
    in_martinique_at_23_h = datetime(2026, 12, 7, 3, 0, tzinfo=UTC)
    assert provisional.matches(fresh(account), clear, in_martinique_at_23_h)
    assert state_of(fresh(account), in_martinique_at_23_h) is State.NOTIFIED
    next_day_in_polynesia = datetime(2026, 12, 7, 10, 0, tzinfo=UTC)
    assert not provisional.matches(fresh(account), clear, next_day_in_polynesia)
    assert provisional.is_right(fresh(account), clear)
    assert state_of(fresh(account), next_day_in_polynesia) is State.EXPIRED


def test_T11_issuing_again_voids_the_former_password_at_once() -> None:
    account = PupilAccountFactory()
    former = issue(account)[account.pk]

    latter = issue(account, now=NOW + timedelta(minutes=1))[account.pk]

    assert not provisional.matches(fresh(account), former, NOW)
    assert provisional.matches(fresh(account), latter, NOW)
    assert ProvisionalPassword.objects.filter(account=account).count() == 1


def test_T11_issuing_again_ends_what_the_former_password_had_opened() -> None:
    account = PupilAccountFactory()
    issue(account)
    epoch = fresh(account).epoch

    issue(account)

    assert fresh(account).epoch == epoch + 1


def test_T12_the_clear_password_is_nowhere_in_the_database_nor_in_the_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    account = PupilAccountFactory()

    clear = issue(account)[account.pk]

    dump = everything_stored()
    assert fresh(account).provisional.digest in dump
    for form in (clear, provisional.printed(clear)):
        assert form not in dump
        assert form not in caplog.text


def test_T09_a_digest_is_worthless_without_its_pepper(settings) -> None:
    account = PupilAccountFactory()
    clear = issue(account)[account.pk]

    settings.PEPPERS = {1: "another pepper, of another installation"}

    assert not provisional.is_right(fresh(account), clear)


def test_an_older_pepper_still_verifies_and_the_newest_signs(settings) -> None:
    before, after = PupilAccountFactory(), PupilAccountFactory()
    older = issue(before)[before.pk]

    settings.PEPPERS = {**settings.PEPPERS, 2: "a second pepper, drawn after a scare"}
    newer = issue(after)[after.pk]

    assert provisional.matches(fresh(before), older, NOW)
    assert provisional.matches(fresh(after), newer, NOW)
    assert fresh(after).provisional.pepper_version == 2


def test_a_digest_copied_to_another_account_opens_nothing() -> None:
    mine, theirs = PupilAccountFactory(), PupilAccountFactory()
    clear = issue(mine, theirs)[mine.pk]

    ProvisionalPassword.objects.filter(account=theirs).update(digest=fresh(mine).provisional.digest)

    assert not provisional.is_right(fresh(theirs), clear)


@pytest.mark.parametrize(
    "dressed",
    [
        "{0}-{1}-{2}",
        "{0} {1} {2}",
        " {0}{1}{2} \t",
        "{0}\u2011{1}\u2013{2}",
        "{0}\u2014{1}\u2212{2}",
        "{0}\u00a0{1}\u202f{2}",
        "{0}\u200b{1}\ufeff{2}\n",
        "{0}_{1}.{2}",
    ],
)
def test_case_spaces_and_dashes_do_not_matter(dressed: str) -> None:
    account = PupilAccountFactory()
    clear = issue(account)[account.pk]

    typed = dressed.format(clear[:4], clear[4:8].lower(), clear[8:])

    assert provisional.matches(fresh(account), typed, NOW)


@given(st.text(max_size=300))
def test_whatever_is_typed_is_read_without_error(typed: str) -> None:
    assert len(rules.typed_provisional(typed)) <= 3000


def test_a_wrong_symbol_is_refused() -> None:
    account = PupilAccountFactory()
    clear = issue(account)[account.pk]

    wrong = clear[:-1] + ("A" if clear[-1] != "A" else "B")

    assert not provisional.matches(fresh(account), wrong, NOW)
    assert not provisional.matches(fresh(account), "", NOW)
    assert not provisional.matches(fresh(account), clear * 20, NOW)


def test_a_letter_notifies_the_account_and_is_journalled() -> None:
    account = PupilAccountFactory()

    provisional.issue(
        [account.pk], purpose=Purpose.ACTIVATION, batch="campaign:7", now=NOW, actor="staff:3", uai="9720001B"
    )

    assert state_of(fresh(account), NOW) is State.NOTIFIED
    entry = Entry.objects.get(event="account.notified")
    assert (entry.account_id, entry.actor, entry.uai) == (account.pk, "staff:3", "9720001B")
    assert entry.detail == {"batch": "campaign:7"}


def test_an_activated_account_is_left_out_of_a_notification() -> None:
    account = activated()

    clear = issue(account)

    assert clear == {}
    assert state_of(fresh(account), NOW) is State.ACTIVATED


def test_T13_a_reset_erases_the_own_password_and_lets_the_letter_alone_open() -> None:
    account = activated()

    clear = issue(account, purpose=Purpose.RESET)[account.pk]

    reset = fresh(account)
    assert state_of(reset, NOW) is State.RESET
    assert reset.password == ""
    assert provisional.matches(reset, clear, NOW)
    assert Entry.objects.filter(event="account.reset", account_id=account.pk).exists()


def test_an_account_never_activated_or_closed_is_left_out_of_a_reset() -> None:
    waiting, gone = PupilAccountFactory(), activated(closed_at=NOW)

    clear = issue(waiting, gone, purpose=Purpose.RESET)

    assert clear == {}


def test_a_thousand_letters_cost_a_few_statements(django_assert_num_queries) -> None:
    accounts = [PupilAccountFactory() for _ in range(30)]

    with django_assert_num_queries(6):  # savepoint, lock, upsert, update, journal, release
        issue(*accounts)


def test_it_is_printed_in_three_groups() -> None:
    assert provisional.printed("ABCDEFGHJKLM") == "ABCD-EFGH-JKLM"
