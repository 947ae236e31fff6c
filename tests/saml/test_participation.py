"""Which services share a session, written with what they were told."""

import pytest

from educonnect.accounts.models import Account
from educonnect.sessions import participation
from educonnect.sessions.models import Participation
from tests.accounts.factories import PupilAccountFactory
from tests.federation.factories import ProviderFactory
from tests.saml.service import NS, Service, posted
from tests.sessions.browser import Browser

pytestmark = pytest.mark.django_db


def test_a_services_index_of_a_session_is_its_own(browser: Browser, pupil: Account) -> None:
    browser.signs_in(pupil)
    current = browser.current()
    assert current is not None
    one, two = ProviderFactory(), ProviderFactory()

    index = participation.session_index(current, one)

    assert index == participation.session_index(current, one)
    assert index != participation.session_index(current, two)
    assert index != participation.transient(current, one)


def test_a_service_that_was_told_shares_the_session_once(browser: Browser, service: Service, pupil: Account) -> None:
    provider = service.register()
    browser.signs_in(pupil)

    first = posted(browser.get(Service(encryption=False).redirect()))
    posted(browser.get(service.redirect()))

    known = Participation.objects.get()
    assert (known.provider, known.name_id, known.session.account) == (provider, "persistent", pupil)
    assert first.statuses == ["Success"]


def test_the_subject_that_was_told_is_the_one_that_is_kept(browser: Browser, pupil: Account) -> None:
    service = Service(encryption=False)
    service.register()
    browser.signs_in(pupil)
    policy = '<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient"/>'

    for request, kind in ((service.request(), "persistent"), (service.request(policy), "transient")):
        told = posted(browser.get(service.redirect(request))).root
        known = Participation.objects.get()
        assert known.subject == told.findtext(".//saml:NameID", namespaces=NS)
        assert known.session_index == told.find(".//saml:AuthnStatement", NS).get("SessionIndex")
        assert known.name_id == kind


def test_services_follow_the_same_person_who_signs_in_again_and_nobody_else(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register()
    browser.signs_in(pupil)
    browser.get(service.redirect())
    former = Participation.objects.get().session_id

    browser.signs_in(pupil)
    assert Participation.objects.get().session_id != former

    browser.signs_in(PupilAccountFactory())
    assert not Participation.objects.exists()
