"""The browser's session, and the request that waits in it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from educonnect.accounts.authentication import Step
from educonnect.accounts.models import Account
from educonnect.federation.models import Provider
from educonnect.journal.models import Entry
from educonnect.sessions import cookies, purge, sso
from educonnect.sessions.models import Session, Waiting
from tests.accounts.factories import GuardianAccountFactory, PupilAccountFactory
from tests.federation.factories import ProviderFactory
from tests.sessions.browser import Browser, number, proof, unfinished

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 10, 6, 10, 0, tzinfo=UTC)


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def pupil() -> Account:
    return PupilAccountFactory()


@pytest.fixture
def other() -> Account:
    return PupilAccountFactory()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def asks(browser: Browser, provider: Provider | None = None, *, force: bool = False, method: str = "GET") -> str:
    """A service's request; where the browser is sent."""
    provider = provider or ProviderFactory()
    return browser.does(
        lambda request: sso.ask(request, provider=provider, payload={"id": "1"}, force=force)["Location"],
        method=method,
    )


def waiting(browser: Browser, demande: str) -> Waiting | None:
    return browser.does(sso.waiting, demande=demande)


def take(browser: Browser, demande: str) -> Waiting | None:
    return browser.does(sso.take, demande=demande)


# --- the session --------------------------------------------------------------------------------------------------


def test_T30_the_sessions_secret_is_drawn_anew_at_each_sign_in(browser: Browser, pupil: Account) -> None:
    browser.signs_in(pupil)
    first = browser.cookies["session"].value

    browser.signs_in(pupil)

    second = browser.cookies["session"].value
    assert first != second
    assert len(second) >= 43  # 256 bits
    assert Session.objects.count() == 1
    assert Session.objects.get().digest == cookies.digest(second)


def test_T30_a_secret_that_the_browser_brought_is_never_adopted(browser: Browser, pupil: Account) -> None:
    browser.cookies["session"] = "chosen-by-an-attacker"

    browser.signs_in(pupil)

    assert browser.cookies["session"].value != "chosen-by-an-attacker"
    attacker = Browser()
    attacker.cookies["session"] = "chosen-by-an-attacker"
    assert attacker.current() is None


def test_T30_the_database_alone_opens_no_session(browser: Browser, pupil: Account) -> None:
    browser.signs_in(pupil)
    thief = Browser()
    thief.cookies["session"] = Session.objects.get().digest

    assert thief.current() is None


def test_T30_the_secret_changes_between_a_letters_password_and_the_session(browser: Browser, pupil: Account) -> None:
    browser.does(lambda request: sso.begin_unfinished(request, unfinished(pupil)), method="POST")
    before = browser.cookies["session"].value

    browser.signs_in(pupil)

    assert browser.cookies["session"].value != before
    assert browser.does(sso.unfinished) is None


def test_T31_a_session_left_alone_for_half_an_hour_is_over(
    browser: Browser, pupil: Account, clock: time_machine.Traveller
) -> None:
    browser.signs_in(pupil)
    clock.shift(timedelta(minutes=29, seconds=59))
    assert browser.current() is not None

    clock.shift(timedelta(minutes=30))

    assert browser.current() is None
    assert not Session.objects.exists()


def test_T31_a_session_in_use_is_over_after_eight_hours(
    browser: Browser, pupil: Account, clock: time_machine.Traveller
) -> None:
    browser.signs_in(pupil)
    for _ in range(23):
        clock.shift(timedelta(minutes=20))
        assert browser.current() is not None

    clock.shift(timedelta(minutes=20))

    assert browser.current() is None


def test_T31_on_a_shared_computer_ten_minutes_are_enough(
    browser: Browser, pupil: Account, clock: time_machine.Traveller
) -> None:
    browser.signs_in(pupil, shared=True)
    clock.shift(timedelta(minutes=9, seconds=59))
    assert browser.current() is not None

    clock.shift(timedelta(minutes=10))

    assert browser.current() is None


