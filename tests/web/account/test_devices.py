"""« Appareils connectés »."""

import re
import uuid

import pytest

from educonnect.accounts.models import Account
from tests.sessions.browser import Browser
from tests.web.people import activated, pupil

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
LIST = "/mon-compte/appareils"


@pytest.fixture
def account() -> Account:
    return activated(pupil())


def signed_in(account: Account, *, shared: bool = False) -> Browser:
    browser = Browser(headers={"user-agent": FIREFOX})
    browser.signs_in(account, shared=shared)
    return browser


def to_end(page: str) -> list[str]:
    return re.findall(r'action="(/mon-compte/appareils/[0-9a-f-]{36}/fermer)"', page)


def test_T35_each_device_is_told_in_words_and_this_one_apart(account: Account) -> None:
    here = signed_in(account)
    signed_in(account, shared=True)

    page = here.get(LIST).content.decode()

    assert len(to_end(page)) == 2
    assert page.index("Cet appareil-ci") < page.index("Ailleurs") < page.index("ordinateur partagé")


def test_T35_another_device_is_ended_at_once(account: Account) -> None:
    here, elsewhere = signed_in(account), signed_in(account)
    addresses = to_end(here.get(LIST).content.decode())

    response = here.post(addresses[1])

    assert (response.status_code, response.headers["Location"]) == (303, f"{LIST}?fait=1")
    assert elsewhere.get(LIST).headers["Location"] == "/connexion"
    assert "C’est fermé" in here.get(f"{LIST}?fait=1").content.decode()


def test_this_device_ends_as_at_sign_out(account: Account) -> None:
    here = signed_in(account)

    response = here.post(to_end(here.get(LIST).content.decode())[0])

    assert response.headers["Location"] == "/deconnexion/terminee"
    assert "session" not in here.cookies or not here.cookies["session"].value
    assert here.get(LIST).headers["Location"] == "/connexion"


def test_T35_another_persons_session_and_one_that_never_was_are_alike(account: Account) -> None:
    stranger = signed_in(activated(pupil()))
    here = signed_in(account)
    theirs = to_end(stranger.get(LIST).content.decode())[0]

    answers = [here.post(address) for address in (theirs, f"{LIST}/{uuid.uuid4()}/fermer")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert stranger.get(LIST).status_code == 200


def test_T34_everywhere_else_in_one_gesture(account: Account) -> None:
    here, one, other = (signed_in(account) for _ in range(3))

    here.post(f"{LIST}/fermer-ailleurs")

    assert here.get(LIST).status_code == 200
    assert {browser.get(LIST).status_code for browser in (one, other)} == {303}


def test_T35_everywhere_here_too(account: Account) -> None:
    here, elsewhere = signed_in(account), signed_in(account)

    response = here.post(f"{LIST}/fermer-partout")

    assert response.headers["Location"] == "/deconnexion/terminee"
    assert {browser.get(LIST).status_code for browser in (here, elsewhere)} == {303}


@pytest.mark.parametrize("gesture", ["fermer-ailleurs", "fermer-partout", f"{uuid.UUID(int=7)}/fermer"])
def test_a_link_alone_ends_nothing(account: Account, gesture: str) -> None:
    assert signed_in(account).get(f"{LIST}/{gesture}").status_code == 405
