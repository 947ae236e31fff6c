"""The second step of signing in: codes; and the first factor of all."""

import html
import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from educonnect.delegation.models import Function, Invitation, Suspension
from educonnect.journal.models import Entry
from educonnect.messaging.models import OutboxMessage
from educonnect.sessions import cookies, staffing
from educonnect.sessions.models import StaffSession
from educonnect.staff import factors, rules
from educonnect.staff.authentication import Second
from educonnect.staff.models import RecoveryCode, Staff, Totp
from tests.delegation.factories import a_post
from tests.schools.factories import SchoolFactory
from tests.sessions.browser import Browser
from tests.staff.test_totp import code
from tests.web.staff.visitors import arrives, current, with_application, with_passkey

pytestmark = pytest.mark.django_db

SECOND = "/personnel/deuxieme-etape"
APPLICATION = f"{SECOND}/application"
HOME = "/personnel/"


@pytest.fixture
def staff() -> Staff:
    return a_post(Function.HEAD, school=SchoolFactory(sector="PU")).staff


def secret_on(page: str) -> str:
    return re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page)[1].replace(" ", "")


def text(answer) -> str:
    return html.unescape(answer.content.decode())


def test_until_the_second_factor_is_given_nothing_else_opens(staff: Staff) -> None:
    with_application(staff)
    browser = arrives(staff)

    answers = [browser.get(path) for path in (HOME, "/personnel/securite", "/personnel/codes-de-secours")]

    assert {answer.headers["Location"] for answer in answers} == {SECOND}


def test_T30_a_right_code_opens_and_the_session_changes_its_secret(staff: Staff) -> None:
    secret = with_application(staff)
    browser = arrives(staff)
    former = browser.cookies[staffing.COOKIE].value

    answer = browser.post(SECOND, {"code": code(secret, timezone.now())})

    assert (answer.status_code, answer.headers["Location"]) == (303, SECOND)
    assert browser.get(SECOND).headers["Location"] == HOME
    assert browser.cookies[staffing.COOKIE].value != former
    assert not StaffSession.objects.filter(pk=cookies.digest(former)).exists()
    assert (current(browser).open, current(browser).second) == (True, Second.TOTP)


def test_T23_a_code_typed_again_in_another_browser_is_refused(staff: Staff) -> None:
    secret = with_application(staff)
    typed = {"code": code(secret, timezone.now())}
    arrives(staff).post(SECOND, typed)
    other = arrives(staff)

    answer = other.post(SECOND, typed)

    assert "il a déjà servi" in text(answer)
    assert not current(other).open


def test_a_wrong_code_says_so_beside_its_field_and_is_journalled_without_it(staff: Staff) -> None:
    with_application(staff)
    browser = arrives(staff)

    answer = browser.post(SECOND, {"code": "000 000"})

    assert "n’est pas le bon" in text(answer)
    assert "code E-1290" in text(answer)
    line = Entry.objects.get(event="staff.factor-failed")
    assert (line.actor, line.detail) == (f"staff:{staff.pk}", {"kind": "totp"})


def test_wrong_codes_must_wait_longer_and_longer_and_the_person_is_told(staff: Staff) -> None:
    secret = with_application(staff)
    browser = arrives(staff)

    for _ in range(rules.CODES.free + 1):
        browser.post(SECOND, {"code": "000000"})
    answer = browser.post(SECOND, {"code": code(secret, timezone.now())})

    assert answer.status_code == 429
    assert OutboxMessage.objects.filter(key__startswith=f"wrong-codes:staff:{staff.pk}:").count() == 1
    assert not current(browser).open
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        assert browser.post(SECOND, {"code": code(secret, timezone.now())}).status_code == 303


def test_wrong_codes_do_not_keep_another_person_waiting(staff: Staff) -> None:
    with_application(staff)
    guesser, other = arrives(staff), a_post(Function.HEAD, school=SchoolFactory(sector="PU")).staff
    secret = with_application(other)
    for _ in range(rules.CODES.free + 2):
        guesser.post(SECOND, {"code": "000000"})

    assert arrives(other).post(SECOND, {"code": code(secret, timezone.now())}).status_code == 303