def test_a_shared_computer_stays_one_through_activation(browser: Browser, pupil: Account) -> None:
    browser.does(lambda request: sso.begin_unfinished(request, unfinished(pupil), shared=True), method="POST")

    browser.signs_in(pupil)

    current = browser.current()
    assert current is not None
    assert current.shared


@pytest.mark.parametrize("kind", ["session", "browser", "device"])
def test_T32_cookies_on_https_are_host_bound_secure_and_out_of_scripts_reach(
    settings: Any, pupil: Account, kind: str
) -> None:
    settings.SECURE = True
    request = RequestFactory().post("/")
    cookies.browser(request)
    sso.begin(request, proof(pupil))
    response = HttpResponse()

    cookies.send(request, response)

    morsel = response.cookies[f"__Host-{kind}"]
    assert morsel["secure"]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Lax"
    assert morsel["path"] == "/"
    assert not morsel["domain"]


def test_T32_on_loopback_the_cookies_go_without_https(browser: Browser, pupil: Account) -> None:
    browser.signs_in(pupil)

    assert not browser.cookies["session"]["secure"]
    assert browser.cookies["session"]["httponly"]


def test_the_sessions_cookie_ends_with_the_browser(browser: Browser, pupil: Account) -> None:
    browser.signs_in(pupil)

    assert browser.cookies["session"]["max-age"] == ""
    assert browser.cookies["session"]["expires"] == ""


def test_T33_raising_the_epoch_ends_every_session_at_once(browser: Browser, pupil: Account) -> None:
    elsewhere = Browser()
    for each in (browser, elsewhere):
        each.signs_in(pupil)

    Account.objects.filter(pk=pupil.pk).update(epoch=pupil.epoch + 1)

    assert (browser.current(), elsewhere.current()) == (None, None)
    assert not Session.objects.exists()


def test_T33_closing_the_account_ends_its_session_at_once(browser: Browser, pupil: Account) -> None:
    browser.signs_in(pupil)

    Account.objects.filter(pk=pupil.pk).update(closed_at=NOON)

    assert browser.current() is None


def test_signing_out_ends_the_session_and_is_journalled(browser: Browser, pupil: Account) -> None:
    browser.signs_in(pupil)
    secret = browser.cookies["session"].value

    browser.does(sso.end, method="POST")

    assert "session" not in browser.cookies
    browser.cookies["session"] = secret
    assert browser.current() is None
    assert Entry.objects.get(event="session.signed-out").account_id == pupil.pk


def test_a_letters_password_opens_no_session(browser: Browser, pupil: Account) -> None:
    browser.does(lambda request: sso.begin_unfinished(request, unfinished(pupil)), method="POST")

    pending = browser.does(sso.unfinished)

    assert browser.current() is None
    assert (pending.account_id, pending.step) == (pupil.pk, Step.ACTIVATION)


def test_an_interrupted_activation_resumes_where_it_stopped(browser: Browser, pupil: Account) -> None:
    browser.does(lambda request: sso.begin_unfinished(request, unfinished(pupil)), method="POST")
    browser.does(lambda request: sso.save_draft(request, {"password": "a hash"}), method="POST")

    browser.does(lambda request: sso.begin_unfinished(request, unfinished(pupil)), method="POST")

    assert browser.does(sso.unfinished).draft == {"password": "a hash"}


def test_another_pupils_activation_never_inherits_a_draft(browser: Browser, pupil: Account, other: Account) -> None:
    browser.does(lambda request: sso.begin_unfinished(request, unfinished(pupil)), method="POST")
    browser.does(lambda request: sso.save_draft(request, {"password": "a hash"}), method="POST")

    browser.does(lambda request: sso.begin_unfinished(request, unfinished(other)), method="POST")

    assert browser.does(sso.unfinished).draft == {}


def test_an_ordinary_reading_writes_nothing(
    browser: Browser, pupil: Account, clock: time_machine.Traveller, django_assert_num_queries: Any
) -> None:
    browser.signs_in(pupil)
    clock.shift(timedelta(seconds=59))

    with django_assert_num_queries(1) as context:
        browser.current()

    assert context.captured_queries[0]["sql"].strip().startswith("SELECT")


