"""Codes of an authenticator application."""

import datetime as dt
import hmac
import re
import struct
import threading
from base64 import b32decode, b32encode

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from educonnect.jobs import sealing
from educonnect.staff import factors, totp
from educonnect.staff.errors import ProofNeeded, WrongCode
from educonnect.staff.models import Staff, Totp
from tests.delegation.factories import a_staff

#: Source: RFC 6238, appendix B; SHA-1, the last six of its eight figures.
RFC_SECRET = b32encode(b"12345678901234567890").decode()
RFC_VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


def at(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def code(secret: str, when: dt.datetime) -> str:
    """The code of an instant, by another road than ours: HMAC truncated by hand (RFC 4226, section 5.3)."""
    digest = hmac.digest(b32decode(secret), struct.pack(">Q", int(when.timestamp()) // 30), "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.mark.parametrize(("seconds", "printed"), RFC_VECTORS)
def test_T23_the_vectors_of_RFC_6238_are_read(seconds: int, printed: str) -> None:
    assert totp.step(RFC_SECRET, printed[2:], now=at(seconds)) == seconds // 30
    assert code(RFC_SECRET, at(seconds)) == printed[2:]


@pytest.mark.parametrize(
    ("drift", "heard"), [(-61, False), (-60, False), (-30, True), (0, True), (30, True), (60, False), (61, False)]
)
def test_T23_a_clock_may_be_one_step_off_and_no_more(drift: int, heard: bool) -> None:
    now = at(1_800_000_000)

    found = totp.step(RFC_SECRET, code(RFC_SECRET, now + dt.timedelta(seconds=drift)), now=now)

    assert (found is not None) is heard


@pytest.mark.parametrize(
    "typed",
    ["", "12345", "1234567", "abcdef", "-12345", "1e5   ", "９４２８７０８２", "x" * 10_000, "\x00" * 6, "\ud800" * 6],
)
def test_what_is_no_code_is_refused_whatever_it_holds(typed: str) -> None:
    assert totp.step(RFC_SECRET, typed, now=at(59)) is None


@pytest.mark.parametrize("typed", ["287 082", " 287082 ", "28 70 82", "２８７０８２"])
def test_spaces_and_wide_figures_do_not_matter(typed: str) -> None:
    assert totp.step(RFC_SECRET, typed, now=at(59)) == 1


def test_a_secret_has_160_bits_and_is_never_the_same() -> None:
    drawn = {totp.draw() for _ in range(50)}

    assert len(drawn) == 50
    assert all(re.fullmatch("[A-Z2-7]{32}", one) for one in drawn)


def test_the_address_of_the_square_is_the_one_applications_read() -> None:
    address = totp.address(RFC_SECRET, "personne@ac.invalid")

    assert address == (
        f"otpauth://totp/%C3%89duConnect:personne%40ac.invalid?secret={RFC_SECRET}&issuer=%C3%89duConnect"
    )


@pytest.fixture
def now() -> dt.datetime:
    return timezone.now()


def with_application(now: dt.datetime, staff: Staff | None = None) -> tuple[Staff, str]:
    """Somebody whose application was added five minutes ago."""
    staff, secret, then = staff or a_staff(), totp.draw(), now - dt.timedelta(minutes=5)
    factors.add_totp(staff.pk, secret, code(secret, then), first=True, now=then)
    return staff, secret


@pytest.mark.django_db
def test_T23_a_code_serves_once_and_so_does_none_before_it(now: dt.datetime) -> None:
    staff, secret = with_application(now)
    totp.redeem(staff.pk, code(secret, now), now=now)

    for earlier in (0, 30):
        with pytest.raises(WrongCode):
            totp.redeem(staff.pk, code(secret, now - dt.timedelta(seconds=earlier)), now=now)

    totp.redeem(staff.pk, code(secret, now + dt.timedelta(seconds=30)), now=now)


@pytest.mark.django_db
def test_T23_the_code_that_confirmed_the_application_serves_no_more(now: dt.datetime) -> None:
    staff, secret = a_staff(), totp.draw()
    factors.add_totp(staff.pk, secret, code(secret, now), first=True, now=now)

    with pytest.raises(WrongCode):
        totp.redeem(staff.pk, code(secret, now), now=now)


@pytest.mark.django_db
def test_another_persons_code_opens_nothing(now: dt.datetime) -> None:
    staff, _ = with_application(now)
    _, theirs = with_application(now)

    with pytest.raises(WrongCode):
        totp.redeem(staff.pk, code(theirs, now), now=now)


@pytest.mark.django_db
def test_a_secret_moved_to_another_person_opens_nothing(now: dt.datetime) -> None:
    staff, _ = with_application(now)
    thief, theirs = with_application(now)
    Totp.objects.filter(staff=staff).update(sealed=bytes(Totp.objects.get(staff=thief).sealed))

    with pytest.raises(WrongCode):
        totp.redeem(staff.pk, code(theirs, now), now=now)


@pytest.mark.django_db
def test_the_table_never_holds_the_secret(now: dt.datetime) -> None:
    _, secret = with_application(now)

    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM staff_totp t")
        rows = " ".join(row[0] for row in cursor.fetchall())

    assert secret.encode().hex() not in rows
    assert secret not in rows


@pytest.mark.django_db
def test_a_secret_follows_the_key_at_its_next_use(now: dt.datetime, settings) -> None:
    staff, secret = with_application(now)
    settings.FILES_KEYS = {**settings.FILES_KEYS, 2: "another key of sealing, thirty-two characters long"}
    totp.redeem(staff.pk, code(secret, now), now=now)

    assert sealing.version_of(bytes(Totp.objects.get(staff=staff).sealed)) == 2
    with override_settings(FILES_KEYS={2: settings.FILES_KEYS[2]}):
        later = now + dt.timedelta(seconds=60)
        totp.redeem(staff.pk, code(secret, later), now=later)


@pytest.mark.django_db(transaction=True)
def test_T23_one_code_typed_by_four_at_once_serves_one(now: dt.datetime) -> None:
    staff, secret = with_application(now)
    typed, right, gate = code(secret, now), [], threading.Barrier(4)

    def types() -> None:
        gate.wait()
        try:
            totp.redeem(staff.pk, typed, now=now)
            right.append(1)
        except WrongCode:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=types) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert right == [1]


@pytest.mark.django_db
def test_a_first_application_is_added_only_where_there_is_no_factor(now: dt.datetime) -> None:
    staff, secret = with_application(now)
    other = totp.draw()

    with pytest.raises(ProofNeeded):
        factors.add_totp(staff.pk, other, code(other, now), first=True, now=now)

    totp.redeem(staff.pk, code(secret, now), now=now)


@pytest.mark.django_db
def test_another_application_takes_the_place_of_the_former(now: dt.datetime) -> None:
    staff, secret = with_application(now)
    other = totp.draw()
    factors.add_totp(staff.pk, other, code(other, now), first=False, now=now)
    later = now + dt.timedelta(seconds=90)

    with pytest.raises(WrongCode):
        totp.redeem(staff.pk, code(secret, later), now=later)

    totp.redeem(staff.pk, code(other, later), now=later)
    assert Totp.objects.filter(staff=staff).count() == 1
