"""Single logout: Profiles 4.4, asked by a service or by the person, by Redirect and by POST."""

import base64
import html
import re
import zlib
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from django.http import HttpResponse
from lxml import etree
from signxml import XMLVerifier

from educonnect.accounts.models import Account
from educonnect.journal.models import Entry
from educonnect.saml import keys
from educonnect.sessions.models import Farewell, Session
from tests.accounts.factories import PupilAccountFactory
from tests.saml.service import NS, POST_SLO, SLO, Posted, Service, instant, key_pair, posted, refused
from tests.sessions.browser import Browser

pytestmark = pytest.mark.django_db
BY_POST = (
    '<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"'
    ' Location="https://{0}.example/slo" ResponseLocation="https://{0}.example/slo/back"/>'
)
SUCCESS = '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
BY_REDIRECT = BY_POST.replace("HTTP-POST", "HTTP-Redirect")


def a_service(name: str, logouts: str = BY_REDIRECT) -> Service:
    return Service(
        entity_id=f"https://{name}.example/metadata",
        acs=f"https://{name}.example/acs",
        keys=key_pair(name),
        encryption=False,
        logouts=logouts.format(name),
    )


@pytest.fixture
def service() -> Service:
    return a_service("ent")


@pytest.fixture
def other() -> Service:
    return a_service("carnet")


def reach(browser: Browser, *services: Service) -> list[Posted]:
    for one in services:
        one.register(name=one.entity_id.split("//")[1].split(".")[0])
    return [posted(browser.get(one.redirect())) for one in services]


def asks(browser: Browser, service: Service, told: Posted, **more: str) -> HttpResponse:
    return browser.get(service.redirect(service.leaves(told), path=SLO, **more))


class Said:
    """A message of ours, from the address or the form that carries it; its signature holds."""

    def __init__(self, response: HttpResponse) -> None:
        page = html.unescape(response.content.decode())
        if response.status_code == 303:
            where = response["Location"]
        else:
            link = re.search(r'<a id="next" class="button" href="([^"]+)"', page)
            where = link[1] if link else ""
        if where:
            self.address, _, query = where.partition("?")
            fields = {name: value for name, (value,) in parse_qs(query).items()}
            self.relay_state = fields.get("RelayState")
            (name,) = {"SAMLRequest", "SAMLResponse"} & set(fields)
            self.root = etree.fromstring(zlib.decompress(base64.b64decode(fields[name]), -15))
            octets = query.rpartition("&Signature=")[0].encode()
            keys.signing_key().public_key().verify(
                base64.b64decode(fields["Signature"]), octets, padding.PKCS1v15(), hashes.SHA256()
            )
        else:
            form = etree.HTML(response.content).xpath("//form[@id='next' or @id='answer']")[0]
            self.address = form.get("action")
            fields = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
            self.relay_state = fields.get("RelayState")
            (name,) = {"SAMLRequest", "SAMLResponse"} & set(fields)
            document = base64.b64decode(fields[name])
            self.root = etree.fromstring(document)
            assert etree.tostring(self.root, method="c14n", exclusive=True) == document
            pem = f"-----BEGIN CERTIFICATE-----\n{keys.certificates()[0]}\n-----END CERTIFICATE-----\n"
            XMLVerifier().verify(self.root, x509_cert=pem, id_attribute="ID")
        assert self.root.get("Destination") == self.address

    @property
    def statuses(self) -> list[str]:
        return [element.get("Value").rpartition(":")[2] for element in self.root.iterfind(".//samlp:StatusCode", NS)]


def back(service: Service, said: Said, *, status: str = "Success", **changes: str) -> str:
    """The service's answer to what it was told."""
    inside = SUCCESS.replace("Success", status)
    answer = service.leaves(
        None, kind="LogoutResponse", inside=inside, **{"InResponseTo": said.root.get("ID"), **changes}
    )
    return service.redirect(answer, path=SLO, name="SAMLResponse")


# --- asked by a service -------------------------------------------------------------------------------------------


def test_the_only_service_of_a_session_is_answered_at_once(browser: Browser, service: Service, pupil: Account) -> None:
    browser.signs_in(pupil)
    (told,) = reach(browser, service)

    said = Said(asks(browser, service, told, relay_state="accueil"))

    assert (said.address, said.relay_state, said.statuses) == ("https://ent.example/slo/back", "accueil", ["Success"])
    assert browser.current() is None
    assert not Session.objects.exists()
    assert Entry.objects.filter(event="session.signed-out", account_id=pupil.pk).count() == 1


