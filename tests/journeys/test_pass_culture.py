"""The example pass Culture in a real browser: each of its screens and of its failures, at both widths."""

from collections.abc import Callable
from datetime import date

import pytest
from django.utils import timezone

from educonnect.accounts.models import Account
from educonnect.federation.models import Provider
from tests.journeys.conftest import WIDTHS, Reader
from tests.journeys.test_road import opens_the_credit, registers, signs_in
from tests.web import people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Readers = Callable[..., Reader]


def aged(years: int, **known: object) -> Account:
    today = timezone.localdate()
    return people.activated(people.pupil(pupil__birthdate=date(today.year - years, today.month, 1), **known))


def reaches(someone: Reader, pass_culture: str, account: Account, email: str = "camille@messagerie.example") -> None:
    """From a new account of the pass to the answer of EduConnect."""
    registers(someone, pass_culture, email)
    someone.press("Mes codes ÉduConnect")
    signs_in(someone, account, people.OWN)
    someone.page.wait_for_url(f"{pass_culture}/**")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_whole_pass_from_an_account_to_a_booking(width: int, reader: Readers, pass_culture: str) -> None:
    someone = reader(width=width)

    someone.page.goto(pass_culture)
    someone.see("Votre pass pour sortir, lire, écouter", "pass-accueil")
    someone.press("Créer mon compte")
    someone.see("Créer mon compte", "pass-compte")
    registers(someone, pass_culture, "camille@messagerie.example")
    someone.see("Confirmer mon identité", "pass-identite")
    someone.press("C’est quoi ÉduConnect ?")
    someone.see("C’est quoi ÉduConnect ?", "pass-educonnect")
    someone.press("Revenir")
    someone.press("Ma pièce d’identité")
    someone.see("Ma pièce d’identité", "pass-document")
    someone.press("Revenir")
    someone.press("Mes codes ÉduConnect")
    signs_in(someone, aged(17), people.OWN)
    someone.page.get_by_role("heading", name="Est-ce bien vous ?").wait_for()
    someone.see("Est-ce bien vous\u00a0?", "pass-confirmer")
    someone.press("C’est bien moi, ouvrir mon crédit")
    someone.page.get_by_role("alert").wait_for()
    someone.see("Est-ce bien vous\u00a0?", "pass-non-certifie")
    opens_the_credit(someone)
    someone.page.get_by_role("heading", name="Votre crédit est ouvert").wait_for()
    someone.see("Votre crédit est ouvert", "pass-credit")
    assert "50 €" in someone.text()
    someone.press("Réserver « Le Joker », théâtre")
    someone.see("C’est réservé !", "pass-reserve")
    assert "38 €" in someone.text()


def test_what_the_credit_does_not_reach_is_not_booked(reader: Readers, pass_culture: str) -> None:
    someone = reader(width=360)
    reaches(someone, pass_culture, aged(16))
    opens_the_credit(someone)
    someone.page.get_by_role("heading", name="Votre pass est ouvert").wait_for()
    someone.see("Votre pass est ouvert", "pass-16-ans")

    someone.press("Réserver Concert bèlè")

    someone.see("Votre crédit ne suffit pas", "pass-credit-insuffisant")


@pytest.mark.parametrize(
    ("years", "title"),
    [(14, "Votre âge ne permet pas d’ouvrir un crédit avec ÉduConnect"), (18, "Vous avez 18 ans")],
)
def test_another_age_is_told_which_way_to_take(years: int, title: str, reader: Readers, pass_culture: str) -> None:
    someone = reader(width=360)

    reaches(someone, pass_culture, aged(years))

    someone.see(title, f"pass-{years}-ans")
    someone.page.get_by_role("link", name="Quitter ce compte ÉduConnect").click()
    someone.page.wait_for_url(f"{pass_culture}/identite")
    someone.open("/mes-services")
    assert "/connexion" in someone.page.url


def test_the_same_pupil_twice_is_told_so(reader: Readers, pass_culture: str) -> None:
    pupil = aged(17)
    first, second = reader(width=360), reader(width=360)
    reaches(first, pass_culture, pupil)
    opens_the_credit(first)
    first.page.get_by_role("heading", name="Votre crédit est ouvert").wait_for()

    reaches(second, pass_culture, pupil, "encore@messagerie.example")

    second.see("Votre compte ÉduConnect a déjà ouvert un pass", "pass-double-ine")


def test_a_guardian_let_in_is_told_to_leave_it_to_the_pupil(reader: Readers, pass_culture: str) -> None:
    someone = reader(width=360)
    guardian = people.activated(people.guardian())

    reaches(someone, pass_culture, guardian, "maryse@messagerie.example")

    someone.see("Ce compte ÉduConnect n’est pas celui d’un élève", "pass-responsable")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_what_goes_wrong_at_the_pass(width: int, reader: Readers, pass_culture: str) -> None:
    someone = reader(width=width)
    registers(someone, pass_culture, "camille@messagerie.example")
    seen = []

    for code, title in (
        ("", "Nous n’avons pas pu lire la réponse d’ÉduConnect"),
        ("DuplicateUser", "Vous avez déjà un pass"),
        ("Unavailable", "ÉduConnect est indisponible pour le moment"),
    ):
        someone.page.goto(f"{pass_culture}/educonnect/erreur?code={code}")
        someone.see(title, f"pass-erreur-{code or 'illisible'}")
        seen.append(someone.page.title())
    someone.page.goto(f"{pass_culture}/nulle-part")
    someone.see("Cette page n’est pas disponible", "pass-erreur-404")
    someone.press("Accueil")
    someone.press("Se déconnecter")
    for address, button in (("/application/inscription", "Créer mon compte"), ("/connexion", "Me connecter")):
        someone.page.goto(f"{pass_culture}{address}")
        title = someone.page.get_by_role("heading", level=1).inner_text()
        someone.write("Adresse e-mail", "camille@messagerie.example")
        someone.write("Mot de passe du pass", "trop court")
        someone.press(button)
        someone.page.get_by_role("alert").wait_for()
        someone.see(title, f"pass-refus{address.replace('/', '-')}")

    assert len(set(seen)) == len(seen)


def test_the_pass_is_walked_with_the_keyboard_alone(reader: Readers, pass_culture: str) -> None:
    someone = reader(keyboard=True)
    reaches(someone, pass_culture, aged(17))

    someone.tick("Je certifie")
    someone.press("C’est bien moi, ouvrir mon crédit")
    someone.page.get_by_role("heading", name="Votre crédit est ouvert").wait_for()
    someone.press("Réserver « Le Joker », théâtre")

    someone.see("C’est réservé !", "pass-clavier")


def test_the_pass_is_walked_without_javascript(reader: Readers, pass_culture: str) -> None:
    someone = reader(width=360, javascript=False)
    registers(someone, pass_culture, "camille@messagerie.example")
    someone.press("Mes codes ÉduConnect")
    signs_in(someone, aged(17), people.OWN)
    someone.press("Continuer")
    opens_the_credit(someone)
    someone.page.get_by_role("heading", name="Votre crédit est ouvert").wait_for()
    someone.press("Réserver « Le Joker », théâtre")

    someone.see("C’est réservé !", "pass-sans-script")
    assert Provider.objects.get().home == pass_culture
