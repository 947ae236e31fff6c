"""« Accueil »: where one acts, what waits there, and why there is nothing yet."""

import html
from datetime import timedelta

import pytest
from django.utils import timezone

from educonnect.delegation.models import Function, Invitation, Suspension
from educonnect.delegation.rules import Right
from educonnect.journal.models import Entry
from educonnect.staff.authentication import Second
from educonnect.staff.models import Staff
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.schools.factories import SchoolFactory
from tests.sessions.browser import Browser
from tests.web.staff.visitors import arrives

pytestmark = pytest.mark.django_db

HOME = "/personnel/"


def inside(staff: Staff) -> Browser:
    return arrives(staff, second=Second.PASSKEY)


def of(school) -> str:
    return f"/personnel/etablissements/{school.pk}/"


def text(answer) -> str:
    return html.unescape(answer.content.decode())


def test_the_only_place_opens_at_once() -> None:
    post = a_post(Function.HEAD, school=SchoolFactory(sector="PU"))

    assert inside(post.staff).get(HOME).headers["Location"] == of(post.school)


def test_several_places_are_offered_by_name_and_one_can_change() -> None:
    one, other = SchoolFactory(sector="PU", name="Collège des Alizés"), SchoolFactory(name="Lycée du Phare")
    staff = a_post(Function.HEAD, school=one).staff
    a_delegation(Right.DEPANNAGE, other, staff=staff)
    browser = inside(staff)

    page = text(browser.get(HOME))

    assert "Où agissez-vous ?" in page
    assert page.index("Collège des Alizés") < page.index("Lycée du Phare")
    assert "Changer" in text(browser.get(of(one)))


def test_the_page_says_where_one_acts_and_who_is_here() -> None:
    school = SchoolFactory(sector="PU", name="Collège des Alizés")
    staff = a_post(Function.HEAD, school=school).staff

    page = text(inside(staff).get(of(school)))

    assert "Administration ÉduConnect" in page
    assert school.name in page
    assert school.pk in page
    assert f"{staff.first_name} {staff.name}" in page


@pytest.mark.parametrize(
    ("post", "address", "name"),
    [
        ({"function": Function.ACADEMIE, "academie": "31"}, "/personnel/academies/31/", "Académie : Martinique"),
        ({"function": Function.NATION}, "/personnel/nation/", "Équipe nationale"),
    ],
)
def test_an_academie_and_the_nation_have_a_first_page(post: dict, address: str, name: str) -> None:
    browser = inside(a_post(**post).staff)

    assert browser.get(HOME).headers["Location"] == address
    assert name in text(browser.get(address))


def test_an_academie_acts_in_its_schools_and_reads_where() -> None:
    school = SchoolFactory(academie="31", name="Collège des Alizés")
    browser = inside(a_post(Function.ACADEMIE, academie="31").staff)

    assert "Collège des Alizés" in text(browser.get(of(school)))


def test_another_school_is_not_found_shows_no_name_and_is_journalled() -> None:
    other = SchoolFactory(name="Lycée du Phare")
    browser = inside(a_post(Function.HEAD, school=SchoolFactory(sector="PU")).staff)

    answer = browser.get(of(other))

    assert answer.status_code == 404
    assert "Lycée du Phare" not in text(answer)
    assert Entry.objects.filter(event="scope.refused", detail__place=other.pk).count() == 1
    assert browser.get("/personnel/nation/").status_code == 404
    assert browser.get("/personnel/academies/31/").status_code == 404


def test_who_holds_nothing_reads_whom_to_ask() -> None:
    page = text(inside(a_staff()).get(HOME))

    assert "Vous n’avez aucun droit dans cet espace" in page
    assert "chef d’établissement" in page


def test_the_head_of_a_private_school_reads_that_the_academie_grants_first() -> None:
    page = text(inside(a_post(Function.HEAD, school=SchoolFactory(sector="PR")).staff).get(HOME))

    assert "Votre académie doit d’abord vous accorder ce droit" in page


def test_who_is_suspended_reads_it() -> None:
    staff = a_post(Function.HEAD, school=SchoolFactory(sector="PU")).staff
    Suspension.objects.create(staff=staff, by="staff:0", at=timezone.now())

    assert "Vos droits sont suspendus" in text(inside(staff).get(HOME))


def test_the_head_reads_what_ends_soon_and_who_has_not_come() -> None:
    school = SchoolFactory(sector="PU")
    head = a_post(Function.HEAD, school=school).staff
    today, now = timezone.localdate(), timezone.now()
    soon = a_delegation(Right.DEPANNAGE, school, ends_on=today + timedelta(days=30))
    a_delegation(Right.DEPANNAGE, school, ends_on=today + timedelta(days=31))
    a_delegation(Right.DEPANNAGE, SchoolFactory(), ends_on=today + timedelta(days=3))
    Invitation.objects.create(staff=soon.staff, digest="a", created_at=now, expires_at=now + timedelta(days=1))
    Invitation.objects.create(staff=a_staff(), digest="b", created_at=now, expires_at=now + timedelta(days=1))

    page = text(inside(head).get(of(school)))

    assert "1 droit donné se termine dans les 30 jours." in page
    assert "1 personne invitée n’est pas encore venue." in page
    assert "se termine" not in text(inside(soon.staff).get(of(school)))


def test_staying_tells_how_long_is_left_and_needs_both_steps() -> None:
    staff = a_post(Function.HEAD, school=SchoolFactory(sector="PU")).staff

    assert (
        0
        < inside(staff).post("/personnel/rester-connecte", headers={"accept": "application/json"}).json()["left"]
        <= 900
    )
    assert arrives(staff).post("/personnel/rester-connecte").headers["Location"] == "/personnel/deuxieme-etape"
