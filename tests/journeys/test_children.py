"""« Mes enfants » and the child who is not one's own, in a real browser, narrow and wide."""

import pytest

from educonnect.accounts.models import Account
from tests.journeys.conftest import WIDTHS, Reader
from tests.web import people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def signs_in(someone: Reader, account: Account, password: str, arrives: str, name: str) -> None:
    someone.open("/connexion")
    someone.write("Identifiant", account.username)
    someone.write("Mot de passe", password)
    someone.press("Se connecter")
    someone.see(arrives, name)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_guardian_of_two_says_at_activation_that_one_is_not_theirs(width: int, reader) -> None:
    account = people.guardian(children=2)
    someone = reader(width=width)
    signs_in(someone, account, people.notified(account), "Choisissez votre mot de passe", "enfant-mot-de-passe")
    someone.page.get_by_label("Votre nouveau mot de passe").fill(people.OWN)
    someone.press("Continuer")

    someone.see("Confirmez qui vous êtes", "enfant-refuse")
    someone.page.get_by_label("Je ne suis pas le représentant légal de Camille").check()
    someone.write_date("15", "5", "2010", "Date de naissance de Sacha")
    someone.page.get_by_label("Votre adresse e-mail").fill("maryse@messagerie.example")
    someone.page.get_by_label("J’accepte les conditions d’utilisation").check()
    someone.press("Activer mon compte")

    someone.see("Encore une chose : regardez vos messages", "enfant-refuse-ensuite")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_guardian_adds_the_child_of_another_letter(width: int, reader) -> None:
    account, other = people.activated(people.guardian(children=2)), people.guardian()
    letter = people.notified(other)
    someone = reader(width=width)
    signs_in(someone, account, people.OWN, "Mes services", "enfants-services")

    someone.open("/mon-compte/enfants")
    someone.see("Mes enfants", "enfants")
    someone.press("Ajouter un enfant")
    someone.see("Ajouter un enfant", "enfants-ajouter")
    someone.page.get_by_label("Identifiant de l’autre lettre").fill(other.username)
    someone.page.get_by_label("Mot de passe de l’autre lettre").fill(letter)
    someone.press("Voir les enfants de cette lettre")
    someone.see("Confirmer l’ajout", "enfants-confirmer")
    someone.write_date("14", "5", "2009", "Date de naissance de Camille")
    someone.press("Réunir les deux comptes")

    someone.see("Mes enfants", "enfants-ajoutes")
    assert someone.page.get_by_role("heading", level=2, name="DUVERGER").count() == 3


def test_a_child_is_taken_away_without_script_and_by_keyboard_alone(reader) -> None:
    account = people.activated(people.guardian(children=2))
    someone = reader(width=360, javascript=False)
    signs_in(someone, account, people.OWN, "Mes services", "enfants-services")

    someone.open("/mon-compte/enfants")
    someone.page.get_by_role("link", name="Je ne suis pas le représentant légal de Camille").focus()
    someone.page.keyboard.press("Enter")
    someone.see("Retirer un enfant", "enfants-retirer")
    someone.page.get_by_role("button", name="Retirer cet enfant").focus()
    someone.page.keyboard.press("Enter")

    someone.see("Mes enfants", "enfants-retire")
    assert "Camille" not in someone.text()
