"""« Qui a reçu quoi »."""

from datetime import timedelta

import pytest
from django.utils import timezone

from educonnect.accounts.models import Account
from educonnect.federation.models import Provider, Release
from tests.federation.factories import ProviderFactory
from tests.sessions.browser import Browser
from tests.web.account.test_history import read
from tests.web.people import activated, pupil

pytestmark = pytest.mark.django_db
PAGE = "/mon-compte/qui-a-recu-quoi"


@pytest.fixture
def account() -> Account:
    return activated(pupil())


def told(account: Account, provider: Provider, *keys: str, days: int = 0) -> None:
    Release.objects.create(
        account=account, provider=provider, at=timezone.now() - timedelta(days=days), attributes=list(keys)
    )


def test_each_service_is_told_once_with_all_it_received_in_plain_words(account: Account) -> None:
    culture, agenda = ProviderFactory(name="Pass fictif"), ProviderFactory(name="Agenda fictif")
    told(account, culture, "birthdate", days=30)
    told(account, culture, "first_name", "birthdate", days=2)
    told(account, agenda, "uai", days=1)

    page = read(account, PAGE)

    assert page.count("Date de naissance") == 1
    assert "A reçu vos données 2 fois" in page
    order = [page.index(words) for words in ("Agenda fictif", "Établissement", "Pass fictif", "Date de naissance")]
    assert order == sorted(order)
    assert "birthdate" not in page


def test_what_another_person_released_is_not_told(account: Account) -> None:
    provider = ProviderFactory(name="Pass fictif")
    told(activated(pupil()), provider, "birthdate")

    assert "Pass fictif" not in read(account, PAGE)


def test_each_time_is_told_page_by_page(account: Account) -> None:
    provider = ProviderFactory(name="Pass fictif")
    for days in range(55):
        told(account, provider, "level" if days < 50 else "civility", days=days)
    oldest = Release.objects.order_by("-at")[49].pk

    first = read(account, f"{PAGE}/{provider.pk}")
    second = read(account, f"{PAGE}/{provider.pk}?avant={oldest}")

    assert (first.count("Niveau scolaire"), first.count("Civilité")) == (50, 0)
    assert (second.count("Niveau scolaire"), second.count("Civilité")) == (0, 5)


def test_a_service_that_knows_nothing_of_me_is_like_one_that_is_not(account: Account) -> None:
    provider = ProviderFactory()
    told(activated(pupil()), provider, "birthdate")
    browser = Browser()
    browser.signs_in(account)

    assert [browser.get(f"{PAGE}/{number}").status_code for number in (provider.pk, 10**9, 10**30)] == [404] * 3
