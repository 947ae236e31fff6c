"""« Accès perdu d’un collègue »."""

import html
from datetime import timedelta

import pytest
from django.utils import timezone

from educonnect.delegation.models import Function, Invitation
from educonnect.delegation.rules import Right
from educonnect.schools.models import School
from educonnect.staff import factors
from educonnect.staff.authentication import Second
from educonnect.staff.models import Staff
from tests.delegation.factories import a_delegation, a_post
from tests.schools.factories import SchoolFactory
from tests.sessions.browser import Browser
from tests.web.staff.visitors import arrives, with_application, with_passkey

pytestmark = pytest.mark.django_db


@pytest.fixture
def school() -> School:
    return SchoolFactory(sector="PU")


@pytest.fixture
def secretary(school: School) -> Staff:
    found = a_delegation(Right.ADMINISTRATION, school).staff
    with_application(found)
    return found


def in_charge(school: School, function: Function) -> tuple[Browser, str]:
    """Somebody who answers for the school, and the address of their page."""
    places = {
        Function.HEAD: ({"school": school}, f"/personnel/etablissements/{school.pk}/acces-perdu"),
        Function.ACADEMIE: ({"academie": school.academie}, f"/personnel/academies/{school.academie}/acces-perdu"),
        Function.NATION: ({}, "/personnel/nation/acces-perdu"),
    }
    where, address = places[function]
    staff = a_post(function, **where).staff
    with_passkey(staff)
    return arrives(staff, second=Second.PASSKEY), address


def text(answer) -> str:
    return html.unescape(answer.content.decode())


@pytest.mark.parametrize("function", [Function.HEAD, Function.ACADEMIE, Function.NATION])
def test_a_colleague_is_found_by_their_address_then_invited_anew(
    school: School, secretary: Staff, function: Function
) -> None:
    browser, address = in_charge(school, function)

    found = browser.post(address, {"email": secretary.email.upper()}).headers["Location"]
    assert secretary.name in text(browser.get(found))
    done = browser.post(found.removesuffix("connexion") + "moyens")

    assert "une invitation vient de partir" in text(browser.get(done.headers["Location"]))
    assert not factors.of(secretary.pk).some
    assert Invitation.objects.filter(staff=secretary).count() == 1


def test_somebody_who_acts_elsewhere_is_not_told_from_nobody(school: School) -> None:
    other = a_delegation(Right.ADMINISTRATION, SchoolFactory(sector="PU")).staff
    browser, address = in_charge(school, Function.HEAD)

    pages = [text(browser.post(address, {"email": one})) for one in (other.email, "personne@nulle-part.invalid")]

    assert all("personne qui agit ici ne la porte" in page for page in pages)


def test_it_asks_for_a_fresh_proof(school: School, secretary: Staff) -> None:
    head = a_post(Function.HEAD, school=school).staff
    with_passkey(head)
    stale = arrives(head, second=Second.PASSKEY, at=timezone.now() - timedelta(minutes=6))

    answer = stale.post(f"/personnel/etablissements/{school.pk}/personnes/{secretary.pk}/moyens")

    assert answer.headers["Location"] == "/personnel/confirmer"
    assert factors.of(secretary.pk).some
