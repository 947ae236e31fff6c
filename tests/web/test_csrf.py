"""The secret that forms send back."""

import re

import pytest
from django.test import Client, RequestFactory

from educonnect.web import csrf
from tests.web import people
from tests.web.test_signin import ADDRESS

pytestmark = pytest.mark.django_db


def test_a_secret_is_drawn_for_each_browser_and_kept_by_it() -> None:
    mine, other = Client(), Client()

    for browser in (mine, other):
        browser.get(ADDRESS)
    first = mine.cookies["csrf"].value
    mine.get(ADDRESS)

    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert mine.cookies["csrf"].value == first
    assert other.cookies["csrf"].value != first


def test_a_form_without_the_secret_is_refused_and_one_with_it_is_heard() -> None:
    browser = Client(enforce_csrf_checks=True)
    account = people.activated(people.pupil())
    typed = {"username": account.username, "password": people.OWN}
    shown = re.search(r'name="csrfmiddlewaretoken" value="(\w{64})"', browser.get(ADDRESS).content.decode())
    assert shown is not None

    without = browser.post(ADDRESS, typed)
    before = browser.cookies["csrf"].value
    heard = browser.post(ADDRESS, {**typed, "csrfmiddlewaretoken": shown[1]})

    assert (without.status_code, heard.status_code) == (403, 303)
    assert browser.cookies["csrf"].value != before


def test_a_form_opened_before_the_secret_key_changed_is_heard(settings) -> None:
    browser = Client(enforce_csrf_checks=True)
    account = people.activated(people.pupil())
    shown = re.search(r'name="csrfmiddlewaretoken" value="(\w{64})"', browser.get(ADDRESS).content.decode())
    assert shown is not None

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another secret, long enough to be one"
    typed = {"username": account.username, "password": people.OWN, "csrfmiddlewaretoken": shown[1]}

    assert browser.post(ADDRESS, typed).status_code == 303


def test_what_a_page_shows_differs_each_time() -> None:
    request = RequestFactory().get(ADDRESS)

    assert csrf.token(request) != csrf.token(request)
