"""Who works in a school, an académie or for the nation comes in, and does exactly what they may."""

import re
from collections.abc import Callable
from datetime import timedelta
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django import Settings

from educonnect.delegation.invitations import JOIN_PATH
from educonnect.delegation.models import Delegation, Suspension
from educonnect.delegation.rules import Right
from educonnect.journal.models import Entry
from educonnect.messaging.models import OutboxMessage
from educonnect.messaging.sending import deliver
from educonnect.oversight.rules import ALERT_FROM, Cause
from educonnect.sessions.models import StaffSession
from educonnect.staff.models import Totp
from tests.delegation.factories import a_delegation
from tests.journeys.conftest import WIDTHS, Reader
from tests.journeys.staff import (
    World,
    a_world,
    adds_application,
    adds_key,
    at,
    comes_in,
    gives_password,
    holds_a_key,
    signed_in,
)
from tests.staff.people import PASSWORD
from tests.staff.test_totp import code
from tests.web.staff.visitors import with_application

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOT_THERE = "Cette page n’existe pas, ou n’est pas dans vos droits"
#: How each road is walked: small and wide, without a mouse, without script.
WAYS = {
    "telephone": {"width": 360},
    "computer": {"width": 1280},
    "keyboard": {"width": 1280, "keyboard": True},
    "no script": {"width": 360, "javascript": False},
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_head_comes_in_and_gives_a_teacher_one_class(way: dict[str, bool], reader: Callable[..., Reader]) -> None:
    world, head = a_world(), reader(**way)
    gives_password(head, world.head)
    head.see("Protéger votre compte", "tete-premiere-venue")
    adds_application(head)
    head.see("Accueil", "tete-accueil")
    assert "Rien ne vous attend aujourd’hui." in head.text()

    head.press("Délégations")
    head.see("Délégations", "tete-delegations-vides")
    head.press("Donner un droit")
    head.see("Donner un droit : à qui ?", "tete-a-qui")
    head.press("Donner un droit Nadia FLORIS")
    head.see("Donner un droit : lequel ?", "tete-lequel")
    head.tick("Professeur principal")
    head.press("Voir qui sera concerné")
    head.see("Donner un droit : lequel ?", "tete-sans-classe")
    assert "Cochez au moins une classe" in head.text()
    head.tick("2DE1")
    head.press("Voir qui sera concerné")
    head.see("Donner un droit : vérifier", "tete-verifier")
    assert "Cette personne verra 2 élèves" in head.text()
    head.press("Donner ce droit")
    head.see("Délégation", "tete-donne")
    assert "Nadia FLORIS a ce droit" in head.text()

    given = Delegation.objects.get()
    assert (given.staff, given.right, given.given_by) == (world.teacher, Right.DEPANNAGE, world.head)
    assert list(given.divisions.all()) == world.classes[:1]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_secretary_whom_no_base_names_is_invited_and_finds_exactly_their_place(
    width: int, reader: Callable[..., Reader], settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    world, head, secretary = a_world(), reader(width=width), reader(width=width)
    signed_in(head, world.head)
    head.open(at(world.school, "delegations/donner"))
    head.press("La personne n’est pas dans la liste")
    head.see("Donner un droit : à une autre personne", "tete-inviter")
    head.write("Prénom", "Léa")
    head.page.get_by_label("Nom", exact=True).fill("SAINVILLE")
    head.write("Adresse e-mail professionnelle", "lea.sainville@ac-exemple.invalid")
    head.press("Choisir le droit")
    head.tick("Secrétariat")
    head.press("Voir qui sera concerné")
    head.see("Donner un droit : vérifier", "tete-verifier-invitee")
    assert "Une invitation à entrer lui sera envoyée à lea.sainville@ac-exemple.invalid" in head.text()
    head.press("Donner ce droit")
    head.see("Délégation", "tete-invitee")

    secretary.page.goto(link_mailed(tmp_path))
    secretary.see("Votre invitation", "secretaire-invitation")
    assert world.school.name in secretary.text()
    secretary.write("Votre nouveau mot de passe", "treize signes")
    secretary.press("Enregistrer mon mot de passe")
    secretary.see("Votre invitation", "secretaire-mot-de-passe-court")
    assert "15 caractères" in secretary.text()
    secretary.write("Votre nouveau mot de passe", PASSWORD)
    secretary.press("Enregistrer mon mot de passe")
    secretary.see("Protéger votre compte", "secretaire-premiere-venue")
    adds_application(secretary)
    secretary.see("Accueil", "secretaire-invitee-accueil")
    assert world.school.name in secretary.text()
    assert "Administrer les comptes." in secretary.text()
    for away in (at(world.school, "delegations"), at(world.school, "journal"), at(world.private), at("31"), at("")):
        secretary.open(away)
        secretary.see(NOT_THERE, "secretaire-ailleurs")

    head.open(at(world.school, "delegations"))
    head.see("Délégations", "tete-une-delegation")
    assert "Léa SAINVILLE" in head.text()
    assert "jamais" not in head.text()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_deputy_does_what_the_head_does_and_gives_no_right(width: int, reader: Callable[..., Reader]) -> None:
    world, deputy = a_world(), reader(width=width)

    comes_in(deputy, world.deputy)

    deputy.see("Accueil", "adjoint-accueil")
    assert "Administrer les comptes." in deputy.text()
    assert "Délégations" not in deputy.text()
    deputy.open(at(world.school, "delegations"))
    deputy.see(NOT_THERE, "adjoint-delegations")
    deputy.open("/personnel/mes-droits")
    deputy.see("Mes droits", "adjoint-droits")
    assert "Administration des comptes, Dépannage des comptes élèves" in deputy.text()
    assert "Donner des droits" not in deputy.text()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_form_teacher_finds_their_class_and_no_other_school(width: int, reader: Callable[..., Reader]) -> None:
    world, teacher = a_world(), reader(width=width)
    a_delegation(Right.DEPANNAGE, world.school, staff=world.teacher, divisions=world.classes[:1], given_by=world.head)

    comes_in(teacher, world.teacher)

    teacher.see("Accueil", "professeur-accueil")
    assert "Dans vos classes seulement." in teacher.text()
    teacher.press("Mes droits")
    teacher.see("Mes droits", "professeur-droits")
    assert "classes : 2DE1" in teacher.text()
    assert "Rose ALBA" in teacher.text()
    answer = teacher.page.goto(teacher.base + at(world.private))
    assert answer is not None
    assert answer.status == 404
    teacher.see(NOT_THERE, "professeur-ailleurs")
    assert Entry.objects.filter(event="scope.refused", detail__place=world.private.pk).exists()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_private_head_waits_for_the_academie_then_gives_rights(width: int, reader: Callable[..., Reader]) -> None:
    world, head, academie = a_world(), reader(width=width), reader(width=width)
    comes_in(head, world.private_head)
    head.see("Accueil", "prive-accueil")
    assert "Votre académie doit d’abord vous accorder ce droit" in head.text()
    head.open(at(world.private, "delegations"))
    head.see(NOT_THERE, "prive-refuse")

    holds_a_key(academie)
    gives_password(academie, world.academie)
    academie.see("Protéger votre compte", "academie-premiere-venue")
    assert "Une application de codes" not in academie.text()
    adds_key(academie)
    academie.see("Accueil", "academie-accueil")
    academie.press("1 établissement privé attend que vous accordiez un droit à sa direction.")
    academie.see("Établissements", "academie-etablissements")
    academie.press(f"Accorder un droit {world.private.name} ({world.private.pk})")
    academie.see("Accorder un droit", "academie-accorder")
    academie.press("Accorder ce droit")
    academie.see("Établissements", "academie-accorde")
    assert "Le droit est accordé." in academie.text()

    head.open("/personnel/")
    head.see("Accueil", "prive-accueil-accorde")
    head.press("Délégations")
    head.see("Délégations", "prive-delegations")
    academie.press("Accueil")
    academie.press("Journal")
    academie.see("Journal", "academie-journal")
    assert "Droit donné : Administration des comptes" in academie.text()


def test_T25_an_application_of_codes_does_not_open_an_academie(reader: Callable[..., Reader]) -> None:
    world, academie = a_world(), reader()

    comes_in(academie, world.academie)

    academie.see("Protéger votre compte", "academie-application")
    academie.open(at("31"))
    academie.see("Protéger votre compte", "academie-application")
    holds_a_key(academie)
    adds_key(academie)
    academie.see("Accueil", "academie-accueil")


@pytest.mark.parametrize("width", WIDTHS)
def test_T66_somebody_who_looks_elsewhere_is_told_of_and_suspended_at_once(
    width: int, reader: Callable[..., Reader]
) -> None:
    world, teacher, academie = a_world(), reader(width=width), reader(width=width)
    a_delegation(Right.DEPANNAGE, world.school, staff=world.teacher, divisions=world.classes[:1])
    signed_in(teacher, world.teacher)
    for _ in range(ALERT_FROM[Cause.REFUSED] + 1):
        teacher.open(at(world.private))
    teacher.open(at(world.school))
    teacher.see("Accueil", "curieux-accueil")

    signed_in(academie, world.academie)
    academie.open("/personnel/")
    academie.see("Accueil", "academie-alerte-accueil")
    academie.press("Alerte à vérifier : Nadia FLORIS, nombreuses pages demandées hors de ses droits.")
    academie.see("Alerte", "academie-alerte")
    academie.press("Suspendre ses droits")
    academie.see("Personnes suspendues", "academie-suspendue")

    teacher.press("Accueil")
    teacher.see(NOT_THERE, "curieux-refuse")
    teacher.press("Revenir à l’accueil")
    teacher.see("Accueil", "curieux-suspendu")
    assert "Vos droits sont suspendus." in teacher.text()
    assert Suspension.objects.get().staff == world.teacher


@pytest.mark.parametrize("width", WIDTHS)
def test_T66_a_right_withdrawn_is_refused_at_the_next_click(width: int, reader: Callable[..., Reader]) -> None:
    world, head, secretary = a_world(), reader(width=width), reader(width=width)
    a_delegation(Right.ADMINISTRATION, world.school, staff=world.secretary, given_by=world.head)
    signed_in(head, world.head)
    signed_in(secretary, world.secretary)
    secretary.open("/personnel/")
    secretary.see("Accueil", "secretaire-accueil")

    head.open(at(world.school, "delegations"))
    head.press("Luc MORIN")
    head.see("Délégation", "tete-delegation")
    head.press("Retirer ce droit")
    head.see("Retirer un droit", "tete-retirer")
    head.press("Retirer ce droit")
    head.see("Délégations", "tete-retire")

    secretary.press("Accueil")
    secretary.see(NOT_THERE, "secretaire-refusee")
    secretary.press("Revenir à l’accueil")
    secretary.see("Accueil", "secretaire-sans-droit")
    assert "Vous n’avez aucun droit dans cet espace en ce moment." in secretary.text()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_nation_goes_to_any_academie(width: int, reader: Callable[..., Reader]) -> None:
    world, nation = a_world(), reader(width=width)
    holds_a_key(nation)
    gives_password(nation, world.nation)
    nation.see("Protéger votre compte", "nation-premiere-venue")
    adds_key(nation)
    nation.see("Accueil", "nation-accueil")

    nation.press("Académies")
    nation.see("Académies", "nation-academies")
    nation.press("Martinique")
    nation.see("Établissements", "nation-etablissements")
    assert "Lycée fictif Sainte-Luce" in nation.text()
    nation.press("Tous les établissements")
    nation.see("Établissements", "nation-tous")
    nation.press(f"Délégations {world.school.name} ({world.school.pk})")
    nation.see("Délégations", "nation-delegations")


def test_a_stale_proof_is_asked_again_before_a_right_is_given(reader: Callable[..., Reader]) -> None:
    world, head = a_world(), reader(width=360)
    secret = with_application(world.head)
    signed_in(head, world.head)
    stale(world)

    head.open(at(world.school, f"delegations/donner/{world.secretary.pk}"))
    head.tick("Secrétariat")
    head.press("Voir qui sera concerné")
    head.see("Confirmez que c’est vous", "tete-confirmer")
    head.write("Code à six chiffres", code(secret, timezone.now()))
    head.press("Valider le code")

    head.see("Donner un droit : vérifier", "tete-verifier-secretariat")
    assert "Cette personne verra 3 élèves et" in head.text()
    assert Totp.objects.get(staff=world.head).last_used_at is not None
    expect(head.page).to_have_url(re.compile("droit=administration"))


def stale(world: World) -> None:
    """The last proof is older than what delicate gestures take."""
    StaffSession.objects.filter(staff=world.head).update(proved_at=timezone.now() - timedelta(minutes=6))


def link_mailed(folder: Path) -> str:
    """The link of the invitation, as the messages written to files hold it."""
    for waiting in OutboxMessage.objects.order_by("pk"):
        deliver(waiting.pk)
    bodies = [
        BytesParser(policy=default).parsebytes(path.read_bytes()).get_content() for path in sorted(folder.iterdir())
    ]
    return next(line for body in bodies for line in body.splitlines() if JOIN_PATH in line)
