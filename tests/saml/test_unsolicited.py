"""A service opened without asking first: Profiles 4.1.5, with the parameters of Shibboleth."""

import time
from urllib.parse import urlencode, urlsplit

import pytest

from educonnect.accounts.models import Account
from educonnect.delegation.mandate import operator_mandate
from educonnect.federation import providers
from educonnect.federation.models import Release
from educonnect.journal.models import Entry
from educonnect.sessions.models import Waiting
from tests.saml.service import NS, Posted, Service, posted, refused
from tests.sessions.browser import Browser, demande

pytestmark = pytest.mark.django_db
OPEN = {"unsolicited": True}


def link(service: Service, **more: str) -> str:
    return f"/idp/profile/SAML2/Unsolicited/SSO?{urlencode({'providerId': service.entity_id, **more})}"


def walk(browser: Browser, address: str) -> Posted:
    return posted(browser.get(browser.get(address)["Location"]))


@pytest.fixture
def service() -> Service:
    return Service(encryption=False)


def test_an_open_session_opens_the_service_with_an_answer_to_no_request(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register(options=OPEN)
    browser.signs_in(pupil)

    answer = walk(browser, link(service, target="https://service.example/cahier"))

    assert (answer.action, answer.fields["RelayState"]) == (service.acs, "https://service.example/cahier")
    assert answer.statuses == ["Success"]
    assert b"InResponseTo" not in answer.xml
    assert answer.root.find(".//saml:SubjectConfirmationData", NS).get("Recipient") == service.acs
    assert Release.objects.get().account == pupil


def test_whoever_is_not_signed_in_is_asked_to_and_a_reload_begins_nothing_new(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register(options=OPEN)

    asked = browser.get(link(service))
    browser.get(link(service))

    assert Waiting.objects.count() == 1
    assert posted(browser.get(browser.signs_in(pupil, demande=demande(asked)))).statuses == ["Success"]


def test_a_service_that_certifies_identity_still_asks_who_is_there(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register(options=OPEN, certifies_identity=True)
    browser.signs_in(pupil)

    assert urlsplit(browser.get(link(service))["Location"]).path == "/continuer"


def test_an_address_of_the_metadata_may_be_chosen_and_no_other(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register(options=OPEN)
    browser.signs_in(pupil)

    assert walk(browser, link(service, shire=f"{service.acs}second")).action == f"{service.acs}second"
    for other in (
        "https://attacker.example/",
        service.acs.rstrip("/"),
        f"{service.acs}?x",
        f"{service.acs}artifact",
        "",
    ):
        assert refused(browser.get(link(service, shire=other))) == "E-6116"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"time": "now"}, "E-6102"),
        ({"time": "9" * 30}, "E-6102"),
        ({"time": str(int(time.time()) - 3600)}, "E-6113"),
        ({"time": str(int(time.time()) + 7200)}, "E-6114"),
        ({"target": "x" * 9000}, "E-6102"),
        ({"providerId": "https://nobody.example"}, "E-6107"),
        ({"providerId": ""}, "E-6101"),
    ],
)
def test_a_link_that_cannot_be_followed_has_its_page_and_its_line(
    browser: Browser, service: Service, more: dict[str, str], code: str
) -> None:
    service.register(options=OPEN)

    assert refused(browser.get(link(service, **more))) == code
    assert Entry.objects.filter(event="federation.request-refused").count() == 1


def test_a_parameter_said_twice_is_refused_and_an_unknown_one_ignored(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register(options=OPEN)
    browser.signs_in(pupil)

    assert refused(browser.get(f"{link(service, target='a')}&target=b")) == "E-6105"
    assert walk(browser, link(service, time=str(int(time.time())), conversation="e1s1")).statuses == ["Success"]


def test_a_service_that_did_not_say_so_takes_no_answer_it_did_not_ask_for(
    browser: Browser, service: Service, pupil: Account
) -> None:
    provider = service.register()
    browser.signs_in(pupil)

    assert refused(browser.get(link(service))) == "E-6121"
    assert Entry.objects.get(event="federation.request-refused").provider_id == provider.pk


def test_a_suspended_service_is_not_opened(browser: Browser, service: Service) -> None:
    service.register(options=OPEN)
    providers.suspend(operator_mandate(), service.entity_id)

    assert refused(browser.get(link(service))) == "E-6108"