def test_T23_a_recovery_code_opens_once_however_it_is_typed(staff: Staff) -> None:
    with_application(staff)
    printed = factors.renew_recovery_codes(staff.pk, now=timezone.now())[3]
    one, other = arrives(staff), arrives(staff)

    first = one.post(SECOND, {"secours-code": f" {printed.lower().replace('-', ' – ')} "})
    again = other.post(SECOND, {"secours-code": printed})

    assert first.status_code == 303
    assert current(one).second is Second.RECOVERY
    assert "il a déjà servi" in text(again)
    assert not current(other).open
    assert factors.of(staff.pk).codes == 9


def test_the_first_application_is_added_then_codes_are_shown_once(staff: Staff) -> None:
    browser = arrives(staff)
    assert "Une application de codes" in text(browser.get(SECOND))
    secret = secret_on(text(browser.get(APPLICATION)))

    added = browser.post(APPLICATION, {"code": code(secret, timezone.now())})

    assert added.headers["Location"] == "/personnel/codes-de-secours"
    shown = re.findall(r"<li><code>([A-Z2-9-]{14})</code></li>", text(browser.get(added.headers["Location"])))
    assert len(set(shown)) == 10
    assert browser.post("/personnel/codes-de-secours").headers["Location"] == HOME
    assert browser.get("/personnel/codes-de-secours").headers["Location"] == "/personnel/securite"
    assert arrives(staff).post(SECOND, {"secours-code": shown[0]}).status_code == 303


def test_the_secret_stays_the_same_while_its_page_is_looked_at_again(staff: Staff) -> None:
    browser = arrives(staff)
    secret = secret_on(text(browser.get(APPLICATION)))

    wrong = browser.post(APPLICATION, {"code": "000000"})

    assert secret_on(text(wrong)) == secret == secret_on(text(browser.get(APPLICATION)))
    assert Totp.objects.count() == 0


def test_a_secret_shown_in_one_session_is_not_confirmed_by_another(staff: Staff) -> None:
    thief, owner = arrives(staff), arrives(staff)
    seen = secret_on(text(thief.get(APPLICATION)))
    owner.get(APPLICATION)

    owner.post(APPLICATION, {"code": code(seen, timezone.now())})

    assert Totp.objects.count() == 0


def test_T28_a_first_factor_prepared_before_another_was_added_is_refused(staff: Staff) -> None:
    thief, owner = arrives(staff), arrives(staff)
    theirs, own = (secret_on(text(browser.get(APPLICATION))) for browser in (thief, owner))
    owner.post(APPLICATION, {"code": code(own, timezone.now())})

    answer = thief.post(APPLICATION, {"code": code(theirs, timezone.now())})

    assert "E-1297" in text(answer)
    assert not current(thief).open


def test_T28_a_first_factor_is_added_only_soon_after_the_first_step(staff: Staff) -> None:
    browser = arrives(staff, at=timezone.now() - timedelta(minutes=31))

    assert browser.get(APPLICATION).headers["Location"] == SECOND
    assert "plus d’une demi-heure" in text(browser.get(SECOND))


def test_T28_who_has_a_factor_adds_another_only_after_giving_it(staff: Staff) -> None:
    with_application(staff)
    browser = arrives(staff)

    assert browser.get(APPLICATION).headers["Location"] == SECOND
    assert browser.get(f"{SECOND}/cle").headers["Location"] == SECOND
    assert browser.post(f"{SECOND}/cle/nouvelle").status_code == 403


