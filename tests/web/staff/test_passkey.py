"""Passkeys in the session that asked for them."""

import html
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from educonnect.delegation.models import Function
from educonnect.journal.models import Entry
from educonnect.sessions import staffing
from educonnect.staff import factors, passkeys, rules
from educonnect.staff.authentication import Second
from educonnect.staff.models import Passkey, Staff
from tests.delegation.factories import a_post
from tests.schools.factories import SchoolFactory
from tests.sessions.browser import Browser
from tests.staff.authenticator import Authenticator
from tests.staff.test_totp import code
from tests.web.staff.visitors import arrives, current, with_application, with_passkey

pytestmark = pytest.mark.django_db

SECOND = "/personnel/deuxieme-etape"
ADD, ASKED_TO_ADD = f"{SECOND}/cle", f"{SECOND}/cle/nouvelle"
PROVE, ASKED_TO_PROVE = f"{SECOND}/cle/preuve", f"{SECOND}/cle/demande"
HOME = "/personnel/"
AGAIN = "/personnel/confirmer"


@pytest.fixture
def head() -> Staff:
    return a_post(Function.HEAD, school=SchoolFactory(sector="PU")).staff


@pytest.fixture
def national() -> Staff:
    return a_post(Function.NATION).staff


def device() -> Authenticator:
    return Authenticator(origin=passkeys.origin(), site=passkeys.site())


def adds(browser: Browser, one: Authenticator, label: str = "Mon ordinateur") -> Any:
    asked = browser.post(ASKED_TO_ADD).json()
    return browser.post(ADD, {"label": label, "answer": json.dumps(one.makes(asked))})


def proves(browser: Browser, one: Authenticator, **said: Any) -> Any:
    asked = browser.post(ASKED_TO_PROVE).json()
    return browser.post(PROVE, {"answer": json.dumps(one.shows(asked, **said))})


def text(answer) -> str:
    return html.unescape(answer.content.decode())


def test_T25_the_first_passkey_opens_the_nation_and_later_sessions_too(national: Staff) -> None:
    browser, one = arrives(national), device()
    assert "Une application de codes" not in text(browser.get(SECOND))

    added = adds(browser, one)

    assert added.headers["Location"] == SECOND
    assert browser.get("/personnel/securite").status_code == 200
    assert (current(browser).second, current(browser).strong) == (Second.PASSKEY, True)
    later = arrives(national)
    assert proves(later, one).headers["Location"] == HOME
    assert later.get("/personnel/securite").status_code == 200


def test_T25_somebody_promoted_adds_a_passkey_with_their_application_then_needs_it(head: Staff) -> None:
    secret = with_application(head)
    a_post(Function.ACADEMIE, staff=head, academie="10")
    browser, one = arrives(head), device()
    browser.post(SECOND, {"code": code(secret, timezone.now())})
    assert browser.get(HOME).headers["Location"] == SECOND

    adds(browser, one)

    assert browser.get("/personnel/securite").status_code == 200
    later = arrives(head)
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        later.post(SECOND, {"code": code(secret, timezone.now())})
        assert not current(later).open
        assert "application de codes" not in text(later.get(SECOND))


def test_T25_a_challenge_drawn_before_the_first_passkey_adds_no_second(national: Staff) -> None:
    secret = with_application(national)
    thief, owner = arrives(national), arrives(national)
    thief.post(SECOND, {"code": code(secret, timezone.now())})
    asked = thief.post(ASKED_TO_ADD).json()
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        owner.post(SECOND, {"code": code(secret, timezone.now())})
        adds(owner, device())

        answer = thief.post(ADD, {"label": "x", "answer": json.dumps(device().makes(asked))})

    assert "E-1297" in text(answer)
    assert Passkey.objects.filter(staff=national).count() == 1


def test_T30_a_passkey_changes_the_session_s_secret(head: Staff) -> None:
    one, browser = with_passkey(head), arrives(head)
    former = browser.cookies[staffing.COOKIE].value

    proves(browser, one)

    assert browser.cookies[staffing.COOKIE].value != former
    assert current(browser).open


def test_T24_a_challenge_is_answered_once(head: Staff) -> None:
    one, browser = with_passkey(head, Authenticator(counts=False)), arrives(head)
    one.origin = passkeys.origin()
    asked = browser.post(ASKED_TO_PROVE).json()
    assert browser.post(PROVE, {"answer": json.dumps(one.shows(asked))}).headers["Location"] == HOME

    again = browser.post(PROVE, {"answer": json.dumps(one.shows(asked))})

    assert "E-1292" in text(again)


