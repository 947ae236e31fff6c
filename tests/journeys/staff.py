"""The staff of a small académie in front of a browser: who they are, and how they come in."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from playwright.sync_api import CDPSession

from educonnect.delegation.models import Function
from educonnect.population.rules import school_year
from educonnect.schools.models import Division, School
from educonnect.sessions import cookies, staffing
from educonnect.staff.authentication import Second
from educonnect.staff.models import Staff
from tests.delegation.factories import a_post, a_staff
from tests.journeys.conftest import Reader
from tests.population.factories import EnrolmentFactory, GuardianshipFactory
from tests.schools.factories import DivisionFactory, SchoolFactory
from tests.staff.people import PASSWORD, with_password
from tests.staff.test_totp import code
from tests.web.staff.visitors import arrives, with_application

ACADEMIE = "31"


@dataclass(frozen=True, slots=True)
class World:
    """A public school with two classes, a private one, and the people who answer for them or work there."""

    school: School
    classes: list[Division]
    private: School
    head: Staff
    deputy: Staff
    secretary: Staff
    teacher: Staff
    private_head: Staff
    academie: Staff
    nation: Staff


def a_world() -> World:
    """Everybody is known; the secretary, the teacher and the private head hold nothing yet."""
    school = SchoolFactory(name="Collège fictif des Alizés", sector="PU", academie=ACADEMIE)
    private = SchoolFactory(name="Lycée fictif Sainte-Luce", sector="PR", academie=ACADEMIE)
    classes = [
        DivisionFactory(school=school, year=school_year(timezone.localdate()), code=code_) for code_ in ("2DE1", "2DE2")
    ]
    for division, names in zip(classes, (("Camille", "Sacha"), ("Lou",)), strict=True):
        for name in names:
            enrolled = EnrolmentFactory(pupil__first_name=name, school=school, division=division, year=division.year)
            GuardianshipFactory(pupil=enrolled.pupil, school=school)

    def somebody(first_name: str, name: str, function: str, where: School | None = None, **place: Any) -> Staff:
        email = f"{first_name}.{name}@ac-exemple.invalid".lower()
        return a_post(
            function, staff=a_staff(first_name=first_name, name=name, email=email), school=where, **place
        ).staff

    return World(
        school=school,
        classes=classes,
        private=private,
        head=somebody("Rose", "ALBA", Function.HEAD, school),
        deputy=somebody("Marie-Emmanuelle", "DOUXVOILE-PAPAYRONCE", Function.DEPUTY, school),
        secretary=somebody("Luc", "MORIN", Function.OTHER, school),
        teacher=somebody("Nadia", "FLORIS", Function.OTHER, school),
        private_head=somebody("Anne", "LISTAN", Function.HEAD, private),
        academie=somebody("Hugues", "FILAO", Function.ACADEMIE, academie=ACADEMIE),
        nation=somebody("Odile", "PELAGE", Function.NATION),
    )


def signed_in(someone: Reader, staff: Staff, second: Second = Second.PASSKEY) -> None:
    """Both steps were done a moment ago, in this browser."""
    staff.refresh_from_db()
    value = arrives(staff, second=second).cookies[staffing.COOKIE].value
    cookie: Any = {"name": cookies.name(staffing.COOKIE), "value": value, "url": someone.base, "httpOnly": True}
    someone.page.context.add_cookies([cookie])


def gives_password(someone: Reader, staff: Staff) -> None:
    """The first step, as it is typed."""
    with_password(staff)
    someone.open("/personnel/connexion")
    someone.write("Adresse e-mail professionnelle", staff.email)
    someone.write("Mot de passe", PASSWORD)
    someone.press("Continuer")


def comes_in(someone: Reader, staff: Staff) -> str:
    """Password, then the code of an application added before; the application's secret."""
    secret = with_application(staff)
    gives_password(someone, staff)
    someone.see("Deuxième étape", "personnel-deuxieme-etape")
    someone.write("Code à six chiffres", code(secret, timezone.now()))
    someone.press("Valider le code")
    return secret


def adds_application(someone: Reader) -> None:
    """The first second factor of somebody who has none: an application, its first code, and the codes to print."""
    someone.press("Ajouter une application")
    secret = someone.page.locator("code.secret").inner_text().replace(" ", "")
    someone.write("Code que montre l’application", code(secret, timezone.now()))
    someone.press("Valider le premier code")
    someone.see("Vos codes de secours", "personnel-codes-de-secours")
    someone.press("C’est imprimé ou recopié")


def holds_a_key(someone: Reader) -> tuple[CDPSession, str]:
    """A device that recognises its owner, as Chromium pretends to have; how to speak to it, and its number."""
    devices = someone.page.context.new_cdp_session(someone.page)
    devices.send("WebAuthn.enable")
    told = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = devices.send("WebAuthn.addVirtualAuthenticator", {"options": told})
    return devices, added["authenticatorId"]


def adds_key(someone: Reader, name: str = "Mon ordinateur") -> None:
    """The first passkey of somebody who has none, on the device they hold."""
    someone.press("Ajouter une clé d’accès")
    someone.write("Nom de cette clé", name)
    someone.press("Créer la clé d’accès")


def at(place: School | str, page: str = "") -> str:
    """The address of a page of a school, of an académie by its code, or of the nation."""
    if isinstance(place, School):
        return f"/personnel/etablissements/{place.pk}/{page}"
    return f"/personnel/academies/{place}/{page}" if place else f"/personnel/nation/{page}"
