"""Every public page that needs nobody: looked at narrow, wide, dark, and at 320 px."""

import pytest

from tests.journeys.conftest import WIDTHS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = {
    "/connexion": "Se connecter",
    "/connexion/aide": "Je n’arrive pas à me connecter",
    "/connexion/aide/eleve/lettre": "Je n’arrive pas à me connecter",
    "/connexion/aide/eleve/lettre/refus": "Vérifier ce que vous copiez de la lettre",
    "/mot-de-passe-oublie": "Mot de passe oublié",
    "/mot-de-passe-oublie/demande": "Regardez vos messages",
    "/identifiant-oublie": "Identifiant oublié",
    "/aide": "Aide",
    "/accessibilite": "Accessibilité",
    "/mentions-legales": "Mentions légales",
    "/donnees-personnelles": "Données personnelles",
    "/deconnexion/terminee": "Vous êtes déconnecté",
    "/catalogue": "Catalogue",
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("address", PAGES)
def test_T78_axe_finds_nothing(address: str, width: int, reader) -> None:
    someone = reader(width=width)

    someone.open(address)

    someone.see(PAGES[address], f"page{address.replace('/', '-')}")


@pytest.mark.parametrize("address", PAGES)
def test_T80_a_page_is_as_clear_in_the_dark(address: str, reader) -> None:
    someone = reader(width=360, dark=True)

    someone.open(address)

    someone.see(PAGES[address], f"page{address.replace('/', '-')}-dark")


@pytest.mark.parametrize("address", PAGES)
def test_T80_a_page_fits_320_px(address: str, reader) -> None:
    someone = reader(width=320)

    someone.open(address)

    someone.see(PAGES[address], f"page{address.replace('/', '-')}")
