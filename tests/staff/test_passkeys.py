"""Passkeys: each clause of WebAuthn 7.1 and 7.2 that a hostile answer may break."""

import copy
import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from educonnect.staff import factors, passkeys, rules
from educonnect.staff.errors import ChallengeOver, PasskeyKnown, PasskeyRefused, ProofNeeded, TooManyPasskeys
from educonnect.staff.models import Passkey, Staff
from educonnect.staff.passkeys import Purpose
from tests.delegation.factories import a_staff
from tests.staff.authenticator import Authenticator, octets, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture(autouse=True)
def _address(settings) -> None:
    settings.BASE_URL = "http://localhost:8000"


def asked_to_add(staff: Staff, now: datetime) -> tuple[dict[str, Any], bytes]:
    kept = passkeys.challenge(Purpose.ADD, now=now)
    return json.loads(passkeys.asked_to_add(staff, kept)), passkeys.opened(kept, Purpose.ADD, now=now)


def asked_to_prove(staff: Staff, now: datetime) -> tuple[dict[str, Any], bytes]:
    kept = passkeys.challenge(Purpose.PROVE, now=now)
    return json.loads(passkeys.asked_to_prove(staff.pk, kept)), passkeys.opened(kept, Purpose.PROVE, now=now)


def with_passkey(now: datetime, device: Authenticator | None = None, staff: Staff | None = None):
    """Somebody and the device their passkey is on."""
    staff, device = staff or a_staff(), device or Authenticator()
    asked, expected = asked_to_add(staff, now)
    new = passkeys.made(json.dumps(device.makes(asked)), expected)
    factors.add_passkey(staff.pk, new, "Mon ordinateur", first=False, now=now)
    return staff, device


def test_a_passkey_is_made_then_proves_its_owner(now: datetime) -> None:
    staff, device = with_passkey(now)
    asked, expected = asked_to_prove(staff, now)

    passkeys.prove(staff.pk, json.dumps(device.shows(asked)), expected, now=now)

    kept = Passkey.objects.get(staff=staff)
    assert (kept.sign_count, kept.last_used_at, kept.transports) == (1, now, ["internal"])


def test_T24_what_is_asked_names_our_site_a_long_challenge_verification_and_no_attestation(now: datetime) -> None:
    staff, device = with_passkey(now)
    add, expected = asked_to_add(staff, now)
    prove, other = asked_to_prove(staff, now)

    assert add["rp"]["id"] == prove["rpId"] == "localhost"
    assert len(octets(add["challenge"])) == len(octets(prove["challenge"])) == 32
    assert expected != other
    assert add["authenticatorSelection"]["userVerification"] == prove["userVerification"] == "required"
    assert add["attestation"] == "none"
    assert [one["id"] for one in add["excludeCredentials"]] == [text(device.credential_id)]
    assert [one["id"] for one in prove["allowCredentials"]] == [text(device.credential_id)]
    assert {one["alg"] for one in add["pubKeyCredParams"]} == {-7, -8, -257}


def test_the_handle_in_a_passkey_says_nothing_of_the_person(now: datetime) -> None:
    staff, other = a_staff(), a_staff()

    assert len(passkeys.handle(staff.pk)) == 32
    assert passkeys.handle(staff.pk) == passkeys.handle(staff.pk) != passkeys.handle(other.pk)


#: How a page lies when a passkey is made or shown; or an authenticator that did not look who was there.
LIES: dict[str, Callable[[Authenticator], dict[str, Any]]] = {
    "another site's page": lambda device: {"origin": "https://educonnect.example"},
    "our page by http": lambda device: {"origin": "http://localhost"},
    "another port": lambda device: {"origin": "http://localhost:8001"},
    "a page below ours": lambda device: {"origin": "http://evil.localhost:8000"},
    "a frame of another site": lambda device: {"crossOrigin": True},
    "the other gesture": lambda device: {"type": "webauthn.other"},
    "another challenge": lambda device: {"challenge": text(b"x" * 32)},
    "an empty challenge": lambda device: {"challenge": ""},
    "nobody verified": lambda device: {"verified": False},
}


@pytest.mark.parametrize("lie", LIES)
def test_T24_a_passkey_made_by_a_lie_is_refused(now: datetime, lie: str) -> None:
    staff, device = a_staff(), Authenticator()
    asked, expected = asked_to_add(staff, now)

    with pytest.raises(PasskeyRefused):
        passkeys.made(json.dumps(device.makes(asked, **LIES[lie](device))), expected)


