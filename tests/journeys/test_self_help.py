"""What people do alone: a forgotten password or username, three questions, another password, another address."""

import json
import re
from collections.abc import Callable

import pytest
from django.utils import timezone

from educonnect.accounts import tasks
from educonnect.accounts.models import Account
from educonnect.jobs import sealing
from educonnect.messaging.models import OutboxMessage
from tests.journeys.conftest import WIDTHS, Reader
from tests.journeys.test_road import registers, signs_in
from tests.web import people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEW = "cinq loutres mangent des prunes"
ADDRESS = "camille@famille.example"


@pytest.fixture
def account() -> Account:
    return people.activated(people.pupil(email=ADDRESS, email_confirmed_at=timezone.now()))


def messages() -> str:
    """All that leaves, once a worker has looked at what waits."""
    tasks.look_at_forgotten()
    sealed = OutboxMessage.objects.order_by("pk").values_list("sealed", flat=True)
    return "\n".join(json.loads(sealing.unseal(one, purpose="outbox"))["body"] for one in sealed)


def link(path: str) -> str:
    found = re.search(rf"{path}\S+", messages())
    assert found
    return found[0]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_pupil_chooses_a_forgotten_password_anew_and_goes_on_to_the_service(
    width: int, reader: Callable[..., Reader], account: Account, pass_culture: str
) -> None:
    someone = reader(width=width)
    registers(someone, pass_culture, ADDRESS)
    someone.press("Mes codes ÉduConnect")
    someone.press("Mot de passe oublié ?")
    someone.see("Mot de passe oublié", "oubli-1-mot-de-passe")
    assert "Pass Culture" in someone.text()
    someone.press("Recevoir un message")
    someone.see("Mot de passe oublié", "oubli-1-vide")
    someone.write("Identifiant", account.username)
    someone.press("Recevoir un message")
    someone.see("Regardez vos messages", "oubli-2-messages")

    someone.open(link("/mot-de-passe/"))
    someone.see("Choisissez un nouveau mot de passe", "oubli-3-choisir")
    someone.write("Votre nouveau mot de passe", NEW)
    someone.press("Enregistrer mon mot de passe")
    someone.see("Votre mot de passe est changé", "oubli-4-change")
    someone.press("Se connecter")
    someone.see("Se connecter", "oubli-5-connexion")
    assert "pour continuer vers Pass Culture" in someone.text()
    signs_in(someone, account, NEW)

    someone.page.wait_for_url(f"{pass_culture}/**")


def test_a_link_that_served_says_how_to_get_another(reader: Callable[..., Reader], account: Account) -> None:
    someone = reader(width=360)

    someone.open("/mot-de-passe/celui-ci-n-est-pas-le-bon")

    someone.see("Ce lien ne sert plus", "oubli-lien-fini")
    someone.press("Demander un nouveau message")
    someone.see("Mot de passe oublié", "oubli-1-mot-de-passe-2")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_forgotten_username_comes_by_e_mail(width: int, reader: Callable[..., Reader], account: Account) -> None:
    someone = reader(width=width)
    someone.open("/connexion")
    someone.press("Identifiant oublié ?")
    someone.see("Identifiant oublié", "oubli-identifiant")
    someone.write("Adresse e-mail", ADDRESS)
    someone.press("Recevoir un message")

    someone.see("Regardez vos messages", "oubli-identifiant-messages")

    assert account.username in messages()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("keyboard", [False, True])
def test_three_questions_lead_to_the_road(width: int, keyboard: bool, reader: Callable[..., Reader]) -> None:
    someone = reader(width=width, keyboard=keyboard)
    someone.open("/connexion")
    someone.press("Je n’arrive pas à me connecter")
    someone.see("Je n’arrive pas à me connecter", "question-1")
    someone.press("Un compte d’élève")
    someone.see("Je n’arrive pas à me connecter", "question-2")
    someone.press("Oui, je l’ai choisi")
    someone.see("Je n’arrive pas à me connecter", "question-3")
    someone.press("J’ai oublié mon mot de passe")
    someone.see("Recevoir un lien par e-mail", "question-route")
    someone.page.go_back()
    someone.see("Je n’arrive pas à me connecter", "question-3")
    someone.page.go_forward()

    someone.press("Mot de passe oublié")

    someone.see("Mot de passe oublié", "question-bout")


def test_without_script_the_questions_work(reader: Callable[..., Reader]) -> None:
    someone = reader(width=360, javascript=False)
    someone.open("/connexion/aide")

    someone.press("Un compte de responsable (parent, tuteur)")
    someone.press("Non, et je n’ai pas de lettre")

    someone.see("Demander une lettre", "question-sans-lettre")


@pytest.mark.parametrize("width", WIDTHS)
def test_T34_a_password_is_changed_and_the_other_devices_closed(
    width: int, reader: Callable[..., Reader], account: Account
) -> None:
    someone, elsewhere = reader(width=width), reader()
    for device in (someone, elsewhere):
        device.open("/connexion")
        signs_in(device, account, people.OWN)
        device.page.wait_for_url("**/mes-services")
    someone.open("/mon-compte/mot-de-passe")
    someone.see("Mot de passe", "compte-mot-de-passe")
    someone.write("Votre mot de passe actuel", people.OWN)
    someone.write("Votre nouveau mot de passe", NEW)
    someone.press("Changer mon mot de passe")
    someone.page.get_by_role("status").wait_for()
    someone.see("Mot de passe", "compte-mot-de-passe-change")

    elsewhere.open("/mon-compte")

    assert "/connexion" in elsewhere.page.url


@pytest.mark.parametrize("width", WIDTHS)
def test_an_address_is_changed_and_the_former_one_stays_until_the_link_is_followed(
    width: int, reader: Callable[..., Reader], account: Account
) -> None:
    someone = reader(width=width)
    someone.open("/connexion")
    signs_in(someone, account, people.OWN)
    someone.page.wait_for_url("**/mes-services")
    someone.open("/mon-compte/adresse-e-mail")
    someone.see("Adresse e-mail", "compte-adresse")
    someone.write("Votre nouvelle adresse e-mail", "nouvelle@famille.example")
    someone.write("Votre mot de passe", people.OWN)
    someone.press("Recevoir un message pour confirmer")
    someone.page.get_by_role("status").wait_for()
    someone.see("Adresse e-mail", "compte-adresse-a-confirmer")
    account.refresh_from_db()
    assert account.email == ADDRESS

    someone.open(link("/confirmer/"))
    someone.press("Confirmer mon adresse")

    someone.see("Votre adresse est confirmée", "compte-adresse-confirmee")
    account.refresh_from_db()
    assert account.email == "nouvelle@famille.example"


def test_an_address_is_taken_away(reader: Callable[..., Reader], account: Account) -> None:
    someone = reader(width=360)
    someone.open("/connexion")
    signs_in(someone, account, people.OWN)
    someone.page.wait_for_url("**/mes-services")
    someone.open("/mon-compte/adresse-e-mail")
    someone.press("Retirer mon adresse e-mail")
    someone.see("Retirer mon adresse e-mail", "compte-adresse-retirer")
    someone.write("Votre mot de passe", people.OWN)

    someone.press("Retirer mon adresse")

    someone.page.get_by_role("status").wait_for()
    someone.see("Adresse e-mail", "compte-adresse-retiree")
