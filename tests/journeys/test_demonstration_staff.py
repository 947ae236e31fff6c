"""Whoever opens a demonstration comes in as any of the staff of its sheet, with what the sheet says and the command."""

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django import Settings

from educonnect.demo import loading, sheet
from educonnect.demo.sheet import StaffMember
from tests.journeys.conftest import WIDTHS, Reader

pytestmark = [pytest.mark.browser, pytest.mark.needs("chromium")]

#: Kind of person -> what their first page says of what they may do.
FIND = {
    "head": "donner et retirer des droits",
    "deputy": "Administrer les comptes.",
    "secretary": "Administrer les comptes.",
    "form-teacher": "Dans vos classes seulement.",
    "private-head": "Votre académie doit d’abord vous accorder ce droit",
    "primary-head": "Administrer les comptes.",
    "academie": "donner et retirer des droits",
    "nation": "donner et retirer des droits",
}


@pytest.fixture
def people(educonnect: str, settings: Settings, tmp_path: Path) -> dict[str, StaffMember]:
    settings.DATA_DIR = tmp_path
    loading.load(now=timezone.now())
    return {one.kind: one for one in sheet.read_staff()}


def code(one: StaffMember) -> str:
    out = StringIO()
    call_command("demo", "code", one.email, stdout=out)
    return out.getvalue().strip()


def comes_in(here: Reader, one: StaffMember) -> None:
    """The password of the sheet, then the code of the command, or a passkey made on the spot."""
    here.open("/personnel/")
    here.write("Adresse e-mail", one.email)
    here.write("Mot de passe", one.password)
    here.press("Continuer")
    if one.secret:
        expect(here.page.get_by_role("heading", level=1)).to_have_text("Deuxième étape")
        here.write("Code à six chiffres", code(one))
        here.press("Valider le code")
    else:
        here.press("Ajouter une clé d’accès")
        here.write("Nom de cette clé", "Cet ordinateur")
        here.press("Créer la clé d’accès")
    here.page.wait_for_url(re.compile(r"/personnel/(?!deuxieme-etape|connexion)"))


def holds_a_key(here: Reader) -> None:
    devices = here.page.context.new_cdp_session(here.page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@pytest.mark.parametrize("width", WIDTHS)
def test_each_of_the_sheet_comes_in_and_finds_what_they_hold(
    reader: Callable[..., Reader], people: dict[str, StaffMember], width: int
) -> None:
    assert people.keys() == FIND.keys()
    for kind, one in people.items():
        here = reader(width=width)
        holds_a_key(here)
        comes_in(here, one)

        here.see("Accueil", f"demonstration-{kind}")
        assert FIND[kind] in here.text(), kind
        if one.uai:
            assert ("donner et retirer des droits" in here.text()) is (kind == "head")


def test_the_form_teacher_finds_no_other_school(reader: Callable[..., Reader], people: dict[str, StaffMember]) -> None:
    here = reader()
    comes_in(here, people["form-teacher"])

    answer = here.page.goto(f"{here.base}/personnel/etablissements/{people['private-head'].uai}/")

    assert answer is not None
    assert answer.status == 404