@pytest.mark.parametrize("lie", LIES)
def test_T24_a_passkey_shown_by_a_lie_is_refused(now: datetime, lie: str) -> None:
    staff, device = with_passkey(now)
    asked, expected = asked_to_prove(staff, now)

    with pytest.raises(PasskeyRefused):
        passkeys.prove(staff.pk, json.dumps(device.shows(asked, **LIES[lie](device))), expected, now=now)

    assert Passkey.objects.get(staff=staff).sign_count == 0


def test_T24_a_passkey_bound_to_another_site_is_refused(now: datetime) -> None:
    staff, device = with_passkey(now)
    device.site = "educonnect.example"
    asked, expected = asked_to_prove(staff, now)

    with pytest.raises(PasskeyRefused):
        passkeys.prove(staff.pk, json.dumps(device.shows(asked)), expected, now=now)
    asked, expected = asked_to_add(staff, now)
    with pytest.raises(PasskeyRefused):
        passkeys.made(json.dumps(Authenticator(site="educonnect.example").makes(asked)), expected)


def test_T24_a_counter_that_stands_still_or_goes_back_is_refused(now: datetime) -> None:
    staff, device = with_passkey(now, Authenticator(count=5))
    for count in (9, 8, 3):
        device.count = count
        asked, expected = asked_to_prove(staff, now)
        answer = json.dumps(device.shows(asked))
        if count == 9:
            passkeys.prove(staff.pk, answer, expected, now=now)
            continue
        with pytest.raises(PasskeyRefused):
            passkeys.prove(staff.pk, answer, expected, now=now)

    assert Passkey.objects.get(staff=staff).sign_count == 10


def test_a_device_that_does_not_count_is_heard_until_it_begins_to(now: datetime) -> None:
    staff, device = with_passkey(now, Authenticator(counts=False))

    for count in (0, 0, 4):
        device.count = count
        asked, expected = asked_to_prove(staff, now)
        passkeys.prove(staff.pk, json.dumps(device.shows(asked)), expected, now=now)

    device.count = 0
    asked, expected = asked_to_prove(staff, now)
    with pytest.raises(PasskeyRefused):
        passkeys.prove(staff.pk, json.dumps(device.shows(asked)), expected, now=now)


def test_T24_another_persons_passkey_is_refused(now: datetime) -> None:
    staff, _ = with_passkey(now)
    _, theirs = with_passkey(now)
    asked, expected = asked_to_prove(staff, now)

    with pytest.raises(PasskeyRefused):
        passkeys.prove(staff.pk, json.dumps(theirs.shows(asked)), expected, now=now)


def test_T24_a_passkey_that_names_another_owner_is_refused(now: datetime) -> None:
    staff, device = with_passkey(now)
    device.handle = passkeys.handle(a_staff().pk)
    asked, expected = asked_to_prove(staff, now)

    with pytest.raises(PasskeyRefused):
        passkeys.prove(staff.pk, json.dumps(device.shows(asked)), expected, now=now)


def test_T24_another_key_under_the_same_number_is_refused(now: datetime) -> None:
    staff, device = with_passkey(now)
    forged = Authenticator(credential_id=device.credential_id, handle=device.handle)
    asked, expected = asked_to_prove(staff, now)

    with pytest.raises(PasskeyRefused):
        passkeys.prove(staff.pk, json.dumps(forged.shows(asked)), expected, now=now)


def test_T24_a_challenge_serves_its_purpose_for_five_minutes(now: datetime) -> None:
    kept = passkeys.challenge(Purpose.ADD, now=now)

    passkeys.opened(kept, Purpose.ADD, now=now + timedelta(minutes=4, seconds=59))
    for wrong, purpose, later in (
        (kept, Purpose.PROVE, timedelta(0)),
        (kept, Purpose.ADD, timedelta(minutes=5)),
        (None, Purpose.ADD, timedelta(0)),
    ):
        with pytest.raises(ChallengeOver):
            passkeys.opened(wrong, purpose, now=now + later)


