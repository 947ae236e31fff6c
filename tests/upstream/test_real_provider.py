"""The whole road towards a real provider, of another make, set as ProConnect's documentation says."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest
from django.conf import settings as installation
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from educonnect.delegation.models import Function, Post
from educonnect.sessions import staffing
from educonnect.staff.authentication import Second
from educonnect.upstream import published
from tests.delegation.factories import a_staff
from tests.schools.factories import SchoolFactory
from tests.sessions.browser import Browser
from tests.upstream import real
from tests.upstream.real import Real

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.needs("npm"), pytest.mark.xdist_group("provider")]
HOME = "/personnel/connexion/proconnect"


@pytest.fixture(scope="module")
def process() -> Iterator[Real]:
    with real.running([installation.BASE_URL]) as found:
        yield found


@pytest.fixture
def provider(process: Real, settings: Any) -> Real:
    published.forget()
    settings.UPSTREAMS = {"proconnect": process.proconnect(), "academie-25": process.hub()}
    return process


_clients: list[httpx.Client] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _clients:
        _clients.pop().close()


class There:
    """Somebody's browser at the provider."""

    def __init__(self) -> None:
        self.client = httpx.Client(trust_env=False, timeout=30)
        _clients.append(self.client)

    def signs_in(self, address: str, login: str, do: str = "sign-in") -> str:
        """From our redirect to the provider's own back to us: the address it leads to."""
        page = self._follow(self.client.get(address))
        if page.has_redirect_location:  # signed in there already
            return str(page.headers["Location"])
        assert "Simulateur" in page.text, page.text
        answer = self.client.post(page.url, data={"login": login, "do": do})
        return str(self._follow(answer).headers["Location"])

    def _follow(self, answer: httpx.Response) -> httpx.Response:
        """Redirects within the provider; what leads back to us is for our browser."""
        while answer.has_redirect_location:
            onward = urljoin(str(answer.url), answer.headers["Location"])
            if urlsplit(onward).netloc != answer.url.netloc.decode():
                return answer
            answer = self.client.get(onward)
        return answer


def signs_in(
    browser: Browser, login: str, start: str = HOME, *, there: There | None = None, do: str = "sign-in"
) -> HttpResponse:
    left = browser.get(start)
    assert left.status_code == 303, left.content.decode()
    back = urlsplit((there or There()).signs_in(left.headers["Location"], login, do))
    assert f"{back.scheme}://{back.netloc}" == installation.BASE_URL
    return browser.get(f"{back.path}?{back.query}")


@pytest.mark.parametrize("alg", ["RS256", "ES256", "HS256"])
def test_somebody_known_comes_in(provider: Real, settings: Any, alg: str) -> None:
    settings.UPSTREAMS = {"proconnect": provider.proconnect(alg)}
    staff = a_staff(issuer=provider.issuer, subject="maude")
    browser = Browser()

    answer = signs_in(browser, "maude")

    who = browser.does(staffing.current)
    staff.refresh_from_db()
    assert answer.status_code == 303, answer.content.decode()
    assert who is not None
    assert (who.staff_id, who.second, who.open) == (staff.pk, Second.UPSTREAM, True)
    assert who.fresh(timezone.now())  # the claims parameter asks for the moment they signed in there
    assert (staff.first_name, staff.name, staff.email) == ("Maude", "VALDAIRE", "maude.valdaire@ac.invalid")


def test_a_stranger_is_told_what_to_do(provider: Real) -> None:
    assert "E-8111" in signs_in(Browser(), "maude").content.decode()


def test_without_a_second_factor_there_ours_is_asked_for(provider: Real) -> None:
    a_staff(issuer=provider.issuer, subject="sans-second")
    browser = Browser()

    signs_in(browser, "sans-second")

    who = browser.does(staffing.current)
    assert who is not None
    assert not who.open


def test_a_level_that_is_too_low(provider: Real) -> None:
    a_staff(issuer=provider.issuer, subject="trop-bas")

    assert "E-8110" in signs_in(Browser(), "trop-bas").content.decode()


def test_giving_up(provider: Real) -> None:
    assert "E-8103" in signs_in(Browser(), "maude", do="leave").content.decode()


def test_a_code_serves_once(provider: Real) -> None:
    a_staff(issuer=provider.issuer, subject="maude")
    first, second = Browser(), Browser()
    back = urlsplit(There().signs_in(first.get(HOME).headers["Location"], "maude"))
    other = urlsplit(There().signs_in(second.get(HOME).headers["Location"], "maude"))
    code, theirs = (dict(part.split("=", 1) for part in one.query.split("&")) for one in (back, other))
    assert first.get(f"{back.path}?{back.query}").status_code == 303

    stolen = second.get(other.path + "?" + "&".join(f"{k}={v}" for k, v in (theirs | {"code": code["code"]}).items()))

    assert "E-8108" in stolen.content.decode()


def test_an_unknown_parameter_would_be_refused_so_ours_are_all_known(provider: Real) -> None:
    address = Browser().get(HOME).headers["Location"]

    assert httpx.get(address, trust_env=False).status_code == 303
    refused = httpx.get(address + "&max_age=0", trust_env=False)
    assert (refused.status_code, "Y000400" in refused.text) == (400, True)


def test_a_wrong_secret_is_told_to_the_operator(provider: Real, settings: Any) -> None:
    settings.UPSTREAMS = {"proconnect": provider.proconnect(client_secret="w" * 64)}

    page = signs_in(Browser(), "maude").content.decode()

    assert "E-8105" in page
    assert "invalid_client" in page


def test_the_head_comes_by_the_hub_for_the_schools_of_its_academie_alone(provider: Real) -> None:
    ours = SchoolFactory(uai="0780001A", academie="25")
    SchoolFactory(uai="0750001B", academie="01")
    browser = Browser()

    signs_in(browser, "chef", "/personnel/arena")

    assert list(Post.objects.values_list("function", "school_id")) == [(Function.HEAD, ours.pk)]
    who = browser.does(staffing.current)
    assert who is not None
    assert who.display_name == "Inès LORMEAU"


def test_proving_again_asks_for_the_password_there_once_more(provider: Real) -> None:
    a_staff(issuer=provider.issuer, subject="maude")
    browser, there = Browser(), There()
    signs_in(browser, "maude", there=there)
    address = browser.get("/personnel/confirmer/proconnect").headers["Location"]

    assert "Simulateur" in there._follow(there.client.get(address)).text
    assert signs_in(browser, "maude", "/personnel/confirmer/proconnect", there=there).status_code == 303


def test_a_hub_is_asked_for_a_proof_made_now_and_for_its_moment(provider: Real) -> None:
    SchoolFactory(uai="0780001A", academie="25")
    browser, there = Browser(), There()
    signs_in(browser, "chef", "/personnel/arena", there=there)

    address = browser.get("/personnel/confirmer/academie-25").headers["Location"]

    assert parse_qs(urlsplit(address).query)["max_age"] == ["0"]
    assert "Simulateur" in there._follow(there.client.get(address)).text


def test_signing_out_closes_the_session_there(provider: Real) -> None:
    a_staff(issuer=provider.issuer, subject="maude")
    browser, there = Browser(), There()
    signs_in(browser, "maude", there=there)

    page = browser.post(reverse("staff:sign-out"))
    form = there.client.get(page.context["address"])

    assert "Fermer ma session" in form.text
    assert browser.does(staffing.current) is None
