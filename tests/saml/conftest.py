import pytest

from educonnect.accounts.models import Account
from educonnect.federation import providers
from tests.accounts.factories import PupilAccountFactory
from tests.population.factories import EnrolmentFactory
from tests.saml.service import Service
from tests.sessions.browser import Browser


@pytest.fixture(autouse=True)
def _no_provider_at_hand() -> None:
    providers.forget()


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def pupil() -> Account:
    account = PupilAccountFactory(pupil__sex="2")
    EnrolmentFactory(pupil=account.pupil)
    return account
