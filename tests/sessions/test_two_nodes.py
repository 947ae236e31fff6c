"""Sessions that end in one process are over in the others at once: two real web nodes, and this process beside them."""

import secrets
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from educonnect.accounts import closing, locking, provisional
from educonnect.accounts.models import Account, ProvisionalPassword, Purpose
from educonnect.delegation.mandate import mandate_for
from educonnect.delegation.models import Delegation, Function, Suspension
from educonnect.delegation.rules import Right
from educonnect.notification import campaign
from educonnect.notification.models import Campaign, CampaignState
from educonnect.notification.selection import Selection
from educonnect.sessions import cookies, ending
from educonnect.sessions.models import Session, SessionStage, StaffSession, StaffStage
from educonnect.staff import passwords as staff_passwords
from educonnect.staff.models import Staff
from tests.delegation.factories import a_delegation, a_post
from tests.nodes.processes import ask, free_port, nodes, until
from tests.notification.conftest import World
from tests.schools.factories import SchoolFactory
from tests.web.people import activated, pupil

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def opened(account: Account) -> tuple[str, Session]:
    """A session of this account, and the secret its browser has."""
    secret, now = secrets.token_urlsafe(32), timezone.now()
    account.refresh_from_db()
    return secret, Session.objects.create(
        digest=cookies.digest(secret),
        sid=uuid.uuid4(),
        account=account,
        epoch=account.epoch,
        stage=SessionStage.OPEN,
        method="password",
        authenticated_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(hours=8),
    )


def lock(account: Account) -> None:
    locking.lock([account.pk], now=timezone.now(), actor="operator:command-line")


def reset(account: Account) -> None:
    provisional.issue([account.pk], purpose=Purpose.RESET, batch="test", now=timezone.now())


def close(account: Account) -> None:
    account.pupil.deceased = True
    account.pupil.save()
    closing.withdraw(pupils=[account.pupil_id], now=timezone.now())


def end_all(account: Account) -> None:
    ending.end_all(account.pk)


def test_T33_a_lock_a_reset_a_closing_and_an_end_everywhere_are_seen_by_each_node_at_once(tmp_path: Path) -> None:
    gestures: tuple[Callable[[Account], None], ...] = (lock, reset, close, end_all)
    with nodes(tmp_path, "https://educonnect.example") as started:
        started.run("collectstatic", "--noinput")
        ports = [free_port(), free_port()]
        for number, port in enumerate(ports):
            started.web(f"node{number}", port)

        def seen(account: Account, secret: str) -> list[bool]:
            """Whether each node knows this browser for that person."""
            pages = [
                ask(
                    f"http://127.0.0.1:{port}/mon-compte",
                    Cookie=f"__Host-session={secret}",
                    **{"X-Forwarded-Proto": "https"},
                )
                for port in ports
            ]
            assert [status for status, _, _ in pages] == [200, 200]
            return [f">{account.username}<" in body for _, _, body in pages]

        for gesture in gestures:
            account = activated(pupil())
            secret, _ = opened(account)
            assert seen(account, secret) == [True, True], gesture.__name__

            gesture(account)

            assert seen(account, secret) == [False, False], gesture.__name__


def test_T35_ended_on_one_node_a_session_is_over_on_the_other_and_the_rest_stay(tmp_path: Path) -> None:
    account = activated(pupil())
    kept, here = opened(account)
    others = [opened(account)[0] for _ in range(2)]
    with nodes(tmp_path, "https://educonnect.example") as started:
        started.run("collectstatic", "--noinput")
        port = free_port()
        started.web("node", port)

        def signed_in(secret: str) -> bool:
            body = ask(f"http://127.0.0.1:{port}/mon-compte", Cookie=f"__Host-session={secret}")[2]
            return f">{account.username}<" in body

        assert [signed_in(secret) for secret in (kept, *others)] == [True, True, True]

        ending.end_others(account.pk, keep=here.sid)

        assert [signed_in(secret) for secret in (kept, *others)] == [True, False, False]


def a_session(staff: Staff) -> str:
    """The secret of a browser in which this person gave both factors."""
    secret, now = secrets.token_urlsafe(32), timezone.now()
    StaffSession.objects.create(
        digest=cookies.digest(secret),
        sid=uuid.uuid4(),
        staff=staff,
        epoch=staff.epoch,
        stage=StaffStage.OPEN,
        first="password",
        second="passkey",
        authenticated_at=now,
        proved_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(hours=8),
    )
    return secret


