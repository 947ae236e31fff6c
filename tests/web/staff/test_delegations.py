"""The screens of the desk: a right is given in four steps, changed, withdrawn; heads are granted theirs."""

import datetime as dt
import html
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from educonnect.delegation import suspending
from educonnect.delegation.mandate import held, mandate_for
from educonnect.delegation.models import Delegation, Function, GivenAs, Suspension
from educonnect.delegation.rules import Right, last_day
from educonnect.journal.models import Entry
from educonnect.population.rules import school_year
from educonnect.staff.authentication import Second
from educonnect.staff.models import Staff
from educonnect.web.staff import delegate
from tests.delegation.desk import a_class
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.schools.factories import SchoolFactory
from tests.sessions.browser import Browser
from tests.web.staff.visitors import arrives

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
YEAR = school_year(TODAY)
AUGUST = last_day(YEAR)


def head_of(school, **values) -> tuple[Staff, Browser]:
    """The head, signed in with both factors a moment ago."""
    head = a_post(Function.HEAD, school=school, staff=a_staff(first_name="Ariane", name="QUESNEL", **values)).staff
    return head, arrives(head, second=Second.TOTP)


def colleague(school, **values) -> Staff:
    return a_post(Function.OTHER, school=school, staff=a_staff(**values)).staff


def agent(academie: str = "31") -> tuple[Staff, Browser]:
    """Somebody of the académie, or of the nation, with a passkey."""
    function = Function.ACADEMIE if academie else Function.NATION
    found = a_post(function, academie=academie).staff
    return found, arrives(found, second=Second.PASSKEY)


def dates(starts_on: dt.date = TODAY, ends_on: dt.date = AUGUST) -> dict[str, str]:
    parts = {}
    for name, day in (("starts_on", starts_on), ("ends_on", ends_on)):
        parts |= {f"{name}_jour": str(day.day), f"{name}_mois": str(day.month), f"{name}_annee": str(day.year)}
    return parts


def text(answer) -> str:
    """What a reader reads of a page."""
    body = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(html.unescape(body).split())


def statements(browser: Browser, path: str) -> int:
    """How many a page takes."""
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(path).status_code == 200
    return len(seen)


def goes_to(answer) -> str:
    assert answer.status_code == 303, text(answer)
    return answer.headers["Location"]


def test_the_head_gives_a_right_in_four_steps_seeing_first_whom_it_reaches():
    school = SchoolFactory(name="Collège des Alizés")
    head, browser = head_of(school)
    teacher = colleague(school, first_name="Ulysse", name="TARDIEU")
    mine = a_class(school, pupils=3, year=YEAR)
    a_class(school, pupils=2, year=YEAR)

    people = browser.get(reverse("staff:delegate", args=[school.pk]))
    second = reverse("staff:delegate-right", args=[school.pk, teacher.pk])
    assert second in people.content.decode()
    assert "C’est vous." in text(people)
    third = goes_to(browser.post(second, {"choice": "professeur-principal", "classes": [str(mine.pk)], **dates()}))
    shown = text(browser.get(third))
    assert "Cette personne verra 3 élèves" in shown
    assert f"classes : {mine.code}" in shown
    assert "responsables" not in shown.split("Elle ne verra pas les responsables")[0].split("Cette personne verra")[1]
    assert not Delegation.objects.exists()
    done = goes_to(browser.post(third))

    assert "C’est fait : Ulysse TARDIEU a ce droit." in text(browser.get(done))
    given = Delegation.objects.get()
    assert (given.staff, given.given_by, given.right, given.ends_on) == (teacher, head, Right.DEPANNAGE, AUGUST)
    assert list(given.divisions.all()) == [mine]
    assert f"TARDIEU Dépannage des comptes élèves classes : {mine.code}" in text(
        browser.get(reverse("staff:delegations", args=[school.pk]))
    )


