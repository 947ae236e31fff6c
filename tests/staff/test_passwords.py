from datetime import UTC, datetime

import pytest
import time_machine

from educonnect.accounts import passwords as accounts
from educonnect.accounts.errors import PasswordCommon, PasswordHoldsDate, PasswordPersonal, WrongPassword
from educonnect.accounts.throttling import Origin
from educonnect.delegation import known
from educonnect.delegation.models import Function
from educonnect.journal.models import Entry
from educonnect.messaging.models import OutboxMessage
from educonnect.staff import passwords, signin
from educonnect.staff.errors import PasswordTooShort
from educonnect.staff.models import PasswordLink, Staff
from tests.delegation.factories import a_post, a_staff
from tests.messaging.reading import read
from tests.schools.factories import SchoolFactory
from tests.staff.people import PASSWORD, with_password

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
HERE = Origin(address="203.0.113.7", device="PC, Firefox")
OTHER = "une tout autre phrase assez longue"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def change(staff: Staff, current: str = PASSWORD, password: str = OTHER, epoch: int | None = None) -> int:
    return passwords.change(
        staff.pk,
        epoch=staff.epoch if epoch is None else epoch,
        current=current,
        password=password,
        about=known.personal(staff),
        origin=HERE,
        now=NOW,
    )


def test_T01_fourteen_characters_are_too_few_for_the_staff_and_fifteen_are_enough() -> None:
    about = known.personal(a_staff())

    with pytest.raises(PasswordTooShort):
        passwords.hashed("craie et ardoi", about)
    assert accounts.verify(passwords.hashed("craie et ardois", about), "craie et ardois")


def test_T01_characters_are_counted_as_they_are_seen() -> None:
    with pytest.raises(PasswordTooShort):
        passwords.hashed("e\u0301" * 7 + "abcdefg", known.personal(a_staff()))


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("motdepassemotdepasse", PasswordCommon),
        ("valderinette chante fort", PasswordPersonal),
        ("le college des brisants", PasswordPersonal),
        ("0750001a est le mien", PasswordPersonal),
        ("m.valder et ses chats", PasswordPersonal),
        ("ma rentree du 07/09/2026", PasswordHoldsDate),
    ],
)
def test_T04_T05_what_everybody_or_the_school_would_guess_is_refused(password: str, why: type[Exception]) -> None:
    school = SchoolFactory(uai="0750001A", name="Collège des Brisants")
    staff = a_staff(name="VALDERINETTE", email="m.valder@ac.invalid")
    a_post(Function.HEAD, staff=staff, school=school)

    with pytest.raises(why):
        passwords.hashed(password, known.personal(staff))


def test_T34_a_password_changed_ends_every_session_by_the_epoch_and_is_told() -> None:
    staff = with_password()

    assert change(staff) == staff.epoch + 1

    staff.refresh_from_db()
    assert accounts.verify(staff.password, OTHER)
    assert "mot de passe de votre compte personnel" in read(OutboxMessage.objects.get())["body"]
    assert Entry.objects.filter(event="staff.password-changed", actor=str(staff), detail__by="current").count() == 1


def test_a_wrong_current_password_changes_nothing_and_is_counted() -> None:
    staff = with_password()

    with pytest.raises(WrongPassword):
        change(staff, current="faux")

    assert accounts.verify(Staff.objects.get().password, PASSWORD)
    assert Staff.objects.get().failures_since_sign_in == 1


def test_a_session_that_ended_meanwhile_changes_nothing() -> None:
    staff = with_password()

    with pytest.raises(WrongPassword):
        change(staff, epoch=staff.epoch + 1)

    assert accounts.verify(Staff.objects.get().password, PASSWORD)


def test_a_new_password_voids_the_links_that_wait_and_lifts_the_waits() -> None:
    staff = with_password()
    PasswordLink.objects.create(staff=staff, digest="x", email=staff.email, created_at=NOW, expires_at=NOW)

    change(staff)

    assert not PasswordLink.objects.exists()
    assert signin.sign_in(staff.email, OTHER, origin=HERE, now=NOW).epoch == staff.epoch + 1
