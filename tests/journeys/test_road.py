"""The whole road: from the letter in hand, through the pass Culture and EduConnect, to the credit."""

from datetime import date

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from educonnect.accounts.models import Account
from educonnect.messaging.models import OutboxMessage
from educonnect.messaging.sending import deliver
from educonnect.sessions.models import Waiting
from tests.journeys.conftest import WIDTHS, Reader
from tests.web import people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def aged_17(**known: object) -> Account:
    today = timezone.localdate()
    return people.pupil(pupil__birthdate=date(today.year - 17, today.month, 1), **known)


def registers(someone: Reader, pass_culture: str, email: str) -> None:
    someone.page.goto(f"{pass_culture}/application/inscription")
    someone.write("Adresse e-mail", email)
    someone.write("Mot de passe du pass", "une phrase pour le pass")
    someone.press("Créer mon compte")
    someone.page.get_by_role("link", name="Mes codes ÉduConnect").wait_for()


def signs_in(someone: Reader, account: Account, password: str) -> None:
    someone.write("Identifiant", account.username)
    someone.write("Mot de passe", password)
    someone.press("Se connecter")


def born(account: Account) -> tuple[str, str, str]:
    assert account.pupil is not None
    birthdate = account.pupil.birthdate
    return str(birthdate.day), str(birthdate.month), str(birthdate.year)


def walks(someone: Reader, pass_culture: str, *, name: str) -> list[str]:
    """Everything from the pass Culture's account to its credit; returns EduConnect's screens, in order."""
    account = aged_17()
    printed = people.notified(account)
    screens = []

    def see(title: str, step: str) -> None:
        screens.append(title)
        someone.see(title, f"{name}-{step}")

    registers(someone, pass_culture, "camille@messagerie.example")
    someone.press("Mes codes ÉduConnect")
    see("Se connecter", "1-connexion")
    assert "pour continuer vers Pass Culture" in someone.text()
    signs_in(someone, account, printed.lower())
    see("Choisissez votre mot de passe", "2-mot-de-passe")
    someone.write("Votre nouveau mot de passe", people.OWN)
    someone.press("Continuer")
    see("Confirmez qui vous êtes", "3-identite")
    someone.write_date(*born(account))
    someone.tick("J’accepte les conditions d’utilisation")
    someone.press("Activer mon compte")
    see("C’est fait !", "4-fait")
    someone.press("Continuer vers Pass Culture")
    return screens


def opens_the_credit(someone: Reader) -> None:
    someone.page.get_by_role("heading", name="Est-ce bien vous ?").wait_for()
    assert "DUVERGER" in someone.text()
    someone.page.get_by_label("Je certifie").check()
    someone.page.get_by_role("button", name="C’est bien moi, ouvrir mon crédit").click()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_pupil_goes_from_the_letter_to_the_credit(width: int, reader, pass_culture: str) -> None:
    someone = reader(width=width)

    screens = walks(someone, pass_culture, name="route")
    opens_the_credit(someone)

    assert len(screens) == 4
    someone.page.get_by_role("heading", name="Votre crédit est ouvert").wait_for()
    someone.open("/mes-services")
    someone.see("Se connecter", "deconnecte")


def test_the_road_is_as_clear_in_the_dark(reader, pass_culture: str) -> None:
    someone = reader(width=360, dark=True)

    screens = walks(someone, pass_culture, name="route-dark")

    assert len(screens) == 4


def test_T79_the_road_is_walked_with_the_keyboard_alone(reader, pass_culture: str) -> None:
    someone = reader(keyboard=True)

    walks(someone, pass_culture, name="route-clavier")

    someone.page.get_by_role("heading", name="Est-ce bien vous ?").wait_for()


def test_the_road_is_walked_without_javascript(reader, pass_culture: str) -> None:
    someone = reader(width=360, javascript=False)

    walks(someone, pass_culture, name="route-sans-script")
    someone.press("Continuer")

    someone.page.get_by_role("heading", name="Est-ce bien vous ?").wait_for()


