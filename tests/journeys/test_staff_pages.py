"""Every page of the staff, one by one: axe, widths, 320 px, and a title of its own. A page that comes adds its line."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.urls import get_resolver, reverse
from django.utils import timezone

from educonnect.accounts.throttling import Origin
from educonnect.delegation import invitations, suspending
from educonnect.delegation.mandate import actor_of, mandate_for
from educonnect.delegation.models import Delegation, GivenAs
from educonnect.delegation.rules import Right
from educonnect.messaging.models import OutboxMessage
from educonnect.oversight import alerts
from educonnect.oversight.models import Alert
from educonnect.oversight.rules import Cause
from educonnect.staff import passkeys, recovery
from educonnect.staff.authentication import Second
from educonnect.staff.models import Passkey, Staff
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.journeys.conftest import WIDTHS, Reader
from tests.journeys.staff import ACADEMIE, World, a_world, signed_in
from tests.messaging.reading import read
from tests.staff.authenticator import Authenticator
from tests.staff.people import with_password
from tests.web.staff.visitors import with_application, with_passkey

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True, slots=True)
class Scene:
    """The small académie on a busy day."""

    world: World
    given: Delegation
    granted: Delegation
    alert: Alert
    stopped: Staff
    unwritten: Staff
    key: Passkey


def a_busy_day() -> Scene:
    """Rights given, granted and over, an alert in each place, somebody suspended in each place."""
    world, now = a_world(), timezone.now()
    school = world.school
    device = Authenticator(origin=passkeys.origin(), site=passkeys.site())
    with_password(world.head)
    with_application(world.head)
    with_passkey(world.head, device)
    given = a_delegation(Right.ADMINISTRATION, school, staff=world.secretary, given_by=world.head)
    a_delegation(
        Right.DEPANNAGE,
        school,
        staff=world.teacher,
        divisions=world.classes[:1],
        withdrawn_at=now,
        withdrawn_by=actor_of(world.head.pk),
        given_by=world.head,
    )
    granted = a_delegation(
        Right.ADMINISTRATION,
        world.private,
        staff=world.private_head,
        as_head=True,
        given_as=GivenAs.ACADEMIE,
        given_by=world.academie,
    )
    alerts.count(actor_of(world.secretary.pk), Cause.RESETS, 140, places=[alerts.Place(uai=school.pk)], now=now)
    stopped = a_post("other", staff=a_staff(first_name="Marc", name="OUBLI"), school=school).staff
    for mandate in (
        mandate_for(world.head.pk, Right.DELEGATION, uai=school.pk, now=now),
        mandate_for(world.academie.pk, Right.DELEGATION, academie=ACADEMIE, now=now),
        mandate_for(world.nation.pk, Right.DELEGATION, now=now),
    ):
        suspending.suspend(mandate, stopped.pk, now=now)
    unwritten = a_post("other", staff=a_staff(first_name="Zoé", name="SANSADRESSE", email=""), school=school).staff
    return Scene(world, given, granted, Alert.objects.get(), stopped, unwritten, Passkey.objects.get(staff=world.head))


#: Each page by its view: the main title, and what its address holds.
Line = tuple[str, Callable[[Scene], list[object]]]


def nothing(_: Scene) -> list[object]:
    return []


def of_school(scene: Scene, *more: object) -> list[object]:
    return [scene.world.school.pk, *more]


def of_grant(scene: Scene) -> list[object]:
    return [ACADEMIE, scene.world.private.pk]


def link_of_a_message(scene: Scene) -> list[object]:
    """Somebody forgot their password; a worker answered."""
    recovery.ask(scene.world.head.email, origin=Origin(address="203.0.113.7"), now=timezone.now())
    recovery.look_at_all(now=timezone.now())
    body = read(OutboxMessage.objects.latest("pk"))["body"]
    return [body.partition(recovery.CHOOSE_PATH)[2].split()[0]]


def link_of_an_invitation(scene: Scene) -> list[object]:
    return [invitations.make(scene.world.teacher.pk, actor="operator:test", now=timezone.now())]


CHECKED = "?droit=depannage&du={today}&au={today}"
PAGES: dict[str, dict[str, Line]] = {
    "nobody": {
        "sign-in": ("Se connecter à l’administration", nothing),
        "signed-out": ("Vous êtes déconnecté", nothing),
        "forgotten-password": ("Mot de passe oublié", nothing),
        "forgotten-password-sent": ("Regardez vos messages", nothing),
        "recover-password": ("Choisissez un nouveau mot de passe", link_of_a_message),
        "password-recovered": ("Mot de passe changé", nothing),
        "join": ("Votre invitation", link_of_an_invitation),
    },
    "newcomer": {
        "second-factor": ("Protéger votre compte", nothing),
        "add-application": ("Ajouter une application de codes", nothing),
        "add-passkey": ("Ajouter une clé d’accès", nothing),
    },
    "head": {
        "school": ("Accueil", of_school),
        "delegations": ("Délégations", of_school),
        "delegations-over": ("Délégations terminées", of_school),
        "delegate": ("Donner un droit : à qui ?", of_school),
        "delegate-newcomer": ("Donner un droit : à une autre personne", of_school),
        "delegate-address": ("Donner un droit : inviter", lambda scene: of_school(scene, scene.unwritten.pk)),
        "delegate-right": ("Donner un droit : lequel ?", lambda scene: of_school(scene, scene.world.teacher.pk)),
        "delegate-check": ("Donner un droit : vérifier", lambda scene: of_school(scene, scene.world.teacher.pk)),
        "delegation": ("Délégation", lambda scene: of_school(scene, scene.given.pk)),
        "delegation-end": ("Changer la fin d’un droit", lambda scene: of_school(scene, scene.given.pk)),
        "delegation-withdraw": ("Retirer un droit", lambda scene: of_school(scene, scene.given.pk)),
        "access": ("Luc MORIN", lambda scene: of_school(scene, scene.world.secretary.pk)),
        "suspend": ("Suspendre les droits d’une personne", lambda scene: of_school(scene, scene.world.secretary.pk)),
        "restore": ("Rétablir les droits d’une personne", lambda scene: of_school(scene, scene.stopped.pk)),
        "journal": ("Journal", of_school),
        "journal-person": ("Chercher une personne", of_school),
        "journal-export": ("Télécharger le journal", of_school),
        "alerts": ("Alertes", of_school),
        "alert": ("Alerte", lambda scene: of_school(scene, scene.alert.pk)),
        "lost-factors": ("Accès perdu d’un collègue", of_school),
        "account": ("Mon compte", nothing),
        "password": ("Mot de passe", nothing),
        "my-rights": ("Mes droits", nothing),
        "security": ("Sécurité", nothing),
        "rename-passkey": ("Renommer une clé d’accès", lambda scene: [scene.key.pk]),
        "remove-passkey": ("Retirer une clé d’accès", lambda scene: [scene.key.pk]),
        "remove-application": ("Retirer l’application de codes", nothing),
        "own-journal": ("Mon journal", nothing),
        "prove-again": ("Confirmez que c’est vous", nothing),
        "sign-out": ("Voulez-vous vous déconnecter ?", nothing),
    },
    "académie": {
        "academie": ("Accueil", lambda _: [ACADEMIE]),
        "academie-schools": ("Établissements", lambda _: [ACADEMIE]),
        "academie-grant": ("Accorder un droit", of_grant),
        "academie-grant-end": ("Changer la fin d’un droit accordé", lambda scene: [*of_grant(scene), scene.granted.pk]),
        "academie-grant-withdraw": (
            "Retirer un droit accordé",
            lambda scene: [*of_grant(scene), scene.granted.pk],
        ),
        "academie-suspensions": ("Personnes suspendues", lambda _: [ACADEMIE]),
        "academie-suspend": (
            "Suspendre les droits d’une personne",
            lambda scene: [ACADEMIE, scene.world.secretary.pk],
        ),
        "academie-restore": ("Rétablir les droits d’une personne", lambda scene: [ACADEMIE, scene.stopped.pk]),
        "academie-access": ("Luc MORIN", lambda scene: [ACADEMIE, scene.world.secretary.pk]),
        "academie-lost-factors": ("Accès perdu d’un collègue", lambda _: [ACADEMIE]),
        "academie-journal": ("Journal", lambda _: [ACADEMIE]),
        "academie-journal-person": ("Chercher une personne", lambda _: [ACADEMIE]),
        "academie-journal-export": ("Télécharger le journal", lambda _: [ACADEMIE]),
        "academie-alerts": ("Alertes", lambda _: [ACADEMIE]),
        "academie-alert": ("Alerte", lambda scene: [ACADEMIE, scene.alert.pk]),
    },
    "nation": {
        "nation": ("Accueil", nothing),
        "nation-academies": ("Académies", nothing),
        "nation-suspensions": ("Personnes suspendues", nothing),
        "nation-suspend": ("Suspendre les droits d’une personne", lambda scene: [scene.world.secretary.pk]),
        "nation-restore": ("Rétablir les droits d’une personne", lambda scene: [scene.stopped.pk]),
        "nation-access": ("Luc MORIN", lambda scene: [scene.world.secretary.pk]),
        "nation-lost-factors": ("Accès perdu d’un collègue", nothing),
        "nation-alerts": ("Alertes", nothing),
        "nation-alert": ("Alerte", lambda scene: [scene.alert.pk]),
    },
}
#: Other widths that each page is measured at: the narrowest, tablets, and just where a layout changes to another.
FITS = {360: (320, 620), 1280: (820, 1024, 1081)}
#: Addresses that are no page of themselves, and why.
NO_PAGE = {
    "home": "leads to the one place there is; what it says to whoever has none or several is in test_staff_roads",
    **dict.fromkeys(("end-device", "end-others", "end-all"), "takes a form"),
    **{
        f"{place}{gesture}": "takes a form"
        for place in ("", "academie-", "nation-")
        for gesture in ("disconnect", "forget-factors", "alert-see")
    },
    "stay": "answers a script",
    "new-passkey-asked": "answers a script",
    "passkey-asked": "answers a script",
    "prove-passkey": "takes a form",
    "recovery-codes": "shows codes once: in test_staff_roads",
    "renew-recovery-codes": "takes a form",
}


def test_no_page_of_the_staff_is_forgotten() -> None:
    staff = get_resolver().namespace_dict["staff"][1]
    known = {name for name in staff.reverse_dict if isinstance(name, str)}

    assert known == {name for pages in PAGES.values() for name in pages} | set(NO_PAGE)


def stands(someone: Reader, scene: Scene, who: str) -> None:
    """In front of this browser is somebody of that kind."""
    if who == "newcomer":
        signed_in(someone, scene.world.deputy, Second.NONE)
    elif who != "nobody":
        signed_in(someone, {"head": scene.world.head, "académie": scene.world.academie}.get(who, scene.world.nation))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("who", PAGES)
def test_T78_axe_finds_nothing_on_any_page_of_the_staff(who: str, width: int, reader: Callable[..., Reader]) -> None:
    scene, someone = a_busy_day(), reader(width=width)
    stands(someone, scene, who)
    titles: dict[str, str] = {}

    for name, (title, holds) in PAGES[who].items():
        address = reverse(f"staff:{name}", args=holds(scene))
        today = timezone.localdate().isoformat()
        someone.open(address + (CHECKED.format(today=today) if name == "delegate-check" else ""))
        someone.see(title, f"personnel-{name}")
        said = someone.page.title()
        assert said not in titles, f"{name} and {titles[said]} have one title: {said}"
        titles[said] = name
        for narrower in FITS[width]:
            fits(someone, name, narrower)


def fits(someone: Reader, name: str, width: int) -> None:
    """T80: nothing is cut off, nor asks to scroll sideways."""
    someone.page.set_viewport_size({"width": width, "height": 800})
    wider = someone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{name} is {wider} px too wide at {width}"
    someone.page.set_viewport_size({"width": someone.width, "height": 800})