def test_a_service_that_takes_posts_alone_is_answered_by_post(browser: Browser, pupil: Account) -> None:
    service = a_service("ent", BY_POST)
    browser.signs_in(pupil)
    (told,) = reach(browser, service)
    request = service.enveloped(service.leaves(told, binding=POST_SLO))

    answer = Browser().post(POST_SLO, service.form(request, RelayState="accueil"))  # without our cookies

    assert Said(answer).statuses == ["Success"]
    assert Said(answer).relay_state == "accueil"
    assert "form-action 'self' https://ent.example" in answer["Content-Security-Policy"]
    assert browser.current() is None


def test_the_other_services_are_told_before_the_one_that_asked_is_answered(
    browser: Browser, service: Service, other: Service, pupil: Account
) -> None:
    browser.signs_in(pupil)
    told, told_other = reach(browser, service, other)

    page = browser.get(asks(browser, service, told, relay_state="accueil")["Location"])
    said = Said(page)
    end = browser.get(browser.get(back(other, said))["Location"])

    assert browser.current() is None
    assert page["Content-Security-Policy"].count("connect-src") == 1  # of two, browsers keep the first
    assert "connect-src 'self' https://carnet.example;" in page["Content-Security-Policy"]
    assert said.address == "https://carnet.example/slo"
    assert said.root.findtext("saml:NameID", namespaces=NS) == told_other.root.findtext(".//saml:NameID", namespaces=NS)
    index = told_other.root.find(".//saml:AuthnStatement", NS).get("SessionIndex")
    assert said.root.findtext("samlp:SessionIndex", namespaces=NS) == index
    assert Said(end).statuses == ["Success"]
    assert (Said(end).address, Said(end).relay_state) == ("https://ent.example/slo/back", "accueil")
    assert Entry.objects.get(event="session.service-left").detail == {"outcome": "done"}


def test_T63_a_service_that_does_not_come_back_is_told_of_and_the_others_are_told_all_the_same(
    browser: Browser, service: Service, pupil: Account
) -> None:
    dead, mute, alive = a_service("mort"), a_service("muet", ""), a_service("vivant")
    browser.signs_in(pupil)
    told, *_ = reach(browser, service, dead, mute, alive)

    hub = asks(browser, service, told)["Location"]
    first = Said(browser.get(hub))
    assert first.address == "https://mort.example/slo"
    browser.post(hub, {"without": str(Farewell.objects.get(number=first.root.get("ID")).pk)})
    second = Said(browser.get(hub))
    assert second.address == "https://vivant.example/slo"
    browser.get(back(alive, second))
    page = browser.get(hub)

    text = " ".join(re.sub("<[^>]+>", " ", html.unescape(page.content.decode())).split())
    assert "mort : n’a pas répondu : fermez-le vous-même" in text
    assert "muet : ne peut pas être prévenu : fermez-le vous-même" in text
    assert "vivant : déconnecté" in text
    assert Said(page).statuses == ["Success", "PartialLogout"]
    assert "data-number" not in page.content.decode()  # the person reads it before going on
    assert browser.current() is None


def test_T63_a_service_that_could_not_is_told_again_if_the_person_wants(
    browser: Browser, service: Service, pupil: Account
) -> None:
    browser.signs_in(pupil)
    reach(browser, service)
    hub = browser.post("/deconnexion")["Location"]
    first = Said(browser.get(hub))

    browser.get(back(service, first, status="Responder"))
    assert "n’a pas pu vous déconnecter" in browser.get(hub).content.decode()
    browser.post(hub, {"again": str(Farewell.objects.get().pk)})
    second = Said(browser.get(hub))
    browser.get(back(service, second))

    assert first.root.get("ID") != second.root.get("ID")
    assert Farewell.objects.get().state == "done"
    assert "Se connecter de nouveau" in browser.get(hub).content.decode()


def test_a_session_named_in_another_browser_ends_and_the_one_that_is_here_does_not(
    browser: Browser, service: Service, pupil: Account
) -> None:
    browser.signs_in(pupil)
    (told,) = reach(browser, service)
    stranger = Browser()
    stranger.signs_in(PupilAccountFactory())

    assert Said(asks(stranger, service, told)).statuses == ["Success"]
    assert browser.current() is None
    assert stranger.current() is not None


def test_without_an_index_every_session_that_the_service_shares_with_the_person_ends(
    browser: Browser, service: Service, pupil: Account
) -> None:
    elsewhere, apart = Browser(), Browser()
    for one in (browser, elsewhere, apart):
        one.signs_in(pupil)
    (told,) = reach(browser, service)
    reach(elsewhere, service)
    name_id = etree.tostring(told.root.find(".//saml:NameID", NS), with_tail=False).decode()

    browser.get(service.redirect(service.leaves(told, inside=name_id), path=SLO))

    assert [one.current() is None for one in (browser, elsewhere, apart)] == [True, True, False]


