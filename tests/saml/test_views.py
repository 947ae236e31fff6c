"""The road of a request, from the service and back."""

import html
from urllib.parse import urlsplit

import pytest

from educonnect.accounts.models import Account
from educonnect.delegation.mandate import operator_mandate
from educonnect.federation import providers
from educonnect.federation.models import Release
from educonnect.journal.models import Entry
from tests.accounts.factories import GuardianAccountFactory, PupilAccountFactory
from tests.saml.service import NS, POST, REDIRECT, Service, posted, refused
from tests.sessions.browser import Browser, demande, posts_to

pytestmark = pytest.mark.django_db


def test_a_request_waits_for_its_person_and_is_answered(browser: Browser, service: Service, pupil: Account) -> None:
    service.register()

    asked = browser.get(service.redirect(relay_state="basket"))
    back = browser.signs_in(pupil, demande=demande(asked))
    answer = posted(browser.get(back))

    assert asked.status_code == 200
    assert urlsplit(posts_to(asked)).path == "/connexion"
    assert answer.action == service.acs
    assert answer.fields["RelayState"] == "basket"
    assert answer.statuses == ["Success"]


def test_an_open_session_answers_at_once(browser: Browser, service: Service, pupil: Account) -> None:
    service.register()
    browser.signs_in(pupil)

    answer = posted(browser.get(service.redirect()))

    assert answer.statuses == ["Success"]
    assert "RelayState" not in answer.fields


