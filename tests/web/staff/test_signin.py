"""The way in and out of the staff's pages, in local accounts."""

import html

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from educonnect.accounts import throttling
from educonnect.delegation.models import Function
from educonnect.sessions import cookies, staffing
from educonnect.staff.models import Staff
from tests.delegation.factories import a_post
from tests.schools.factories import SchoolFactory
from tests.sessions.browser import Browser
from tests.staff.people import PASSWORD, with_password
from tests.staff.test_totp import code
from tests.web import people
from tests.web.staff.visitors import current, with_application

pytestmark = pytest.mark.django_db(transaction=True)

SIGN_IN, SECOND, HOME = "/personnel/connexion", "/personnel/deuxieme-etape", "/personnel/"


@pytest.fixture
def head() -> Staff:
    return with_password(a_post(Function.HEAD, school=SchoolFactory(sector="PU")).staff)


def types(browser: Client, staff: Staff, password: str = PASSWORD):
    return browser.post(SIGN_IN, {"email": staff.email, "password": password})


def text(answer) -> str:
    return html.unescape(answer.content.decode())


def test_a_right_pair_leads_to_the_second_step_and_opens_nothing_else(head: Staff) -> None:
    browser = Browser()

    answer = types(browser, head)

    assert (answer.status_code, answer.headers["Location"]) == (303, SECOND)
    assert browser.get(HOME).headers["Location"] == SECOND
    assert not current(browser).open


def test_both_steps_lead_to_the_only_place_one_acts_in(head: Staff) -> None:
    secret = with_application(head)
    browser = Browser()
    types(browser, head)

    answer = browser.post(SECOND, {"code": code(secret, timezone.now())}, follow=True)

    assert answer.request["PATH_INFO"] == f"/personnel/etablissements/{head.posts.get().school_id}/"
    assert head.name in text(answer)


def test_a_wrong_pair_says_the_same_whether_or_not_anybody_has_this_address(head: Staff) -> None:
    known = types(Client(), head, "faux")
    unknown = Client().post(SIGN_IN, {"email": "personne@nulle-part.invalid", "password": "faux"})

    assert known.status_code == unknown.status_code == 200
    assert "E-1280" in text(known)
    assert _without(text(known), head.email) == _without(text(unknown), "personne@nulle-part.invalid")


def test_a_form_sent_with_nothing_names_each_field() -> None:
    page = text(Client().post(SIGN_IN, {}))

    assert "Écrivez votre adresse e-mail professionnelle." in page
    assert "Écrivez votre mot de passe." in page
    assert 'href="#id_email"' in page


def test_T22_the_first_page_tells_the_wrong_tries_and_the_time_before(head: Staff) -> None:
    secret = with_application(head)
    types(Client(), head)
    types(Client(), head, "faux")
    browser = Browser()
    types(browser, head)

    page = text(browser.post(SECOND, {"code": code(secret, timezone.now())}, follow=True))

    assert "1 essai avec un mauvais mot de passe" in page
    assert "Votre connexion précédente" in page


def test_the_browser_is_known_once_both_steps_were_made_and_to_the_staff_alone(head: Staff) -> None:
    secret = with_application(head)
    browser = Browser()
    types(browser, head)
    assert browser.does(lambda request: cookies.known_accounts(request, cookies.STAFF_DEVICE)) == frozenset()

    browser.post(SECOND, {"code": code(secret, timezone.now())})

    assert browser.does(lambda request: cookies.known_accounts(request, cookies.STAFF_DEVICE)) == {head.pk}
    assert browser.does(cookies.known_accounts) == frozenset()
    browser.cookies[cookies.name(cookies.DEVICE)] = browser.cookies[cookies.name(cookies.STAFF_DEVICE)].value
    assert browser.does(cookies.known_accounts) == frozenset()


def test_leaving_ends_the_session_and_a_link_alone_only_asks(head: Staff) -> None:
    secret = with_application(head)
    browser = Browser()
    types(browser, head)
    browser.post(SECOND, {"code": code(secret, timezone.now())})

    assert "Voulez-vous vous déconnecter ?" in text(browser.get("/personnel/deconnexion"))
    assert current(browser) is not None
    assert browser.post("/personnel/deconnexion").headers["Location"] == "/personnel/deconnexion/terminee"
    assert current(browser) is None
    assert staffing.COOKIE not in browser.cookies


def test_a_pupil_signed_in_is_nobody_on_the_pages_of_the_staff_and_their_name_is_not_shown(head: Staff) -> None:
    browser = Browser()
    account = people.activated(people.pupil())
    browser.signs_in(account)

    answer = browser.get(HOME)
    page = text(browser.get(SIGN_IN))

    assert answer.headers["Location"] == SIGN_IN
    assert account.pupil.first_name not in page
    assert "Se déconnecter" not in page


def test_a_member_of_the_staff_is_nobody_on_the_pages_of_pupils_and_their_name_is_not_shown(head: Staff) -> None:
    secret = with_application(head)
    browser = Browser()
    types(browser, head)
    browser.post(SECOND, {"code": code(secret, timezone.now())})

    assert browser.get("/mon-compte").headers["Location"] == "/connexion"
    assert head.name not in text(browser.get("/aide"))


def test_what_was_posted_to_a_page_of_the_staff_is_never_kept_for_a_pupil(head: Staff) -> None:
    browser = Browser()
    browser.signs_in(people.activated(people.pupil()))

    browser.post("/personnel/securite/application/retirer", {"auteur": "x"})

    assert "typed" not in browser.cookies


def test_the_statements_of_a_sign_in_and_of_the_first_page_are_counted(head: Staff) -> None:
    secret = with_application(head)
    browser = Browser()
    throttling.look_again()  # at the alarm, which a process looks at every few seconds
    with CaptureQueriesContext(connection) as first:
        types(browser, head)
    typing = _work(first)  # now: the next request empties what was captured
    browser.post(SECOND, {"code": code(secret, timezone.now())})
    school = f"/personnel/etablissements/{head.posts.get().school_id}/"
    with CaptureQueriesContext(connection) as page:
        browser.get(school)

    assert typing == 8
    assert _work(page) == 14


def _work(captured: CaptureQueriesContext) -> int:
    return len(
        [
            one
            for one in captured.captured_queries
            if one["sql"].split()[0] in {"SELECT", "UPDATE", "INSERT", "DELETE", "WITH"}
        ]
    )


def _without(page: str, email: str) -> str:
    import re

    return re.sub(r'value="[^"]*"', "", page.replace(email, ""))
