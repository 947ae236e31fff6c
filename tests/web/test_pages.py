"""Pages that only inform, and pages for what went wrong."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

PAGES = [
    "/connexion",
    "/connexion/aide",
    "/connexion/aide/eleve",
    "/connexion/aide/eleve/lettre/date",
    "/mot-de-passe-oublie",
    "/mot-de-passe-oublie/demande",
    "/identifiant-oublie",
    "/identifiant-oublie/demande",
    "/mot-de-passe-change",
    "/accessibilite",
    "/mentions-legales",
    "/donnees-personnelles",
    "/aide",
    "/deconnexion/terminee",
    "/catalogue",
]


@pytest.mark.parametrize("address", PAGES)
def test_a_public_page_asks_the_database_nothing_of_a_newcomer(address: str, client: Client) -> None:
    response = client.get(address)

    assert response.status_code == 200


def test_T81_each_page_says_its_language_and_has_its_own_title(client: Client) -> None:
    pages = [client.get(address).content.decode() for address in PAGES]

    titles = [re.search(r"<title>(.*?)</title>", page, re.S) for page in pages]
    assert all('<html lang="fr">' in page for page in pages)
    assert len({title.group(1).strip() for title in titles if title}) == len(PAGES)


@pytest.mark.parametrize("address", PAGES)
def test_the_demonstration_s_banner_is_on_every_page(address: str, client: Client) -> None:
    assert "Démonstration" in client.get(address).content.decode()


def test_no_banner_outside_a_demonstration(client: Client, settings: Settings) -> None:
    settings.DEMO = False

    assert "Démonstration" not in client.get("/connexion").content.decode()


def test_the_catalogue_is_a_demonstration_s_only(client: Client, settings: Settings) -> None:
    settings.DEMO = False

    assert client.get("/catalogue").status_code == 404


def test_an_unknown_address_has_its_page(client: Client) -> None:
    response = client.get("/nulle-part")

    assert response.status_code == 404
    assert "E-0404" in response.content.decode()


def test_a_form_without_its_token_says_what_to_do(settings: Settings) -> None:
    response = Client(enforce_csrf_checks=True).post("/deconnexion")

    assert response.status_code == 403
    assert "E-0419" in response.content.decode()


def test_a_failure_of_ours_is_told_without_database_or_collected_files(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("educonnect.web.public.pages.render", broken)
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    client.raise_request_exception = False

    response = client.get("/aide")

    assert response.status_code == 500
    assert "E-0500" in response.content.decode()
    assert "Démonstration" in response.content.decode()


@pytest.mark.parametrize(
    ("setting", "address"),
    [
        ("LEGAL_TEXT", "/mentions-legales"),
        ("PERSONAL_DATA_TEXT", "/donnees-personnelles"),
        ("ACCESSIBILITY_TEXT", "/accessibilite"),
        ("HELP_TEXT", "/aide"),
    ],
)
def test_the_operator_s_words_are_shown_as_text(setting: str, address: str, client: Client, settings: Settings) -> None:
    setattr(settings, setting, "Exploité par <b>l’exploitant</b> fictif.")

    page = client.get(address).content.decode()

    assert "Exploité par &lt;b&gt;l’exploitant&lt;/b&gt; fictif." in page


def test_a_text_the_operator_did_not_give_is_said_missing(client: Client) -> None:
    assert "n’a pas encore publié" in client.get("/mentions-legales").content.decode()


def test_the_bare_address_leads_to_sign_in(client: Client) -> None:
    response = client.get("/")

    assert (response.status_code, response.headers["Location"]) == (303, "/connexion")


@pytest.mark.django_db
def test_a_closed_page_leads_to_sign_in(client: Client) -> None:
    response = client.get("/mes-services")

    assert (response.status_code, response.headers["Location"]) == (303, "/connexion")


@pytest.mark.django_db
def test_the_sign_in_page_costs_no_statement(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        client.get("/connexion")
