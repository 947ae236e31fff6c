"""A request posted by the page of another site: a real browser sends none of our cookies with it."""

import html
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Request, Route

from educonnect.federation import providers
from tests.journeys.conftest import Reader
from tests.saml.service import POST, Posted, Service
from tests.web import people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ELSEWHERE = "http://127.0.0.1:9/demander"  # another site than localhost; the page never leaves the browser


@pytest.fixture
def asking(educonnect: str) -> Service:
    service = Service(encryption=False)
    service.register(profile="pass-culture", name="Service d’ailleurs")
    providers.forget()
    return service


@pytest.fixture
def posts_from_elsewhere(asking: Service, educonnect: str) -> Callable[[Reader], list[Request]]:
    """The service's page posts its request by itself; what reaches its own address is kept."""

    def go(someone: Reader) -> list[Request]:
        request = asking.enveloped(asking.request(binding=POST, Destination=f"{educonnect}{POST}"))
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
            for name, value in asking.form(request, RelayState="panier").items()
        )
        page = f'<form method="post" action="{educonnect}{POST}">{fields}<button>Demander</button></form>'
        received: list[Request] = []

        def answered(route: Route, request: Request) -> None:
            received.append(request)
            route.fulfill(status=200, content_type="text/html", body="<h1>Merci</h1>")

        someone.page.route(ELSEWHERE, lambda route: route.fulfill(content_type="text/html", body=page))
        someone.page.route(asking.acs, answered)
        someone.page.goto(ELSEWHERE)
        someone.press("Demander")
        return received

    return go


def signs_in(someone: Reader, username: str) -> None:
    someone.write("Identifiant", username)
    someone.write("Mot de passe", people.OWN)
    someone.press("Se connecter")


def answer(received: list[Request]) -> Posted:
    (request,) = received
    fields = parse_qs(request.post_data or "")
    return Posted(request.url, {name: value for name, (value,) in fields.items()})


def test_a_posted_request_finds_the_open_session_and_asks_who_is_there(
    reader, asking: Service, posts_from_elsewhere
) -> None:
    someone = reader()
    account = people.activated(people.pupil())
    someone.open("/connexion")
    signs_in(someone, account.username)
    someone.see("Mes services", "avant-envoi")
    posted: list[Request] = []
    someone.page.on("request", lambda request: posted.append(request) if request.url.endswith(POST) else None)

    received = posts_from_elsewhere(someone)
    someone.see("Est-ce bien vous ?", "envoi-continuer")
    someone.press("Continuer en tant que Camille DUVERGER")
    someone.page.get_by_role("heading", name="Merci").wait_for()

    (sent,) = posted
    assert "session=" not in sent.all_headers().get("cookie", "")
    assert answer(received).statuses == ["Success"]
    assert answer(received).fields["RelayState"] == "panier"


def test_a_posted_request_without_session_waits_for_its_person(reader, asking: Service, posts_from_elsewhere) -> None:
    someone = reader(width=360)
    account = people.activated(people.pupil())

    received = posts_from_elsewhere(someone)
    someone.see("Se connecter", "envoi-connexion")
    assert "pour continuer vers Service d’ailleurs" in someone.text()
    signs_in(someone, account.username)
    someone.page.get_by_role("heading", name="Merci").wait_for()

    assert answer(received).statuses == ["Success"]
    assert b"2009-05-14" in answer(received).xml