def test_T24_a_wrong_answer_spends_its_challenge(head: Staff) -> None:
    one, browser = with_passkey(head), arrives(head)
    asked = browser.post(ASKED_TO_PROVE).json()

    wrong = browser.post(PROVE, {"answer": json.dumps(device().shows(asked))})
    right = browser.post(PROVE, {"answer": json.dumps(one.shows(asked))})

    assert "E-1291" in text(wrong)
    assert "E-1292" in text(right)
    assert not current(browser).open
    assert Entry.objects.filter(event="staff.factor-failed", detail={"kind": "passkey"}).count() == 1


def test_T24_a_challenge_of_another_session_is_refused(head: Staff) -> None:
    one, victim, thief = with_passkey(head), arrives(head), arrives(head)
    asked = victim.post(ASKED_TO_PROVE).json()
    thief.post(ASKED_TO_PROVE)

    answer = thief.post(PROVE, {"answer": json.dumps(one.shows(asked))})

    assert "E-1291" in text(answer)
    assert not current(thief).open


def test_T24_a_challenge_dies_after_five_minutes(head: Staff) -> None:
    one, browser = with_passkey(head), arrives(head)
    asked = browser.post(ASKED_TO_PROVE).json()

    with time_machine.travel(timezone.now() + rules.CHALLENGE_LIFE, tick=False):
        assert "E-1292" in text(browser.post(PROVE, {"answer": json.dumps(one.shows(asked))}))


def test_T24_a_challenge_to_prove_adds_nothing(head: Staff) -> None:
    with_passkey(head)
    browser = arrives(head, second=Second.PASSKEY)
    asked = browser.post(ASKED_TO_PROVE).json()
    made = device().makes({"user": {"id": "eA"}, **asked})

    assert "E-1292" in text(browser.post(ADD, {"label": "x", "answer": json.dumps(made)}))


@pytest.mark.parametrize("answer", ["", "x", "{}", "x" * 20_000, "\x00"])
def test_T24_anything_at_all_as_an_answer_is_a_page_that_says_no(head: Staff, answer: str) -> None:
    with_passkey(head)
    browser = arrives(head)
    browser.post(ASKED_TO_PROVE)

    page = browser.post(PROVE, {"answer": answer})

    assert page.status_code == 200
    assert "Deuxième étape" in text(page)
    assert not current(browser).open


def test_T24_another_persons_passkey_opens_nothing(head: Staff, national: Staff) -> None:
    with_passkey(head)
    theirs, browser = with_passkey(national), arrives(head)

    assert "E-1291" in text(proves(browser, theirs))


def test_who_has_no_passkey_is_given_no_challenge(head: Staff) -> None:
    with_application(head)

    assert arrives(head).post(ASKED_TO_PROVE).status_code == 403


def test_a_passkey_wants_a_name(head: Staff) -> None:
    browser, one = arrives(head), device()

    answer = adds(browser, one, label="  ")

    assert "Donnez un nom" in text(answer)
    assert Passkey.objects.count() == 0


def test_a_passkey_known_already_is_not_added_twice(head: Staff, national: Staff) -> None:
    one = with_passkey(head)
    browser = arrives(national)

    assert "E-1293" in text(adds(browser, one))


def test_T28_a_second_passkey_asks_for_a_fresh_proof_then_leads_back(head: Staff) -> None:
    one = with_passkey(head)
    browser = arrives(head, second=Second.PASSKEY, at=timezone.now() - timedelta(minutes=6))

    assert browser.post(ASKED_TO_ADD).status_code == 403
    assert browser.get(ADD).headers["Location"] == AGAIN
    assert "Confirmez que c’est vous" in text(browser.get(AGAIN))
    assert proves(browser, one).headers["Location"] == ADD
    added = adds(browser, device(), label="Clé USB")

    assert added.headers["Location"] == "/personnel/codes-de-secours"
    assert [found.label for found in factors.of(head.pk).passkeys] == ["Mon ordinateur", "Clé USB"]


def test_a_page_asked_by_another_site_never_answers_with_a_challenge(head: Staff) -> None:
    with_passkey(head)
    browser = arrives(head)
    checking = Browser(enforce_csrf_checks=True)
    checking.cookies = browser.cookies

    assert checking.post(ASKED_TO_PROVE).status_code == 403
