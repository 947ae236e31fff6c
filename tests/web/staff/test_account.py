"""« Mon compte »: devices and password; what a head does for somebody's sessions."""

import html
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from educonnect.accounts import passwords
from educonnect.delegation.models import Function, Invitation
from educonnect.delegation.rules import Right
from educonnect.sessions import staffing
from educonnect.staff import factors
from educonnect.staff.authentication import First, Second, StaffAuthentication
from educonnect.staff.models import Staff
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.schools.factories import SchoolFactory
from tests.sessions.browser import Browser
from tests.staff.people import PASSWORD, with_password
from tests.web.staff.visitors import arrives, current, with_application

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNT, OTHER = "/personnel/mon-compte", "une tout autre phrase assez longue"


def inside(staff: Staff) -> Browser:
    return arrives(Staff.objects.get(pk=staff.pk), second=Second.PASSKEY)


def text(answer) -> str:
    return html.unescape(answer.content.decode())


def test_T35_a_person_reads_where_they_are_signed_in_and_ends_one_the_others_or_all() -> None:
    staff = with_password()
    here, one, two = inside(staff), inside(staff), inside(staff)
    assert text(here.get(ACCOUNT)).count("Dernière activité") == 3

    here.post(f"{ACCOUNT}/appareils/{current(one).sid}/fermer")
    assert (current(one), current(two) is not None) == (None, True)
    here.post(f"{ACCOUNT}/appareils/fermer-ailleurs")
    assert (current(two), current(here) is not None) == (None, True)
    assert here.post(f"{ACCOUNT}/appareils/fermer-partout").headers["Location"] == "/personnel/deconnexion/terminee"
    assert current(here) is None


def test_another_person_s_session_is_not_found() -> None:
    here, other = inside(a_staff()), inside(a_staff())

    assert here.post(f"{ACCOUNT}/appareils/{current(other).sid}/fermer").status_code == 404
    assert current(other) is not None


def test_T34_a_password_changed_closes_every_other_device_and_this_one_stays_under_a_new_secret() -> None:
    staff = with_password()
    here, elsewhere = inside(staff), inside(staff)
    former = here.cookies[staffing.COOKIE].value

    answer = here.post(f"{ACCOUNT}/mot-de-passe", {"current": PASSWORD, "password": OTHER})

    assert answer.headers["Location"] == f"{ACCOUNT}/mot-de-passe?fait=1"
    assert current(elsewhere) is None
    assert "Votre mot de passe est changé" in text(here.get(answer.headers["Location"]))
    assert here.cookies[staffing.COOKIE].value != former
    assert passwords.verify(Staff.objects.get().password, OTHER)


def test_a_wrong_current_password_is_said_beside_its_field_and_changes_nothing() -> None:
    here = inside(with_password())

    page = text(here.post(f"{ACCOUNT}/mot-de-passe", {"current": "faux", "password": OTHER}))

    assert "id_current_error" in page
    assert passwords.verify(Staff.objects.get().password, PASSWORD)


def test_who_comes_by_another_way_in_has_no_password_to_change() -> None:
    staff = a_staff(issuer="https://ailleurs.invalid", subject="x")
    browser = Browser()
    proof = StaffAuthentication(
        staff_id=staff.pk, epoch=0, first=First.UPSTREAM, at=timezone.now(), second=Second.UPSTREAM
    )
    browser.does(lambda request: staffing.begin(request, proof), method="POST")

    assert browser.get(f"{ACCOUNT}/mot-de-passe").status_code == 404
    assert f"{ACCOUNT}/mot-de-passe" not in text(browser.get(ACCOUNT))


def test_T31_a_session_of_the_staff_is_over_after_fifteen_minutes_without_a_visit_and_eight_hours_with() -> None:
    staff, start = a_staff(), timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        idle, busy = inside(staff), inside(staff)
        for visit in range(47):
            clock.shift(timedelta(minutes=10))
            assert busy.get(ACCOUNT).status_code == 200
            if visit == 0:
                assert idle.get(ACCOUNT).status_code == 200
        assert current(idle) is None
        clock.shift(timedelta(minutes=10))
        assert busy.get(ACCOUNT).headers["Location"] == "/personnel/connexion"
        other = inside(staff)
        clock.shift(timedelta(minutes=15))
        assert current(other) is None


def test_T33_a_closed_person_and_one_whose_epoch_moved_are_signed_out_at_once() -> None:
    for change in ({"closed_at": timezone.now()}, {"epoch": 5}):
        staff = a_staff()
        browser = inside(staff)
        Staff.objects.filter(pk=staff.pk).update(**change)

        assert browser.get(ACCOUNT).headers["Location"] == "/personnel/connexion"


def test_T35_the_head_ends_the_sessions_of_a_person_of_the_school_and_of_nobody_else() -> None:
    school = SchoolFactory(sector="PU")
    head = inside(a_post(Function.HEAD, school=school).staff)
    secretary, stranger = a_delegation(Right.ADMINISTRATION, school).staff, a_staff()
    theirs, others = inside(secretary), inside(stranger)
    page = f"/personnel/etablissements/{school.pk}/personnes"
    assert "Appareils connectés maintenant" in text(head.get(f"{page}/{secretary.pk}/connexion"))

    answer = head.post(f"{page}/{secretary.pk}/deconnecter")

    assert answer.headers["Location"].endswith("/connexion?fait=deconnecte")
    assert "Toutes ses connexions sont fermées" in text(head.get(answer.headers["Location"]))
    assert current(theirs) is None
    assert head.post(f"{page}/{stranger.pk}/deconnecter").status_code == 404
    assert current(others) is not None


def test_the_head_lets_somebody_back_who_lost_their_factors_after_a_proof_made_lately() -> None:
    school = SchoolFactory(sector="PU")
    chief = a_post(Function.HEAD, school=school).staff
    secretary = a_delegation(Right.ADMINISTRATION, school).staff
    with_application(secretary)
    address = f"/personnel/etablissements/{school.pk}/personnes/{secretary.pk}/moyens"
    late = arrives(chief, second=Second.PASSKEY, at=timezone.now() - timedelta(minutes=10))
    assert late.post(address).headers["Location"] == "/personnel/confirmer"
    assert factors.of(secretary.pk).some

    assert inside(chief).post(address).headers["Location"].endswith("?fait=invite")

    assert not factors.of(secretary.pk).some
    assert Invitation.objects.get().staff == secretary
    assert "E-8301" in text(inside(chief).post(address.replace(f"/{secretary.pk}/", f"/{chief.pk}/")))
