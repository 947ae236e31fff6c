"""Debian's Shibboleth SP and mod_auth_mellon, in a real Apache and a real browser, against our real server."""

import html
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.test import override_settings
from playwright.sync_api import Page, expect

from educonnect.accounts.models import Account
from educonnect.delegation.mandate import operator_mandate
from educonnect.federation import providers
from educonnect.federation.models import Release
from educonnect.journal.models import Entry
from educonnect.saml import metadata
from educonnect.sessions.models import Farewell, Session
from tests.journeys.apache import READ, Mellon, Shibboleth
from tests.journeys.conftest import Reader
from tests.journeys.test_road import signs_in
from tests.web import people

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("apache"),
    pytest.mark.slow,
    pytest.mark.xdist_group("apache"),
    pytest.mark.django_db(transaction=True),
]
ATTRIBUTES = ["logout_url", "affiliation", "uai", "first_name", "family_name"]
Readers = Callable[..., Reader]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where others' programs, which leave root's rights, can read."""
    place = Path(tempfile.mkdtemp(prefix="educonnect-apache-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def described(service: str) -> Iterator[tuple[str, bytes]]:
    with override_settings(BASE_URL=service):
        metadata.ours.cache_clear()
        yield metadata.entity_id(), metadata.ours()[0]
    metadata.ours.cache_clear()


@pytest.fixture(scope="module")
def shibboleths(folder: Path, described: tuple[str, bytes]) -> Iterator[Shibboleth]:
    (folder / "shibboleth").mkdir()
    programs = Shibboleth(folder / "shibboleth", *described)
    yield programs
    programs.stop()


@pytest.fixture(scope="module")
def a_mellon(folder: Path, described: tuple[str, bytes]) -> Iterator[Mellon]:
    (folder / "mellon").mkdir()
    program = Mellon(folder / "mellon", described[1])
    yield program
    program.stop()


def register(document: bytes, name: str, site: str, *, drop: str = "") -> None:
    """Let the service in, with what the ENT's contract says; `drop`: a binding of logout that it does not declare."""
    text = re.sub(rf'<md:SingleLogoutService Binding="[^"]*{drop}"[^>]*/>', "", document.decode()) if drop else ""
    providers.register(
        operator_mandate(),
        metadata.describe(text.encode() or document),
        attributes=ATTRIBUTES,
        name=name,
        home=site,
        options={"unsolicited": True},
    )


@pytest.fixture
def shibboleth(shibboleths: Shibboleth, educonnect: str) -> Shibboleth:
    """An ENT and its portal of services, both behind Shibboleth."""
    for document, name, site in zip(
        shibboleths.metadata(), ("ENT", "Portail"), (shibboleths.first, shibboleths.second), strict=True
    ):
        register(document, name, site)
    return shibboleths


@pytest.fixture
def mellon(a_mellon: Mellon, educonnect: str) -> Mellon:
    register(a_mellon.metadata(), "Colibri", a_mellon.site)
    return a_mellon


@pytest.fixture
def dying(folder: Path, described: tuple[str, bytes], educonnect: str) -> Iterator[Mellon]:
    """A service that the test stops; it is stopped whatever happens."""
    (folder / "dying").mkdir()
    program = Mellon(folder / "dying", described[1])
    register(program.metadata(), "Colibri", program.site)
    yield program
    program.stop()


@pytest.fixture
def pupil() -> Account:
    return people.activated(people.pupil())


def learnt(page: Page) -> dict[str, str]:
    """What the service's application was told, from the page that prints it."""
    found = re.findall(r"^(\w[\w-]*)=(.*)$", html.unescape(page.locator("pre").inner_text()), re.MULTILINE)
    return {name: value for name, value in found if name in READ.values()}


def expected(pupil: Account, base: str) -> dict[str, str]:
    return {
        "FrEduUrlRetour": f"{base}/idp/profile/Logout",
        "FrEduCtPersonAffiliation": "eleve2d",
        "FrEduCtEleveUAI": pupil.pupil.enrolments.get().school_id,
        "givenName": pupil.pupil.first_name,
        "sn": pupil.pupil.family_name,
    }


def knows(page: Page, site: str) -> bool:
    """Whether the service still knows its visitor."""
    page.goto(f"{site}/")
    return bool(learnt(page))


def enters(someone: Reader, site: str, pupil: Account | None = None) -> dict[str, str]:
    """Ask the service for what it keeps for people it knows."""
    someone.page.goto(f"{site}/reserve/")
    if pupil is not None:
        signs_in(someone, pupil, people.OWN)
    someone.page.wait_for_url(f"{site}/reserve/")
    return learnt(someone.page)


def test_T64_both_services_learn_the_approved_list_and_nothing_else(
    reader: Readers, shibboleth: Shibboleth, mellon: Mellon, pupil: Account, educonnect: str
) -> None:
    someone = reader()

    first = enters(someone, shibboleth.first, pupil)
    second = enters(someone, mellon.site)  # the session is there already

    assert first == second == expected(pupil, educonnect)
    assert Release.objects.count() == 2


