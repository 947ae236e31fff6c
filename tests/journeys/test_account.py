"""« Mon compte »: each page looked at, narrow and wide, by keyboard, and without script."""

import pytest

from tests.journeys.conftest import WIDTHS, Reader
from tests.web import people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def signs_in(someone: Reader, username: str) -> None:
    someone.open("/connexion")
    someone.write("Identifiant", username)
    someone.write("Mot de passe", people.OWN)
    someone.press("Se connecter")
    someone.see("Mes services", "compte-services")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_pupil_finds_the_account_behind_their_name(width: int, reader) -> None:
    account = people.activated(people.pupil(email="camille@exemple.fr"))
    someone = reader(width=width)
    signs_in(someone, account.username)

    someone.press("Mon compte : Camille DUVERGER")

    someone.see("Mon compte", "compte")
    assert "c•••@exemple.fr" in someone.text()
