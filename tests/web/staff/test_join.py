"""The link of an invitation, and that of a forgotten password."""

import html

import pytest
from django.test import Client
from django.utils import timezone

from educonnect.delegation import invitations
from educonnect.delegation.models import Function
from educonnect.delegation.rules import Right
from educonnect.messaging.models import OutboxMessage
from educonnect.staff import recovery
from educonnect.staff.authentication import Second
from educonnect.staff.models import Staff
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.messaging.reading import read
from tests.schools.factories import SchoolFactory
from tests.sessions.browser import Browser
from tests.staff.people import PASSWORD, with_password
from tests.staff.test_totp import code
from tests.web.staff.visitors import arrives, current, with_application

pytestmark = pytest.mark.django_db(transaction=True)

SECOND, HOME = "/personnel/deuxieme-etape", "/personnel/"


def link(staff: Staff) -> str:
    return invitations.JOIN_PATH + invitations.make(staff.pk, actor="staff:1", now=timezone.now())


def text(answer) -> str:
    return html.unescape(answer.content.decode())


def test_the_person_invited_reads_where_chooses_a_password_and_goes_on_to_the_second_step() -> None:
    staff = a_delegation(Right.DEPANNAGE, SchoolFactory(name="Collège des Alizés")).staff
    address, browser = link(staff), Browser()
    page = text(browser.get(address))
    assert "Collège des Alizés" in page
    assert staff.email in page

    answer = browser.post(address, {"password": PASSWORD})

    assert (answer.status_code, answer.headers["Location"]) == (303, SECOND)
    assert "Protéger votre compte" in text(browser.get(SECOND))
    assert browser.get(HOME).headers["Location"] == SECOND
    assert "Cette invitation ne sert plus" in text(Client().get(address))


def test_following_the_link_alone_serves_nothing_and_a_weak_password_neither() -> None:
    staff = a_staff()
    address = link(staff)
    Client().get(address)
    page = text(Client().post(address, {"password": "quatorze lettr"}))

    assert "15 caractères" in page
    assert 'aria-invalid="true"' in page
    assert Client().post(address, {"password": PASSWORD}).status_code == 303


def test_whoever_is_signed_in_takes_it_into_their_account() -> None:
    head = a_post(Function.HEAD, school=SchoolFactory(sector="PU")).staff
    invited = a_delegation(Right.DEPANNAGE, SchoolFactory(name="Lycée du Phare")).staff
    address, browser = link(invited), arrives(head, second=Second.PASSKEY)
    assert "Ajouter à mon compte" in text(browser.get(address))

    answer = browser.post(address, {"ajouter-taken": "1"})

    assert answer.headers["Location"] == HOME
    assert "Lycée du Phare" in text(browser.get(HOME))


def test_who_has_not_given_the_second_factor_is_offered_to_take_nothing() -> None:
    address, browser = link(a_staff()), arrives(a_staff())

    assert "Ajouter à mon compte" not in text(browser.get(address))
    assert browser.post(address, {"ajouter-taken": "1"}).status_code == 200


def test_T29_who_has_a_second_factor_is_asked_for_it_after_an_invitation() -> None:
    staff = with_password()
    secret = with_application(staff)
    browser = Browser()

    browser.post(link(staff), {"password": "une tout autre phrase assez longue"})

    assert not current(browser).open
    assert "Montrez que c’est bien vous" in text(browser.get(SECOND))
    browser.post(SECOND, {"code": code(secret, timezone.now())})
    assert current(browser).open


def test_an_invitation_that_is_over_shows_nothing_of_anybody() -> None:
    page = text(Client().get(f"{invitations.JOIN_PATH}x"))

    assert "Cette invitation ne sert plus" in page
    assert "E-1284" in page


def test_a_forgotten_password_is_answered_the_same_whoever_it_is_and_chosen_anew_by_the_link() -> None:
    staff = with_password()
    asked = [
        Client().post("/personnel/mot-de-passe-oublie", {"email": email})
        for email in (staff.email, "personne@nulle-part.invalid")
    ]
    assert {answer.headers["Location"] for answer in asked} == {"/personnel/mot-de-passe-oublie/demande"}
    recovery.look_at_all(now=timezone.now())
    address = recovery.CHOOSE_PATH + read(OutboxMessage.objects.get())["body"].split(recovery.CHOOSE_PATH)[1].split()[0]
    assert staff.email in text(Client().get(address))
    assert "15 caractères" in text(Client().post(address, {"password": "trop court"}))

    answer = Client().post(address, {"password": "une tout autre phrase assez longue"})

    assert answer.headers["Location"] == "/personnel/mot-de-passe-change"
    assert "Mot de passe changé" in text(Client().get("/personnel/mot-de-passe-change"))
    assert "Ce lien ne sert plus" in text(Client().get(address))