def test_administration_counts_guardians_too_and_posting_twice_gives_once():
    school = SchoolFactory()
    _, browser = head_of(school)
    secretary = colleague(school)
    a_class(school, pupils=2, year=YEAR)

    step = reverse("staff:delegate-right", args=[school.pk, secretary.pk])
    check = goes_to(browser.post(step, {"choice": "secretariat", **dates()}))
    assert "Cette personne verra 2 élèves et 2 responsables" in text(browser.get(check))
    first, second = (goes_to(browser.post(check)) for _ in range(2))

    assert first == second
    assert Delegation.objects.count() == 1
    again = browser.post(step, {"choice": "secretariat", **dates(ends_on=AUGUST - timedelta(days=1))})
    assert "a déjà ce droit" in text(browser.post(goes_to(again)))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Choisissez ce que fera cette personne."),
        ({"choice": "chef"}, "Sélectionnez un choix valide"),
        ({"choice": "professeur-principal"}, "Cochez au moins une classe"),
        ({"choice": "vie-scolaire", "classes": "mine"}, "Décochez les classes"),
        ({"choice": "professeur-principal", "classes": "theirs"}, "Cochez des classes de la liste."),
        ({"choice": "vie-scolaire", **dates(starts_on=TODAY - timedelta(days=1))}, "à partir d’aujourd’hui"),
        ({"choice": "vie-scolaire", **dates(ends_on=TODAY - timedelta(days=1))}, "pas avant le premier"),
        (
            {"choice": "vie-scolaire", **dates(ends_on=last_day(YEAR + 1) + timedelta(days=1))},
            "au plus tard le 31 août",
        ),
        ({"choice": "professeur-principal", "classes": "mine", **dates(ends_on=last_day(YEAR + 1))}, "au plus tard"),
        ({"choice": "professeur-principal", "classes": "coming"}, "classes de l’année scolaire du premier jour"),
    ],
)
def test_what_cannot_be_given_is_said_beside_its_field(typed, words):
    school = SchoolFactory()
    _, browser = head_of(school)
    classes = {
        "mine": a_class(school, year=YEAR),
        "coming": a_class(school, year=YEAR + 1),
        "theirs": a_class(SchoolFactory()),
    }
    if "classes" in typed:
        typed = typed | {"classes": [str(classes[typed["classes"]].pk)]}

    answer = browser.post(reverse("staff:delegate-right", args=[school.pk, colleague(school).pk]), {**dates(), **typed})

    assert answer.status_code == 200
    assert words in text(answer)


def test_T67_a_head_granted_depannage_alone_is_offered_no_more_and_a_forged_address_gives_nothing():
    school = SchoolFactory(sector="PR")
    head, browser = head_of(school)
    a_delegation(Right.DEPANNAGE, school, staff=head, as_head=True, given_as=GivenAs.ACADEMIE)
    teacher = colleague(school)

    step = reverse("staff:delegate-right", args=[school.pk, teacher.pk])
    assert "Secrétariat" not in text(browser.get(step))
    forged = f"{step}/verifier?droit=administration&du={TODAY}&au={AUGUST}"
    assert browser.get(forged).status_code == 404
    assert browser.post(forged).status_code == 404

    assert not Delegation.objects.filter(staff=teacher).exists()
    assert Entry.objects.filter(event="scope.refused", actor=f"staff:{head.pk}").count() == 2


@pytest.mark.parametrize(
    "query",
    [
        "",
        "droit=delegation&du=2026-11-25&au=2027-08-31",
        "droit=depannage&du=x&au=2027-08-31",
        "droit=depannage&du=2026-11-25&au=2027-08-31&classes=",
        "droit=depannage&du=2026-11-25&au=2027-08-31&classes=1,,2",
        "droit=depannage&du=2026-11-25&au=2027-08-31&classes=" + "9" * 30,
        "droit=depannage&du=2001-11-25&au=2001-11-26",
        "droit=depannage&du=2026-11-25&au=9999-12-31",
    ],
)
def test_an_address_that_asks_for_nothing_sensible_leads_back_to_the_form(query):
    school = SchoolFactory()
    _, browser = head_of(school)
    step = reverse("staff:delegate-right", args=[school.pk, colleague(school).pk])

    assert goes_to(browser.get(f"{step}/verifier?{query}")) == step