def withdrawn(given: Delegation) -> None:
    Delegation.objects.filter(pk=given.pk).update(withdrawn_at=timezone.now())


def over(given: Delegation) -> None:
    Delegation.objects.filter(pk=given.pk).update(ends_on=timezone.localdate() - timedelta(days=1))


def suspended_there(given: Delegation) -> None:
    Suspension.objects.create(staff=given.staff, school=given.school, by="operator:command-line", at=timezone.now())


def test_T66_rights_gone_are_refused_by_each_node_and_by_a_worker_that_ran_meanwhile(tmp_path: Path) -> None:
    world = World(SchoolFactory())
    account = world.pupil("DUVERGER")
    colleague = a_delegation(Right.ADMINISTRATION, world.school)

    with nodes(tmp_path, "https://educonnect.example") as started:
        started.run("collectstatic", "--noinput")
        ports = [free_port(), free_port()]
        for number, port in enumerate(ports):
            started.web(f"node{number}", port)
        started.start("work", "work")

        def opens(secret: str) -> list[int]:
            """What each node answers this browser that asks for the school."""
            return [
                ask(
                    f"http://127.0.0.1:{port}/personnel/etablissements/{world.school.pk}/",
                    Cookie=f"__Host-personnel={secret}",
                    **{"X-Forwarded-Proto": "https"},
                )[0]
                for port in ports
            ]

        def asked(given: Delegation, *states: str) -> Campaign:
            right = mandate_for(given.staff_id, Right.ADMINISTRATION, uai=world.school.pk, now=timezone.now())
            return campaign.notify(right, Selection(world.school.pk, states=states), now=timezone.now())

        def ended(one: Campaign) -> bool:
            one.refresh_from_db()
            return one.state not in {CampaignState.PENDING, CampaignState.RUNNING}

        theirs = asked(colleague)  # the worker made letters before: it would remember, if it remembered anything
        until(lambda: ended(theirs))
        assert (theirs.state, theirs.letters) == (CampaignState.DONE, 1)
        former = ProvisionalPassword.objects.get(account=account).digest
        for lose in (withdrawn, over, suspended_there):
            given = a_delegation(Right.ADMINISTRATION, world.school)
            secret = a_session(given.staff)
            assert opens(secret) == [200, 200], lose.__name__

            with transaction.atomic():  # no worker sees the one without the other
                mine = asked(given, "notified")
                lose(given)

            assert opens(secret) == [404, 404], lose.__name__
            until(lambda mine=mine: ended(mine))
            assert (mine.state, mine.letters) == (CampaignState.DESTROYED, 0), lose.__name__
            assert ProvisionalPassword.objects.get(account=account).digest == former


def test_T33_T35_a_member_of_the_staff_ended_closed_or_suspended_is_refused_by_each_node_at_once(
    tmp_path: Path,
) -> None:
    school = SchoolFactory(sector="PU")

    def ended(staff: Staff) -> None:
        staff_passwords.end_sessions(staff.pk, actor="operator:command-line")

    def closed(staff: Staff) -> None:
        Staff.objects.filter(pk=staff.pk).update(closed_at=timezone.now())

    def suspended(staff: Staff) -> None:
        Suspension.objects.create(staff=staff, by="operator:command-line", at=timezone.now())

    with nodes(tmp_path, "https://educonnect.example") as started:
        started.run("collectstatic", "--noinput")
        ports = [free_port(), free_port()]
        for number, port in enumerate(ports):
            started.web(f"node{number}", port)

        def opens(secret: str) -> list[bool]:
            """Whether each node shows the school to this browser."""
            return [
                f">{school.pk}<"
                in ask(
                    f"http://127.0.0.1:{port}/personnel/etablissements/{school.pk}/",
                    Cookie=f"__Host-personnel={secret}",
                    **{"X-Forwarded-Proto": "https"},
                )[2]
                for port in ports
            ]

        for gesture in (ended, closed, suspended):
            staff = a_post(Function.HEAD, school=school).staff
            secret = a_session(staff)
            assert opens(secret) == [True, True], gesture.__name__

            gesture(staff)

            assert opens(secret) == [False, False], gesture.__name__
