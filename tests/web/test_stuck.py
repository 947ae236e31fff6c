"""« Je n’arrive pas à me connecter »: three questions, the right road, the school last."""

import re

import pytest
from django.test import Client
from django.urls import resolve, reverse

from educonnect.sessions import sso
from educonnect.web.public import stuck
from tests.sessions.browser import Browser, number
from tests.web import people

pytestmark = pytest.mark.django_db

START = "/connexion/aide"


def followed(client: Client) -> dict[str, str]:
    """Every page that links of these pages lead to, from the first one: address -> page."""
    found: dict[str, str] = {}
    ahead = [START]
    while ahead:
        address = ahead.pop()
        if address not in found:
            found[address] = client.get(address).content.decode()
            ahead += re.findall(rf'href="({START}/[^"]*)"', found[address])
    return found


def test_every_road_is_reached_by_three_answers_at_most(client: Client) -> None:
    pages = followed(client)
    roads = {page.title for page in dict(stuck.every_page()).values() if isinstance(page, stuck.Road)}

    assert set(pages) == {f"{START}/{answers}".rstrip("/") for answers, _ in stuck.every_page()}
    assert all(any(f"<h1>{title}</h1>" in page for page in pages.values()) for title in roads)
    assert max(address.removeprefix(START).count("/") for address in pages) == stuck.QUESTIONS


def test_each_road_begins_at_a_page_of_ours_or_at_the_school(client: Client) -> None:
    for answers, page in stuck.every_page():
        if isinstance(page, stuck.Road):
            shown = client.get(f"{START}/{answers}").content.decode()
            if page.view:
                assert f'class="button" href="{reverse(page.view)}"' in shown
                assert client.get(reverse(page.view)).status_code == 200
                assert "Demandez à votre établissement" in shown
            else:
                assert "établissement" in shown


@pytest.mark.parametrize(
    ("answers", "view"),
    [
        ("eleve/mot-de-passe/mot-de-passe-oublie", "public:forgotten-password"),
        ("eleve/mot-de-passe/identifiant-oublie", "public:forgotten-username"),
        ("eleve/lettre/refus", "public:sign-in"),
        ("responsable/lettre/message", "public:sign-in"),
        ("responsable/mot-de-passe/service", "public:sign-in"),
    ],
)
def test_the_answers_lead_to_the_right_road(client: Client, answers: str, view: str) -> None:
    page = client.get(f"{START}/{answers}").content.decode()

    (begins,) = re.findall(r'class="button" href="([^"]*)"', page)
    assert resolve(begins).view_name == view


def test_the_question_before_is_one_link_away(client: Client) -> None:
    page = client.get(f"{START}/eleve/lettre").content.decode()

    assert f'href="{START}/eleve"' in page
    assert "Question 3 sur 3" in page


def test_nothing_is_typed_and_nothing_personal_stands_in_the_address(client: Client) -> None:
    for address, page in followed(client).items():
        assert "<input" not in page
        assert re.fullmatch(rf"{START}[a-z/-]*", address)


@pytest.mark.parametrize(
    "made_up", ["x", "eleve/x", "eleve//lettre", "eleve/lettre/refus/encore", "ELEVE", "%00", "é" * 500]
)
def test_an_answer_that_does_not_exist_is_no_page(client: Client, made_up: str) -> None:
    assert client.get(f"{START}/{made_up}").status_code == 404


def test_no_road_promises_what_is_not_there(client: Client) -> None:
    text = " ".join(followed(client).values())

    assert not re.search(r"FranceConnect|SMS|téléphone", text)


def test_the_service_that_waits_goes_along_to_the_end_of_the_road() -> None:
    browser, provider = Browser(), people.provider()
    asked = browser.does(lambda request: sso.ask(request, provider=provider, payload={}))
    query = f"?demande={number(asked.headers['Location'])}"

    question = browser.get(START + query).content.decode()
    road = browser.get(f"{START}/eleve/mot-de-passe/mot-de-passe-oublie{query}").content.decode()

    assert f'href="{START}/eleve{query}"' in question
    assert f'href="/mot-de-passe-oublie{query}"' in road
    assert "Service fictif" in road