def test_giving_asks_for_a_proof_made_lately_and_withdrawing_does_not():
    school = SchoolFactory()
    head, _ = head_of(school)
    given = a_delegation(Right.DEPANNAGE, school, given_by=head)
    late = arrives(head, second=Second.TOTP, at=timezone.now() - timedelta(minutes=10))
    asked = reverse("staff:prove-again")
    step = reverse("staff:delegate-right", args=[school.pk, colleague(school).pk])

    for path in (
        f"{step}/verifier?droit=depannage&du={TODAY}&au={AUGUST}",
        reverse("staff:delegation-end", args=[school.pk, given.pk]),
    ):
        assert urlsplit(goes_to(late.get(path))).path == asked
        assert urlsplit(goes_to(late.post(path, dates()))).path == asked
    late.post(reverse("staff:delegation-withdraw", args=[school.pk, given.pk]))

    given.refresh_from_db()
    assert given.withdrawn_at is not None


def test_the_list_says_who_what_whom_when_and_by_whom():
    school = SchoolFactory()
    head, browser = head_of(school)
    seen = dt.datetime(2026, 10, 3, 12, tzinfo=dt.UTC)
    one = a_staff(first_name="Ulysse", name="TARDIEU", last_signed_in_at=seen)
    a_delegation(Right.ADMINISTRATION, school, staff=one, given_by=head)
    later = TODAY + timedelta(days=1)
    a_delegation(Right.DEPANNAGE, school, starts_on=later)
    past = a_delegation(Right.DEPANNAGE, school, ends_on=TODAY - timedelta(days=1))
    elsewhere = a_delegation(Right.DEPANNAGE, SchoolFactory())

    shown = text(browser.get(reverse("staff:delegations", args=[school.pk])))
    over = text(browser.get(reverse("staff:delegations-over", args=[school.pk])))

    assert "Ulysse TARDIEU Administration des comptes tout l’établissement" in shown
    assert "en cours Ariane QUESNEL (chef d’établissement) 3 octobre 2026" in shown
    assert "à venir" in shown
    assert past.staff.name not in shown
    assert past.staff.name in over
    assert "terminé" in over
    assert elsewhere.staff.name not in shown + over


@pytest.mark.parametrize("page", ["staff:delegations", "staff:delegations-over", "staff:delegate"])
def test_a_list_takes_the_same_statements_however_many_it_shows(page):
    school = SchoolFactory()
    head, browser = head_of(school)
    for ends_on in (AUGUST, TODAY - timedelta(days=1)):
        a_delegation(Right.DEPANNAGE, school, divisions=[a_class(school)], given_by=head, ends_on=ends_on)

    few = statements(browser, reverse(page, args=[school.pk]))
    for ends_on in (AUGUST, TODAY - timedelta(days=1)) * 5:
        a_delegation(Right.DEPANNAGE, school, divisions=[a_class(school)], given_by=head, ends_on=ends_on)

    assert statements(browser, reverse(page, args=[school.pk])) == few


def test_what_is_over_is_read_page_by_page():
    school = SchoolFactory()
    _, browser = head_of(school)
    ended = [a_delegation(Right.DEPANNAGE, school, ends_on=TODAY - timedelta(days=1)) for _ in range(60)]
    path = reverse("staff:delegations-over", args=[school.pk])

    first = browser.get(path)
    following = re.search(r'href="(\?avant=\d+)"', first.content.decode())
    assert following
    second = browser.get(path + following[1])

    seen = [re.findall(r"delegations/(\d+)\"", page.content.decode()) for page in (first, second)]
    assert [int(pk) for page in seen for pk in page] == [one.pk for one in reversed(ended)]
    assert browser.get(f"{path}?avant=x").status_code == browser.get(f"{path}?avant={'9' * 40}").status_code == 200


def test_a_right_is_withdrawn_after_being_asked_again_and_twice_is_harmless():
    school = SchoolFactory()
    head, browser = head_of(school)
    given = a_delegation(Right.DEPANNAGE, school, given_by=head)
    path = reverse("staff:delegation-withdraw", args=[school.pk, given.pk])

    assert "perd ce droit tout de suite" in text(browser.get(path))
    assert held(given.staff_id, now=timezone.now())
    for _ in range(2):
        assert "Le droit est retiré" in text(browser.get(goes_to(browser.post(path))))

    assert held(given.staff_id, now=timezone.now()) == []


