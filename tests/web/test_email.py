"""The link that confirms an e-mail address."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from educonnect.accounts import codes
from educonnect.accounts.models import Account, LinkPurpose
from tests.web import people

pytestmark = pytest.mark.django_db

ADDRESS = "camille@messagerie.example"


def link_of(account: Account, *, minutes: int = 60) -> str:
    account.email_to_confirm = ADDRESS
    account.save()
    token, _ = codes.make(
        account.pk,
        LinkPurpose.CONFIRM_EMAIL,
        lifetime=timedelta(minutes=minutes),
        now=timezone.now(),
        email=ADDRESS,
    )
    return f"/confirmer/{token}"


@pytest.fixture
def account() -> Account:
    return people.activated(people.pupil())


def test_following_the_link_asks_and_pressing_the_button_confirms(client: Client, account: Account) -> None:
    link = link_of(account)

    asked = client.get(link)
    looked = Account.objects.get(pk=account.pk).email
    confirmed = client.post(link, follow=True)

    assert "Confirmer mon adresse" in asked.content.decode()
    assert looked == ""
    assert "Votre adresse est confirmée" in confirmed.content.decode()
    account.refresh_from_db()
    assert account.email == ADDRESS


def test_a_second_use_says_it_is_done(client: Client, account: Account) -> None:
    link = link_of(account)
    client.post(link)

    page = client.post(link).content.decode()

    assert "E-1233" in page
    assert "Aller à la connexion" in page


def test_a_link_too_old_says_how_to_get_another(client: Client, account: Account) -> None:
    page = client.post(link_of(account, minutes=-1)).content.decode()

    assert "E-1232" in page
    assert "nouveau message" in page


def test_an_unknown_link_is_told(client: Client) -> None:
    assert "E-1231" in client.post("/confirmer/nimportequoi").content.decode()


def test_a_guardian_s_link_opens_the_account(client: Client) -> None:
    account = people.guardian()
    people.notified(account)
    account.password = people.activated(people.pupil()).password
    account.save()

    page = client.post(link_of(account), follow=True).content.decode()

    assert "Se connecter" in page
    signed = client.post("/connexion", {"username": account.username, "password": people.OWN})
    assert signed.headers["Location"] == "/mes-services"


def test_the_address_is_not_shown_to_whoever_holds_the_link(client: Client, account: Account) -> None:
    assert ADDRESS not in client.get(link_of(account)).content.decode()