def test_T28_a_secret_drawn_while_the_proof_was_fresh_is_neither_shown_nor_kept_once_it_is_not(staff: Staff) -> None:
    with_application(staff)
    browser = arrives(staff, second=Second.TOTP)
    secret = secret_on(text(browser.get(APPLICATION)))
    kept = bytes(Totp.objects.get().sealed)
    StaffSession.objects.update(proved_at=timezone.now() - timedelta(minutes=6))

    answers = [browser.get(APPLICATION), browser.post(APPLICATION, {"code": code(secret, timezone.now())})]

    assert [one.headers.get("Location") for one in answers] == ["/personnel/confirmer"] * 2
    assert bytes(Totp.objects.get().sealed) == kept


def test_T28_each_change_is_told_to_the_professional_address(staff: Staff) -> None:
    with_application(staff)

    assert OutboxMessage.objects.filter(key__startswith=f"factor-added-totp:staff:{staff.pk}:").count() == 1


def test_T29_after_all_was_taken_away_the_first_step_alone_adds_nothing(staff: Staff) -> None:
    with_application(staff)
    before = arrives(staff, second=Second.TOTP)
    factors.forget_all(staff.pk, actor="staff:1", now=timezone.now())
    staff.refresh_from_db()
    browser = arrives(staff)

    assert before.get(HOME).headers["Location"] == "/personnel/connexion"
    assert browser.get(APPLICATION).headers["Location"] == SECOND
    assert "invitation" in text(browser.get(SECOND))

    now = timezone.now()
    Invitation.objects.create(staff=staff, digest="x", created_at=now, expires_at=now, used_at=now)
    assert browser.get(APPLICATION).status_code == 200


@pytest.mark.parametrize("function", [Function.ACADEMIE, Function.NATION])
def test_T25_an_application_opens_nothing_of_an_academie_or_the_nation(function: Function) -> None:
    staff = a_post(function, academie="10" if function == Function.ACADEMIE else "").staff
    secret = with_application(staff)
    browser = arrives(staff)

    browser.post(SECOND, {"code": code(secret, timezone.now())})

    assert current(browser).second is Second.TOTP
    assert browser.get(HOME).headers["Location"] == SECOND
    page = text(browser.get(SECOND))
    assert "Elle demande une clé d’accès" in page
    assert APPLICATION not in page
    assert browser.get(f"{SECOND}/cle").status_code == 200


@pytest.mark.parametrize("second", [Second.RECOVERY, Second.UPSTREAM])
def test_T25_neither_a_printed_code_nor_the_upstreams_factor_opens_the_nation(second: Second) -> None:
    staff = a_post(Function.NATION).staff

    assert arrives(staff, second=second).get(HOME).headers["Location"] == SECOND


def test_T25_printed_codes_are_not_heard_for_the_nation() -> None:
    staff = a_post(Function.NATION).staff
    with_application(staff)
    printed = factors.renew_recovery_codes(staff.pk, now=timezone.now())
    browser = arrives(staff)

    browser.post(SECOND, {"secours-code": printed[0]})

    assert not current(browser).open
    assert RecoveryCode.objects.filter(used_at__isnull=False).count() == 0


def test_T25_a_code_is_not_heard_while_the_post_of_an_academie_is_suspended() -> None:
    staff = a_post(Function.ACADEMIE, academie="31").staff
    secret = with_application(staff)
    with_passkey(staff)
    Suspension.objects.create(staff=staff, by="staff:0", at=timezone.now())
    browser = arrives(staff)

    answer = browser.post(SECOND, {"code": code(secret, timezone.now())})

    assert answer.status_code == 200
    assert current(browser).open is False


def test_T21_no_sms_is_offered_and_several_factors_are(staff: Staff) -> None:
    page = text(arrives(staff).get(SECOND))

    assert "Une clé d’accès" in page
    assert "Une application de codes" in page
    assert "SMS" not in page


def test_the_pages_of_the_second_step_send_who_gave_no_first_one_to_sign_in() -> None:
    for name in ("second-factor", "add-application", "add-passkey", "prove-again", "recovery-codes", "security"):
        assert Browser().get(reverse(f"staff:{name}")).headers["Location"] == "/personnel/connexion"
