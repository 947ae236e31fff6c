"""What was done to the journal behind its back shows: which batch, and which line."""

import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from educonnect.journal import purging, rules, sealing, verifying
from educonnect.journal.models import Connection, Entry, Seal
from educonnect.journal.recording import record, record_connection, record_each
from educonnect.journal.rules import Event
from educonnect.journal.trails import Trail
from educonnect.journal.verifying import Account, Finding, Wrong

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty lines in three batches."""
    monkeypatch.setattr(rules, "SEAL_LINES", 10)
    record_each(Event.ACCOUNT_NOTIFIED, range(30), uai="9720001B", batch="campaign:7")
    sealing.seal(Trail.ENTRY)


def findings(trail: Trail = Trail.ENTRY) -> list[Finding]:
    return list(verifying.verify(trail, Account()))


def line(place: int) -> int:
    return Entry.objects.order_by("pk")[place].pk


CHANGES: dict[str, Callable[[int], object]] = {
    "at": lambda pk: Entry.objects.filter(pk=pk).update(at=timezone.now()),
    "event": lambda pk: Entry.objects.filter(pk=pk).update(event="account.opened"),
    "actor": lambda pk: Entry.objects.filter(pk=pk).update(actor="account:99"),
    "account": lambda pk: Entry.objects.filter(pk=pk).update(account_id=None),
    "school": lambda pk: Entry.objects.filter(pk=pk).update(uai=""),
    "provider": lambda pk: Entry.objects.filter(pk=pk).update(provider_id=1),
    "detail": lambda pk: Entry.objects.filter(pk=pk).update(detail={"batch": "campaign:8"}),
}


def test_T74_an_untouched_journal_holds() -> None:
    account = Account()

    assert list(verifying.verify(Trail.ENTRY, account)) == []
    assert (account.batches, account.lines, account.unsealed) == (3, 30, 0)


@pytest.mark.parametrize("column", CHANGES)
def test_T74_one_changed_line_is_named_with_its_batch(column: str) -> None:
    changed = line(14)

    CHANGES[column](changed)

    assert findings() == [Finding(Trail.ENTRY, 2, Wrong.CHANGED, changed)]


def test_T74_one_missing_line_is_named() -> None:
    missing = line(29)

    Entry.objects.filter(pk=missing).delete()

    assert findings() == [Finding(Trail.ENTRY, 3, Wrong.MISSING, missing)]


@pytest.mark.parametrize("place", [0, 5, 29])
def test_T74_one_line_put_in_the_place_of_another_is_named(place: int) -> None:
    taken = line(place)
    gone = Entry.objects.get(pk=taken)
    Entry.objects.filter(pk=taken).delete()

    Entry.objects.create(pk=taken, at=gone.at, event="account.opened", actor="system")

    assert findings() == [Finding(Trail.ENTRY, place // 10 + 1, Wrong.CHANGED, taken)]


def test_T74_a_line_slipped_under_the_first_is_named() -> None:
    Entry.objects.create(pk=-7, at=timezone.now(), event="account.opened", actor="system")

    assert findings() == [Finding(Trail.ENTRY, 1, Wrong.INSERTED, -7)]


def test_T74_a_line_moved_is_named_with_where_it_was() -> None:
    former = line(3)

    Entry.objects.filter(pk=former).update(id=-1)

    assert findings() == [Finding(Trail.ENTRY, 1, Wrong.MOVED, -1, former)]


def test_T74_two_lines_exchanged_are_named() -> None:
    one, two = line(3), line(4)

    for step in ((one, -1), (two, one), (-1, two)):
        Entry.objects.filter(pk=step[0]).update(id=step[1])

    assert set(findings()) == {
        Finding(Trail.ENTRY, 1, Wrong.MOVED, one, two),
        Finding(Trail.ENTRY, 1, Wrong.MOVED, two, one),
    }


def test_T74_a_line_of_the_connection_log_is_watched_too() -> None:
    record_connection("signed-in", account_id=12, address="203.0.113.7", device="PC")
    sealing.seal(Trail.CONNECTION)

    Connection.objects.update(address="203.0.113.8")

    assert findings(Trail.CONNECTION) == [Finding(Trail.CONNECTION, 1, Wrong.CHANGED, Connection.objects.get().pk)]


def test_T74_a_batch_taken_away_with_its_seal_shows() -> None:
    batch = Seal.objects.get(number=2)
    Entry.objects.filter(pk__range=(batch.first_id, batch.last_id)).delete()

    batch.delete()

    assert Finding(Trail.ENTRY, 3, Wrong.SEAL_MISSING) in findings()


def test_T74_a_seal_numbered_again_to_hide_a_batch_shows() -> None:
    batch = Seal.objects.get(number=2)
    Entry.objects.filter(pk__range=(batch.first_id, batch.last_id)).delete()
    batch.delete()

    Seal.objects.filter(number=3).update(number=2, first_id=batch.first_id)

    assert Finding(Trail.ENTRY, 2, Wrong.SEAL) in findings()


def test_T74_a_purge_that_was_not_ours_shows() -> None:
    batch = Seal.objects.get(number=1)
    Entry.objects.filter(pk__range=(batch.first_id, batch.last_id)).delete()

    Seal.objects.filter(number=1).update(purged_at=timezone.now(), purge_seal=batch.seal, marks=b"")

    assert findings() == [Finding(Trail.ENTRY, 1, Wrong.PURGE)]


def test_T74_a_seal_made_without_the_key_shows(settings) -> None:
    real = settings.JOURNAL_KEYS
    record(Event.SIGNED_OUT)
    settings.JOURNAL_KEYS = {1: "a key that somebody made up, long enough"}
    sealing.seal(Trail.ENTRY)

    settings.JOURNAL_KEYS = real

    assert findings() == [Finding(Trail.ENTRY, 4, Wrong.SEAL)]


def test_marks_altered_to_hide_which_line_changed_leave_the_batch_named() -> None:
    changed = line(14)
    Entry.objects.filter(pk=changed).update(actor="account:99")

    Seal.objects.filter(number=2).update(marks=b"")

    assert {(found.batch, found.wrong) for found in findings()} == {(2, Wrong.INSERTED)}


def test_T74_the_end_cut_off_shows_against_a_seal_noted_elsewhere() -> None:
    account = Account()
    list(verifying.verify(Trail.ENTRY, account))
    _, number, noted = account.head.split(":")
    batch = Seal.objects.get(number=3)
    Entry.objects.filter(pk__gte=batch.first_id).delete()
    batch.delete()

    assert findings() == []  # a chain cut at its end is a shorter chain
    assert list(verifying.verify(Trail.ENTRY, Account(), expected={int(number): noted})) == [
        Finding(Trail.ENTRY, 3, Wrong.SEAL_MISSING)
    ]

    record_each(Event.ACCOUNT_NOTIFIED, range(10))
    sealing.seal(Trail.ENTRY)
    found = list(verifying.verify(Trail.ENTRY, Account(), expected={int(number): noted}))
    assert found == [Finding(Trail.ENTRY, 3, Wrong.HEAD)]


def test_T74_what_was_lawfully_purged_leaves_a_journal_that_holds() -> None:
    batch = Seal.objects.get(number=1)

    purging._purge(Trail.ENTRY, batch.pk)

    account = Account()
    assert list(verifying.verify(Trail.ENTRY, account)) == []
    assert (account.lines, account.purged_lines, account.purged_batches) == (20, 10, 1)


def test_T74_a_line_put_back_into_what_was_purged_is_named() -> None:
    batch = Seal.objects.get(number=1)
    purging._purge(Trail.ENTRY, batch.pk)

    Entry.objects.create(pk=batch.first_id, at=timezone.now(), event="account.opened", actor="system")

    assert findings() == [Finding(Trail.ENTRY, 1, Wrong.INSERTED, batch.first_id)]


def test_lines_not_sealed_yet_are_counted_and_not_judged() -> None:
    record(Event.SIGNED_OUT)
    account = Account()

    assert list(verifying.verify(Trail.ENTRY, account)) == []
    assert account.unsealed == 1
    assert account.since == Entry.objects.latest("pk").at


def test_a_batch_whose_key_is_not_given_is_told(settings) -> None:
    settings.JOURNAL_KEYS = {2: "a second key, drawn after a scare, long enough"}

    assert [found.wrong for found in findings()] == [Wrong.KEY] * 3


def test_the_command_says_the_line_and_fails() -> None:
    changed = line(14)
    Entry.objects.filter(pk=changed).update(account_id=F("account_id") + 1)
    out = io.StringIO()

    with pytest.raises(CommandError, match="1 constats"):
        call_command("journal", "verify", stdout=out)

    assert f"journal, lot 2 : la ligne {changed} a été changée" in out.getvalue()


def test_the_command_says_that_all_holds_and_the_last_seal_which_it_takes_back() -> None:
    out = io.StringIO()
    call_command("journal", "verify", stdout=out)
    seal = out.getvalue().partition("dernier sceau ")[2].split()[0]

    call_command("journal", "verify", "--expect", seal, stdout=out)

    assert "30 lignes en 3 lots" in out.getvalue()
    assert "Le journal tient." in out.getvalue()
    with pytest.raises(CommandError):
        call_command("journal", "verify", "--expect", f"entry:3:{'0' * 16}", stdout=out)
    with pytest.raises(CommandError, match="un sceau tel que"):
        call_command("journal", "verify", "--expect", "3f2a", stdout=out)
