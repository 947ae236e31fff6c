"""Every state in which a screen says no: still clear, still reachable, axe finds nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from educonnect.accounts import throttling
from educonnect.accounts.models import Account, Kind
from educonnect.accounts.throttling import Origin
from educonnect.federation import providers
from educonnect.federation.models import Provider
from tests.journeys.conftest import Reader
from tests.web import people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def someone(reader) -> Reader:
    return reader(width=360)


def signs_in(someone: Reader, account: Account, password: str) -> None:
    someone.open("/connexion")
    someone.write("Identifiant", account.username)
    someone.write("Mot de passe", password)
    someone.press("Se connecter")


def test_T78_an_empty_form_is_told_on_top_and_the_keyboard_is_there(someone: Reader) -> None:
    someone.open("/connexion")

    someone.press("Se connecter")

    someone.see("Se connecter", "refus-vide")
    expect(someone.page.get_by_role("alert")).to_be_focused()
    someone.page.get_by_role("link", name="Écrivez votre mot de passe.").click()
    expect(someone.page.get_by_label("Mot de passe")).to_be_focused()


def test_a_wrong_pair(someone: Reader) -> None:
    account = people.activated(people.pupil())

    signs_in(someone, account, "pas le bon du tout")

    someone.see("Se connecter", "refus-paire")
    expect(someone.page.get_by_label("Identifiant")).to_have_value(account.username)
    expect(someone.page.get_by_label("Mot de passe")).to_have_value("")


def test_too_many_tries(someone: Reader) -> None:
    account = people.activated(people.pupil())

    for number in range(9, -1, -1):  # wrong tries of the last hour: the tenth must wait more than a minute
        at = timezone.now() - timedelta(minutes=6 * number)
        throttling.begin(account.username, account.pk, Origin("127.0.0.1"), now=at)
    signs_in(someone, account, "pas le bon non plus")

    someone.see("Se connecter", "refus-attendre")
    assert "Attendez" in someone.text()


def test_a_locked_account(someone: Reader) -> None:
    account = people.activated(people.pupil())
    account.locked_at, account.locked_until = timezone.now(), timezone.now() + timedelta(hours=5)
    account.save()

    signs_in(someone, account, people.OWN)

    someone.see("Se connecter", "refus-bloque")
    assert "Lycée fictif des Alizés" in someone.text()


def test_an_expired_letter(someone: Reader) -> None:
    account = people.pupil()
    printed = people.notified(account, at=timezone.now() - timedelta(days=200))

    signs_in(someone, account, printed)

    someone.see("Se connecter", "refus-expire")


def test_a_weak_password_then_another_date_until_the_account_locks(someone: Reader) -> None:
    account = people.pupil()
    printed = people.notified(account)
    signs_in(someone, account, printed)

    someone.write("Votre nouveau mot de passe", "camille")
    someone.see("Choisissez votre mot de passe", "jauge")
    someone.press("Continuer")
    someone.see("Choisissez votre mot de passe", "refus-mot-de-passe")
    someone.write("Votre nouveau mot de passe", people.OWN)
    someone.press("Continuer")
    someone.press("Activer mon compte")
    someone.see("Confirmez qui vous êtes", "refus-identite-vide")
    someone.tick("J’accepte les conditions d’utilisation")
    for step in ("refus-date-1", "refus-date-2", "refus-date-bloque"):
        someone.write_date("1", "1", "2008")
        someone.press("Activer mon compte")
        last = step == "refus-date-bloque"
        someone.see("Vous ne pouvez pas continuer maintenant" if last else "Confirmez qui vous êtes", step)

    assert "bloqué" in someone.text()
    assert "0596000000" in someone.text()


def test_the_password_can_be_shown_and_hidden_again(someone: Reader) -> None:
    someone.open("/connexion")
    field = someone.page.get_by_label("Mot de passe")

    someone.press("Afficher")
    shown = field.get_attribute("type")
    someone.press("Cacher")

    assert (shown, field.get_attribute("type")) == ("text", "password")


def test_T06_a_password_can_be_pasted(someone: Reader) -> None:
    someone.open("/connexion")
    someone.write("Identifiant", "collé")
    someone.page.get_by_label("Identifiant").press("Control+A")
    someone.page.keyboard.press("Control+X")

    someone.page.get_by_label("Mot de passe").focus()
    someone.page.keyboard.press("Control+V")

    expect(someone.page.get_by_label("Mot de passe")).to_have_value("collé")


def test_a_page_that_does_not_exist(someone: Reader) -> None:
    someone.open("/nulle-part")

    someone.see("Cette page n’existe pas", "introuvable")


def test_cookies_gone_between_page_and_form(someone: Reader) -> None:
    someone.open("/connexion")
    someone.page.context.clear_cookies()

    someone.press("Se connecter")

    someone.see("Recommencez, s’il vous plaît", "csrf")


def test_a_link_that_serves_no_more(someone: Reader) -> None:
    someone.open("/confirmer/nimportequoi")

    someone.press("Confirmer mon adresse")

    someone.see("Ce lien ne sert plus", "lien-inconnu")


def test_after_a_reset(someone: Reader) -> None:
    account = people.activated(people.pupil())
    printed = people.reset(account)

    signs_in(someone, account, printed)
    someone.see("Choisissez un nouveau mot de passe", "reinitialise")
    someone.write("Votre nouveau mot de passe", "une autre phrase bien longue")
    someone.press("Enregistrer mon mot de passe")

    someone.see("Mes services", "services-vides")


def test_a_guardian_is_told_that_the_service_is_for_pupils(someone: Reader, pass_culture: str) -> None:
    Provider.objects.update(populations=[Kind.PUPIL])
    providers.forget()
    signs_in(someone, people.activated(people.guardian()), people.OWN)
    someone.see("Mes services", "services-responsable")
    someone.page.goto(f"{pass_culture}/application/inscription")
    someone.write("Adresse e-mail", "maryse@messagerie.example")
    someone.write("Mot de passe du pass", "une phrase pour le pass")
    someone.press("Créer mon compte")

    someone.press("Mes codes ÉduConnect")

    someone.see("Ce service est réservé aux élèves", "reserve")


def test_signing_out_asks_then_says_what_is_left_to_close(someone: Reader) -> None:
    signs_in(someone, people.activated(people.pupil()), people.OWN)
    someone.open("/deconnexion")
    someone.see("Voulez-vous vous déconnecter ?", "quitter")

    someone.press("Se déconnecter")

    someone.see("Vous êtes déconnecté", "parti")