def test_a_browser_without_a_session_costs_no_statement(browser: Browser, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert browser.current() is None


def test_a_browser_is_known_by_the_accounts_that_signed_in_from_it(browser: Browser) -> None:
    accounts = [PupilAccountFactory() for _ in range(8)]
    for account in accounts:
        browser.signs_in(account)

    known = browser.does(cookies.known_accounts)

    assert known == {account.pk for account in accounts[-6:]}


def test_a_shared_computer_is_known_by_nobody(browser: Browser, pupil: Account) -> None:
    browser.signs_in(pupil, shared=True)

    assert browser.does(cookies.known_accounts) == frozenset()


def test_the_list_of_known_accounts_cannot_be_forged(browser: Browser, pupil: Account) -> None:
    browser.signs_in(pupil)
    browser.cookies["device"] = browser.cookies["device"].value[:-2] + "xx"

    assert browser.does(cookies.known_accounts) == frozenset()


def test_a_known_browser_and_its_session_survive_a_change_of_the_secret_key(
    browser: Browser, pupil: Account, settings
) -> None:
    browser.signs_in(pupil)

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = (
        [settings.SECRET_KEY],
        "another secret key, long enough to be one",
    )

    assert browser.does(cookies.known_accounts) == {pupil.pk}
    assert browser.current() is not None
    settings.SECRET_KEY_FALLBACKS = []
    assert browser.does(cookies.known_accounts) == frozenset()
    assert browser.current() is not None


# --- the request that waits ---------------------------------------------------------------------------------------


def test_a_request_waits_and_its_person_takes_it_once(browser: Browser, pupil: Account) -> None:
    demande = number(asks(browser))

    onward = browser.signs_in(pupil, demande=demande)

    assert urlsplit(onward).path == "/idp/profile/SAML2/reprise"
    taken = take(browser, demande)
    assert taken is not None
    assert taken.request["payload"] == {"id": "1"}
    assert take(browser, demande) is None


def test_nobody_takes_a_request_before_signing_in(browser: Browser) -> None:
    demande = number(asks(browser))

    assert take(browser, demande) is None
    assert Waiting.objects.exists()


def test_a_request_is_bound_to_the_browser_that_brought_it(browser: Browser, pupil: Account) -> None:
    demande = number(asks(browser))
    thief = Browser()
    asks(thief)

    assert waiting(thief, demande) is None
    thief.signs_in(pupil, demande=demande)
    assert take(thief, demande) is None
    assert waiting(browser, demande) is not None


def test_a_request_posted_from_another_site_is_bound_by_the_first_browser_that_resumes_it(browser: Browser) -> None:
    where = asks(browser, method="POST")
    demande = number(where)

    assert urlsplit(where).path == "/idp/profile/SAML2/reprise"
    assert "browser" not in browser.cookies
    assert waiting(browser, demande) is not None
    assert waiting(Browser(), demande) is None
    assert waiting(browser, demande) is not None


def test_a_posted_request_that_nobody_resumed_at_once_is_nobodys(
    browser: Browser, clock: time_machine.Traveller
) -> None:
    demande = number(asks(browser, method="POST"))

    clock.shift(timedelta(minutes=2))

    assert waiting(browser, demande) is None


def test_a_request_is_bound_to_the_first_username_that_is_named_for_it(
    browser: Browser, pupil: Account, other: Account
) -> None:
    demande = number(asks(browser))
    browser.does(lambda request: sso.begun_by(request, pupil.username), demande=demande, method="POST")

    onward = browser.signs_in(other, demande=demande)

    assert onward == "/mes-services"
    assert not Waiting.objects.exists()


def test_a_username_that_is_nobodys_binds_nothing(browser: Browser, pupil: Account) -> None:
    demande = number(asks(browser))
    browser.does(lambda request: sso.begun_by(request, "x.nobody"), demande=demande, method="POST")

    browser.signs_in(pupil, demande=demande)

    assert take(browser, demande) is not None


def test_naming_a_known_or_unknown_username_costs_the_same_statements(
    browser: Browser, pupil: Account, django_assert_num_queries: Any
) -> None:
    demande = number(asks(browser))
    waiting(browser, demande)

    for username in (pupil.username, "x.nobody"):
        with django_assert_num_queries(1):
            browser.does(
                lambda request, username=username: sso.begun_by(request, username), demande=demande, method="POST"
            )


def test_a_request_already_named_is_refused_to_another_open_session(
    browser: Browser, pupil: Account, other: Account
) -> None:
    browser.signs_in(other)
    demande = number(asks(browser, force=True))
    browser.does(lambda request: sso.begun_by(request, pupil.username), demande=demande, method="POST")

    assert take(browser, demande) is None


def test_signing_out_drops_what_waited(browser: Browser, pupil: Account) -> None:
    browser.signs_in(pupil)
    demande = number(asks(browser, ProviderFactory(certifies_identity=True)))

    browser.does(sso.end, method="POST")

    assert not Waiting.objects.filter(pk=demande).exists()


def test_on_a_shared_computer_the_request_ends_with_the_session(
    browser: Browser, pupil: Account, clock: time_machine.Traveller
) -> None:
    demande = number(asks(browser))
    browser.does(
        lambda request: sso.begin_unfinished(request, unfinished(pupil), shared=True), demande=demande, method="POST"
    )
    for _ in range(3):  # a slow activation keeps its request
        clock.shift(timedelta(minutes=9))
        assert waiting(browser, demande) is not None

    clock.shift(timedelta(minutes=10, seconds=1))

    assert waiting(browser, demande) is None
    assert not Waiting.objects.exists()


def test_at_home_an_interrupted_activation_finds_its_request_again(
    browser: Browser, pupil: Account, clock: time_machine.Traveller
) -> None:
    demande = number(asks(browser))
    browser.does(lambda request: sso.begin_unfinished(request, unfinished(pupil)), demande=demande, method="POST")
    clock.shift(timedelta(minutes=45))
    assert browser.does(sso.unfinished) is None

    browser.signs_in(pupil, demande=demande)

    assert take(browser, demande) is not None


def test_a_request_is_forgotten_after_two_hours(browser: Browser, clock: time_machine.Traveller) -> None:
    demande = number(asks(browser))
    clock.shift(timedelta(hours=2))

    assert waiting(browser, demande) is None


def test_the_session_carries_its_request_without_the_address(browser: Browser, pupil: Account) -> None:
    demande = number(asks(browser))
    browser.does(lambda request: sso.begin_unfinished(request, unfinished(pupil)), demande=demande, method="POST")

    assert waiting(browser, "").pk == demande


@pytest.mark.parametrize("demande", ["x", "x" * 22, "x" * 5000, "é", "0", "' OR 1=1"])
def test_a_number_that_is_none_finds_nothing(browser: Browser, demande: str) -> None:
    asks(browser)

    assert waiting(browser, demande) is None


def test_a_fresh_sign_in_is_asked_for_where_the_service_wants_it(browser: Browser, pupil: Account) -> None:
    browser.signs_in(pupil)

    where = asks(browser, force=True)

    assert urlsplit(where).path == "/connexion"
    browser.signs_in(pupil, demande=number(where))
    assert take(browser, number(where)) is not None


def test_a_kind_of_account_that_is_not_served_is_told(browser: Browser) -> None:
    browser.signs_in(GuardianAccountFactory())

    assert urlsplit(asks(browser, ProviderFactory(populations=["pupil"]))).path == "/service-reserve"


# --- « Continuer en tant que » ------------------------------------------------------------------------------------


@pytest.fixture
def certifying() -> Provider:
    return ProviderFactory(certifies_identity=True)


def test_an_open_session_is_asked_to_confirm_and_goes_on(
    browser: Browser, pupil: Account, certifying: Provider
) -> None:
    browser.signs_in(pupil)
    where = asks(browser, certifying)

    onward = browser.does(sso.confirm, demande=number(where), method="POST")

    assert urlsplit(where).path == "/continuer"
    assert urlsplit(onward).path == "/idp/profile/SAML2/reprise"
    assert take(browser, number(where)) is not None


def test_who_signs_in_for_the_request_is_not_asked_again(
    browser: Browser, pupil: Account, certifying: Provider
) -> None:
    where = asks(browser, certifying)

    onward = browser.signs_in(pupil, demande=number(where))

    assert urlsplit(onward).path == "/idp/profile/SAML2/reprise"


def test_a_request_left_on_the_screen_is_not_answered_by_who_signs_in_beside_it(
    browser: Browser, pupil: Account, certifying: Provider
) -> None:
    left = number(asks(browser, certifying))

    browser.signs_in(pupil)

    assert urlsplit(browser.does(sso.destination, demande=left)).path == "/continuer"


def test_a_request_begun_by_another_leads_to_its_refusal_and_not_to_a_question(
    browser: Browser, pupil: Account, other: Account, certifying: Provider
) -> None:
    left = number(asks(browser, certifying))
    browser.signs_in(pupil)

    Waiting.objects.update(began_as=other)

    assert urlsplit(browser.does(sso.destination, demande=left)).path == "/idp/profile/SAML2/reprise"
    assert take(browser, left) is None


def test_what_one_pupil_confirmed_the_next_one_does_not_inherit(
    browser: Browser, pupil: Account, other: Account, certifying: Provider
) -> None:
    browser.signs_in(pupil)
    demande = number(asks(browser, certifying))
    browser.does(sso.confirm, demande=demande, method="POST")

    onward = browser.signs_in(other, demande=demande)

    assert onward == "/mes-services"
    assert take(browser, demande) is None


def test_it_is_not_me_leads_to_sign_in_and_the_request_goes_on_with_the_right_pupil(
    browser: Browser, pupil: Account, other: Account, certifying: Provider
) -> None:
    browser.signs_in(pupil)
    demande = number(asks(browser, certifying))

    onward = browser.does(sso.not_me, demande=demande, method="POST")

    assert onward == f"/connexion?demande={demande}"
    assert browser.current() is None
    browser.signs_in(other, demande=demande)
    assert take(browser, demande) is not None


def test_a_confirmation_needs_a_session(browser: Browser, certifying: Provider) -> None:
    demande = number(asks(browser, certifying))

    assert browser.does(sso.confirm, demande=demande, method="POST") == "/connexion"


def test_a_request_named_for_another_is_not_confirmed(
    browser: Browser, pupil: Account, other: Account, certifying: Provider
) -> None:
    browser.signs_in(pupil)
    demande = number(asks(browser, certifying))
    Waiting.objects.update(began_as=other)

    browser.does(sso.confirm, demande=demande, method="POST")

    assert take(browser, demande) is None


# --- what is over -------------------------------------------------------------------------------------------------


def test_what_is_over_is_forgotten(browser: Browser, pupil: Account, clock: time_machine.Traveller) -> None:
    asks(browser)
    browser.signs_in(pupil)
    shared = Browser()
    demande = number(asks(shared))
    shared.does(
        lambda request: sso.begin_unfinished(request, unfinished(pupil), shared=True), demande=demande, method="POST"
    )

    clock.shift(timedelta(minutes=11))
    assert purge.forget_expired(datetime.now(UTC)) == (1, 1)
    clock.shift(timedelta(minutes=20))
    assert purge.forget_expired(datetime.now(UTC)) == (1, 0)
    clock.shift(timedelta(hours=2))
    assert purge.forget_expired(datetime.now(UTC)) == (0, 1)


def test_closed_by_default_sends_to_the_sign_in_page() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        raise AssertionError

    from educonnect.sessions.middleware import ClosedByDefault

    response = ClosedByDefault(lambda request: HttpResponse()).process_view(RequestFactory().get("/"), view, (), {})

    assert response is not None
    assert (response.status_code, response["Location"]) == (303, "/connexion")
