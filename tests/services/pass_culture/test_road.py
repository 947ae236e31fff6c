"""The service and the identity provider, each its own program, joined by what a browser carries between them."""

import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.utils import timezone
from flask.testing import FlaskClient
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from werkzeug.test import TestResponse

from educonnect.accounts.models import Account
from educonnect.delegation.mandate import operator_mandate
from educonnect.federation import providers
from educonnect.saml import metadata
from services.pass_culture.app import create_app
from tests.accounts.factories import GuardianAccountFactory, PupilAccountFactory
from tests.population.factories import EnrolmentFactory, GuardianshipFactory
from tests.sessions.browser import Browser, demande

pytestmark = pytest.mark.django_db

BASE = "http://127.0.0.1:8001"
IDP = "http://localhost:8000"


class Pass:
    """The service in one browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, address: str) -> TestResponse:
        return self.client.get(address, base_url=BASE)

    def post(self, address: str, **fields: str) -> TestResponse:
        page = self.client.get("/connexion", base_url=BASE).get_data(as_text=True)
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        assert found is not None
        return self.client.post(address, base_url=BASE, data={"csrf": found.group(1), **fields})

    def register(self, email: str) -> None:
        answer = self.post("/application/inscription", email=email, password="une phrase de passe")
        assert answer.status_code == 303, answer.get_data(as_text=True)

    def asks_educonnect(self) -> str:
        """The address of EduConnect the browser is sent to, without its origin."""
        answer = self.get("/saml/educonnect/login")
        address = urlsplit(answer.headers["Location"])
        assert f"{address.scheme}://{address.netloc}" == IDP
        return f"{address.path}?{address.query}"

    def receives(self, page: str) -> str:
        """The answer posted from EduConnect's page: from another site, so without this service's cookie."""
        fields = dict(re.findall(r'name="(SAMLResponse|RelayState)" value="([^"]*)"', page))
        fields = {name: unescape(value) for name, value in fields.items()}
        stranger = self.client.application.test_client(use_cookies=False)
        answer = stranger.post("/saml/acs/", base_url=BASE, data=fields)
        assert answer.status_code == 303
        assert "Set-Cookie" not in answer.headers
        return answer.headers["Location"]


@pytest.fixture(autouse=True)
def _registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        OneLogin_Saml2_IdPMetadataParser,
        "get_metadata",
        classmethod(lambda cls, url, *rest, **more: metadata.ours()[0]),
    )
    providers.forget()


@pytest.fixture
def at_the_pass(tmp_path: Path) -> Pass:
    app = create_app(BASE, f"{IDP}/idp/shibboleth", tmp_path, today=timezone.localdate)
    client = app.test_client()
    document = client.get("/saml/metadata.xml", base_url=BASE).data
    providers.register(operator_mandate(), metadata.describe(document), profile="pass-culture")
    return Pass(client)


def aged(years: int, *, ine: str | None = None) -> Account:
    today = timezone.localdate()
    birthdate = date(today.year - years, today.month, 1)
    account = PupilAccountFactory(pupil__birthdate=birthdate, **({"pupil__ine": ine} if ine else {}))
    EnrolmentFactory(pupil=account.pupil)
    return account


def certified(at_the_pass: Pass, account: Account, browser: Browser | None = None) -> str:
    """Ask, sign in to EduConnect, come back: where the service sends the browser then."""
    browser = browser or Browser()
    asked = browser.get(at_the_pass.asks_educonnect())
    destination = browser.signs_in(account, demande=demande(asked))
    return at_the_pass.receives(browser.get(destination).content.decode())


def failure(address: str) -> str:
    assert urlsplit(address).path == "/educonnect/erreur"
    return parse_qs(urlsplit(address).query).get("code", [""])[0]


def test_a_pupil_of_17_confirms_who_they_are_and_books_with_the_credit(at_the_pass: Pass) -> None:
    at_the_pass.register("camille@exemple.fr")
    browser = Browser()

    landed = certified(at_the_pass, aged(17), browser)
    page = at_the_pass.get(landed).get_data(as_text=True)
    left = at_the_pass.post(landed, answer="me", sworn="on")
    signed_out = browser.get(left.headers["Location"].removeprefix(IDP))
    home = at_the_pass.get("/").get_data(as_text=True)
    at_the_pass.post("/offres/theatre")

    assert "Camille" in page
    assert "DUVERGER" in page
    assert browser.current() is None
    assert signed_out["Location"] == f"{BASE}/"
    assert "50 €" in home
    assert "38 €" in at_the_pass.get("/").get_data(as_text=True)


def test_an_identity_is_shown_to_the_browser_that_brought_it_only(at_the_pass: Pass) -> None:
    at_the_pass.register("camille@exemple.fr")
    landed = certified(at_the_pass, aged(17))

    elsewhere = at_the_pass.get("/educonnect/validation")
    guessed = at_the_pass.get("/educonnect/validation?reponse=devinee")
    here = at_the_pass.get(landed).get_data(as_text=True)

    assert (elsewhere.status_code, guessed.status_code) == (303, 303)
    assert "DUVERGER" in here
    assert "camille@exemple.fr" in here


def test_nothing_opens_without_the_sworn_statement_nor_for_somebody_else(at_the_pass: Pass) -> None:
    at_the_pass.register("camille@exemple.fr")
    landed = certified(at_the_pass, aged(17))

    unsworn = at_the_pass.post(landed, answer="me")
    other = at_the_pass.post(landed, answer="other")

    assert unsworn.status_code == 422
    assert other.status_code == 303
    assert "Débloquez votre crédit" in at_the_pass.get("/").get_data(as_text=True)


@pytest.mark.parametrize(("age", "credit"), [(15, "0 €"), (16, "0 €"), (17, "50 €")])
def test_each_age_opens_what_the_rules_of_the_day_grant(at_the_pass: Pass, age: int, credit: str) -> None:
    at_the_pass.register("camille@exemple.fr")

    landed = certified(at_the_pass, aged(age))
    at_the_pass.post(landed, answer="me", sworn="on")

    assert f"<strong>{credit}</strong>" in at_the_pass.get("/").get_data(as_text=True)


@pytest.mark.parametrize(
    ("age", "code"), [(14, "UserAgeNotValid"), (18, "UserAgeNotValid18YearsOld"), (19, "UserAgeNotValid")]
)
def test_out_of_the_ages_a_page_says_which_other_road(at_the_pass: Pass, age: int, code: str) -> None:
    at_the_pass.register("camille@exemple.fr")

    landed = certified(at_the_pass, aged(age))

    assert failure(landed) == code
    assert "Quitter ce compte" in at_the_pass.get(landed).get_data(as_text=True)


def test_a_guardian_is_told_to_use_the_pupils_own_account(at_the_pass: Pass) -> None:
    at_the_pass.register("maryse@exemple.fr")
    account = GuardianAccountFactory()
    GuardianshipFactory(guardian=account.guardian, pupil=EnrolmentFactory().pupil)

    landed = certified(at_the_pass, account)

    assert failure(landed) == "UserTypeNotStudent"
    assert "votre propre compte d’élève" in at_the_pass.get(landed).get_data(as_text=True)


def test_the_same_pupil_never_opens_two_credits(at_the_pass: Pass) -> None:
    pupil = aged(17)
    at_the_pass.register("camille@exemple.fr")
    at_the_pass.post(certified(at_the_pass, pupil), answer="me", sworn="on")
    at_the_pass.post("/deconnexion")
    at_the_pass.register("encore@exemple.fr")

    landed = certified(at_the_pass, pupil)

    assert failure(landed) == "DuplicateINE"


def test_another_account_of_the_same_name_and_birth_date_is_a_duplicate(at_the_pass: Pass) -> None:
    at_the_pass.register("camille@exemple.fr")
    at_the_pass.post(certified(at_the_pass, aged(17)), answer="me", sworn="on")
    at_the_pass.post("/deconnexion")
    at_the_pass.register("encore@exemple.fr")

    landed = certified(at_the_pass, aged(17))

    assert failure(landed) == "DuplicateUser"


def test_an_answer_is_read_once_and_only_within_its_minutes(at_the_pass: Pass) -> None:
    at_the_pass.register("camille@exemple.fr")
    browser = Browser()
    asked = browser.get(at_the_pass.asks_educonnect())
    page = browser.get(browser.signs_in(aged(17), demande=demande(asked))).content.decode()

    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        late = at_the_pass.receives(page)
    in_time = at_the_pass.receives(page)
    again = at_the_pass.receives(page)

    assert failure(late) == ""
    assert urlsplit(in_time).path == "/educonnect/validation"
    assert failure(again) == ""


def test_a_forged_answer_is_never_read(at_the_pass: Pass) -> None:
    at_the_pass.register("camille@exemple.fr")

    landed = at_the_pass.receives('<input name="SAMLResponse" value="PHNhbWxwOlJlc3BvbnNlLz4=">')

    assert failure(landed) == ""


def test_the_switch_turns_the_educonnect_way_off(tmp_path: Path) -> None:
    app = create_app(BASE, f"{IDP}/idp/shibboleth", tmp_path, educonnect_is_on=False)
    visitor = Pass(app.test_client())
    visitor.register("camille@exemple.fr")

    landed = visitor.get("/saml/educonnect/login").headers["Location"]

    assert failure(landed) == "Unavailable"


def test_the_web_site_signs_in_only_who_has_an_account_of_the_application(at_the_pass: Pass) -> None:
    answer = at_the_pass.post("/connexion", email="personne@exemple.fr", password="une phrase de passe")

    assert answer.status_code == 422
    assert "créés dans l’application" in answer.get_data(as_text=True)


def test_logging_out_leads_back_to_a_registered_service_only(at_the_pass: Pass) -> None:
    browser = Browser()
    account = aged(17)
    elsewhere = (
        "https://evil.example/",
        "//evil.example",
        "http://127.0.0.1:8001@evil.example/",
        "http://127.0.0.1:80011/",
        "javascript:alert(1)",
        "http://127.0.0.1:8001\\@evil.example/",
    )

    for address in elsewhere:
        browser.signs_in(account)
        left = browser.get("/idp/profile/Logout", {"return": address})
        assert left["Location"] == "/deconnexion/terminee"
        assert browser.current() is None
