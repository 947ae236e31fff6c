"""« Journal » and « Alertes », as those who answer for a place read them."""

import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from educonnect.delegation.mandate import OutOfMandate, actor_of, mandate_for
from educonnect.delegation.models import Function
from educonnect.delegation.rules import Right
from educonnect.journal.models import Entry
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.limits.limit import Limit
from educonnect.oversight import alerts, rules
from educonnect.oversight.alerts import Place
from educonnect.oversight.models import Alert
from educonnect.oversight.rules import Cause
from educonnect.schools.models import School
from educonnect.staff.authentication import Second
from educonnect.staff.models import Staff
from educonnect.web.staff import wording
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.notification.conftest import World, world
from tests.schools.factories import SchoolFactory
from tests.sessions.browser import Browser
from tests.web.staff.visitors import arrives

__all__ = ["world"]
pytestmark = pytest.mark.django_db


def the_head(school: School) -> Staff:
    return a_post(Function.HEAD, school=school).staff


def comes_in(staff: Staff) -> Browser:
    return arrives(staff, second=Second.PASSKEY)


def told(answer: HttpResponse) -> str:
    """The main part of a page, in words."""
    body = answer.content.decode().split("<main")[1].split("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def address(school: School, rest: str = "journal") -> str:
    return f"/personnel/etablissements/{school.pk}/{rest}"


def test_every_event_that_staff_may_read_has_its_sentence() -> None:
    read = {event for events in rules.EVENTS.values() for event in events}

    assert set(wording.SENTENCES) == read
    assert set(wording.KINDS) == set(rules.Kind)
    assert set(wording.CAUSES) == set(Cause)


def test_every_sentence_can_be_said_whatever_its_line_holds(world: World) -> None:
    head = the_head(world.school)
    for n, event in enumerate(rules.IN_PLACE):
        record(event, actor="staff:999", uai=world.school.pk, year=2026, until="no day", function="?", cause="?", n=n)
        record(event, actor="staff:999", uai=world.school.pk)

    assert comes_in(head).get(address(world.school)).status_code == 200
    assert (
        comes_in(Staff.objects.create(pk=999, created_at=timezone.now())).get("/personnel/mon-journal").status_code
        == 200
    )


def test_T73_the_head_reads_a_gesture_in_plain_words(world: World) -> None:
    head, account = the_head(world.school), world.pupil("DUVERGER", "Camille")
    secretary = a_delegation(Right.DEPANNAGE, world.school).staff
    with time_machine.travel(datetime(2026, 10, 14, 8, 5, tzinfo=UTC), tick=False):
        record(Event.ACCOUNT_RESET, actor=actor_of(secretary.pk), account_id=account.pk, uai=world.school.pk)

    page = told(comes_in(head).get(address(world.school)))

    assert "14/10/2026 10 h 05" in page
    assert f"Maude {secretary.name} par délégation" in page
    assert "Mot de passe remplacé par un mot de passe provisoire." in page
    assert "DUVERGER Camille" in page


def test_another_schools_journal_does_not_exist_and_asking_is_journalled(world: World) -> None:
    head, other = the_head(world.school), SchoolFactory()
    browser = comes_in(head)

    for rest in ("journal", "journal/personne", "journal/tableau", "alertes", "alertes/1"):
        assert browser.get(address(other, rest)).status_code == 404, rest

    assert Entry.objects.filter(event=Event.SCOPE_REFUSED, actor=actor_of(head.pk)).count() == 5


@pytest.mark.parametrize("right", [Right.ADMINISTRATION, Right.DEPANNAGE])
def test_a_delegate_reads_no_journal_but_their_own(world: World, right: Right) -> None:
    member = a_delegation(right, world.school).staff
    record(Event.PORTAL_SET, actor=actor_of(member.pk), uai=world.school.pk)
    record(Event.PORTAL_VERIFIED, actor="staff:7", uai=world.school.pk)
    browser = comes_in(member)

    assert browser.get(address(world.school)).status_code == 404
    own = told(browser.get("/personnel/mon-journal"))
    assert "Adresse imprimée sur les lettres changée." in own
    assert "Adresse imprimée sur les lettres vérifiée." not in own


def test_the_academie_reads_its_schools_with_their_codes(world: World) -> None:
    stranger = SchoolFactory(academie="01")
    for uai in (world.school.pk, stranger.pk):
        record(Event.PORTAL_SET, actor="staff:7", uai=uai)

    page = told(comes_in(a_post(Function.ACADEMIE, academie="31").staff).get("/personnel/academies/31/journal"))

    assert world.school.pk in page
    assert stranger.pk not in page


def test_a_person_is_chosen_by_a_posted_name_and_read_by_a_number(world: World) -> None:
    account = world.pupil("DUVERGER", "Camille")
    record(Event.ACCOUNT_UNLOCKED, actor="operator:command-line", account_id=account.pk, uai=world.school.pk)
    record(Event.PORTAL_SET, actor="staff:7", uai=world.school.pk)
    browser = comes_in(the_head(world.school))

    answer = browser.post(address(world.school, "journal/personne"), {"qui": "Duverg"})

    assert answer.headers["Location"] == f"{address(world.school)}?compte={account.pk}"
    page = told(browser.get(answer.headers["Location"]))
    assert "Sur le compte de DUVERGER Camille" in page
    assert "L’exploitant du service" in page
    assert "Compte débloqué." in page
    assert "Adresse imprimée" not in page


def test_homonyms_are_told_apart_and_strangers_not_found(world: World) -> None:
    first, second = world.pupil("DUVERGER", "Ana"), world.pupil("DUVERGER", "Zoé")
    world.pupil("ZAPATA", enrolment__school=SchoolFactory(), enrolment__division=None)
    browser = comes_in(the_head(world.school))

    page = told(browser.post(address(world.school, "journal/personne"), {"qui": "duverger"}))
    stranger = told(browser.post(address(world.school, "journal/personne"), {"qui": "zapata"}))

    assert first.username in page
    assert second.username in page
    assert "personne ne le porte ici" in stranger


def test_somebody_of_the_staff_is_found_where_they_work_or_worked(world: World) -> None:
    gone = a_delegation(Right.DEPANNAGE, world.school, staff=a_staff(name="Morin"), withdrawn_at=timezone.now()).staff
    a_delegation(Right.DEPANNAGE, SchoolFactory(academie="01"), staff=a_staff(name="Zunino"))
    record(Event.PORTAL_SET, actor=actor_of(gone.pk), uai=world.school.pk)

    for browser, place in (
        (comes_in(the_head(world.school)), address(world.school)),
        (comes_in(a_post(Function.ACADEMIE, academie="31").staff), "/personnel/academies/31/journal"),
    ):
        answer = browser.post(f"{place}/personne", {"qui": "mori"})
        assert answer.headers["Location"] == f"{place}?par={gone.pk}"
        assert "Par Maude MORIN" in told(browser.get(answer.headers["Location"]))
        assert "personne ne le porte ici" in told(browser.post(f"{place}/personne", {"qui": "zuni"}))


def test_the_account_of_a_stranger_is_an_address_that_does_not_exist(world: World) -> None:
    stranger = world.pupil("ZAPATA", enrolment__school=SchoolFactory(), enrolment__division=None)
    browser = comes_in(the_head(world.school))

    for rest in ("journal", "journal/tableau"):
        assert browser.get(f"{address(world.school, rest)}?compte={stranger.pk}").status_code == 404


def test_a_number_typed_by_hand_names_nobody(world: World) -> None:
    stranger = a_staff(name="INCONNUE")

    page = told(comes_in(the_head(world.school)).get(f"{address(world.school)}?par={stranger.pk}"))

    assert "INCONNUE" not in page
    assert "Rien à montrer." in page


def test_a_long_journal_is_read_page_by_page_with_its_search(world: World) -> None:
    now = timezone.now()
    Entry.objects.bulk_create(
        Entry(at=now - timedelta(minutes=n), event="portal.set", actor=f"staff:{n}", uai=world.school.pk, detail={})
        for n in range(70)
    )
    browser = comes_in(the_head(world.school))

    first = browser.get(f"{address(world.school)}?sorte=settings")
    older = re.search(r'href="(\?[^"]*avant=[^"]*)"', first.content.decode())
    second = browser.get(address(world.school) + html.unescape(older[1]))

    assert "sorte=settings" in older[1]
    assert [told(one).count("Adresse imprimée") for one in (first, second)] == [50, 20]


@pytest.mark.parametrize(
    "query", ["du=2026-02-31", "sorte=x", "par=x", "compte=-1", "avant=9-9", "avant=99999999999999999-1"]
)
def test_a_search_that_makes_no_sense_breaks_nothing(world: World, query: str) -> None:
    assert comes_in(the_head(world.school)).get(f"{address(world.school)}?{query}").status_code == 200


def test_the_table_is_marked_safe_bounded_and_journalled(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    head, account = the_head(world.school), world.pupil("=DUVERGER", "Camille")
    for _ in range(3):
        record(Event.ACCOUNT_UNLOCKED, actor=actor_of(head.pk), account_id=account.pk, uai=world.school.pk)
    monkeypatch.setattr(rules, "EXPORTED", 2)
    browser = comes_in(head)
    assert browser.get(address(world.school, "journal/tableau")).status_code == 200

    answer = browser.post(address(world.school, "journal/tableau"))

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert re.fullmatch(
        rf'attachment; filename="journal-{world.school.pk}-\d{{4}}-\d\d-\d\d-debut.csv"', answer["Content-Disposition"]
    )
    assert f"Demandé par Maude {head.name}" in rows[0][0]
    assert [row[4] for row in rows[2:]] == ["'=DUVERGER Camille"] * 2
    entry = Entry.objects.get(event=Event.TRAIL_EXPORTED)
    assert (entry.actor, entry.uai, entry.detail["lines"]) == (actor_of(head.pk), world.school.pk, 2)
    assert "DUVERGER" not in str(entry.detail)


def test_the_table_asks_for_a_proof_made_lately(world: World) -> None:
    browser = arrives(the_head(world.school), second=Second.PASSKEY, at=timezone.now() - timedelta(minutes=6))

    answer = browser.post(address(world.school, "journal/tableau"))

    assert answer.headers["Location"] == reverse("staff:prove-again")
    assert not Entry.objects.filter(event=Event.TRAIL_EXPORTED).exists()


def test_tables_are_not_taken_without_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "EXPORTS", Limit(times=1, within=timedelta(hours=1)))
    browser = comes_in(the_head(world.school))
    browser.post(address(world.school, "journal/tableau"))

    answer = browser.post(address(world.school, "journal/tableau"))

    assert answer.status_code == 429
    assert Entry.objects.filter(event=Event.TRAIL_EXPORTED).count() == 1


@override_settings(ALERT_ROWS=1)
def test_a_table_of_many_lines_is_told_to_the_academie(world: World) -> None:
    head, academie = the_head(world.school), a_post(Function.ACADEMIE, academie="31").staff
    for _ in range(2):
        record(Event.PORTAL_SET, actor="staff:7", uai=world.school.pk)

    comes_in(head).post(address(world.school, "journal/tableau"))

    page = told(comes_in(academie).get("/personnel/academies/31/alertes"))
    assert f"Maude {head.name}" in page


# --- alerts -----------------------------------------------------------------------------------------------------------


def an_alert(staff: Staff, school: School) -> Alert:
    now = timezone.now()
    alerts.count(actor_of(staff.pk), Cause.ROWS, 501, places=[Place(uai=school.pk)], now=now)
    return Alert.objects.get(staff=staff)


def test_the_first_page_of_head_and_academie_tells_of_an_alert_one_click_away(world: World) -> None:
    head, academie = the_head(world.school), a_post(Function.ACADEMIE, academie="31").staff
    member = a_delegation(Right.DEPANNAGE, world.school).staff
    alert = an_alert(member, world.school)

    for staff, place in ((head, f"etablissements/{world.school.pk}"), (academie, "academies/31")):
        page = comes_in(staff).get(f"/personnel/{place}/")
        assert f"Alerte à vérifier : Maude {member.name}" in told(page)
        assert f'href="/personnel/{place}/alertes/{alert.pk}"' in page.content.decode()
    assert "Alerte" not in told(comes_in(member).get(address(world.school, "")))


def test_an_alert_says_who_what_when_and_how_many(world: World) -> None:
    member = a_delegation(Right.DEPANNAGE, world.school).staff
    alert = an_alert(member, world.school)
    browser = comes_in(the_head(world.school))

    listed = told(browser.get(address(world.school, "alertes")))
    page = told(browser.get(address(world.school, f"alertes/{alert.pk}")))

    assert f"Maude {member.name}" in listed
    assert f"Maude {member.name} a consulté, exporté ou changé 501 comptes en moins d’une heure." in page


def test_one_click_suspends_the_persons_rights(world: World) -> None:
    member = a_delegation(Right.DEPANNAGE, world.school).staff
    alert = an_alert(member, world.school)
    browser = comes_in(the_head(world.school))
    page = browser.get(address(world.school, f"alertes/{alert.pk}")).content.decode()
    (button,) = re.findall(r'<form method="post" action="([^"]*/suspendre)"', page)

    done = browser.post(button)

    with pytest.raises(OutOfMandate):
        mandate_for(member.pk, Right.DEPANNAGE, uai=world.school.pk, now=timezone.now())
    after = browser.get(address(world.school, f"alertes/{alert.pk}"))
    assert "sont suspendus dès maintenant" in told(browser.get(done.headers["Location"]))
    assert "sont suspendus depuis" in told(after)
    assert "/suspendre" not in after.content.decode()


def test_an_alert_is_said_to_be_seen_by_whom(world: World) -> None:
    head = the_head(world.school)
    alert = an_alert(a_delegation(Right.DEPANNAGE, world.school).staff, world.school)
    browser = comes_in(head)

    done = browser.post(address(world.school, f"alertes/{alert.pk}/vue"))

    assert f"par Maude {head.name}" in told(browser.get(done.headers["Location"]))
    alert.refresh_from_db()
    assert alert.seen_by == actor_of(head.pk)


def test_nobody_reads_or_sees_away_an_alert_on_oneself(world: World) -> None:
    head = the_head(world.school)
    alert = an_alert(head, world.school)
    browser = comes_in(head)

    assert "Rien à vérifier." in told(browser.get(address(world.school, "alertes")))
    assert browser.get(address(world.school, f"alertes/{alert.pk}")).status_code == 404
    assert browser.post(address(world.school, f"alertes/{alert.pk}/vue")).status_code == 404
    alert.refresh_from_db()
    assert alert.seen_at is None


def test_a_head_cannot_suspend_somebody_of_the_academie_and_is_told_who_can(world: World) -> None:
    above = a_post(Function.ACADEMIE, academie="31").staff
    alert = an_alert(above, world.school)
    browser = comes_in(the_head(world.school))

    page = browser.get(address(world.school, f"alertes/{alert.pk}"))

    assert "prévenez l’académie" in told(page)
    assert "/suspendre" not in page.content.decode()


def test_the_academie_and_the_nation_have_their_own_lists(world: World) -> None:
    alert = an_alert(a_delegation(Right.DEPANNAGE, world.school).staff, world.school)

    for staff, place in (
        (a_post(Function.ACADEMIE, academie="31").staff, "academies/31"),
        (a_post(Function.NATION).staff, "nation"),
    ):
        browser = comes_in(staff)
        assert f"/{place}/alertes/{alert.pk}" in browser.get(f"/personnel/{place}/alertes").content.decode()
        assert browser.get(f"/personnel/{place}/alertes/{alert.pk}").status_code == 200
