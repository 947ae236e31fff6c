from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from educonnect.accounts import passwords
from educonnect.accounts.throttling import Origin
from educonnect.delegation import known
from educonnect.journal.models import Entry
from educonnect.messaging.models import OutboxMessage
from educonnect.staff import factors, recovery, rules
from educonnect.staff.errors import PasswordLinkOver, PasswordTooShort
from educonnect.staff.models import ForgottenPassword, PasswordLink, Staff
from tests.delegation.factories import a_staff
from tests.messaging.reading import read
from tests.staff.people import PASSWORD, with_password
from tests.web.staff.visitors import with_application

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
HERE = Origin(address="203.0.113.7", device="PC, Firefox")
OTHER = "une tout autre phrase assez longue"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def ask(email: str, now: datetime = NOW) -> None:
    recovery.ask(email, origin=HERE, now=now)
    recovery.look_at_all(now=now)


def link(staff: Staff) -> str:
    ask(staff.email)
    return read(OutboxMessage.objects.latest("pk"))["body"].split(recovery.CHOOSE_PATH)[1].split()[0]


def choose(token: str, password: str = OTHER, now: datetime = NOW) -> None:
    recovery.choose(token, password, about=known.personal(Staff.objects.latest("pk")), now=now)


def test_T18_who_asks_is_answered_by_the_same_statements_whatever_was_typed() -> None:
    told = []
    for email in (with_password().email, "personne@nulle-part.invalid"):
        with CaptureQueriesContext(connection) as statements:
            recovery.ask(email, origin=HERE, now=NOW)
        told.append([one["sql"].split()[0] for one in statements.captured_queries])

    assert told[0] == told[1]
    assert not OutboxMessage.objects.exists()


def test_a_link_is_sent_to_who_has_a_password_here_and_to_nobody_else() -> None:
    ask(with_password().email.upper())
    ask("personne@nulle-part.invalid")
    ask(a_staff().email)
    closed = with_password()
    Staff.objects.filter(pk=closed.pk).update(closed_at=NOW)
    ask(closed.email)

    assert OutboxMessage.objects.count() == 1
    assert PasswordLink.objects.count() == 1
    assert not ForgottenPassword.objects.exists()


def test_who_comes_by_another_way_in_is_told_so_by_mail() -> None:
    ask(a_staff(issuer="https://ailleurs.invalid", subject="x").email)

    assert "n’a pas de mot de passe ici" in read(OutboxMessage.objects.get())["body"]
    assert not PasswordLink.objects.exists()


def test_the_link_chooses_a_password_once_and_ends_every_session() -> None:
    staff = with_password()
    token = link(staff)

    choose(token)

    staff.refresh_from_db()
    assert passwords.verify(staff.password, OTHER)
    assert staff.epoch == 1
    with pytest.raises(PasswordLinkOver):
        choose(token, PASSWORD)
    assert Entry.objects.filter(event="staff.password-changed", detail__by="link").count() == 1


def test_T29_a_forgotten_password_leaves_the_second_factor_as_it_is() -> None:
    staff = with_password()
    with_application(staff, NOW)

    choose(link(staff))

    assert factors.of(staff.pk).totp is not None


def test_a_password_too_weak_leaves_the_link_as_it_is() -> None:
    token = link(with_password())

    with pytest.raises(PasswordTooShort):
        choose(token, "trop court")

    choose(token)


@pytest.mark.parametrize("ended", ["late", "moved", "closed", "bound"])
def test_a_link_that_is_overtaken_serves_no_more(ended: str) -> None:
    staff = with_password()
    token = link(staff)
    now = NOW + rules.PASSWORD_LINK_LIFE if ended == "late" else NOW
    changed = {
        "late": {},
        "moved": {"email": "ailleurs@ac.invalid"},
        "closed": {"closed_at": NOW},
        "bound": {"password": "", "issuer": "https://ailleurs.invalid", "subject": "x"},
    }
    Staff.objects.filter(pk=staff.pk).update(last_signed_in_at=NOW, **changed[ended])

    with pytest.raises(PasswordLinkOver):
        choose(token, now=now)


def test_a_mailbox_is_not_buried() -> None:
    staff = with_password()
    for n in range(8):
        ask(staff.email, NOW + timedelta(seconds=n))

    assert OutboxMessage.objects.count() <= rules.FORGOTTEN_MAIL.free + 1


def test_nothing_typed_is_stored_in_clear() -> None:
    recovery.ask("personne@nulle-part.invalid", origin=HERE, now=NOW)

    assert b"personne" not in bytes(ForgottenPassword.objects.get().sealed)
