import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from educonnect.accounts import passwords
from educonnect.accounts.errors import PasswordPersonal
from educonnect.delegation import invitations
from educonnect.delegation.mandate import held
from educonnect.delegation.models import Delegation, Function, Invitation, Post, Suspension
from educonnect.delegation.rules import Right
from educonnect.errors import Refusal
from educonnect.journal.models import Entry
from educonnect.messaging.models import OutboxMessage
from educonnect.staff import factors
from educonnect.staff.errors import (
    AddressTaken,
    InvitationOver,
    InvitedElsewhere,
    NoAddress,
    PasswordTooShort,
)
from educonnect.staff.models import Passkey, Staff
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.messaging.reading import read
from tests.schools.factories import SchoolFactory
from tests.staff.people import PASSWORD, with_password

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
ISSUER, SUBJECT = "https://ailleurs.invalid", "4f0c"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def link(staff: Staff, now: datetime = NOW) -> str:
    return invitations.make(staff.pk, actor="staff:1", now=now)


def a_passkey(staff: Staff) -> None:
    Passkey.objects.create(
        staff=staff, credential_id=str(staff.pk).encode(), public_key=b"k", label="clé", created_at=NOW
    )


def test_the_message_goes_to_the_professional_address_with_the_link_and_where_it_leads() -> None:
    school = SchoolFactory(name="Collège des Alizés")
    staff = a_delegation(Right.ADMINISTRATION, school).staff

    invitations.send(staff.pk, actor="staff:1", uai=school.pk, now=NOW)

    message = read(OutboxMessage.objects.get())
    assert message["to"] == staff.email
    assert "Collège des Alizés" in message["body"]
    assert "21 septembre 2026" in message["body"]
    token = message["body"].split(invitations.JOIN_PATH)[1].split()[0]
    assert invitations.open_(token, now=NOW).staff == staff
    assert list(Entry.objects.values_list("event", "actor", "uai", "detail")) == [
        ("staff.invited", "staff:1", school.pk, {"staff": staff.pk})
    ]


def test_nothing_is_invited_where_no_address_is_known() -> None:
    with pytest.raises(NoAddress):
        invitations.send(a_staff(email="").pk, actor="staff:1", now=NOW)

    assert not Invitation.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_the_person_invited_chooses_a_password_and_the_link_serves_no_more() -> None:
    staff = a_staff()
    token = link(staff)

    invitations.accept_local(token, PASSWORD, now=NOW)

    staff.refresh_from_db()
    assert passwords.verify(staff.password, PASSWORD)
    assert staff.epoch == 1
    assert staff.last_signed_in_at == NOW
    with pytest.raises(InvitationOver):
        invitations.accept_local(token, PASSWORD, now=NOW)
    assert Entry.objects.filter(event="staff.bound", actor=str(staff), detail__how="local").count() == 1


def test_a_password_that_may_not_be_chosen_leaves_the_link_as_it_is() -> None:
    staff = a_delegation(Right.DEPANNAGE, SchoolFactory(name="Lycée Philibert"), staff=a_staff()).staff
    token = link(staff)

    with pytest.raises(PasswordTooShort):
        invitations.accept_local(token, "craie et ardoi", now=NOW)
    with pytest.raises(PasswordPersonal):
        invitations.accept_local(token, "au philibert on range les chaises", now=NOW)

    assert invitations.open_(token, now=NOW).new


@pytest.mark.parametrize("ended", ["late", "replaced", "closed", "another"])
def test_a_link_that_is_over_says_no_more_than_that(ended: str) -> None:
    staff = a_staff()
    token = link(staff)
    now = NOW + timedelta(days=14) if ended == "late" else NOW
    if ended == "replaced":
        link(staff)
    elif ended == "closed":
        Staff.objects.update(closed_at=NOW)
    elif ended == "another":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")

    for gesture in (
        lambda: invitations.open_(token, now=now),
        lambda: invitations.accept_local(token, PASSWORD, now=now),
        lambda: invitations.accept_upstream(token, ISSUER, SUBJECT, now=now),
        lambda: invitations.accept_as(token, a_staff().pk, now=now),
    ):
        with pytest.raises(InvitationOver):
            gesture()


def test_an_address_that_another_local_account_has_is_told_to_sign_in_to_it_first() -> None:
    known = with_password()
    token = link(a_staff(email=known.email.upper()))

    with pytest.raises(AddressTaken):
        invitations.accept_local(token, PASSWORD, now=NOW)

    assert invitations.accept_as(token, known.pk, now=NOW) == known


def test_whoever_comes_from_an_upstream_is_bound_to_the_person_invited() -> None:
    staff = a_delegation(Right.DEPANNAGE, SchoolFactory()).staff

    bound = invitations.accept_upstream(link(staff), ISSUER, SUBJECT, now=NOW)

    assert (bound.pk, bound.issuer, bound.subject, bound.epoch) == (staff.pk, ISSUER, SUBJECT, 1)


@pytest.mark.parametrize("existing", [True, False])
def test_the_mailbox_that_was_invited_is_told_that_the_link_served_elsewhere(existing: bool) -> None:
    if existing:
        a_staff(issuer=ISSUER, subject=SUBJECT)
    staff = a_delegation(Right.DEPANNAGE, SchoolFactory()).staff

    invitations.accept_upstream(link(staff), ISSUER, SUBJECT, now=NOW)

    told = read(OutboxMessage.objects.get())
    assert (told["to"], told["subject"]) == (staff.email, "Votre invitation a servi")


