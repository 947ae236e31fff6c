"""The second step of the staff, with the keys that Chromium pretends to hold."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from educonnect.delegation import invitations
from educonnect.delegation.models import Function
from educonnect.delegation.rules import Right
from educonnect.sessions import cookies, staffing
from educonnect.sessions.models import StaffSession
from educonnect.staff import factors
from educonnect.staff.models import Staff
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.journeys.conftest import WIDTHS, Reader
from tests.journeys.staff import holds_a_key
from tests.schools.factories import SchoolFactory
from tests.staff.test_totp import code
from tests.web.staff.visitors import arrives, with_application

pytestmark = [pytest.mark.browser, pytest.mark.needs("chromium")]

SECOND = "/personnel/deuxieme-etape"
SECURITY = "/personnel/securite"


@pytest.fixture
def head(educonnect: str) -> Staff:
    return a_post(Function.HEAD, school=SchoolFactory(sector="PU")).staff


def comes(reader: Reader, staff: Staff) -> None:
    """The first step was right: the browser has the session that waits for the second."""
    staff.refresh_from_db()
    value = arrives(staff).cookies[staffing.COOKIE].value
    cookie: Any = {"name": cookies.name(staffing.COOKIE), "value": value, "url": reader.base, "httpOnly": True}
    reader.page.context.add_cookies([cookie])
    reader.open(SECOND)


def inside(reader: Reader) -> None:
    """Both steps are behind."""
    reader.page.wait_for_url(re.compile(r"/personnel/(?!deuxieme-etape|confirmer)"))


def stale(staff: Staff) -> None:
    """The last proof is older than what delicate gestures take."""
    StaffSession.objects.filter(staff=staff).update(proved_at=timezone.now() - timedelta(minutes=6))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", [False, True])
def test_a_head_adds_a_passkey_prints_codes_and_comes_back_with_it(
    reader: Callable[..., Reader], head: Staff, width: int, dark: bool
) -> None:
    here = reader(width=width, dark=dark)
    holds_a_key(here)
    theme = "-dark" if dark else ""
    comes(here, head)
    here.see("Protéger votre compte", f"staff-first-factor{theme}")
    here.press("Ajouter une clé d’accès")
    here.see("Ajouter une clé d’accès", f"staff-add-passkey{theme}")

    here.press("Créer la clé d’accès")
    here.page.wait_for_load_state()
    here.see("Ajouter une clé d’accès", f"staff-add-passkey-nameless{theme}")
    here.write("Nom de cette clé", "Mon ordinateur")
    here.press("Créer la clé d’accès")

    here.see("Vos codes de secours", f"staff-recovery-codes{theme}")
    here.press("C’est imprimé ou recopié")
    here.open(SECURITY)
    here.see("Sécurité", f"staff-security{theme}")
    assert "Mon ordinateur" in here.text()

    comes(here, head)
    here.see("Deuxième étape", f"staff-second-factor{theme}")
    here.press("Utiliser ma clé d’accès")
    inside(here)
    assert factors.of(head.pk).passkeys[0].sign_count > 0


@pytest.mark.parametrize("width", WIDTHS)
def test_a_head_adds_an_application_without_any_script(reader: Callable[..., Reader], head: Staff, width: int) -> None:
    here = reader(width=width, javascript=False)
    comes(here, head)
    here.see("Protéger votre compte", "staff-first-factor-no-script")
    here.press("Ajouter une application")
    here.see("Ajouter une application de codes", "staff-add-application-no-script")
    secret = here.page.locator("code.secret").inner_text().replace(" ", "")

    here.write("Code que montre l’application", code(secret, timezone.now()))
    here.press("Valider le premier code")
    here.see("Vos codes de secours", "staff-recovery-codes-no-script")
    printed = here.page.locator(".codes code").first.inner_text()
    here.press("C’est imprimé ou recopié")

    comes(here, head)
    here.see("Deuxième étape", "staff-second-factor-no-script")
    here.page.get_by_role("textbox", name="Code de secours").fill(printed.lower())
    here.press("Valider le code de secours")
    inside(here)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_application_is_added_used_and_refused_by_the_keyboard_alone(
    reader: Callable[..., Reader], head: Staff, width: int
) -> None:
    here = reader(width=width, keyboard=True)
    comes(here, head)
    here.press("Ajouter une application")
    here.see("Ajouter une application de codes", "staff-add-application")
    secret = here.page.locator("code.secret").inner_text().replace(" ", "")
    here.write("Code que montre l’application", "000000")
    here.press("Valider le premier code")
    here.see("Ajouter une application de codes", "staff-add-application-wrong")
    here.write("Code que montre l’application", code(secret, timezone.now()))
    here.press("Valider le premier code")
    here.press("C’est imprimé ou recopié")

    comes(here, head)
    here.write("Code à six chiffres", "000000")
    here.press("Valider le code")
    here.see("Deuxième étape", "staff-second-factor-wrong")
    here.write("Code à six chiffres", code(secret, timezone.now() + timedelta(seconds=30)))
    here.press("Valider le code")
    inside(here)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_stale_proof_is_asked_again_before_a_factor_goes(
    reader: Callable[..., Reader], head: Staff, width: int
) -> None:
    with_application(head)
    here = reader(width=width)
    holds_a_key(here)
    comes(here, head)
    StaffSession.objects.filter(staff=head).update(stage="open", second="totp")
    here.open(f"{SECOND}/cle")
    here.write("Nom de cette clé", "Téléphone")
    here.press("Créer la clé d’accès")
    here.see("Vos codes de secours", "staff-recovery-codes")
    here.press("C’est imprimé ou recopié")
    stale(head)

    here.open(SECURITY)
    here.see("Sécurité", "staff-security-both")
    here.press("Retirer l’application")
    here.see("Confirmez que c’est vous", "staff-prove-again")
    here.press("Utiliser ma clé d’accès")
    here.see("Retirer l’application de codes", "staff-remove-application")
    here.press("Retirer")
    here.see("Sécurité", "staff-security-removed")
    here.press("Retirer : Téléphone")
    here.see("Retirer une clé d’accès", "staff-remove-passkey")
    here.press("Retirer")
    here.see("Retirer une clé d’accès", "staff-remove-last")
    assert "Ajoutez d’abord un autre moyen" in here.text()


def test_T25_the_nation_is_offered_a_passkey_alone(reader: Callable[..., Reader], educonnect: str) -> None:
    national = a_post(Function.NATION).staff
    here = reader(width=360)
    holds_a_key(here)
    comes(here, national)
    here.see("Protéger votre compte", "staff-first-factor-strong")
    assert "application" not in here.text()

    here.press("Ajouter une clé d’accès")
    here.write("Nom de cette clé", "Clé USB")
    here.press("Créer la clé d’accès")
    inside(here)


def test_a_device_that_knows_nobody_and_one_that_is_known_are_told_apart(
    reader: Callable[..., Reader], head: Staff
) -> None:
    here = reader()
    devices, number = holds_a_key(here)
    comes(here, head)
    here.press("Ajouter une clé d’accès")
    here.write("Nom de cette clé", "Mon ordinateur")
    here.press("Créer la clé d’accès")
    here.see("Vos codes de secours", "staff-recovery-codes")
    here.open(f"{SECOND}/cle")
    here.write("Nom de cette clé", "La même")
    here.press("Créer la clé d’accès")
    here.page.get_by_text("porte déjà une clé d’accès").wait_for()

    comes(here, head)
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": False})
    here.press("Utiliser ma clé d’accès")
    here.page.get_by_text("La demande a été fermée").wait_for()
    here.see("Deuxième étape", "staff-second-factor-stopped")


@pytest.mark.parametrize("width", WIDTHS)
def test_T29_a_colleague_who_lost_everything_comes_back_by_an_invitation_and_both_steps(
    reader: Callable[..., Reader], head: Staff, width: int
) -> None:
    school = head.posts.get().school
    colleague = a_delegation(Right.ADMINISTRATION, school, staff=a_staff(email="secretariat@college.invalid")).staff
    with_application(colleague)
    here, there = reader(width=width), reader(width=width)
    holds_a_key(here)
    comes(here, head)
    here.press("Ajouter une clé d’accès")
    here.write("Nom de cette clé", "Mon ordinateur")
    here.press("Créer la clé d’accès")
    here.see("Vos codes de secours", "staff-recovery-codes")

    here.open(f"/personnel/etablissements/{school.pk}/acces-perdu")
    here.see("Accès perdu d’un collègue", "staff-lost-factors")
    here.write("Adresse e-mail professionnelle de la personne", "secretariat@college.invalid")
    here.press("Chercher")
    name = f"{colleague.first_name} {colleague.name}"
    here.see(name, "staff-access")
    here.press("Retirer ses moyens et l’inviter de nouveau")
    here.see(name, "staff-access-invited")

    comes(there, colleague)
    there.see("Protéger votre compte", "staff-first-factor-invitation")
    assert "suivez d’abord le lien d’invitation" in there.text()
    now = timezone.now()
    token = invitations.make(colleague.pk, actor="system", now=now)
    invitations.accept_local(token, "quinze hérons gris pêchent", now=now)
    comes(there, colleague)
    there.press("Ajouter une application")
    there.see("Ajouter une application de codes", "staff-add-application")
