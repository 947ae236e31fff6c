"""A head finds an alert on the first page, suspends somebody's rights, and reads who did what."""

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from educonnect.accounts.models import Account
from educonnect.delegation.mandate import actor_of
from educonnect.delegation.models import Delegation, Function, Suspension
from educonnect.delegation.rules import Right
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.oversight import alerts
from educonnect.oversight.alerts import Place
from educonnect.oversight.models import Alert
from educonnect.oversight.rules import Cause
from educonnect.sessions import staffing
from educonnect.staff.authentication import Second
from educonnect.staff.models import Staff
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.journeys.conftest import WIDTHS, Reader
from tests.web import people
from tests.web.staff.visitors import arrives

ALERT = "Alerte à vérifier : Luc MORIN, mots de passe remplacés en grand nombre."
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def signed_in(someone: Reader, staff: Staff) -> None:
    """Both factors were given a moment ago."""
    secret = arrives(staff, second=Second.PASSKEY).cookies[staffing.COOKIE].value
    page: Page = someone.page
    page.context.add_cookies([{"name": staffing.COOKIE, "value": secret, "url": someone.base}])


def a_school_day() -> tuple[Staff, Delegation, Account]:
    """A head, a secretary who replaced very many passwords, and one of those whose password it was."""
    account = people.activated(people.pupil())
    school = account.pupil.enrolments.get().school
    head = a_post(Function.HEAD, school=school, staff=a_staff(first_name="Rose", name="Alba")).staff
    given = a_delegation(Right.DEPANNAGE, school, staff=a_staff(first_name="Luc", name="Morin"))
    secretary = actor_of(given.staff_id)
    record(Event.ACCOUNT_RESET, actor=secretary, account_id=account.pk, uai=school.pk)
    alerts.count(secretary, Cause.RESETS, 140, places=[Place(uai=school.pk)], now=timezone.now())
    return head, given, account


def walk(someone: Reader, account: Account) -> None:
    someone.open("/personnel/")
    someone.see("Accueil", "alertes-accueil")
    someone.press(ALERT)
    someone.see("Alerte", "alertes-une")
    someone.press("Suspendre ses droits")
    someone.press("Accueil")
    someone.press(ALERT)
    someone.see("Alerte", "alertes-suspendue")
    assert "Les droits de Luc MORIN sont suspendus" in someone.text()
    someone.press("J’ai vérifié")
    someone.see("Alerte", "alertes-verifiee")
    assert "par Rose ALBA" in someone.text()
    someone.press("Voir ce que Luc MORIN a fait")
    someone.see("Journal", "journal")
    assert "Mot de passe remplacé par un mot de passe provisoire." in someone.text()
    someone.press("Chercher une personne")
    someone.see("Chercher une personne", "journal-personne")
    someone.write("Nom ou identifiant", "duver")
    someone.press("Chercher")
    someone.see("Journal", "journal-d-une-personne")
    assert f"Sur le compte de DUVERGER Camille ({account.username})" in someone.text()
    someone.press("Télécharger ces lignes dans un tableau")
    someone.see("Télécharger le journal", "journal-tableau")
    someone.open("/personnel/mon-journal")
    someone.see("Mon journal", "journal-le-mien")
    assert "Droits suspendus." in someone.text()


def done(given: Delegation) -> None:
    alert = Alert.objects.get()
    assert alert.seen_at is not None
    assert Suspension.objects.get().staff_id == given.staff_id == alert.staff_id


@pytest.mark.parametrize("width", WIDTHS)
def test_a_head_acts_on_an_alert_and_reads_the_journal(width: int, reader: Callable[..., Reader]) -> None:
    head, given, account = a_school_day()
    someone = reader(width=width)
    signed_in(someone, head)

    walk(someone, account)

    done(given)


@pytest.mark.parametrize("how", [{"keyboard": True}, {"javascript": False}], ids=["keyboard", "no script"])
def test_the_same_road_by_keyboard_alone_and_without_script(
    how: dict[str, bool], reader: Callable[..., Reader]
) -> None:
    head, given, account = a_school_day()
    someone = reader(**how)
    signed_in(someone, head)

    walk(someone, account)

    done(given)


def test_the_table_comes_down_as_a_file(reader: Callable[..., Reader]) -> None:
    head, _, _ = a_school_day()
    someone = reader()
    signed_in(someone, head)
    someone.open(f"/personnel/etablissements/{head.posts.get().school_id}/journal/tableau")

    with someone.page.expect_download() as download:
        someone.press("Télécharger le tableau")

    assert re.fullmatch(r"journal-\d{7}[A-Z]-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)
