"""Staff who sign in elsewhere, in a real browser, with a real provider."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from pytest_django import Settings

from educonnect.delegation.rules import Right
from educonnect.upstream import published
from tests.delegation.factories import a_delegation, a_staff
from tests.journeys.conftest import WIDTHS, Reader
from tests.schools.factories import SchoolFactory
from tests.upstream import real
from tests.upstream.real import Real

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("npm"),
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("journeys"),
]


@pytest.fixture(scope="module")
def process(service: str) -> Iterator[Real]:
    with real.running([service]) as found:
        yield found


@pytest.fixture
def provider(process: Real, educonnect: str, settings: Settings) -> Real:
    published.forget()
    settings.UPSTREAMS = {"proconnect": process.proconnect(), "academie-25": process.hub()}
    return process


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_head_comes_by_the_hub_and_leaves_by_it(
    chromium: Browser, provider: Real, educonnect: str, width: int, javascript: bool
) -> None:
    school = SchoolFactory(uai="0780001A", academie="25", name="Lycée des Trois-Rivières")
    a_delegation(Right.DEPANNAGE, school, staff=a_staff(issuer=provider.issuer, subject="maude"))
    context = chromium.new_context(viewport={"width": width, "height": 800}, java_script_enabled=javascript)
    reader = Reader(context.new_page(), educonnect, width, javascript=javascript)

    reader.open("/personnel/connexion")
    reader.see("Se connecter à l’administration", "staff-sign-in-elsewhere")
    reader.press("Se connecter avec un simulateur de guichet")
    reader.write("Identifiant", "chef")
    reader.press("Me connecter")
    # the hub asked for no second factor: one of ours comes next
    expect(reader.page).to_have_url(f"{educonnect}/personnel/deuxieme-etape")
    reader.press("Quitter")
    expect(reader.page.get_by_role("button", name="Fermer ma session")).to_be_visible()
    reader.press("Fermer ma session")
    expect(reader.page).to_have_url(f"{educonnect}/personnel/deconnexion/terminee")

    reader.open("/personnel/connexion")
    reader.press("Se connecter avec un simulateur")
    reader.write("Identifiant", "maude")
    reader.press("Me connecter")
    expect(reader.page).to_have_url(f"{educonnect}/personnel/etablissements/{school.pk}/")
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_stranger_is_told_what_to_do(chromium: Browser, provider: Real, educonnect: str, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800})
    reader = Reader(context.new_page(), educonnect, width)

    reader.open("/personnel/connexion")
    reader.press("Se connecter avec un simulateur")
    reader.write("Identifiant", "maude")
    reader.press("Me connecter")

    reader.see("Connexion impossible", "upstream-stranger")
    assert "Demandez une invitation à votre chef d’établissement" in reader.text()
    context.close()
