"""A page rendered once says to each browser exactly its own words."""

import re

import pytest
from django.test import Client
from django.utils.safestring import mark_safe

from educonnect.ui.kept import Kept

pytestmark = pytest.mark.django_db


def test_the_page_is_rendered_once_and_filled_each_time() -> None:
    page, rendered = Kept("name", "token"), []

    def render() -> str:
        rendered.append(1)
        return f"<p>{page.marks['name']}, {page.marks['token']}, {page.marks['name']}</p>"

    first = page.filled(render, {"name": "Camille", "token": "1"})
    second = page.filled(render, {"name": "Sacha", "token": "2"})

    assert (first, second) == ("<p>Camille, 1, Camille</p>", "<p>Sacha, 2, Sacha</p>")
    assert rendered == [1]


def test_a_value_is_text_whatever_it_looks_like() -> None:
    page = Kept("name", "token")

    def render() -> str:
        return f"<p title='{page.marks['name']}'>{page.marks['token']}</p>"

    filled = page.filled(render, {"name": "'><script>@@token@@", "token": "secret"})

    assert filled == "<p title='&#x27;&gt;&lt;script&gt;@@token@@'>secret</p>"


def test_markup_stays_markup() -> None:
    page = Kept("fields")

    assert page.filled(lambda: page.marks["fields"], {"fields": mark_safe("<input>")}) == "<input>"


def test_the_kept_sign_in_page_is_the_page_that_would_have_been_rendered(client: Client) -> None:
    kept = client.get("/connexion").content.decode()
    refused = client.post("/connexion", {}).content.decode()

    def shape(page: str) -> list[str]:
        return re.findall(r"<(?:form|input|label|button)[^>]*?(?:name|for|method)=\"([^\"]*)\"", page)

    assert shape(kept) == shape(refused)
    assert "@@" not in kept


def test_each_browser_gets_a_token_of_its_own() -> None:
    pages = [Client().get("/connexion").content.decode() for _ in range(2)]

    tokens = [re.findall(r'name="csrfmiddlewaretoken" value="([^"]{64})"', page) for page in pages]
    assert tokens[0] != tokens[1]
    assert len(tokens[0]) == len(tokens[1]) == 1
