from datetime import UTC, datetime, timedelta

import pytest

from educonnect.accounts import provisional
from educonnect.accounts.models import Account, Purpose
from educonnect.accounts.states import TRANSITIONS, State, state_of
from tests.accounts.factories import PupilAccountFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
OWN = {"notified_at": NOW, "activated_at": NOW, "password": "$argon2id$of-their-own"}


@pytest.mark.parametrize(
    ("known", "state"),
    [
        ({}, State.OPENED),
        ({"notified_at": NOW}, State.EXPIRED),
        (OWN, State.ACTIVATED),
        ({**OWN, "reset_at": NOW}, State.RESET),
        ({**OWN, "locked_at": NOW}, State.LOCKED),
        ({**OWN, "locked_at": NOW, "locked_until": NOW + timedelta(hours=24)}, State.LOCKED),
        ({**OWN, "locked_at": NOW - timedelta(days=2), "locked_until": NOW}, State.ACTIVATED),
        ({"locked_at": NOW}, State.LOCKED),
        ({**OWN, "locked_at": NOW, "closed_at": NOW}, State.CLOSED),
    ],
)
def test_the_dates_of_an_account_tell_its_state(known: dict[str, object], state: State) -> None:
    account = PupilAccountFactory(**known)

    assert state_of(account, NOW) is state


def test_the_state_costs_no_query_once_the_provisional_password_is_selected(django_assert_num_queries) -> None:
    account = PupilAccountFactory()
    provisional.issue([account.pk], purpose=Purpose.ACTIVATION, batch="campaign:1", now=NOW)
    found = Account.objects.select_related("provisional").get(pk=account.pk)

    with django_assert_num_queries(0):
        state = state_of(found, NOW)

    assert state is State.NOTIFIED


def test_each_state_has_its_french_label() -> None:
    assert [state.label for state in State] == [
        "Non notifié",
        "Notifié",
        "Notification expirée",
        "Activé",
        "Mot de passe réinitialisé",
        "Bloqué",
        "Désactivé",
    ]


def test_each_state_says_what_may_follow() -> None:
    assert set(TRANSITIONS) == set(State)
    assert all(State.CLOSED in after for state, after in TRANSITIONS.items() if state is not State.CLOSED)