@pytest.mark.parametrize(
    "change",
    [
        ("</saml2:NameID>", "0</saml2:NameID>"),
        ("SessionIndex>_", "SessionIndex>_0"),
        ("nameid-format:persistent", "nameid-format:transient"),
        ('NameQualifier="http://localhost:8000/idp"', 'NameQualifier="http://elsewhere/idp"'),
        ('SPNameQualifier="https://ent.example/metadata"', 'SPNameQualifier="https://carnet.example/metadata"'),
    ],
)
def test_a_person_or_a_session_we_never_named_ends_nothing(
    browser: Browser, service: Service, pupil: Account, change: tuple[str, str]
) -> None:
    browser.signs_in(pupil)
    (told,) = reach(browser, service)
    request = service.leaves(told).decode()
    assert change[0] in request

    said = Said(browser.get(service.redirect(request.replace(*change).encode(), path=SLO)))

    assert said.statuses == ["Requester", "UnknownPrincipal"]
    assert browser.current() is not None
    assert Entry.objects.get(event="federation.request-refused").detail["leaving"] is True


def test_a_service_ends_no_session_by_what_another_service_knows_of_it(
    browser: Browser, service: Service, other: Service, pupil: Account
) -> None:
    browser.signs_in(pupil)
    told, _ = reach(browser, service, other)
    stolen = other.leaves(told).decode().replace(service.entity_id, other.entity_id).encode()

    said = Said(browser.get(other.redirect(stolen, path=SLO)))

    assert said.statuses == ["Requester", "UnknownPrincipal"]
    assert browser.current() is not None


# --- T57: what is refused -----------------------------------------------------------------------------------------


def refuses(browser: Browser, response: HttpResponse, code: str) -> None:
    assert refused(response) == code
    assert "Se déconnecter" in response.content.decode()
    assert browser.current() is not None
    entry = Entry.objects.get(event="federation.request-refused")
    assert entry.detail["leaving"] is True


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Destination": "http://localhost:8000/idp/profile/SAML2/Redirect/SSO"}, "E-6112"),
        ({"Destination": None}, "E-6112"),
        ({"IssueInstant": instant(datetime.now(UTC), minutes=-30)}, "E-6113"),
        ({"IssueInstant": instant(datetime.now(UTC), minutes=30)}, "E-6114"),
        ({"NotOnOrAfter": instant(datetime.now(UTC), minutes=-30)}, "E-6113"),
        ({"NotOnOrAfter": "yesterday"}, "E-6102"),
        ({"Version": "1.1"}, "E-6106"),
        ({"ID": "0"}, "E-6102"),
        ({"kind": "AuthnRequest"}, "E-6102"),
        ({"kind": "LogoutResponse"}, "E-6102"),
    ],
)
def test_T57_a_logout_request_that_does_not_hold_is_refused_with_a_page_and_a_line(
    browser: Browser, service: Service, pupil: Account, changes: dict[str, str], code: str
) -> None:
    browser.signs_in(pupil)
    (told,) = reach(browser, service)

    refuses(browser, browser.get(service.redirect(service.leaves(told, **changes), path=SLO)), code)


def test_T57_an_unsigned_logout_request_is_refused_even_of_a_service_that_does_not_sign_its_requests(
    browser: Browser, pupil: Account
) -> None:
    service = a_service("ent")
    service.requests_signed = False
    browser.signs_in(pupil)
    (told,) = reach(browser, service)

    refuses(browser, browser.get(service.redirect(service.leaves(told), path=SLO, algorithm=None)), "E-6109")


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"keys": key_pair("attacker")}, "E-6110"),
        ({"algorithm": "http://www.w3.org/2000/09/xmldsig#rsa-sha1"}, "E-6111"),
    ],
)
def test_T57_a_signature_that_is_another_ones_or_weak_is_refused(
    browser: Browser, service: Service, pupil: Account, how: dict, code: str
) -> None:
    browser.signs_in(pupil)
    (told,) = reach(browser, service)

    refuses(browser, browser.get(service.redirect(service.leaves(told), path=SLO, **how)), code)


def test_T57_a_signed_octet_that_changed_is_refused(browser: Browser, service: Service, pupil: Account) -> None:
    browser.signs_in(pupil)
    (told,) = reach(browser, service)
    address = service.redirect(service.leaves(told), path=SLO, relay_state="a")

    refuses(browser, browser.get(address.replace("RelayState=a", "RelayState=b")), "E-6110")


