"""« Mes enfants », screen by screen."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from educonnect.accounts.models import Account
from educonnect.population.models import GuardianshipReport
from tests.web import people

pytestmark = pytest.mark.django_db

CHILDREN = "/mon-compte/enfants"
ADD = "/mon-compte/enfants/ajouter"


def signs_in(client: Client, account: Account) -> None:
    client.post("/connexion", {"username": account.username, "password": people.OWN})


@pytest.fixture
def account(client: Client) -> Account:
    one = people.activated(people.guardian(children=2))
    signs_in(client, one)
    return one


def date_of(child) -> dict[str, str]:
    name, born = f"child-{child.pk}", child.birthdate
    return {f"{name}_jour": str(born.day), f"{name}_mois": str(born.month), f"{name}_annee": str(born.year)}


def kin(account: Account):
    links = account.guardian.guardianships.select_related("pupil").order_by("pupil__birthdate")
    return [link.pupil for link in links]


def test_children_are_listed_with_what_to_do_next_and_no_secret(client: Client, account: Account) -> None:
    page = client.get(CHILDREN).content.decode()

    assert "Camille DUVERGER" in page
    assert "Sacha DUVERGER" in page
    assert "Ajouter un enfant" in page
    assert "2009" not in page


def test_a_pupil_has_no_such_page(client: Client) -> None:
    signs_in(client, people.activated(people.pupil()))

    answers = [client.get(address) for address in (CHILDREN, ADD, f"{ADD}/confirmer", f"{CHILDREN}/1/retirer")]

    assert {answer.headers["Location"] for answer in answers} == {"/mon-compte"}
    assert "Mes enfants" not in client.get("/mon-compte").content.decode()


def test_a_child_is_taken_away_after_a_second_question(client: Client, account: Account) -> None:
    camille, _sacha = kin(account)

    asked = client.get(f"{CHILDREN}/{camille.pk}/retirer").content.decode()
    done = client.post(f"{CHILDREN}/{camille.pk}/retirer", follow=True).content.decode()

    assert "représentant légal de Camille" in asked
    assert "C’est noté" in done
    assert "Camille" not in done
    assert "Sacha" in done


def test_with_the_last_child_the_person_is_told_what_comes_next(client: Client, account: Account) -> None:
    camille, sacha = kin(account)
    client.post(f"{CHILDREN}/{camille.pk}/retirer")

    warned = client.get(f"{CHILDREN}/{sacha.pk}/retirer").content.decode()
    told = client.post(f"{CHILDREN}/{sacha.pk}/retirer", follow=True).content.decode()

    assert "dernier enfant" in warned
    assert "Le compte est fermé" in told
    assert client.get(CHILDREN).headers["Location"] == "/connexion"


def test_another_family_s_child_is_not_there_to_be_taken_away(client: Client, account: Account) -> None:
    other = kin(people.guardian())[0]

    answer = client.post(f"{CHILDREN}/{other.pk}/retirer")

    assert answer.headers["Location"] == CHILDREN
    assert not GuardianshipReport.objects.exists()


def test_a_child_of_another_letter_is_added_in_two_screens(client: Client, account: Account) -> None:
    other = people.guardian()
    letter = people.notified(other)
    (lou,) = kin(other)

    shown = client.post(ADD, {"username": other.username, "password": letter})
    confirm = client.get(shown.headers["Location"]).content.decode()
    done = client.post(shown.headers["Location"], date_of(lou), follow=True).content.decode()

    assert shown.status_code == 303
    assert other.username in confirm
    assert "tous ces enfants" in done
    assert done.count("Je ne suis pas le représentant légal") == 3


def test_a_wrong_date_says_how_many_tries_are_left_and_joins_nobody(client: Client, account: Account) -> None:
    other = people.guardian()
    shown = client.post(ADD, {"username": other.username, "password": people.notified(other)})
    (lou,) = kin(other)

    answer = client.post(shown.headers["Location"], {**date_of(lou), f"child-{lou.pk}_jour": "1"})

    assert "2 essais" in answer.content.decode()
    assert Account.objects.get(pk=other.pk).closed_at is None


def test_a_wrong_pair_is_said_without_saying_which_is_wrong(client: Client, account: Account) -> None:
    other = people.guardian()
    people.notified(other)

    pages = [
        client.post(ADD, {"username": username, "password": "AAAA-BBBB-CCCC"}).content.decode()
        for username in (other.username, "personne.ici")
    ]

    assert all("E-1211" in page for page in pages)


def test_a_proof_too_old_asks_for_the_letter_again(client: Client, account: Account) -> None:
    other = people.guardian()
    shown = client.post(ADD, {"username": other.username, "password": people.notified(other)})

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        page = client.get(shown.headers["Location"]).content.decode()
    bare = client.get(urlsplit(shown.headers["Location"]).path).content.decode()

    assert "E-1264" in page
    assert "E-1264" in bare


def test_an_adult_of_another_name_is_sent_to_the_school(client: Client, account: Account) -> None:
    other = people.guardian(guardian__first_name="Bruno")

    page = client.post(ADD, {"username": other.username, "password": people.notified(other)}).content.decode()

    assert "E-1263" in page
