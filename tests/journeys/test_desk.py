"""The desk: a head gives a right and takes it back, invites somebody; an académie grants a private head."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from educonnect.delegation.mandate import held
from educonnect.delegation.models import Delegation, Function
from educonnect.delegation.rules import Right
from educonnect.population.rules import school_year
from educonnect.schools.models import School
from educonnect.staff.models import Staff
from tests.delegation.desk import a_class
from tests.delegation.factories import a_post, a_staff
from tests.journeys.conftest import WIDTHS, Reader
from tests.journeys.test_oversight import signed_in
from tests.schools.factories import SchoolFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def a_school_of_people() -> tuple[School, Staff, Staff]:
    """A school of three pupils, its head, and a form teacher who holds nothing yet."""
    school = SchoolFactory(name="Collège fictif des Alizés")
    head = a_post(Function.HEAD, school=school, staff=a_staff(first_name="Rose", name="Alba")).staff
    teacher = a_post(Function.OTHER, school=school, staff=a_staff(first_name="Luc", name="Morin")).staff
    a_class(school, pupils=3, year=school_year(timezone.localdate()))
    return school, head, teacher


def gives_and_takes_back(someone: Reader, school: School) -> None:
    division = school.divisions.get()
    someone.open(f"/personnel/etablissements/{school.pk}/delegations")
    someone.see("Délégations", "desk-aucune")
    someone.press("Donner un droit")
    someone.see("Donner un droit : à qui ?", "desk-a-qui")
    someone.press("Donner un droit Luc MORIN")
    someone.see("Donner un droit : lequel ?", "desk-lequel")
    someone.press("Voir qui sera concerné")
    someone.see("Donner un droit : lequel ?", "desk-lequel-rien")
    assert "Choisissez ce que fera cette personne." in someone.text()
    someone.tick("Professeur principal")
    someone.tick(division.code)
    someone.press("Voir qui sera concerné")
    someone.see("Donner un droit : vérifier", "desk-verifier")
    assert "Cette personne verra 3 élèves" in someone.text()
    someone.press("Donner ce droit")
    someone.see("Délégation", "desk-donne")
    assert "Luc MORIN a ce droit." in someone.text()
    someone.press("Changer la fin")
    someone.see("Changer la fin d’un droit", "desk-fin")
    someone.press("Ne rien changer")
    someone.press("Toutes les délégations")
    someone.see("Délégations", "desk-liste")
    someone.press("Luc MORIN")
    someone.press("Retirer ce droit")
    someone.see("Retirer un droit", "desk-retirer")
    someone.press("Retirer ce droit")
    someone.see("Délégations", "desk-retire")
    someone.press("Délégations terminées")
    someone.see("Délégations terminées", "desk-terminees")
    assert "retiré" in someone.text()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_head_gives_a_right_and_takes_it_back(width: int, reader: Callable[..., Reader]) -> None:
    school, head, teacher = a_school_of_people()
    someone = reader(width=width)
    signed_in(someone, head)

    gives_and_takes_back(someone, school)

    assert Delegation.objects.get().staff == teacher
    assert held(teacher.pk, now=timezone.now()) == []


@pytest.mark.parametrize(
    "way", [{"keyboard": True}, {"javascript": False, "width": 320}], ids=["keyboard", "no-script"]
)
def test_the_desk_asks_for_neither_a_mouse_nor_a_script(way: dict[str, object], reader: Callable[..., Reader]) -> None:
    school, head, _ = a_school_of_people()
    someone = reader(**way)
    signed_in(someone, head)

    gives_and_takes_back(someone, school)


def test_a_secretary_no_base_names_is_invited(reader: Callable[..., Reader]) -> None:
    school, head, _ = a_school_of_people()
    someone = reader(width=360)
    signed_in(someone, head)

    someone.open(f"/personnel/etablissements/{school.pk}/delegations/donner")
    someone.press("La personne n’est pas dans la liste")
    someone.see("Donner un droit : à une autre personne", "desk-autre")
    for label, value in (("Prénom", "Zoé"), ("Nom", "Artimon"), ("Adresse e-mail professionnelle", "zoe@ac.invalid")):
        someone.page.get_by_label(label, exact=True).fill(value)
    someone.press("Choisir le droit")
    someone.tick("Secrétariat")
    someone.press("Voir qui sera concerné")
    someone.see("Donner un droit : vérifier", "desk-inviter")
    assert "Cette personne verra 3 élèves et 3 responsables" in someone.text()
    assert "Une invitation à entrer lui sera envoyée à zoe@ac.invalid" in someone.text()
    someone.press("Donner ce droit")
    someone.see("Délégation", "desk-invitee")

    given = Delegation.objects.get()
    assert (given.right, given.staff.invitations.count()) == (Right.ADMINISTRATION, 1)


@pytest.mark.parametrize("width", WIDTHS)
def test_an_academie_grants_a_private_head_who_then_reads_it(width: int, reader: Callable[..., Reader]) -> None:
    school = SchoolFactory(name="Lycée privé fictif", sector="PR", academie="31")
    head = a_post(Function.HEAD, school=school, staff=a_staff(first_name="Rose", name="Alba")).staff
    someone, private = reader(width=width), reader(width=width)
    signed_in(someone, a_post(Function.ACADEMIE, academie="31").staff)
    signed_in(private, head)

    private.open("/personnel/")
    private.see("Accueil", "desk-prive-avant")
    someone.open("/personnel/academies/31/etablissements")
    someone.see("Établissements", "desk-academie")
    someone.press(f"Accorder un droit Lycée privé fictif ({school.pk})")
    someone.see("Accorder un droit", "desk-accorder")
    someone.press("Accorder ce droit")
    someone.see("Établissements", "desk-accorde")
    private.open("/personnel/mes-droits")
    private.see("Mes droits", "desk-mes-droits")
    assert "Donner des droits" in private.text()
    someone.open(f"/personnel/academies/31/personnes/{head.pk}/suspendre")
    someone.see("Suspendre les droits d’une personne", "desk-suspendre")
    someone.press("Suspendre ses droits")
    someone.see("Personnes suspendues", "desk-suspendues")

    assert held(head.pk, now=timezone.now()) == []