def broken(answer: dict[str, Any]) -> list[str]:
    """The answer, spoilt in every way bytes are."""
    found = [
        "",
        "null",
        "[]",
        "1e999",
        '"x"',
        "{" * 5000,
        "[" * 16_000,
        "x" * (rules.ANSWER_MOST + 1),
        json.dumps(answer)[:-1],
        json.dumps(answer) + " " * rules.ANSWER_MOST,
        json.dumps({**answer, "id": text(b"other")}),
        json.dumps({**answer, "type": "password"}),
        json.dumps({**answer, "response": None}),
    ]
    for name, value in answer["response"].items():
        if name == "transports":  # told by the browser alone, and believed for what it is
            continue
        for other in (None, 7, [], {}, "", "é", "\ud800", "=", value[:-4], value + "AAAA", value[: len(value) // 2]):
            # bytes after the object are read by nobody: without attestation nothing in it is signed
            if name == "attestationObject" and other == value + "AAAA":
                continue
            if name == "userHandle" and other is None:  # devices of one key do not tell it
                continue
            spoilt = copy.deepcopy(answer)
            spoilt["response"][name] = other
            found.append(json.dumps(spoilt))
    return found


def test_T24_an_answer_spoilt_in_any_way_is_refused_and_nothing_more(now: datetime) -> None:
    staff, device = with_passkey(now)
    asked, expected = asked_to_prove(staff, now)

    for answer in broken(device.shows(asked)):
        with pytest.raises(PasskeyRefused):
            passkeys.prove(staff.pk, answer, expected, now=now)

    assert Passkey.objects.get(staff=staff).sign_count == 0


def test_T24_a_making_spoilt_in_any_way_is_refused_and_nothing_more(now: datetime) -> None:
    staff = a_staff()
    asked, expected = asked_to_add(staff, now)

    for answer in broken(Authenticator().makes(asked)):
        with pytest.raises(PasskeyRefused):
            passkeys.made(answer, expected)


@pytest.mark.parametrize("fmt", ["tpm", "android-safetynet", "fido-u2f", "apple", "x", ""])
def test_an_attestation_nobody_asked_for_is_refused(now: datetime, fmt: str) -> None:
    staff = a_staff()
    asked, expected = asked_to_add(staff, now)

    with pytest.raises(PasskeyRefused):
        passkeys.made(json.dumps(Authenticator().makes(asked, fmt=fmt)), expected)


def test_an_endless_number_is_refused(now: datetime) -> None:
    staff = a_staff()
    asked, expected = asked_to_add(staff, now)

    with pytest.raises(PasskeyRefused):
        passkeys.made(json.dumps(Authenticator(credential_id=b"x" * 1024).makes(asked)), expected)


def test_one_passkey_serves_one_person(now: datetime) -> None:
    _, device = with_passkey(now)

    with pytest.raises(PasskeyKnown):
        with_passkey(now, device)


def test_a_first_passkey_is_added_only_where_there_is_no_factor(now: datetime) -> None:
    staff, _ = with_passkey(now)
    asked, expected = asked_to_add(staff, now)
    new = passkeys.made(json.dumps(Authenticator().makes(asked)), expected)

    with pytest.raises(ProofNeeded):
        factors.add_passkey(staff.pk, new, "x", first=True, now=now)
    with pytest.raises(ProofNeeded):
        factors.add_passkey(staff.pk, new, "x", first=False, first_passkey=True, now=now)


def test_ten_passkeys_are_enough(now: datetime) -> None:
    staff = a_staff()
    for _ in range(rules.PASSKEYS_MOST):
        with_passkey(now, staff=staff)

    with pytest.raises(TooManyPasskeys):
        with_passkey(now, staff=staff)


def test_the_site_is_that_of_the_public_address(settings) -> None:
    settings.BASE_URL = "https://connexion.exemple.fr:8443/x"

    assert (passkeys.origin(), passkeys.site()) == ("https://connexion.exemple.fr:8443", "connexion.exemple.fr")


@pytest.mark.django_db(transaction=True)
def test_T24_one_answer_sent_by_four_at_once_is_heard_once(now: datetime) -> None:
    staff, device = with_passkey(now)
    asked, expected = asked_to_prove(staff, now)
    answer, right, gate = json.dumps(device.shows(asked)), [], threading.Barrier(4)

    def sends() -> None:
        gate.wait()
        try:
            passkeys.prove(staff.pk, answer, expected, now=now)
            right.append(1)
        except PasskeyRefused:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=sends) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert right == [1]
