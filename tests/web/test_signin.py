"""« Se connecter »."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from educonnect.accounts import throttling
from educonnect.sessions.models import Session
from tests.web import people

pytestmark = pytest.mark.django_db

ADDRESS = "/connexion"
# statements, transactions' savepoints of the test included
WRONG = 7
RIGHT = 4


def signs_in(client: Client, username: str, password: str, **more: str):
    return client.post(ADDRESS, {"username": username, "password": password, **more})


def shown(response) -> str:
    """The page without what changes at each visit."""
    page = response.content.decode()
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page)
    return re.sub(r'name="username" value="[^"]*"', "", page)


def test_T44_a_right_pair_leads_to_one_s_services_by_303(client: Client) -> None:
    account = people.activated(people.pupil())

    response = signs_in(client, account.username, people.OWN)

    assert (response.status_code, response.headers["Location"]) == (303, "/mes-services")
    assert client.get("/mes-services").status_code == 200


def test_a_letter_s_password_leads_to_activation_whatever_its_case_spaces_and_dashes(client: Client) -> None:
    account = people.pupil()
    printed = people.notified(account)

    response = signs_in(client, account.username.upper(), " " + printed.lower().replace("-", " "))

    assert (response.status_code, response.headers["Location"]) == (303, "/activation/mot-de-passe")


def test_a_reset_s_password_leads_to_a_new_own_password(client: Client) -> None:
    account = people.activated(people.pupil())
    printed = people.reset(account)

    response = signs_in(client, account.username, printed)

    assert response.headers["Location"] == "/nouveau-mot-de-passe"


def test_T18_a_wrong_pair_looks_the_same_whether_or_not_the_username_exists(client: Client) -> None:
    account = people.activated(people.pupil())

    known = signs_in(client, account.username, "pas le bon du tout")
    unknown = signs_in(Client(), "n.existepas9", "pas le bon du tout")

    assert shown(known) == shown(unknown)
    assert known.status_code == unknown.status_code == 200
    assert "E-1211" in shown(known)


def test_what_was_typed_is_kept_except_the_password(client: Client) -> None:
    page = signs_in(client, "c.duverger2", "pas le bon du tout", shared="on").content.decode()

    assert 'value="c.duverger2"' in page
    assert "pas le bon du tout" not in page
    assert re.search(r'name="shared"[^>]*checked', page)


def test_T78_an_empty_form_names_each_field_to_fill_and_leads_to_it(client: Client) -> None:
    page = client.post(ADDRESS, {}).content.decode()

    assert '<a href="#id_username">Écrivez votre identifiant.</a>' in page
    assert '<a href="#id_password">Écrivez votre mot de passe.</a>' in page
    assert 'aria-describedby="id_username_helptext id_username_error"' in page
    assert re.search(r"<title>\s*Erreur :", page)


def test_a_locked_account_is_told_after_a_right_pair_only_with_who_unlocks(client: Client) -> None:
    account = people.activated(people.pupil())
    account.locked_at, account.locked_until = timezone.now(), timezone.now() + timedelta(hours=5)
    account.save()

    right = signs_in(client, account.username, people.OWN).content.decode()
    wrong = signs_in(Client(), account.username, "pas le bon du tout").content.decode()

    assert "E-1212" in right
    assert "Lycée fictif des Alizés" in right
    assert "0596000000" in right
    assert "E-1211" in wrong
    assert "Alizés" not in wrong


def test_an_expired_letter_is_told_after_a_right_pair_only_with_who_renews_it(client: Client) -> None:
    account = people.pupil()
    printed = people.notified(account, at=timezone.now() - timedelta(days=200))

    right = signs_in(client, account.username, printed).content.decode()
    wrong = signs_in(Client(), account.username, "AAAA-BBBB-CCCC").content.decode()

    assert "E-1213" in right
    assert "Lycée fictif des Alizés" in right
    assert "E-1211" in wrong
    assert "Alizés" not in wrong


def test_a_guardian_who_has_not_confirmed_an_address_is_told(client: Client) -> None:
    account = people.guardian()
    account.password = people.activated(people.pupil()).password
    account.email_to_confirm = "maryse@messagerie.example"
    account.notified_at = timezone.now()
    account.save()

    page = signs_in(client, account.username, people.OWN).content.decode()

    assert "E-1217" in page


def test_too_many_tries_are_told_the_wait(client: Client) -> None:
    account = people.activated(people.pupil())

    answers = [signs_in(client, account.username, f"faux essai numéro {n}") for n in range(12)]

    assert answers[-1].status_code == 429
    assert re.search(r"Attendez \d+ (seconde|minute)", answers[-1].content.decode())


def test_T30_the_session_is_new_at_each_sign_in(client: Client) -> None:
    account = people.activated(people.pupil())
    signs_in(client, account.username, people.OWN)
    former = client.cookies["session"].value

    client.cookies["session"] = former
    signs_in(client, account.username, people.OWN)

    assert client.cookies["session"].value != former
    assert len(former) >= 43
    assert Session.objects.count() == 1


def test_T32_the_cookie_is_ours_alone(client: Client) -> None:
    account = people.activated(people.pupil())

    signs_in(client, account.username, people.OWN)

    cookie = client.cookies["session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["expires"]


def test_a_shared_computer_s_session_is_short_and_the_device_is_not_remembered(client: Client) -> None:
    account = people.activated(people.pupil())

    signs_in(client, account.username, people.OWN, shared="on")

    assert Session.objects.get().shared
    assert "device" not in client.cookies


def test_somebody_signed_in_is_not_asked_again(client: Client) -> None:
    account = people.activated(people.pupil())
    signs_in(client, account.username, people.OWN)

    response = client.get(ADDRESS)

    assert (response.status_code, response.headers["Location"]) == (303, "/mes-services")


def test_T06_password_managers_are_told_what_each_field_is(client: Client) -> None:
    page = client.get(ADDRESS).content.decode()

    assert re.search(r'name="username"[^>]*autocomplete="username"', page)
    assert re.search(r'name="password"[^>]*autocomplete="current-password"', page)
    assert "onpaste" not in page


def test_T22_failures_and_the_last_time_are_told_at_the_next_sign_in(client: Client) -> None:
    account = people.activated(people.pupil())
    signs_in(client, account.username, people.OWN)
    signs_in(Client(), account.username, "pas le bon du tout")
    signs_in(Client(), account.username, "pas le bon non plus")
    signs_in(client, account.username, people.OWN)

    page = client.get("/mes-services").content.decode()

    assert "2 essais" in page
    assert "Dernière connexion" in page


def test_a_wrong_pair_and_a_right_one_cost_so_many_statements(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = people.activated(people.pupil())
    monkeypatch.setattr(throttling, "under_alarm", lambda now: False)  # it is read every few seconds only

    with django_assert_num_queries(WRONG):
        signs_in(client, account.username, "pas le bon du tout")
    with django_assert_num_queries(RIGHT):
        signs_in(client, account.username, people.OWN)


def test_T83_nothing_asks_for_a_puzzle(client: Client) -> None:
    page = client.get(ADDRESS).content.decode()

    assert len(re.findall(r"<input(?![^>]*type=\"hidden\")", page)) == 3


def test_T14_no_secret_question_is_asked_to_whoever_cannot_sign_in(client: Client) -> None:
    page = client.get("/connexion/aide").content.decode()

    assert "<input" not in page
    assert "question secrète" not in page.lower()