def test_what_the_invitation_holds_moves_to_whoever_is_known_by_this_upstream_already() -> None:
    school, other = SchoolFactory(sector="PU"), SchoolFactory()
    known = a_post(Function.HEAD, school=school, staff=a_staff(issuer=ISSUER, subject=SUBJECT)).staff
    invited = a_delegation(Right.DEPANNAGE, other).staff
    a_post(Function.HEAD, school=school, staff=invited)
    Suspension.objects.create(staff=invited, school=SchoolFactory(), by="staff:9", at=NOW)

    bound = invitations.accept_upstream(link(invited), ISSUER, SUBJECT, now=NOW)

    assert bound == known
    assert {one.school for one in held(known.pk, now=NOW)} == {school.pk, other.pk}
    assert Post.objects.filter(staff=known, ended_at__isnull=True).count() == 1
    assert Suspension.objects.get().staff == known
    invited.refresh_from_db()
    assert invited.closed_at == NOW
    assert held(invited.pk, now=NOW) == []


def test_the_number_that_a_base_gave_to_who_was_invited_goes_with_what_they_held() -> None:
    known = a_staff(issuer=ISSUER, subject=SUBJECT)
    invited = a_delegation(Right.DEPANNAGE, SchoolFactory(), staff=a_staff(base_key="sts:31:epp:7")).staff

    bound = invitations.accept_upstream(link(invited), ISSUER, SUBJECT, now=NOW)

    known.refresh_from_db()
    assert (bound.pk, known.base_key) == (known.pk, "sts:31:epp:7")


def test_nobody_takes_for_themselves_a_right_that_they_gave() -> None:
    school = SchoolFactory(sector="PU")
    head = a_post(Function.HEAD, school=school).staff
    given = a_delegation(Right.ADMINISTRATION, school, given_by=head)

    invitations.accept_as(link(given.staff), head.pk, now=NOW)

    assert Delegation.objects.get(pk=given.pk).withdrawn_at == NOW
    assert not Delegation.objects.filter(staff=head).exists()
    line = Entry.objects.get(event="delegation.withdrawn")
    assert (line.actor, line.uai, line.detail["delegation"]) == (f"staff:{head.pk}", school.pk, given.pk)


def test_T29_an_invitation_takes_over_nobody_who_has_a_password_another_way_in_or_a_second_factor() -> None:
    with_factor = a_staff()
    a_passkey(with_factor)
    for staff in (with_password(), a_staff(issuer=ISSUER, subject="autre"), with_factor):
        token = link(staff)
        with pytest.raises(InvitedElsewhere):
            invitations.accept_upstream(token, ISSUER, SUBJECT, now=NOW)
        with pytest.raises(InvitedElsewhere):
            invitations.accept_as(token, a_staff().pk, now=NOW)
        assert invitations.open_(token, now=NOW).new is False


def test_T29_a_password_chosen_by_an_invitation_leaves_the_second_factor_as_it_is() -> None:
    staff = with_password()
    a_passkey(staff)

    invitations.accept_local(link(staff), "une tout autre phrase assez longue", now=NOW)

    assert len(factors.of(staff.pk).passkeys) == 1


def test_T22_who_comes_back_by_an_invitation_is_told_of_the_time_before_and_of_wrong_tries_since() -> None:
    before = NOW - timedelta(days=3)
    staff = with_password(a_staff(last_signed_in_at=before, failures_since_sign_in=2))

    came = invitations.accept_local(link(staff), "une tout autre phrase assez longue", now=NOW)

    assert (came.last_signed_in_at, came.failures_since_sign_in) == (before, 2)
    staff.refresh_from_db()
    assert (staff.last_signed_in_at, staff.failures_since_sign_in) == (NOW, 0)


def test_no_password_is_given_to_who_comes_by_another_way_in() -> None:
    token = link(a_staff(issuer=ISSUER, subject=SUBJECT))

    with pytest.raises(InvitedElsewhere):
        invitations.accept_local(token, PASSWORD, now=NOW)

    assert invitations.open_(token, now=NOW).elsewhere


def test_who_lost_their_factors_and_comes_by_an_upstream_uses_the_invitation_there() -> None:
    staff = a_staff(issuer=ISSUER, subject=SUBJECT)

    assert invitations.accept_upstream(link(staff), ISSUER, SUBJECT, now=NOW) == staff
    assert Invitation.objects.get().used_at == NOW


@pytest.mark.django_db(transaction=True)
def test_a_link_followed_by_two_at_once_serves_one() -> None:
    staff = a_staff()
    token = link(staff)
    outcomes: list[object] = []
    together = threading.Barrier(4)

    def follow(n: int) -> None:
        together.wait()
        try:
            if n % 2:
                invitations.accept_local(token, PASSWORD, now=NOW)
            else:
                invitations.accept_upstream(token, ISSUER, str(n), now=NOW)
            outcomes.append("bound")
        except Refusal as refusal:
            outcomes.append(type(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=follow, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count("bound") == 1
    assert set(outcomes) - {"bound"} <= {InvitationOver, InvitedElsewhere}