def test_a_link_of_the_portal_opens_a_service_that_did_not_ask(
    reader: Readers, shibboleth: Shibboleth, mellon: Mellon, pupil: Account, educonnect: str
) -> None:
    someone = reader()
    asked = [("http://127.0.0.1/shibboleth", shibboleth.first), (f"{mellon.site}/mellon/metadata", mellon.site)]

    for number, (entity_id, site) in enumerate(asked):
        target = f"{site}/reserve/"
        query = urlencode({"providerId": entity_id, "target": target})
        someone.page.goto(f"{educonnect}/idp/profile/SAML2/Unsolicited/SSO?{query}")
        if number == 0:
            signs_in(someone, pupil, people.OWN)
        someone.page.wait_for_url(target)

        assert learnt(someone.page) == expected(pupil, educonnect)


@pytest.mark.parametrize("name", ["shibboleth by POST", "mellon by Redirect"])
def test_leaving_at_a_service_leaves_the_others_and_educonnect(
    name: str, reader: Readers, shibboleth: Shibboleth, mellon: Mellon, pupil: Account
) -> None:
    someone = reader()
    enters(someone, shibboleth.first, pupil)
    enters(someone, mellon.site)
    by_shibboleth = name.startswith("shibboleth")
    asking = f"{shibboleth.first}/Shibboleth.sso/Logout?" if by_shibboleth else f"{mellon.site}/mellon/logout?"
    back = f"{shibboleth.first if by_shibboleth else mellon.site}/adieu.shtml"

    someone.page.goto(asking + urlencode({"return" if by_shibboleth else "ReturnTo": back}))

    expect(someone.page).to_have_url(back, timeout=20_000)
    assert not Session.objects.exists()
    assert Farewell.objects.get().state == "done"
    assert not knows(someone.page, shibboleth.first)
    assert not knows(someone.page, mellon.site)


@pytest.mark.parametrize("binding", ["HTTP-Redirect", "HTTP-POST"])
@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without"])
def test_leaving_educonnect_leaves_each_service(
    binding: str, javascript: bool, reader: Readers, shibboleths: Shibboleth, mellon: Mellon, pupil: Account
) -> None:
    dropped = "HTTP-POST" if binding == "HTTP-Redirect" else "HTTP-Redirect"
    register(shibboleths.metadata()[0], "ENT", shibboleths.first, drop=dropped)
    providers.forget()
    someone = reader(width=360, javascript=True)
    enters(someone, shibboleths.first, pupil)
    enters(someone, mellon.site)

    someone.open("/deconnexion")
    assert "ENT" in someone.text()
    assert "Colibri" in someone.text()
    if not javascript:  # from here on
        someone.page.route("**/*.js", lambda route: route.abort())
    someone.page.get_by_role("button", name="Se déconnecter").last.click()
    if not javascript:
        for _ in range(2):
            someone.page.get_by_text("en cours").wait_for()
            someone.press("Continuer")

    expect(someone.page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté", timeout=20_000)
    if javascript:
        someone.see("Vous êtes déconnecté", f"quitter-tout-{binding}")
    assert someone.text().count(": déconnecté") == 2
    assert not knows(someone.page, shibboleths.first)
    assert not knows(someone.page, mellon.site)


def test_T63_a_dead_service_is_named_and_keeps_nothing_open(
    reader: Readers, shibboleth: Shibboleth, dying: Mellon, pupil: Account
) -> None:
    someone = reader(width=360)
    enters(someone, dying.site, pupil)
    enters(someone, shibboleth.first)
    enters(someone, shibboleth.second)
    dying.stop()
    back = f"{shibboleth.first}/adieu.shtml"

    someone.page.goto(f"{shibboleth.first}/Shibboleth.sso/Logout?{urlencode({'return': back})}")

    expect(someone.page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté", timeout=20_000)
    someone.complaints.clear()  # the browser says that the dead one does not answer
    someone.see("Vous êtes déconnecté", "quitter-en-partie")
    assert "Colibri : n’a pas répondu : fermez-le vous-même" in " ".join(someone.text().split())
    assert "Portail : déconnecté" in " ".join(someone.text().split())
    assert not Session.objects.exists()
    assert Entry.objects.filter(event="session.service-left", detail__outcome="silent").count() == 1
    someone.press("Continuer")
    someone.page.wait_for_url(f"{shibboleth.first}/**")
    assert not knows(someone.page, shibboleth.first)
    assert not knows(someone.page, shibboleth.second)


def test_the_logout_chain_of_the_real_service_ends_everything(
    reader: Readers, shibboleth: Shibboleth, pupil: Account, educonnect: str
) -> None:
    someone = reader()
    url = enters(someone, shibboleth.first, pupil)["FrEduUrlRetour"]
    enters(someone, shibboleth.second)
    ent, portal = f"{shibboleth.first}/Shibboleth.sso/Logout", f"{shibboleth.second}/Shibboleth.sso/Logout"

    someone.page.goto(f"{ent}?return={portal}?return={url}")  # unquoted, as the real one is

    expect(someone.page).to_have_url(f"{educonnect}/deconnexion/terminee", timeout=20_000)
    assert not Session.objects.exists()
    assert not knows(someone.page, shibboleth.first)
    assert not knows(someone.page, shibboleth.second)