class TestTwoPupilsOnOneComputer:
    """Neither ever receives the other's birth date."""

    def registers_as(self, someone: Reader, pass_culture: str, name: str) -> None:
        registers(someone, pass_culture, f"{name}@messagerie.example")

    def leaves_the_pass(self, someone: Reader, pass_culture: str) -> None:
        someone.page.goto(pass_culture)
        someone.press("Se déconnecter")

    def test_a_session_left_open_is_asked_about_first(self, reader, educonnect: str, pass_culture: str) -> None:
        someone = reader()
        camille = people.activated(aged_17())
        sacha = people.activated(aged_17(pupil__first_name="Sacha", pupil__family_name="MOREL"))
        someone.open("/connexion")
        signs_in(someone, camille, people.OWN)
        self.registers_as(someone, pass_culture, "sacha")

        someone.press("Mes codes ÉduConnect")
        someone.see("Est-ce bien vous ?", "continuer")
        someone.press("Ce n’est pas moi")
        someone.see("Se connecter", "ce-n-est-pas-moi")
        signs_in(someone, sacha, people.OWN)

        someone.page.get_by_role("heading", name="Est-ce bien vous ?").wait_for()
        assert "MOREL" in someone.text()
        assert "DUVERGER" not in someone.text()

    def test_a_page_left_open_is_not_answered_by_who_signs_in_in_another_tab(self, reader, pass_culture: str) -> None:
        someone = reader()
        camille = people.activated(aged_17())
        self.registers_as(someone, pass_culture, "sacha")
        someone.press("Mes codes ÉduConnect")
        someone.see("Se connecter", "laisse-ouvert")
        left = someone.page
        someone.page = left.context.new_page()
        someone.open("/connexion")
        signs_in(someone, camille, people.OWN)
        someone.see("Mes services", "autre-onglet")

        someone.page = left
        left.reload()

        someone.see("Est-ce bien vous ?", "autre-onglet-continuer")
        assert "DUVERGER" in someone.text()
        assert left.url.startswith(someone.base)

    def test_a_request_one_began_is_not_finished_by_the_other(self, reader, pass_culture: str) -> None:
        someone = reader()
        camille = people.activated(aged_17())
        sacha = people.activated(aged_17(pupil__first_name="Sacha", pupil__family_name="MOREL"))
        self.registers_as(someone, pass_culture, "camille")
        someone.press("Mes codes ÉduConnect")
        signs_in(someone, camille, "pas le bon mot de passe")
        someone.see("Se connecter", "mauvaise-paire")

        signs_in(someone, sacha, people.OWN)

        someone.see("Mes services", "mes-services")
        assert not Waiting.objects.exists()

    def test_what_was_left_half_way_is_not_taken_up_by_the_next_one(self, reader, pass_culture: str) -> None:
        someone = reader()
        camille = aged_17()
        sacha = people.activated(aged_17(pupil__first_name="Sacha", pupil__family_name="MOREL"))
        printed = people.notified(camille)
        self.registers_as(someone, pass_culture, "camille")
        someone.press("Mes codes ÉduConnect")
        signs_in(someone, camille, printed)
        someone.write("Votre nouveau mot de passe", people.OWN)
        someone.press("Continuer")

        someone.open("/connexion")
        someone.see("Se connecter", "activation-commencee")
        signs_in(someone, sacha, people.OWN)

        someone.see("Mes services", "mes-services")
        someone.open("/activation/identite")
        assert someone.page.url.endswith("/mes-services")


def test_a_guardian_s_road_by_letter(reader, mailoutbox: list[EmailMessage]) -> None:
    someone = reader(width=360)
    account = people.guardian(2)
    printed = people.notified(account)

    someone.open("/connexion")
    signs_in(someone, account, printed)
    someone.write("Votre nouveau mot de passe", people.OWN)
    someone.press("Continuer")
    someone.see("Confirmez qui vous êtes", "responsable-identite")
    someone.write_date("14", "5", "2009", "Date de naissance de Camille")
    someone.write_date("15", "5", "2010", "Date de naissance de Sacha")
    someone.write("Votre adresse e-mail", "maryse@messagerie.example")
    someone.tick("J’accepte les conditions d’utilisation")
    someone.press("Activer mon compte")
    someone.see("Encore une chose : regardez vos messages", "responsable-message")
    deliver(OutboxMessage.objects.get().pk)
    someone.page.goto(next(line for line in mailoutbox[0].body.splitlines() if "/confirmer/" in line))
    someone.see("Confirmer votre adresse e-mail", "confirmer")
    someone.press("Confirmer mon adresse")
    someone.see("Votre adresse est confirmée", "confirmee")
    someone.press("Se connecter")
    signs_in(someone, account, people.OWN)

    someone.see("Mes services", "responsable-services")
