"""Who somebody is here, from what an upstream proved; what a hub says, within its académie."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from educonnect.delegation import invitations
from educonnect.delegation.mandate import OutOfMandate, mandate_for
from educonnect.delegation.models import Delegation, Function, Post, Source
from educonnect.delegation.rules import Right
from educonnect.journal.models import Entry
from educonnect.schools.models import School
from educonnect.staff.authentication import First, Second
from educonnect.staff.models import Staff
from educonnect.upstream import agents, arena
from educonnect.upstream.client import Told
from educonnect.upstream.errors import Reason, SignInRefused
from educonnect.upstream.rules import Upstream
from tests.delegation.factories import a_post, a_staff
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db
HUB = "https://hub.example"


def a_hub(**values: Any) -> Upstream:
    return Upstream(
        **{
            "name": "academie-25",
            "label": "Guichet",
            "issuer": HUB,
            "client_id": "educonnect",
            "client_secret": "s" * 64,
            "alg": "RS256",
            "scope": "openid",
            "academie": "25",
            "rights": {"educonnect_adm": "administration", "educonnect_dep": "depannage"},
        }
        | values
    )


PROCONNECT = a_hub(name="proconnect", label="ProConnect", academie="", rights={})


def told(subject: str = "agent-1", *, acr: str = "", amr: tuple[str, ...] = (), **claims: Any) -> Told:
    claims = {
        "given_name": "Maude",
        "family_name": "VALDAIRE",
        "usual_name": "VALDAIRE",
        "email": "m@ac.invalid",
    } | claims
    return Told(HUB, subject, acr, frozenset(amr), None, claims, "a.b.c")


def a_school(uai: str = "0780001A", *, academie: str = "25", **values: Any) -> School:
    return SchoolFactory(**{"uai": uai, "academie": academie, "sector": "PU", "degree": 2} | values)


def resp(uai: str) -> str:
    return f"{uai}$UAJ$PU$N$T3$CLG$340"


def rne(uai: str, function: str = "ADM") -> str:
    return f"{uai}$UAJ$PU${function}${uai}$T3$CLG$340"


def deleg(uai: str, application: str = "educonnect_adm", *, begin: str = "01/09/2026", end: str = "31/12/9999") -> str:
    address = f"/redirectionhub/redirect.jsp?applicationname={application}"
    return f"{application}|{address}|{begin}|{end}|giver|FrEduRneResp={resp(uai)}|server|module"


def come_in(what: Told, upstream: Upstream | None = None) -> int:
    return agents.come_in(upstream or a_hub(), what, now=timezone.now()).staff_id


def refused(what: Told, upstream: Upstream) -> Reason:
    with pytest.raises(SignInRefused) as caught:
        come_in(what, upstream)
    return caught.value.reason


def held_posts(staff_id: int) -> set[tuple[str, str]]:
    return set(Post.objects.filter(staff=staff_id, ended_at__isnull=True).values_list("function", "school_id"))


class TestWhoSomebodyIs:
    def test_a_stranger_of_proconnect_is_told_what_to_do_and_nothing_is_created(self) -> None:
        assert refused(told(), PROCONNECT) is Reason.UNKNOWN_PERSON
        assert not Staff.objects.exists()

    def test_the_same_address_is_not_the_same_person(self) -> None:
        a_staff(email="m@ac.invalid")
        a_staff(email="m@ac.invalid", issuer="https://elsewhere.example", subject="agent-1")

        assert refused(told(), PROCONNECT) is Reason.UNKNOWN_PERSON

    def test_the_same_subject_of_another_issuer_is_not_the_same_person(self) -> None:
        a_staff(issuer="https://elsewhere.example", subject="agent-1")

        assert refused(told(), PROCONNECT) is Reason.UNKNOWN_PERSON

    def test_somebody_known_comes_in_and_is_brought_up_to_date(self) -> None:
        staff = a_staff(issuer=HUB, subject="agent-1", failures_since_sign_in=2)

        proof = agents.come_in(PROCONNECT, told(acr="eidas1-mfa", usual_name="NOUVELLE"), now=timezone.now())

        staff.refresh_from_db()
        assert (proof.staff_id, proof.first, proof.second, proof.failures) == (
            staff.pk,
            First.UPSTREAM,
            Second.UPSTREAM,
            2,
        )
        assert (staff.first_name, staff.name, staff.email) == ("Maude", "NOUVELLE", "m@ac.invalid")
        assert staff.last_signed_in_at is not None

    def test_an_address_reached_by_an_invitation_is_kept_whatever_the_upstream_says(self) -> None:
        staff = a_staff(email="invitee@ac.invalid")
        token = invitations.make(staff.pk, actor="staff:1", now=timezone.now())
        agents.come_in(PROCONNECT, told(acr="eidas1-mfa"), invitation=token, now=timezone.now())

        agents.come_in(PROCONNECT, told(acr="eidas1-mfa", email="victime@ac.invalid"), now=timezone.now())

        staff.refresh_from_db()
        assert staff.email == "invitee@ac.invalid"

    def test_somebody_closed_is_refused(self) -> None:
        staff = a_staff(issuer=HUB, subject="agent-1", closed_at=timezone.now())

        assert refused(told(FrEduFonctAdm="DIR", FrEduRneResp=resp(a_school().pk)), a_hub()) is Reason.CLOSED
        assert held_posts(staff.pk) == set()

    @pytest.mark.parametrize(
        ("acr", "amr", "second"),
        [
            ("eidas1", ("pwd",), Second.NONE),
            ("eidas1", ("pwd", "totp"), Second.NONE),
            ("", (), Second.NONE),
            ("eidas1-mfa", (), Second.UPSTREAM),
            ("eidas0-mfa", (), Second.UPSTREAM),
            ("eidas2", (), Second.UPSTREAM),
            ("eidas3", (), Second.UPSTREAM),
            ("eidas1", ("pwd", "mfa"), Second.UPSTREAM),
            ("eidas1", ("pop",), Second.UPSTREAM),
        ],
    )
    def test_the_upstream_s_second_factor_counts_where_it_says_so(
        self, acr: str, amr: tuple[str, ...], second: Second
    ) -> None:
        assert agents.second_of(told(acr=acr, amr=amr)) is second

    @pytest.mark.parametrize("value", [None, 1, [], {"a": 1}, "x" * 10_000, "\x00\u202e", ""])
    def test_a_name_or_an_address_that_is_none_leaves_what_was_known(self, value: object) -> None:
        staff = a_staff(issuer=HUB, subject="agent-1", first_name="Maude", name="VALDAIRE", email="m@ac.invalid")

        come_in(told(given_name=value, usual_name=value, email=value), PROCONNECT)

        staff.refresh_from_db()
        assert (staff.first_name, staff.name, staff.email) == ("Maude", "VALDAIRE", "m@ac.invalid")


class TestPostsOfAHub:
    def test_DIR_makes_the_head_of_the_schools_one_answers_for_and_of_no_other(self) -> None:
        one, other, worked = a_school("0780001A"), a_school("0780002B"), a_school("0780003C")

        staff_id = come_in(
            told(FrEduFonctAdm="DIR", FrEduRneResp=[resp(one.pk), resp(other.pk)], FrEduRne=rne(worked.pk))
        )

        assert held_posts(staff_id) == {
            (Function.HEAD, one.pk),
            (Function.HEAD, other.pk),
            (Function.OTHER, worked.pk),
        }
        assert mandate_for(staff_id, Right.DELEGATION, uai=one.pk, now=timezone.now())
        with pytest.raises(OutOfMandate):
            mandate_for(staff_id, Right.DEPANNAGE, uai=worked.pk, now=timezone.now())

    def test_without_DIR_one_answers_for_nothing(self) -> None:
        school = a_school()

        assert held_posts(come_in(told(FrEduFonctAdm="ENS", FrEduRneResp=resp(school.pk)))) == {
            (Function.OTHER, school.pk)
        }

    def test_ADF_makes_a_deputy_where_one_works_as_such(self) -> None:
        main, as_deputy, elsewhere = a_school("0780001A"), a_school("0780002B"), a_school("0780003C")
        schools = [rne(as_deputy.pk, "ADF"), rne(elsewhere.pk, "ENS")]

        staff_id = come_in(told(FrEduFonctAdm="ADF", rne=main.pk, FrEduRne=schools))

        assert held_posts(staff_id) == {
            (Function.DEPUTY, main.pk),
            (Function.DEPUTY, as_deputy.pk),
            (Function.OTHER, elsewhere.pk),
        }

    def test_the_head_of_a_school_of_the_first_degree(self) -> None:
        school = a_school(degree=1)

        assert held_posts(come_in(told(FrEduFonctAdm="DIR", FrEduRneResp=resp(school.pk)))) == {
            (Function.PRIMARY_HEAD, school.pk)
        }

    def test_what_is_no_longer_named_ends_and_other_sources_stay(self) -> None:
        school, other = a_school("0780001A"), a_school("0780002B")
        staff_id = come_in(told(FrEduFonctAdm="DIR", FrEduRneResp=resp(school.pk)))
        Post.objects.create(
            staff_id=staff_id, function="other", school=other, source=Source.STS, starts_on=timezone.localdate()
        )

        come_in(told(FrEduFonctAdm="ENS", FrEduRne=rne(other.pk)))

        assert held_posts(staff_id) == {(Function.OTHER, other.pk)}
        assert Post.objects.filter(staff=staff_id, ended_at__isnull=True).count() == 2

    def test_somebody_known_whom_the_hub_names_nothing_of_any_more_comes_in_with_nothing(self) -> None:
        school = a_school()
        staff_id = come_in(told(FrEduFonctAdm="DIR", FrEduRneResp=resp(school.pk)))

        assert come_in(told()) == staff_id
        assert held_posts(staff_id) == set()

    def test_a_stranger_of_whom_the_hub_names_nothing_is_told_so_and_nothing_is_created(self) -> None:
        a_school()

        assert refused(told(FrEduFonctAdm="DIR", FrEduRneResp="0780009Z$UAJ$PU"), a_hub()) is Reason.NOTHING_HERE
        assert not Staff.objects.exists()

    def test_proconnect_names_no_post_whatever_it_says(self) -> None:
        school = a_school()
        claims = {"FrEduFonctAdm": "DIR", "FrEduRneResp": resp(school.pk)}
        staff = a_staff(issuer=HUB, subject="agent-1")
        a_post(Function.OTHER, staff=staff, school=school)

        come_in(told(**claims), PROCONNECT)

        assert held_posts(staff.pk) == {(Function.OTHER, school.pk)}


class TestOneAcademie:
    def test_a_hub_makes_nobody_head_of_another_academie_s_school(self) -> None:
        ours, theirs = a_school("0780001A"), a_school("0750001B", academie="01")

        staff_id = come_in(told(FrEduFonctAdm="DIR", FrEduRneResp=f"{resp(ours.pk)};{resp(theirs.pk)}"))

        assert held_posts(staff_id) == {(Function.HEAD, ours.pk)}
        assert Entry.objects.get(event="staff.signed-in").detail["left_out"] == 1

    def test_nor_gives_a_delegation_there(self) -> None:
        ours, theirs = a_school("0780001A"), a_school("0750001B", academie="01")

        staff_id = come_in(told(FrEduResDel=[deleg(ours.pk), deleg(theirs.pk)]))

        assert [one.school_id for one in Delegation.objects.filter(staff=staff_id)] == [ours.pk]

    def test_two_hubs_never_answer_for_one_another(self) -> None:
        ours, theirs = a_school("0780001A"), a_school("0750001B", academie="01")
        both = {"FrEduFonctAdm": "DIR", "FrEduRneResp": [resp(ours.pk), resp(theirs.pk)]}

        first = come_in(told(**both))
        with pytest.raises(OutOfMandate):
            mandate_for(first, Right.ADMINISTRATION, uai=theirs.pk, now=timezone.now())

    @pytest.mark.parametrize(
        ("codaca", "counts"), [("25", True), ("025", True), ("", True), ("X", True), ("01", False)]
    )
    def test_people_of_another_academie(self, codaca: str, counts: bool) -> None:
        school = a_school()
        staff = a_staff(issuer=HUB, subject="agent-1")

        come_in(told(codaca=codaca, FrEduFonctAdm="DIR", FrEduRneResp=resp(school.pk)))

        assert bool(held_posts(staff.pk)) is counts

    def test_normandie_has_two_information_systems(self) -> None:
        school = a_school("0140001A", academie="70")
        staff = a_staff(issuer=HUB, subject="agent-1")
        claims = {"codaca": "05", "FrEduFonctAdm": "DIR", "FrEduRneResp": resp(school.pk)}

        come_in(told(**claims), a_hub(name="academie-70", academie="70"))

        assert held_posts(staff.pk) == {(Function.HEAD, school.pk)}


class TestDelegationsOfAHub:
    def test_give_the_right_their_application_is_mapped_to_between_their_dates(self) -> None:
        school = a_school()

        staff_id = come_in(told(FrEduRneResp=["X"], FrEduResDel=[deleg(school.pk), deleg(school.pk, "another")]))

        (row,) = Delegation.objects.filter(staff=staff_id)
        assert (row.right, row.given_as, row.whole_school, row.starts_on) == (
            "administration",
            "hub",
            True,
            date(2026, 9, 1),
        )
        assert mandate_for(staff_id, Right.ADMINISTRATION, uai=school.pk, now=timezone.now())
        with pytest.raises(OutOfMandate):
            mandate_for(staff_id, Right.DELEGATION, uai=school.pk, now=timezone.now())

    def test_said_again_change_nothing_and_end_when_no_longer_named(self) -> None:
        school, other = a_school("0780001A"), a_school("0780002B")
        staff_id = come_in(told(FrEduResDel=[deleg(school.pk), deleg(other.pk)]))
        first = set(Delegation.objects.values_list("pk", flat=True))

        come_in(told(FrEduResDel=[deleg(school.pk), deleg(other.pk)]))
        assert set(Delegation.objects.values_list("pk", flat=True)) == first
        come_in(told(FrEduResDel=deleg(school.pk)))

        assert list(
            Delegation.objects.filter(staff=staff_id, withdrawn_at__isnull=True).values_list("school_id", flat=True)
        ) == [school.pk]

    @pytest.mark.parametrize(
        ("begin", "end"),
        [("01/09/2020", "31/08/2021"), ("01/09/2999", "01/09/2026"), ("32/13/2026", "31/12/9999"), ("", "")],
    )
    def test_that_are_over_or_never_were(self, begin: str, end: str) -> None:
        staff = a_staff(issuer=HUB, subject="agent-1")

        come_in(told(FrEduResDel=deleg(a_school().pk, begin=begin, end=end)))

        assert not Delegation.objects.filter(staff=staff).exists()

    def test_give_nothing_where_the_head_has_nothing_to_give(self) -> None:
        school = a_school(sector="PR")
        staff = a_staff(issuer=HUB, subject="agent-1")

        come_in(told(FrEduResDel=deleg(school.pk)))
        assert not Delegation.objects.filter(staff=staff).exists()
        head = a_post(Function.HEAD, school=school).staff
        day = timezone.localdate()
        Delegation.objects.create(
            staff=head,
            right="administration",
            school=school,
            whole_school=True,
            as_head=True,
            starts_on=day,
            ends_on=day + timedelta(days=9),
            given_as="academie",
            given_at=timezone.now(),
        )
        come_in(told(FrEduResDel=deleg(school.pk)))

        assert Delegation.objects.filter(staff=staff).exists()

    def test_for_several_schools_at_once(self) -> None:
        one, other = a_school("0780001A"), a_school("0780002B")
        line = deleg(one.pk).replace(resp(one.pk), f"{resp(one.pk)};{resp(other.pk)}")

        staff_id = come_in(told(FrEduResDel=[line]))

        assert set(Delegation.objects.filter(staff=staff_id).values_list("school_id", flat=True)) == {one.pk, other.pk}


class TestHostileClaims:
    @pytest.mark.parametrize("joined", [";", "|"])
    def test_values_may_be_joined(self, joined: str) -> None:
        read = arena.read({"FrEduRneResp": joined.join([resp("0780001A"), "X", "", resp("0780002B")])})

        assert (read.responsible, read.left_out) == ({"0780001A", "0780002B"}, 0)

    def test_what_cannot_be_read_is_left_out_and_counted_and_the_rest_stands(self) -> None:
        strange = [resp("0780001A"), "nonsense", 1, None, ["0780002B"], "$$$$", "9" * 100_000, "078000\x001A"]

        read = arena.read({"FrEduFonctAdm": "dir", "FrEduRneResp": strange})

        assert (read.heads(), read.left_out) == ({"0780001A"}, 7)

    def test_more_values_than_anybody_has(self) -> None:
        read = arena.read({"FrEduRneResp": [resp("0780001A")] * 100_000, "FrEduRne": ";" * 1_000_000})

        assert (read.responsible, read.left_out > 0) == ({"0780001A"}, True)

    @pytest.mark.parametrize(
        "line",
        [
            "",
            "|" * 1000,
            "name|no address|01/09/2026|31/12/2026|giver|FrEduRneResp=0780001A$UAJ|s|m",
            "name|/r?applicationname=a&applicationname=b|01/09/2026|31/12/2026|g|FrEduRneResp=0780001A$UAJ|s|m",
            "name|//[|01/09/2026|31/12/2026|g|FrEduRneResp=0780001A$UAJ|s|m",
            "name|/r?applicationname=a|01/09/2026|31/12/2026|g|0780001A$UAJ|s|m",
            "name|/r?applicationname=a|01/09/2026|31/12/2026|g|FrEduRneResp=nowhere|s|m",
        ],
    )
    def test_a_delegation_that_is_none(self, line: str) -> None:
        assert arena.read({"FrEduResDel": [line]}).delegations == ()

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.dictionaries(
            st.sampled_from(["FrEduRne", "FrEduRneResp", "FrEduResDel", "FrEduFonctAdm", "rne", "codaca"]),
            st.recursive(
                st.none() | st.booleans() | st.floats() | st.text(alphabet="0178A$;|X=/?&\x00é ") | st.text(),
                lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(max_size=3), one, max_size=3),
                max_leaves=12,
            ),
        )
    )
    def test_anything_at_all_raises_nothing_and_gives_no_post_elsewhere(self, claims: dict[str, Any]) -> None:
        found = agents.holdings(a_hub(), claims)

        assert not found.any  # no such school