def test_T57_a_logout_request_is_heard_once(browser: Browser, service: Service, pupil: Account) -> None:
    browser.signs_in(pupil)
    (told,) = reach(browser, service)
    address = service.redirect(service.leaves(told), path=SLO)

    browser.get(address)
    browser.signs_in(pupil)

    refuses(browser, browser.get(address), "E-6115")


# --- asked by the person ------------------------------------------------------------------------------------------


def test_leaving_names_the_services_reached_and_ends_our_session_first(
    browser: Browser, service: Service, other: Service, pupil: Account
) -> None:
    browser.signs_in(pupil)
    reach(browser, service, other)

    page = browser.get("/deconnexion").content.decode()
    left = browser.post("/deconnexion")

    assert "<li>ent</li>" in page
    assert "<li>carnet</li>" in page
    assert browser.current() is None
    assert urlsplit(left["Location"]).path == "/deconnexion/services"


def test_a_service_is_told_by_post_where_it_takes_nothing_else(browser: Browser, pupil: Account) -> None:
    browser.signs_in(pupil)
    service = a_service("ent", BY_POST)
    reach(browser, service)

    page = browser.get(browser.post("/deconnexion")["Location"])

    assert Said(page).address == "https://ent.example/slo"
    assert "form-action 'self' https://ent.example" in page["Content-Security-Policy"]
    answer = service.enveloped(
        service.leaves(
            None,
            kind="LogoutResponse",
            binding=POST_SLO,
            inside=SUCCESS,
            InResponseTo=Said(page).root.get("ID"),
        )
    )
    fields = {"SAMLResponse": base64.b64encode(answer).decode()}
    assert "déconnecté" in browser.get(Browser().post(POST_SLO, fields)["Location"]).content.decode()
    assert refused(Browser().post(POST_SLO, fields)) == "E-6122"  # said once


def test_what_is_left_to_tell_is_worth_nothing_in_another_browser(
    browser: Browser, service: Service, pupil: Account
) -> None:
    browser.signs_in(pupil)
    reach(browser, service)
    hub = browser.post("/deconnexion")["Location"]
    thief = Browser()
    thief.signs_in(PupilAccountFactory())

    assert urlsplit(thief.get(hub)["Location"]).path == "/deconnexion/terminee"
    thief.post(hub, {"without": str(Farewell.objects.get().pk)})
    assert Farewell.objects.get().state == "waiting"


@pytest.mark.parametrize("wrong", [{"InResponseTo": "_nothing"}, {"InResponseTo": ""}])
def test_an_answer_to_nothing_we_said_is_refused(
    browser: Browser, service: Service, pupil: Account, wrong: dict[str, str]
) -> None:
    browser.signs_in(pupil)
    reach(browser, service)
    said = Said(browser.get(browser.post("/deconnexion")["Location"]))

    assert refused(browser.get(back(service, said, **wrong))) == "E-6122"
    assert Farewell.objects.get().state == "waiting"


def test_a_service_does_not_answer_for_another(
    browser: Browser, service: Service, other: Service, pupil: Account
) -> None:
    browser.signs_in(pupil)
    reach(browser, service, other)
    said = Said(browser.get(browser.post("/deconnexion")["Location"]))

    assert refused(browser.get(back(other, said))) == "E-6122"
    assert set(Farewell.objects.values_list("state", flat=True)) == {"waiting"}


def test_the_logout_address_tells_the_services_and_then_leads_back(
    browser: Browser, service: Service, other: Service, pupil: Account
) -> None:
    browser.signs_in(pupil)
    reach(browser, service, other)

    hub = browser.get("/idp/profile/Logout?return=https://ent.example/au-revoir")["Location"]
    said = Said(browser.get(hub))  # the one that the browser goes back to knows already
    end = browser.get(browser.get(back(other, said))["Location"]).content.decode()

    assert said.address == "https://carnet.example/slo"
    assert Farewell.objects.count() == 1
    assert 'href="https://ent.example/au-revoir" data-number=""' in end


def test_a_service_whose_contract_says_that_nothing_answers_there_is_not_gone_to(
    browser: Browser, service: Service, pupil: Account
) -> None:
    service.register(options={"single_logout": False}, name="ent")
    browser.signs_in(pupil)
    browser.get(service.redirect())

    page = browser.get(browser.post("/deconnexion")["Location"]).content.decode()

    assert "ne peut pas être prévenu" in page
    assert 'id="next"' not in page