def test_a_service_that_certifies_identity_asks_first_who_is_there(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register(profile="pass-culture")
    browser.signs_in(pupil)

    asked = browser.get(service.redirect())

    assert urlsplit(asked["Location"]).path == "/continuer"
    assert not Release.objects.exists()


def test_skipping_the_question_leads_back_to_it(browser: Browser, service: Service, pupil: Account) -> None:
    service.register(profile="pass-culture")
    browser.signs_in(pupil)
    asked = browser.get(service.redirect())

    skipped = browser.get(f"/idp/profile/SAML2/reprise?demande={demande(asked)}")

    assert urlsplit(skipped["Location"]).path == "/continuer"


def test_a_post_from_another_site_comes_without_cookies_and_finds_the_session_again(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register()
    browser.signs_in(pupil)
    without_cookies = Browser()  # SameSite=Lax: a browser sends none of ours with another site's POST

    asked = without_cookies.post(POST, service.form(RelayState="basket"))
    answer = posted(browser.get(asked["Location"]))

    assert asked.status_code == 303
    assert urlsplit(asked["Location"]).path == "/idp/profile/SAML2/reprise"
    assert not asked.cookies
    assert answer.statuses == ["Success"]
    assert answer.fields["RelayState"] == "basket"


def test_another_programs_cookies_on_the_same_host_name_do_not_pass_for_ours(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register()
    browser.signs_in(pupil)
    stranger = Browser()
    stranger.cookies["analytics"] = "1"

    asked = stranger.post(POST, service.form())

    assert "browser" not in asked.cookies
    assert posted(browser.get(asked["Location"])).statuses == ["Success"]


def test_a_posted_request_without_session_leads_to_the_sign_in_page(browser: Browser, service: Service) -> None:
    service.register()

    asked = browser.post(POST, service.form())
    resumed = browser.get(asked["Location"])

    assert urlsplit(resumed["Location"]).path == "/connexion"


def test_a_waiting_request_is_worth_nothing_in_another_browser(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register()
    asked = browser.get(service.redirect())
    thief = Browser()
    thief.signs_in(pupil)

    answer = thief.get(f"/idp/profile/SAML2/reprise?demande={demande(asked)}")

    assert refused(answer) == "E-6118"


def test_an_answer_is_given_once(browser: Browser, service: Service, pupil: Account) -> None:
    service.register()
    asked = browser.get(service.redirect())
    back = browser.signs_in(pupil, demande=demande(asked))
    browser.get(back)

    assert refused(browser.get(back)) == "E-6118"


def test_ForceAuthn_asks_again_whoever_is_signed_in(browser: Browser, service: Service, pupil: Account) -> None:
    service.register()
    browser.signs_in(pupil)

    asked = browser.get(service.redirect(service.request(ForceAuthn="true")))
    back = browser.signs_in(pupil, demande=demande(asked))

    assert urlsplit(posts_to(asked)).path == "/connexion"
    assert posted(browser.get(back)).statuses == ["Success"]


@pytest.mark.parametrize("value", ["true", "1"])
def test_IsPassive_without_session_is_told_to_the_service(browser: Browser, service: Service, value: str) -> None:
    service.register()

    answer = posted(browser.get(service.redirect(service.request(IsPassive=value), relay_state="r")))

    assert answer.statuses == ["Responder", "NoPassive"]
    assert (answer.action, answer.fields["RelayState"]) == (service.acs, "r")
    assert answer.root.find("saml:Assertion", NS) is None
    assert Entry.objects.get(event="federation.request-refused").detail["reason"] == "NoPassive"


def test_IsPassive_by_post_finds_the_session_it_could_not_see(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register()
    browser.signs_in(pupil)
    form = service.form(service.enveloped(service.request(binding=POST, IsPassive="true")))

    asked = Browser().post(POST, form)

    assert posted(browser.get(asked["Location"])).statuses == ["Success"]


def test_IsPassive_by_post_without_session_is_told_to_the_service(browser: Browser, service: Service) -> None:
    service.register()
    form = service.form(service.enveloped(service.request(binding=POST, IsPassive="true")))

    asked = browser.post(POST, form)

    assert posted(browser.get(asked["Location"])).statuses == ["Responder", "NoPassive"]


def test_IsPassive_where_a_question_would_come_first_is_told_to_the_service(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register(profile="pass-culture")
    browser.signs_in(pupil)

    answer = posted(browser.get(service.redirect(service.request(IsPassive="true"))))

    assert answer.statuses == ["Responder", "NoPassive"]


def test_IsPassive_with_an_open_session_is_answered(browser: Browser, service: Service, pupil: Account) -> None:
    service.register()
    browser.signs_in(pupil)

    assert posted(browser.get(service.redirect(service.request(IsPassive="true")))).statuses == ["Success"]


def test_a_guardian_is_told_that_the_service_is_for_pupils(browser: Browser, service: Service) -> None:
    service.register(populations=["pupil"])
    browser.signs_in(GuardianAccountFactory())

    asked = browser.get(service.redirect())

    assert urlsplit(asked["Location"]).path == "/service-reserve"
    assert not Release.objects.exists()


def test_a_guardian_who_skips_that_page_gets_nothing(browser: Browser, service: Service) -> None:
    service.register(populations=["pupil"])
    browser.signs_in(GuardianAccountFactory())
    asked = browser.get(service.redirect())

    skipped = browser.get(f"/idp/profile/SAML2/reprise?demande={demande(asked)}")

    assert urlsplit(skipped["Location"]).path == "/service-reserve"


def test_a_service_suspended_while_its_request_waits_is_not_answered(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register()
    asked = browser.get(service.redirect())
    providers.suspend(operator_mandate(), service.entity_id)

    back = browser.signs_in(pupil, demande=demande(asked))

    assert refused(browser.get(back)) == "E-6108"
    assert not Release.objects.exists()


def test_T62_the_answer_page_may_post_to_the_service_and_nowhere_else(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register()
    browser.signs_in(pupil)

    response = browser.get(service.redirect())

    policy = response["Content-Security-Policy"]
    assert "form-action 'self' https://service.example" in policy
    assert "unsafe-inline" not in policy
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "relay_state",
    ["x" * 81, "x" * 4000, '"><script>alert(1)</script>', "javascript:alert(1)", "@@action@@@@fields@@", "é\r\nü"],
)
def test_T62_a_long_or_hostile_relay_state_passes_through_as_inert_text(
    browser: Browser, service: Service, pupil: Account, relay_state: str
) -> None:
    service.register()
    browser.signs_in(pupil)

    response = browser.get(service.redirect(relay_state=relay_state))

    assert f'name="RelayState" value="{html.escape(relay_state)}"' in response.content.decode()
    assert response.content.count(b"<script") == 1
    assert posted(response).action == service.acs


def test_without_script_a_visible_button_takes_the_answer_to_the_service(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register(name="Cinéma & <fils>")
    browser.signs_in(pupil)

    page = browser.get(service.redirect()).content.decode()

    assert '<button class="button">Continuer</button>' in page
    assert "Cinéma &amp; &lt;fils&gt;" in page
    assert "DUVERGER" not in page


def test_the_logout_address_ends_the_session_and_says_so(browser: Browser, pupil: Account) -> None:
    browser.signs_in(pupil)

    response = browser.get("/idp/profile/Logout")

    assert (response.status_code, response["Location"]) == (303, "/deconnexion/terminee")
    assert browser.current() is None


def test_the_logout_address_without_session_is_no_error(browser: Browser) -> None:
    assert browser.get("/idp/profile/Logout").status_code == 303


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", REDIRECT), ("get", POST), ("post", "/idp/shibboleth"), ("post", "/idp/profile/Logout")],
)
def test_another_method_is_refused(browser: Browser, method: str, path: str) -> None:
    assert getattr(browser, method)(path).status_code == 405


def test_the_same_subject_comes_back_at_each_sign_in_and_a_transient_one_in_its_session_only(
    browser: Browser, service: Service, pupil: Account
) -> None:
    Service(encryption=False).register()
    browser.signs_in(pupil)

    def name_id(policy: str) -> str:
        request = service.request(f'<samlp:NameIDPolicy Format="{policy}"/>' if policy else "")
        return posted(browser.get(service.redirect(request))).root.findtext(".//saml:NameID", namespaces=NS)

    persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    transient = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
    assert name_id(persistent) == name_id(persistent) == name_id("")
    assert name_id("") != name_id(transient) == name_id(transient)
    former = name_id(transient)
    browser.signs_in(pupil)
    assert name_id(transient) != former


def test_two_people_on_one_computer_never_receive_each_others_answer(browser: Browser, service: Service) -> None:
    service.register()
    first, second = PupilAccountFactory(), PupilAccountFactory()
    asked = browser.get(service.redirect())
    browser.signs_in(first, demande=demande(asked))

    onward = browser.signs_in(second, demande=demande(asked))

    assert onward == "/mes-services"
    assert refused(browser.get(f"/idp/profile/SAML2/reprise?demande={demande(asked)}")) == "E-6118"
    assert not Release.objects.exists()


def test_the_right_password_brings_the_answer_without_one_more_round_trip(
    browser: Browser, service: Service, pupil: Account
) -> None:
    from educonnect.accounts import passwords

    service.register()
    Account.objects.filter(pk=pupil.pk).update(
        password=passwords.hashed("un mot de passe assez long"), activated_at="2026-09-02T08:00:00Z"
    )
    asked = browser.get(service.redirect(relay_state="basket"))

    response = browser.post(
        posts_to(asked), {"username": pupil.username, "password": "un mot de passe assez long", "shared": ""}
    )

    answer = posted(response)
    assert (answer.action, answer.fields["RelayState"], answer.statuses) == (service.acs, "basket", ["Success"])
    assert "form-action 'self' https://service.example" in response["Content-Security-Policy"]
    assert browser.current() is not None


def test_an_open_session_is_answered_in_three_statements(
    browser: Browser, service: Service, pupil: Account, django_assert_num_queries
) -> None:
    service.register()
    browser.signs_in(pupil)
    browser.get(service.redirect())

    with django_assert_num_queries(3):  # session read, person read, ID noted and release recorded
        browser.get(service.redirect())


def test_a_request_that_waits_costs_one_statement(
    browser: Browser, service: Service, django_assert_num_queries
) -> None:
    service.register()
    browser.get(service.redirect())

    with django_assert_num_queries(1):  # ID noted and request kept
        browser.get(service.redirect())
