"""Password and e-mail address, changed by their owner."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings

from educonnect.accounts import changing, contacts, recovery, signin
from educonnect.accounts.authentication import Authentication
from educonnect.accounts.errors import (
    EmailInvalid,
    EmailNeeded,
    EmailUnchanged,
    LinkUnknown,
    PasswordPersonal,
    WrongPair,
    WrongPassword,
)
from educonnect.accounts.models import Account, LinkPurpose, OneTimeLink
from educonnect.accounts.signin import Origin
from educonnect.errors import Refusal
from educonnect.jobs import sealing
from educonnect.journal.models import Entry
from educonnect.limits.errors import TooManyAttempts
from educonnect.messaging.models import OutboxMessage
from tests.accounts.factories import OWN_PASSWORD, GuardianAccountFactory, PupilAccountFactory, activate

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 9, 8, 0, tzinfo=UTC)
HERE = Origin(address="203.0.113.7", device="PC, Firefox")
NEW = "cinq loutres mangent des prunes"
FORMER, NEXT = "avant@famille.example", "apres@famille.example"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def account() -> Account:
    return activate(PupilAccountFactory(email=FORMER, email_confirmed_at=NOW))


def messages() -> list[dict[str, str]]:
    return [
        json.loads(sealing.unseal(bytes(message.sealed), purpose="outbox"))
        for message in OutboxMessage.objects.order_by("pk")
    ]


def token() -> str:
    """That of the last link sent."""
    return re.findall(re.escape(settings.BASE_URL) + r"/confirmer/([\w-]+)", "\n".join(m["body"] for m in messages()))[
        -1
    ]


def change(account: Account, current: str = OWN_PASSWORD, password: str = NEW, *, close_others: bool = True):
    return changing.change_password(
        account.pk,
        epoch=account.epoch,
        current=current,
        password=password,
        close_others=close_others,
        origin=HERE,
        now=datetime.now(UTC),
    )


def change_email(account: Account, email: str = NEXT, current: str = OWN_PASSWORD) -> None:
    changing.change_email(account.pk, email, current=current, origin=HERE, now=datetime.now(UTC))


def events(account: Account) -> list[str]:
    return list(Entry.objects.filter(account_id=account.pk).order_by("pk").values_list("event", flat=True))


# --- password -----------------------------------------------------------------------------------------------------


def test_another_password_opens_the_account_and_the_former_no_more(account: Account) -> None:
    change(account)

    with pytest.raises(WrongPair):
        signin.sign_in(account.username, OWN_PASSWORD, origin=HERE)
    assert isinstance(signin.sign_in(account.username, NEW, origin=HERE), Authentication)


def test_T34_it_closes_the_others_only_where_its_owner_wants(account: Account) -> None:
    kept = change(account, close_others=False)
    closed = change(account, current=NEW, password="sept mouettes volent un sandwich")

    assert (kept.epoch, closed.epoch) == (account.epoch, account.epoch + 1)
    assert Account.objects.get(pk=account.pk).epoch == closed.epoch


def test_the_confirmed_address_is_told_that_the_password_changed(account: Account) -> None:
    change(account)

    (told,) = messages()
    assert (told["to"], told["subject"]) == (FORMER, "Votre mot de passe a été changé")
    assert "lundi 9 novembre 2026 à 9 h 00" in told["body"]
    assert events(account)[-1] == "account.password-changed"


@pytest.mark.parametrize(
    ("current", "password", "refusal"),
    [("pas le bon du tout", NEW, WrongPassword), (OWN_PASSWORD, "c.duverger mange des prunes", PasswordPersonal)],
)
def test_a_refusal_changes_nothing(account: Account, current: str, password: str, refusal: type[Refusal]) -> None:
    Account.objects.filter(pk=account.pk).update(username="c.duverger")

    with pytest.raises(refusal):
        change(account, current, password)

    unchanged = Account.objects.get(pk=account.pk)
    assert (unchanged.password, unchanged.epoch) == (account.password, account.epoch)
    assert messages() == []


def test_guessing_the_current_password_is_slowed_down(account: Account) -> None:
    for number in range(6):
        with pytest.raises(WrongPassword):
            change(account, f"faux essai numéro {number}")

    with pytest.raises(TooManyAttempts):
        change(account)


def test_an_address_given_under_the_former_password_takes_no_place_any_more(account: Account) -> None:
    change_email(account)  # whoever had learnt the former password gave theirs

    change(account)

    with pytest.raises(LinkUnknown):
        contacts.confirm_email(token())
    account.refresh_from_db()
    assert (account.email, account.email_to_confirm) == (FORMER, "")
    assert events(account)[-2:] == ["account.email-dropped", "account.password-changed"]


def test_a_session_that_ended_in_between_changes_nothing(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(epoch=account.epoch + 1)

    with pytest.raises(WrongPassword):
        change(account)

    assert Account.objects.get(pk=account.pk).password == account.password


# --- e-mail -------------------------------------------------------------------------------------------------------


def test_the_former_address_stays_until_the_link_is_followed_and_both_are_told(account: Account) -> None:
    change_email(account)

    account.refresh_from_db()
    assert (account.email, account.email_to_confirm) == (FORMER, NEXT)
    assert [(message["to"], message["subject"]) for message in messages()] == [
        (NEXT, "Confirmez votre adresse e-mail"),
        (FORMER, "Une autre adresse e-mail a été donnée"),
    ]
    assert NEXT not in messages()[-1]["body"]


def test_once_the_link_is_followed_both_are_told(account: Account) -> None:
    change_email(account)

    contacts.confirm_email(token())

    account.refresh_from_db()
    assert (account.email, account.email_to_confirm) == (NEXT, "")
    assert {(message["to"], message["subject"]) for message in messages()[2:]} == {
        (FORMER, "Votre adresse e-mail a été remplacée"),
        (NEXT, "Votre adresse e-mail a été remplacée"),
    }


def test_a_link_for_a_new_password_sent_to_the_former_address_dies_with_it(account: Account) -> None:
    recovery.ask_password(account.username, origin=HERE, now=NOW)
    recovery.look_at_all(now=NOW)
    change_email(account)

    contacts.confirm_email(token())

    assert not OneTimeLink.objects.filter(purpose=LinkPurpose.RESET_PASSWORD).exists()


def test_a_wrong_password_declares_nothing(account: Account) -> None:
    with pytest.raises(WrongPassword):
        change_email(account, current="pas le bon du tout")

    account.refresh_from_db()
    assert (account.email_to_confirm, messages()) == ("", [])


@pytest.mark.parametrize(("typed", "refusal"), [("camille", EmailInvalid), (FORMER.upper(), EmailUnchanged)])
def test_what_cannot_become_the_address_is_refused(account: Account, typed: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        change_email(account, typed)


def test_the_link_is_sent_again_and_only_the_last_one_serves(clock: time_machine.Traveller, account: Account) -> None:
    change_email(account)
    first = token()
    clock.shift(timedelta(minutes=1))

    assert changing.send_again(account.pk, now=datetime.now(UTC))

    with pytest.raises(LinkUnknown):
        contacts.confirm_email(first)
    contacts.confirm_email(token())


def test_sending_again_floods_nobody(account: Account) -> None:
    change_email(account)

    changing.send_again(account.pk, now=NOW)
    changing.send_again(account.pk, now=NOW)

    with pytest.raises(TooManyAttempts):
        changing.send_again(account.pk, now=NOW)
    assert sum(message["to"] == NEXT for message in messages()) == 3


def test_an_address_given_up_is_confirmed_no_more(account: Account) -> None:
    change_email(account)
    link = token()

    changing.drop_email(account.pk)

    with pytest.raises(LinkUnknown):
        contacts.confirm_email(link)
    account.refresh_from_db()
    assert (account.email, account.email_to_confirm) == (FORMER, "")
    assert events(account)[-1] == "account.email-dropped"


def test_a_pupil_takes_the_address_away_and_it_is_told(account: Account) -> None:
    changing.remove_email(account.pk, current=OWN_PASSWORD, origin=HERE, now=NOW)

    account.refresh_from_db()
    assert (account.email, account.email_confirmed_at) == ("", None)
    assert [message["to"] for message in messages()] == [FORMER]
    assert events(account)[-1] == "account.email-removed"


def test_a_guardian_keeps_an_address() -> None:
    guardian = activate(GuardianAccountFactory(email=FORMER, email_confirmed_at=NOW))

    with pytest.raises(EmailNeeded):
        changing.remove_email(guardian.pk, current=OWN_PASSWORD, origin=HERE, now=NOW)

    assert Account.objects.get(pk=guardian.pk).email == FORMER