def test_the_end_of_a_right_is_changed():
    school = SchoolFactory()
    head, browser = head_of(school)
    given = a_delegation(Right.DEPANNAGE, school, given_by=head, ends_on=AUGUST)
    path = reverse("staff:delegation-end", args=[school.pk, given.pk])
    typed = dates(ends_on=last_day(YEAR + 1))

    assert f'value="{AUGUST.year}"' in browser.get(path).content.decode()
    refused = browser.post(path, dates(ends_on=TODAY - timedelta(days=1)))
    assert "Choisissez un dernier jour à partir d’aujourd’hui" in text(refused)
    assert "La fin de ce droit a changé" in text(browser.get(goes_to(browser.post(path, typed))))

    given.refresh_from_db()
    assert given.ends_on == last_day(YEAR + 1)


def test_what_the_academie_or_the_hub_gave_is_shown_without_gestures():
    school = SchoolFactory(sector="PR")
    head, browser = head_of(school)
    own = a_delegation(Right.ADMINISTRATION, school, staff=head, as_head=True, given_as=GivenAs.ACADEMIE)
    hub = a_delegation(Right.DEPANNAGE, school, given_as=GivenAs.HUB)

    for given, words in ((own, "Accordé par l’académie"), (hub, "Donné dans DELEG-CE")):
        page = browser.get(reverse("staff:delegation", args=[school.pk, given.pk]))
        assert words in text(page)
        assert "Retirer ce droit" not in text(page)
    assert browser.post(reverse("staff:delegation-withdraw", args=[school.pk, own.pk])).status_code == 404
    refused = browser.post(reverse("staff:delegation-withdraw", args=[school.pk, hub.pk]))
    assert "sur le guichet de l’académie : il vient de là" in text(refused)
    assert not Delegation.objects.filter(withdrawn_at__isnull=False).exists()


def test_another_school_s_right_or_person_answers_404_and_is_journalled():
    school, other = SchoolFactory(), SchoolFactory()
    _, browser = head_of(school)
    theirs = a_delegation(Right.DEPANNAGE, other)
    names = ("staff:delegation", "staff:delegation-end", "staff:delegation-withdraw")
    people = ("staff:delegate-right", "staff:suspend")

    paths = [reverse(name, args=[uai, theirs.pk]) for name in names for uai in (school.pk, other.pk)]
    paths += [reverse(name, args=[uai, theirs.staff_id]) for name in people for uai in (school.pk, other.pk)]
    for path in paths:
        assert browser.get(path).status_code == 404, path
    for path in paths[2:]:
        assert browser.post(path, dates()).status_code == 404, path

    assert Entry.objects.filter(event="scope.refused").count() == 2 * len(paths) - 2
    theirs.refresh_from_db()
    assert theirs.withdrawn_at is None


@pytest.mark.parametrize("right", [Right.ADMINISTRATION, Right.DEPANNAGE])
def test_T67_a_delegate_finds_no_desk(right):
    school = SchoolFactory()
    given = a_delegation(right, school)
    browser = arrives(given.staff, second=Second.TOTP)

    for name in ("staff:delegations", "staff:delegations-over", "staff:delegate"):
        assert browser.get(reverse(name, args=[school.pk])).status_code == 404


def test_a_person_is_suspended_then_restored_in_the_school():
    school = SchoolFactory()
    head, browser = head_of(school)
    given = a_delegation(Right.DEPANNAGE, school, given_by=head)
    suspend = reverse("staff:suspend", args=[school.pk, given.staff_id])
    restore = reverse("staff:restore", args=[school.pk, given.staff_id])

    assert "s’arrête tout de suite" in text(browser.get(suspend))
    page = text(browser.get(goes_to(browser.post(suspend))))
    assert "sont suspendus dès maintenant" in page
    assert "Personnes suspendues" in page
    assert held(given.staff_id, now=timezone.now()) == []
    assert restore in browser.get(reverse("staff:delegate", args=[school.pk])).content.decode()

    assert "sont rétablis" in text(browser.get(goes_to(browser.post(restore))))
    assert held(given.staff_id, now=timezone.now())
    assert goes_to(browser.get(restore)) == reverse("staff:delegations", args=[school.pk])
    assert "Choisissez une autre personne" in text(browser.post(reverse("staff:suspend", args=[school.pk, head.pk])))


