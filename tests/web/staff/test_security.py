"""« Sécurité » and « Confirmez que c’est vous »."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from educonnect.delegation.models import Function
from educonnect.sessions import staffing
from educonnect.staff import factors
from educonnect.staff.authentication import Second
from educonnect.staff.models import Staff
from tests.delegation.factories import a_post
from tests.schools.factories import SchoolFactory
from tests.staff.test_totp import code
from tests.web.staff.visitors import arrives, current, with_application, with_passkey

pytestmark = pytest.mark.django_db

SECURITY = "/personnel/securite"
AGAIN = "/personnel/confirmer"
HOME = "/personnel/"
STALE = timedelta(minutes=6)


@pytest.fixture
def head() -> Staff:
    return a_post(Function.HEAD, school=SchoolFactory(sector="PU")).staff


def text(answer) -> str:
    return html.unescape(answer.content.decode())


def test_each_factor_is_told_with_its_date_and_last_use(head: Staff) -> None:
    with_passkey(head)
    with_application(head)

    page = text(arrives(head, second=Second.PASSKEY).get(SECURITY))

    assert "Mon ordinateur" in page
    assert page.count("Dernière utilisation") == 2
    assert "Obtenir dix nouveaux codes" in page


def test_T28_taking_a_factor_away_asks_for_a_fresh_proof(head: Staff) -> None:
    secret = with_application(head)
    with_passkey(head)
    browser = arrives(head, second=Second.TOTP, at=timezone.now() - STALE)
    removal = f"{SECURITY}/application/retirer"

    assert browser.get(removal).headers["Location"] == AGAIN
    assert browser.post(removal, headers={"referer": f"http://testserver{removal}"}).headers["Location"] == AGAIN
    assert factors.of(head.pk).totp is not None
    assert browser.post(AGAIN, {"code": code(secret, timezone.now())}).headers["Location"] == removal
    assert browser.post(removal).headers["Location"] == SECURITY
    assert factors.of(head.pk).totp is None
    assert "C’est retiré" in text(browser.get(SECURITY))


def test_T28_taking_a_passkey_away_closes_what_is_open_elsewhere(head: Staff) -> None:
    with_application(head)
    with_passkey(head)
    here, elsewhere = arrives(head, second=Second.TOTP), arrives(head, second=Second.PASSKEY)
    number = factors.of(head.pk).passkeys[0].pk

    here.post(f"{SECURITY}/cles/{number}/retirer")

    assert here.get(SECURITY).status_code == 200
    assert current(elsewhere) is None


def test_the_last_factor_is_refused_with_a_sentence(head: Staff) -> None:
    with_application(head)
    browser = arrives(head, second=Second.TOTP)

    assert "Ajoutez d’abord un autre moyen" in text(browser.post(f"{SECURITY}/application/retirer"))


def test_a_passkey_is_renamed(head: Staff) -> None:
    with_passkey(head)
    browser = arrives(head, second=Second.PASSKEY)
    number = factors.of(head.pk).passkeys[0].pk

    browser.post(f"{SECURITY}/cles/{number}/nom", {"label": "Téléphone <b>"})

    assert factors.of(head.pk).passkeys[0].label == "Téléphone <b>"
    assert "Téléphone &lt;b&gt;" in browser.get(SECURITY).content.decode()


@pytest.mark.parametrize("gesture", ["nom", "retirer"])
def test_another_persons_passkey_is_not_found(head: Staff, gesture: str) -> None:
    with_passkey(head)
    other = a_post(Function.HEAD, school=SchoolFactory(sector="PU")).staff
    with_passkey(other)
    theirs = factors.of(other.pk).passkeys[0].pk
    browser = arrives(head, second=Second.PASSKEY)

    for number in (theirs, 999_999):
        assert browser.post(f"{SECURITY}/cles/{number}/{gesture}", {"label": "x"}).status_code == 404

    assert factors.of(other.pk).passkeys[0].label == "Mon ordinateur"


def test_new_printed_codes_void_the_former_after_a_fresh_proof(head: Staff) -> None:
    with_application(head)
    former = factors.renew_recovery_codes(head.pk, now=timezone.now())
    stale, fresh = arrives(head, second=Second.TOTP, at=timezone.now() - STALE), arrives(head, second=Second.TOTP)

    assert stale.post("/personnel/codes-de-secours/nouveaux").headers["Location"] == AGAIN
    fresh.post("/personnel/codes-de-secours/nouveaux")
    shown = re.findall(r"<li><code>([A-Z2-9-]{14})</code></li>", text(fresh.get("/personnel/codes-de-secours")))

    assert len(shown) == 10
    assert not set(shown) & set(former)
    assert fresh.post("/personnel/codes-de-secours").headers["Location"] == SECURITY


def test_printed_codes_are_seen_by_the_session_that_drew_them_alone(head: Staff) -> None:
    with_application(head)
    one, other = arrives(head, second=Second.TOTP), arrives(head, second=Second.TOTP)
    one.post("/personnel/codes-de-secours/nouveaux")

    assert other.get("/personnel/codes-de-secours").headers["Location"] == SECURITY


@pytest.mark.parametrize(
    "back", ["//evil.example/x", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", 7, ["/x"], "", None]
)
def test_a_proof_leads_back_to_a_page_of_ours_only(head: Staff, back: object) -> None:
    secret = with_application(head)
    browser = arrives(head, second=Second.TOTP, at=timezone.now() - STALE)
    browser.does(lambda request: staffing.keep(request, back=back))

    answer = browser.post(AGAIN, {"code": code(secret, timezone.now())})

    assert answer.headers["Location"] == HOME


def test_a_deed_refused_for_its_age_leads_back_to_the_page_it_was_on(head: Staff) -> None:
    secret = with_application(head)
    browser = arrives(head, second=Second.TOTP, at=timezone.now() - STALE)

    browser.post("/personnel/codes-de-secours/nouveaux", headers={"referer": f"http://testserver{SECURITY}?x=1"})

    assert browser.post(AGAIN, {"code": code(secret, timezone.now())}).headers["Location"] == f"{SECURITY}?x=1"


def test_who_came_by_the_upstreams_factor_alone_signs_in_again(head: Staff) -> None:
    browser = arrives(head, second=Second.UPSTREAM)

    assert "Connectez-vous de nouveau" in text(browser.get(AGAIN))


def test_a_session_without_second_factor_proves_nothing_again(head: Staff) -> None:
    with_application(head)

    assert arrives(head).get(AGAIN).headers["Location"] == "/personnel/deuxieme-etape"


def test_two_requests_at_once_never_take_one_thing_twice(head: Staff) -> None:
    browser = arrives(head, second=Second.TOTP)
    browser.does(lambda request: staffing.keep(request, once="x"))

    def both(request) -> list[object]:
        staffing.current(request)  # read before the other took it
        taken = [browser.does(lambda other: staffing.take(other, "once")), staffing.take(request, "once")]
        staffing.keep(request, other="y")
        return taken

    assert browser.does(both) == ["x", None]
    assert current(browser).draft.get("once") is None
