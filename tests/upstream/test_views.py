"""Leaving for an upstream and coming back, as a browser does it, towards a provider that may answer anything."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from educonnect.delegation import invitations
from educonnect.delegation.models import Function, Invitation
from educonnect.delegation.rules import Right
from educonnect.journal.models import Entry
from educonnect.limits.limit import Limit
from educonnect.sessions import elsewhere, staffing
from educonnect.sessions.staffing import CurrentStaff
from educonnect.staff.authentication import First, Second
from educonnect.staff.models import Staff
from educonnect.upstream import rules
from educonnect.upstream.models import Attempt
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.schools.factories import SchoolFactory
from tests.sessions.browser import Browser
from tests.upstream.strange import Reply, Strange
from tests.web.staff.visitors import with_passkey

pytestmark = pytest.mark.django_db
SECOND = reverse("staff:second-factor")


@pytest.fixture
def provider(provider: Strange, settings: Any) -> Iterator[Strange]:
    hub = provider.upstream(
        name="academie-25", academie="25", label="Guichet", acr=(), asks_claims=False, rights={"a": "depannage"}
    )
    settings.UPSTREAMS = {"proconnect": provider.upstream(), "academie-25": hub}
    return provider


def leaves(browser: Browser, address: str = "/personnel/connexion/proconnect") -> dict[str, str]:
    """The parameters that the browser is sent away with."""
    answer = browser.get(address)
    assert answer.status_code == 303, answer.content.decode()
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def comes_back(browser: Browser, provider: Strange, asked: dict[str, str], **answer: str) -> HttpResponse:
    provider.nonce = asked["nonce"]
    told = {"code": "a-code", "state": asked["state"], "iss": provider.issuer} | answer
    return browser.get(urlsplit(asked["redirect_uri"]).path, told)


def signs_in(browser: Browser, provider: Strange, address: str = "/personnel/connexion/proconnect") -> HttpResponse:
    return comes_back(browser, provider, leaves(browser, address))


def here(browser: Browser) -> CurrentStaff | None:
    return browser.does(staffing.current)


def known(provider: Strange, **values: Any) -> Staff:
    return a_staff(issuer=provider.issuer, subject="agent-1", **values)


def says(answer: HttpResponse, code: str) -> bool:
    return f"code {code}" in answer.content.decode()


def test_somebody_known_is_signed_in_with_the_upstream_s_second_factor(provider: Strange) -> None:
    staff, browser = known(provider), Browser()

    answer = signs_in(browser, provider)

    who = here(browser)
    assert (answer.status_code, answer.headers["Location"]) == (303, SECOND)
    assert who is not None
    assert (who.staff_id, who.open, who.first, who.second) == (staff.pk, True, First.UPSTREAM, Second.UPSTREAM)
    assert browser.get(SECOND).headers["Location"] == reverse("staff:home")


def test_without_a_second_factor_there_one_of_ours_is_asked_for(provider: Strange) -> None:
    known(provider)
    provider.claims = {"acr": "eidas1", "amr": ["pwd"]}
    browser = Browser()

    signs_in(browser, provider)

    who = here(browser)
    assert who is not None
    assert not who.open
    assert browser.get(reverse("staff:home")).headers["Location"] == SECOND


def test_T25_the_upstream_s_factor_does_not_open_an_academie(provider: Strange) -> None:
    a_post(Function.ACADEMIE, staff=known(provider), academie="25")
    browser = Browser()

    signs_in(browser, provider)

    assert browser.get(reverse("staff:home")).headers["Location"] == SECOND


def test_a_stranger_is_told_to_ask_for_an_invitation(provider: Strange) -> None:
    browser = Browser()

    answer = signs_in(browser, provider)

    assert (answer.status_code, here(browser)) == (400, None)
    assert says(answer, "E-8111")
    assert "invitation" in answer.content.decode()
    assert not Staff.objects.exists()


def test_T73_a_refusal_is_journalled_without_anything_of_the_person(provider: Strange) -> None:
    signs_in(Browser(), provider)

    line = Entry.objects.get(event="staff.sign-in-failed")
    assert line.detail == {"upstream": "proconnect", "reason": "unknown-person"}


def test_returns_that_nobody_left_for_do_not_fill_the_journal(
    provider: Strange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "REFUSALS_TOLD", Limit(times=2, within=timedelta(hours=1)))

    answers = [Browser().get("/personnel/retour/proconnect", {"state": f"x{n}"}) for n in range(4)]

    assert all(says(one, "E-8101") for one in answers)
    assert Entry.objects.filter(event="staff.sign-in-failed").count() == 2


def test_a_state_serves_once(provider: Strange) -> None:
    known(provider)
    browser = Browser()
    asked = leaves(browser)
    comes_back(browser, provider, asked)

    again = comes_back(browser, provider, asked)

    assert says(again, "E-8101")
    assert len(provider.said("/token")) == 1


def test_a_state_of_another_browser(provider: Strange) -> None:
    known(provider)
    asked = leaves(Browser())
    victim = Browser()

    answer = comes_back(victim, provider, asked)

    assert says(answer, "E-8101")
    assert here(victim) is None
    assert provider.said("/token") == []


@pytest.mark.parametrize("state", ["", "x", "x" * 10_000, "\x00"])
def test_a_state_that_nobody_made(provider: Strange, state: str) -> None:
    browser = Browser()
    asked = leaves(browser)

    assert says(comes_back(browser, provider, asked, state=state), "E-8101")


def test_an_answer_of_one_upstream_at_the_address_of_another(provider: Strange) -> None:
    known(provider)
    browser = Browser()
    asked = leaves(browser) | {"redirect_uri": "http://localhost/personnel/retour/academie-25"}

    assert says(comes_back(browser, provider, asked), "E-8101")


def test_a_code_of_somebody_else_s_sign_in(provider: Strange) -> None:
    known(provider)
    browser = Browser()
    asked = leaves(browser)
    provider.nonce = "of-another-sign-in" * 3

    answer = browser.get(
        "/personnel/retour/proconnect", {"code": "stolen", "state": asked["state"], "iss": provider.issuer}
    )

    assert says(answer, "E-8109")
    assert here(browser) is None


def test_giving_up_is_no_fault(provider: Strange) -> None:
    browser = Browser()

    answer = comes_back(browser, provider, leaves(browser), error="access_denied", error_description="x")

    assert says(answer, "E-8103")
    assert "access_denied" in answer.content.decode()


def test_T87_an_upstream_that_is_down_is_told_and_the_other_ways_stay(provider: Strange) -> None:
    provider.replies["/api/v2/.well-known/openid-configuration"] = lambda: Reply(b"", 503)
    browser = Browser()

    answer = browser.get("/personnel/connexion/proconnect")

    assert (answer.status_code, says(answer, "E-8106")) == (503, True)
    assert browser.get(reverse("staff:sign-in")).status_code == 200
    assert browser.get(reverse("public:sign-in")).status_code == 200


def test_the_session_of_before_ends_and_its_secret_is_new(provider: Strange) -> None:
    known(provider)
    browser = Browser()
    signs_in(browser, provider)
    before = browser.cookies["personnel"].value

    signs_in(browser, provider)

    assert browser.cookies["personnel"].value != before


@pytest.mark.parametrize("name", ["nobody", "academie-01", "proconnect-"])
def test_an_upstream_that_is_not_set(provider: Strange, name: str) -> None:
    for place in ("connexion", "retour"):
        assert Browser().get(f"/personnel/{place}/{name}").status_code == 404


class TestAnInvitation:
    def invited(self, browser: Browser, staff: Staff) -> str:
        """Follow the link: its page offers to sign in elsewhere, and keeps the token; where it leads."""
        token = invitations.make(staff.pk, actor="staff:1", now=timezone.now())
        page = browser.get(f"{invitations.JOIN_PATH}{token}").content.decode()
        address = "/personnel/connexion/proconnect?invitation"
        assert f'href="{address}"' in page
        return address

    def test_binds_whoever_comes_through_it(self, provider: Strange) -> None:
        school = SchoolFactory()
        staff = a_delegation(Right.DEPANNAGE, school).staff
        browser = Browser()

        signs_in(browser, provider, self.invited(browser, staff))

        who = here(browser)
        staff.refresh_from_db()
        assert who is not None
        assert (who.staff_id, staff.issuer, staff.subject) == (staff.pk, provider.issuer, "agent-1")
        assert signs_in(Browser(), provider).headers["Location"] == SECOND

    def test_binds_nobody_who_did_not_come_by_its_own_page(self, provider: Strange) -> None:
        browser = Browser()
        self.invited(browser, a_staff())

        answer = signs_in(browser, provider)

        assert says(answer, "E-8111")
        assert not Staff.objects.exclude(subject="").exists()

    def test_serves_once(self, provider: Strange) -> None:
        browser, other = Browser(), Browser()
        staff = a_staff()
        address = self.invited(browser, staff)
        token = browser.cookies["invitation"].value
        signs_in(browser, provider, address)
        other.does(lambda request: elsewhere.carry(request, token))
        provider.claims = provider.person = {"sub": "agent-2"}

        answer = signs_in(other, provider, address)

        assert says(answer, "E-8113")
        assert here(other) is None

    def test_is_not_used_by_a_sign_in_that_is_refused(self, provider: Strange) -> None:
        browser = Browser()
        address = self.invited(browser, a_staff())
        asked = leaves(browser, address)
        provider.claims = {"nonce": "another"}
        comes_back(browser, provider, asked)

        assert Invitation.objects.get().used_at is None


class TestTheHub:
    def test_makes_the_head_of_a_school_at_the_first_sign_in(self, provider: Strange) -> None:
        school = SchoolFactory(uai="0780001A", academie="25")
        provider.person = {
            "family_name": "VALDAIRE",
            "FrEduFonctAdm": "DIR",
            "FrEduRneResp": f"{school.pk}$UAJ$PU$N$T3$LYC$302",
        }
        browser = Browser()

        signs_in(browser, provider, "/personnel/connexion/academie-25")

        who = here(browser)
        assert who is not None
        assert who.display_name == "Maude VALDAIRE"
        assert browser.get(f"/personnel/etablissements/{school.pk}/").status_code == 200

    def test_a_link_of_arena_starts_at_once(self, provider: Strange) -> None:
        asked = leaves(Browser(), "/personnel/arena")

        assert urlsplit(asked["redirect_uri"]).path == "/personnel/retour/academie-25"
        assert "acr_values" not in asked

    def test_and_goes_on_to_a_page_of_ours(self, provider: Strange) -> None:
        known(provider)
        browser = Browser()
        page = reverse("staff:security")

        signs_in(browser, provider, f"/personnel/arena?iss={provider.issuer}&target_link_uri={page}")

        assert browser.get(SECOND).headers["Location"] == page

    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example/personnel/",
            "//evil.example/personnel/",
            "/\\evil.example/personnel/",
            "http://localhost@evil.example/personnel/",
            "javascript:alert(1)",
            "/connexion",
            "/personnel/../connexion/x" + "a" * 300,
        ],
    )
    def test_and_to_no_other(self, provider: Strange, target: str) -> None:
        known(provider)
        browser = Browser()

        leaves(browser, f"/personnel/arena?target_link_uri={target}")

        assert Attempt.objects.get().onward == ""

    @pytest.mark.parametrize("query", ["iss=https://evil.example", "academie=01", "iss=x&academie=25"])
    def test_of_another_issuer_nothing_starts(self, provider: Strange, query: str) -> None:
        answer = Browser().get(f"/personnel/arena?{query}")

        assert answer.headers["Location"] == reverse("staff:sign-in")
        assert not Attempt.objects.exists()


class TestProvingAgain:
    def stale(self, browser: Browser) -> None:
        from educonnect.sessions.models import StaffSession

        StaffSession.objects.update(proved_at=timezone.now() - timezone.timedelta(hours=1))

    def test_the_same_person_signs_in_there_once_more(self, provider: Strange) -> None:
        known(provider)
        browser = Browser()
        signs_in(browser, provider)
        self.stale(browser)

        asked = leaves(browser, "/personnel/confirmer/proconnect")
        comes_back(browser, provider, asked)

        who = here(browser)
        assert asked["prompt"] == "login"
        assert who is not None
        assert who.fresh(timezone.now())

    @pytest.mark.parametrize(
        ("claims", "code"),
        [({"auth_time": 1}, "E-8110"), ({"auth_time": None}, "E-8110"), ({"acr": "eidas1", "amr": ["pwd"]}, "E-8110")],
    )
    def test_an_older_sign_in_or_a_weaker_one_proves_nothing(
        self, provider: Strange, claims: dict[str, Any], code: str
    ) -> None:
        known(provider)
        browser = Browser()
        signs_in(browser, provider)
        self.stale(browser)
        provider.claims = claims

        answer = comes_back(browser, provider, leaves(browser, "/personnel/confirmer/proconnect"))

        who = here(browser)
        assert says(answer, code)
        assert who is not None
        assert not who.fresh(timezone.now())

    def test_somebody_else_proves_nothing(self, provider: Strange) -> None:
        staff, browser = known(provider), Browser()
        signs_in(browser, provider)
        a_staff(issuer=provider.issuer, subject="agent-2")
        provider.claims = provider.person = {"sub": "agent-2"}

        answer = comes_back(browser, provider, leaves(browser, "/personnel/confirmer/proconnect"))

        who = here(browser)
        assert says(answer, "E-8115")
        assert who is not None
        assert who.staff_id == staff.pk

    def test_T25_nothing_but_the_passkey_is_heard_from_an_academie_that_has_one(self, provider: Strange) -> None:
        staff, browser = known(provider), Browser()
        signs_in(browser, provider)
        self.stale(browser)
        asked = leaves(browser, "/personnel/confirmer/proconnect")
        a_post(Function.ACADEMIE, staff=staff, academie="25")
        with_passkey(staff)

        answers = [
            browser.get("/personnel/confirmer/proconnect"),
            comes_back(browser, provider, asked),
        ]

        who = here(browser)
        assert {one.headers["Location"] for one in answers} == {reverse("staff:prove-again")}
        assert who is not None
        assert not who.fresh(timezone.now())

    def test_the_first_passkey_of_an_academie_may_be_added_after_it(self, provider: Strange) -> None:
        a_post(Function.ACADEMIE, staff=known(provider), academie="25")
        browser = Browser()
        signs_in(browser, provider)
        self.stale(browser)

        assert "/personnel/confirmer/proconnect" in browser.get(reverse("staff:prove-again")).content.decode()

    @pytest.mark.parametrize("age", [3600, None])
    def test_T28_a_sign_in_of_this_morning_there_is_no_fresh_proof_here(
        self, provider: Strange, age: int | None
    ) -> None:
        known(provider)
        browser = Browser()
        provider.claims = {"auth_time": None if age is None else int(timezone.now().timestamp()) - age}

        signs_in(browser, provider)

        who = here(browser)
        assert who is not None
        assert who.open
        assert not who.fresh(timezone.now())

    def test_one_of_this_minute_is(self, provider: Strange) -> None:
        known(provider)
        browser = Browser()

        signs_in(browser, provider)

        who = here(browser)
        assert who is not None
        assert who.fresh(timezone.now())

    def test_nobody_has_nothing_to_prove(self, provider: Strange) -> None:
        assert Browser().get("/personnel/confirmer/proconnect").headers["Location"] == reverse("staff:sign-in")

    def test_the_page_that_asks_leads_there(self, provider: Strange) -> None:
        known(provider)
        browser = Browser()
        signs_in(browser, provider)

        assert "/personnel/confirmer/proconnect" in browser.get(reverse("staff:prove-again")).content.decode()


class TestTheWayOut:
    def test_signs_out_here_then_there(self, provider: Strange) -> None:
        known(provider)
        browser = Browser()
        signs_in(browser, provider)

        page = browser.post(reverse("staff:sign-out")).content.decode()

        assert here(browser) is None
        assert f'content="0;url={provider.issuer}/session/end?id_token_hint=' in page
        assert "post_logout_redirect_uri=" in page
        assert browser.get("/personnel/retour/proconnect/deconnexion").headers["Location"] == reverse(
            "staff:signed-out"
        )

    def test_where_the_upstream_offers_none_one_signs_out_here(self, provider: Strange) -> None:
        provider.metadata = {"end_session_endpoint": None}
        known(provider)
        browser = Browser()
        signs_in(browser, provider)

        answer = browser.post(reverse("staff:sign-out"))

        assert (answer.status_code, here(browser)) == (303, None)


class TestTheButtons:
    def test_towards_a_simulator_are_neutral(self, provider: Strange) -> None:
        page = Browser().get(reverse("staff:sign-in")).content.decode()

        assert "simulateur" in page
        assert "ProConnect" not in page

    def test_bear_a_name_towards_the_real_one_only(self, provider: Strange, settings: Any) -> None:
        settings.UPSTREAMS = {"proconnect": provider.upstream(stand_in=False)}

        assert "S’identifier avec ProConnect" in Browser().get(reverse("staff:sign-in")).content.decode()

    def test_are_not_there_where_nothing_is_set(self) -> None:
        assert elsewhere.ways() == []
        assert "/personnel/connexion/" not in Browser().get(reverse("staff:sign-in")).content.decode()