@pytest.mark.parametrize("academie", ["31", ""])
def test_the_academie_and_the_nation_suspend_and_restore_in_theirs(academie):
    school = SchoolFactory(academie="31")
    head, _ = head_of(school)
    _, browser = agent(academie)
    prefix, place = ("academie", [academie]) if academie else ("nation", [])

    def at(what: str, *args: object) -> str:
        return reverse(f"staff:{prefix}-{what}", args=[*place, *args])

    shown = text(browser.get(goes_to(browser.post(at("suspend", head.pk)))))
    assert "Ariane QUESNEL" in shown
    assert Suspension.objects.get().academie == academie
    assert held(head.pk, now=timezone.now()) == []
    browser.post(at("restore", head.pk))

    assert held(head.pk, now=timezone.now())
    assert "Personne n’est suspendu" in text(browser.get(at("suspensions")))


def test_the_academie_sees_private_heads_who_wait_grants_and_withdraws():
    school = SchoolFactory(sector="PR", name="Lycée Évariste Inventé")
    head, at_head = head_of(school)
    SchoolFactory(sector="PU", name="Lycée public")
    _, browser = agent()
    where = reverse("staff:academie-schools", args=["31"])

    listed = text(browser.get(where))
    assert "Lycée Évariste Inventé" in listed
    assert "à accorder" in listed
    assert "Lycée public" not in listed
    assert at_head.get(reverse("staff:delegations", args=[school.pk])).status_code == 404

    path = reverse("staff:academie-grant", args=["31", school.pk])
    assert "Ariane QUESNEL" in text(browser.get(path))
    done = goes_to(browser.post(path, {"head": str(head.pk), "right": "administration", **dates()}))
    assert "Le droit est accordé" in text(browser.get(done))
    assert "Rien à accorder" in text(browser.get(where))
    assert at_head.get(reverse("staff:delegations", args=[school.pk])).status_code == 200
    given = a_delegation(Right.DEPANNAGE, school, given_by=head)

    grant = Delegation.objects.get(as_head=True)
    end = reverse("staff:academie-grant-end", args=["31", school.pk, grant.pk])
    goes_to(browser.post(end, dates(ends_on=last_day(YEAR + 1))))
    back = reverse("staff:academie-grant-withdraw", args=["31", school.pk, grant.pk])
    assert "Un droit donné par cette personne reste en cours" in text(browser.get(back))
    goes_to(browser.post(back))
    assert at_head.get(reverse("staff:delegations", args=[school.pk])).status_code == 404
    assert mandate_for(given.staff_id, Right.DEPANNAGE, uai=school.pk, now=timezone.now())


def test_a_school_is_searched_for_and_the_list_goes_on_in_pages():
    schools = [SchoolFactory(sector="PR", town="Gros-Morne") for _ in range(55)]
    _, browser = agent()
    where = reverse("staff:academie-schools", args=["31"])

    def shown(path: str) -> tuple[list[str], str]:
        body = browser.get(path).content.decode()
        following = re.search(r'href="(\?[^"]*apres=[^"]*)"', body)
        return re.findall(r'<th scope="row"[^>]*>[^<]*\((\w{8})\)', body), html.unescape(
            following[1]
        ) if following else ""

    for query in ("", "?recherche=gros+morne", "?tous=1"):
        first, following = shown(where + query)
        second, end = shown(where + following)
        assert first + second == [one.pk for one in schools], query
        assert end == ""
    assert shown(f"{where}?recherche={schools[7].pk}")[0] == [schools[7].pk]
    assert shown(f"{where}?recherche=nulle+part") == ([], "")
    assert shown(f"{where}?apres=%00")[0] == shown(where)[0]


