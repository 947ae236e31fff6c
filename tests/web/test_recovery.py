"""« Mot de passe oublié », « Identifiant oublié », and the link of the message."""

import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from educonnect.accounts import tasks
from educonnect.accounts.models import Account, ForgottenRequest
from educonnect.jobs import sealing
from educonnect.messaging.models import OutboxMessage
from educonnect.sessions import sso
from educonnect.sessions.models import Waiting
from tests.sessions.browser import Browser, number
from tests.web import people

pytestmark = pytest.mark.django_db

PASSWORD, USERNAME = "/mot-de-passe-oublie", "/identifiant-oublie"
NEW = "cinq loutres mangent des prunes"
ADDRESS = "camille@messagerie.example"


@pytest.fixture
def account() -> Account:
    return people.activated(people.pupil(email=ADDRESS, email_confirmed_at=timezone.now()))


def messages() -> list[dict[str, str]]:
    tasks.look_at_forgotten()
    found = OutboxMessage.objects.order_by("pk")
    return [json.loads(sealing.unseal(bytes(message.sealed), purpose="outbox")) for message in found]


def link() -> str:
    found = re.search(r"/mot-de-passe/\S+", messages()[-1]["body"])
    assert found
    return found[0]


def shown(response) -> tuple[int, str, list[tuple[str, int]]]:
    """All that a stranger sees of an answer, less what changes at each visit."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())
    return response.status_code, page, response.redirect_chain


def test_T18_the_answer_is_the_same_whoever_it_is_and_however_often_it_is_asked(account: Account) -> None:
    names = [
        account.username,
        people.activated(people.pupil()).username,
        people.pupil().username,
        people.guardian().username,
        "n.existepas9",
        *["n.existepas9"] * 12,  # asked too often by now
    ]

    answers = [shown(Client().post(PASSWORD, {"username": name}, follow=True)) for name in names]

    assert all(answer == answers[0] for answer in answers)
    assert answers[0][2] == [(f"{PASSWORD}/demande", 303)]
    assert ForgottenRequest.objects.count() < len(names)


def test_T18_the_answer_about_an_address_is_the_same_whatever_it_is(account: Account) -> None:
    known = shown(Client().post(USERNAME, {"email": ADDRESS}, follow=True))
    unknown = shown(Client().post(USERNAME, {"email": "inconnue@messagerie.example"}, follow=True))

    assert known == unknown


def test_T18_the_statements_are_the_same_whoever_it_is(account: Account) -> None:
    costs = []
    for name in (account.username, "n.existepas9"):
        with CaptureQueriesContext(connection) as captured:
            Client().post(PASSWORD, {"username": name})
        costs.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in captured.captured_queries])

    assert costs[0] == costs[1]
    assert len(costs[0]) == 5  # with the test's savepoint


def test_an_empty_form_and_an_address_in_place_of_a_username_are_told(client: Client) -> None:
    empty = client.post(PASSWORD, {}).content.decode()
    address = client.post(PASSWORD, {"username": ADDRESS}).content.decode()
    incomplete = client.post(USERNAME, {"email": "camille"}).content.decode()

    assert "Écrivez votre identifiant." in empty
    assert "pas votre adresse e-mail" in address
    assert "pas complète" in incomplete
    assert not ForgottenRequest.objects.exists()


def test_the_link_asks_before_it_serves_then_leads_to_sign_in(client: Client, account: Account) -> None:
    client.post(PASSWORD, {"username": account.username})
    address = link()

    looked_at = [client.get(address).content.decode() for _ in range(2)]
    done = client.post(address, {"password": NEW}, follow=True)

    assert all(account.username in page for page in looked_at)
    assert done.redirect_chain == [("/mot-de-passe-change", 303)]
    assert "Votre mot de passe est changé" in done.content.decode()
    signed_in = client.post("/connexion", {"username": account.username, "password": NEW})
    assert signed_in.headers["Location"] == "/mes-services"


def test_the_link_signs_nobody_in_and_ends_the_sessions_that_were_open(client: Client, account: Account) -> None:
    elsewhere = Client()
    elsewhere.post("/connexion", {"username": account.username, "password": people.OWN})
    client.post(PASSWORD, {"username": account.username})

    client.post(link(), {"password": NEW})

    assert client.get("/mes-services").status_code == 303
    assert elsewhere.get("/mes-services").status_code == 303


def test_a_weak_password_is_told_and_the_link_still_serves(client: Client, account: Account) -> None:
    client.post(PASSWORD, {"username": account.username})
    address = link()

    weak = client.post(address, {"password": "motdepasse123"})

    assert "E-1203" in weak.content.decode()
    assert client.post(address, {"password": NEW}).status_code == 303


def test_a_link_that_served_says_how_to_get_another(client: Client, account: Account) -> None:
    client.post(PASSWORD, {"username": account.username})
    address = link()
    client.post(address, {"password": NEW})

    page = client.get(address).content.decode()

    assert "E-1240" in page
    assert f'href="{PASSWORD}"' in page
    assert account.username not in page


def test_the_service_that_waits_is_still_there_after_the_link(account: Account) -> None:
    browser, provider = Browser(), people.provider()
    waiting = number(browser.does(lambda request: sso.ask(request, provider=provider, payload={})).headers["Location"])

    browser.post(f"{PASSWORD}?demande={waiting}", {"username": account.username})
    address = link()
    done = browser.post(address, {"password": NEW}, follow=True)

    assert address.endswith(f"?demande={waiting}")
    assert f'href="/connexion?demande={waiting}"' in done.content.decode()
    assert Waiting.objects.filter(pk=waiting).exists()


def test_another_s_request_is_not_taken_up_through_a_link(client: Client, account: Account) -> None:
    provider = people.provider()
    asked = Browser().does(lambda request: sso.ask(request, provider=provider, payload={}))
    client.post(PASSWORD, {"username": account.username})

    page = client.get(f"{link()}?demande={number(asked.headers['Location'])}").content.decode()

    assert "Service fictif" not in page


def test_the_sign_in_page_leads_to_both_roads_with_the_service_that_waits(client: Client) -> None:
    page = client.get("/connexion").content.decode()

    assert f'href="{PASSWORD}"' in page
    assert f'href="{USERNAME}"' in page