def test_another_academie_finds_nothing_and_the_nation_finds_each():
    school = SchoolFactory(sector="PR", academie="31")
    head, _ = head_of(school)
    _, stranger = agent("32")
    _, nation = agent("")

    for name, args in (
        ("staff:academie-schools", ["31"]),
        ("staff:academie-grant", ["31", school.pk]),
        ("staff:academie-grant", ["32", school.pk]),
        ("staff:academie-suspensions", ["31"]),
        ("staff:academie-suspend", ["32", head.pk]),
        ("staff:nation-academies", []),
        ("staff:nation-suspensions", []),
    ):
        assert stranger.get(reverse(name, args=args)).status_code == 404, name
    assert (
        reverse("staff:academie-schools", args=["31"]) in nation.get(reverse("staff:nation-academies")).content.decode()
    )
    assert school.name in text(nation.get(reverse("staff:academie-schools", args=["31"])))
    assert nation.get("/personnel/academies/99/etablissements").status_code == 404


def test_a_school_without_a_known_head_or_public_has_nothing_to_grant():
    unknown, public = SchoolFactory(sector="PR"), SchoolFactory(sector="PU")
    _, browser = agent()

    for school, words in ((unknown, "n’est pas encore connu"), (public, "Il n’y a rien à accorder ici")):
        path = reverse("staff:academie-grant", args=["31", school.pk])
        assert words in text(browser.get(path))
        assert browser.post(path, {"head": "1", "right": "depannage", **dates()}).status_code == 200
    assert not Delegation.objects.exists()


def test_each_member_of_the_staff_reads_what_they_hold_where_until_when_and_from_whom():
    school = SchoolFactory(name="Collège des Alizés")
    private = SchoolFactory(sector="PR", name="Lycée privé")
    head, _ = head_of(school)
    me = a_staff()
    a_post(Function.HEAD, school=private, staff=me)
    division = a_class(school, year=YEAR)
    a_delegation(Right.DEPANNAGE, school, staff=me, divisions=[division], given_by=head, ends_on=AUGUST)
    a_delegation(Right.ADMINISTRATION, school, staff=me, starts_on=TODAY + timedelta(days=1))
    browser = arrives(me, second=Second.TOTP)

    shown = text(browser.get(reverse("staff:my-rights")))

    assert "chef d’établissement Lycée privé" in shown
    assert "Rien par cette fonction" in shown
    assert f"Dépannage des comptes élèves Collège des Alizés ({school.pk}), classes : {division.code}" in shown
    assert f"au 31 août {AUGUST.year} Ariane QUESNEL" in shown
    assert "à venir" in shown
    suspending.suspend(
        mandate_for(head.pk, Right.DELEGATION, uai=school.pk, now=timezone.now()), me.pk, now=timezone.now()
    )
    assert "suspendu" in text(browser.get(reverse("staff:my-rights")))
    assert "aucun droit" in text(arrives(a_staff(), second=Second.TOTP).get(reverse("staff:my-rights")))


def test_many_people_are_found_by_the_letter_of_their_name():
    school = SchoolFactory()
    _, browser = head_of(school)
    path = reverse("staff:delegate", args=[school.pk])
    colleague(school, first_name="Zoé", name="ÉLÉGIAQUE")
    assert "?lettre=" not in browser.get(path).content.decode()

    for _ in range(delegate.PAGE):
        colleague(school)
    everybody = browser.get(path).content.decode()
    assert "?lettre=E" in everybody
    assert "D’autres personnes ne sont pas montrées" in everybody
    shown = text(browser.get(f"{path}?lettre=E"))
    assert "Zoé ÉLÉGIAQUE" in shown
    assert "VALDAIRE" not in shown
    for letter in ("%00", ".", "É", "ZZ"):
        assert "VALDAIRE" in text(browser.get(f"{path}?lettre={letter}"))


def test_a_number_of_any_length_is_nobody_s():
    school = SchoolFactory()
    _, browser = head_of(school)

    for name in ("staff:delegation", "staff:delegation-end", "staff:delegate-right", "staff:suspend"):
        path = reverse(name, args=[school.pk, 10**40])
        assert browser.get(path).status_code == 404, name
    assert browser.get(reverse("staff:restore", args=[school.pk, 10**40])).status_code == 303


def test_somebody_who_is_not_in_the_list_is_invited_and_nothing_is_kept_before_the_last_step(settings):
    settings.STAFF_EMAIL_DOMAINS = ["ac.invalid"]
    school = SchoolFactory()
    _, browser = head_of(school)
    path = reverse("staff:delegate-newcomer", args=[school.pk])
    typed = {"first_name": "Zoé", "name": "D’Artimon", "email": "zoe@ailleurs.invalid"}
    before = Staff.objects.count()

    assert path in browser.get(reverse("staff:delegate", args=[school.pk])).content.decode()
    assert "Écrivez le prénom" in text(browser.post(path, typed | {"first_name": " "}))
    step = goes_to(browser.post(path, typed))
    assert "Artimon" not in step
    check = goes_to(browser.post(step, {"choice": "vie-scolaire", **dates()}))
    shown = text(browser.get(check))
    assert "zoe@ailleurs.invalid n’est pas une adresse professionnelle connue" in shown
    assert "Une invitation à entrer lui sera envoyée" in shown
    assert Staff.objects.count() == before
    done = goes_to(browser.post(check, {"address": "zoe@ailleurs.invalid"}))

    assert "C’est fait : Zoé D’ARTIMON a ce droit." in text(browser.get(done))
    assert Delegation.objects.get().staff.invitations.count() == 1
    assert goes_to(browser.get(step)) == path
    assert goes_to(browser.post(check)) == path


def test_the_person_who_was_read_is_given_the_right_and_not_one_typed_in_another_tab_since():
    school = SchoolFactory()
    _, browser = head_of(school)
    path = reverse("staff:delegate-newcomer", args=[school.pk])
    zoe = {"first_name": "Zoé", "name": "D’Artimon", "email": "zoe@ac.invalid"}
    step = goes_to(browser.post(path, zoe))
    check = goes_to(browser.post(step, {"choice": "secretariat", **dates()}))
    assert 'name="address" value="zoe@ac.invalid"' in browser.get(check).content.decode()

    browser.post(path, {"first_name": "Yves", "name": "TARDIEU", "email": "yves@ac.invalid"})
    again = goes_to(browser.post(check, {"address": "zoe@ac.invalid"}))

    assert not Delegation.objects.exists()
    shown = text(browser.get(again))
    assert "Yves TARDIEU" in shown
    assert "Une autre personne a été saisie entre-temps" in shown
    browser.post(again, {"address": "yves@ac.invalid"})
    assert Delegation.objects.get().staff.email == "yves@ac.invalid"


def test_somebody_without_an_address_is_given_one_or_not():
    school = SchoolFactory()
    _, browser = head_of(school)
    named = colleague(school, email="", first_name="Ulysse", name="TARDIEU")
    ask = reverse("staff:delegate-address", args=[school.pk, named.pk])
    assert ask in browser.get(reverse("staff:delegate", args=[school.pk])).content.decode()

    step = goes_to(browser.post(ask, {"email": "ulysse@ac.invalid"}))
    check = goes_to(browser.post(step, {"choice": "vie-scolaire", **dates()}))
    assert "Une invitation à entrer lui sera envoyée à ulysse@ac.invalid" in text(browser.get(check))
    goes_to(browser.post(check, {"address": "ulysse@ac.invalid"}))
    named.refresh_from_db()
    assert named.email == "ulysse@ac.invalid"
    assert named.invitations.count() == 1
    assert goes_to(browser.get(ask)) == step

    other = colleague(school, email="")
    without = goes_to(
        browser.post(reverse("staff:delegate-right", args=[school.pk, other.pk]), {"choice": "vie-scolaire", **dates()})
    )
    assert "Son adresse e-mail n’est pas connue" in text(browser.get(without))
    goes_to(browser.post(without))
    assert Delegation.objects.filter(staff=other).exists()
