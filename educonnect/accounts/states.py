"""The state of an account, as staff read it, and which state may follow which."""

from collections.abc import Mapping
from datetime import datetime

from django.db import models

from educonnect.accounts import rules
from educonnect.accounts.models import Account, ProvisionalPassword


class State(models.TextChoices):
    """Seven states shown to staff; the statistics know three buckets only (`models.Stage`)."""

    OPENED = "opened", "Non notifié"
    NOTIFIED = "notified", "Notifié"
    EXPIRED = "expired", "Notification expirée"
    ACTIVATED = "activated", "Activé"
    RESET = "reset", "Mot de passe réinitialisé"
    LOCKED = "locked", "Bloqué"
    CLOSED = "closed", "Désactivé"


#: From a state, those one gesture or the passing of time may lead to. Unlocking or reopening leads back to the state
#: the account's dates tell. Source: decision 0035, after the public guides for schools.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.OPENED: frozenset({State.NOTIFIED, State.LOCKED, State.CLOSED}),
    State.NOTIFIED: frozenset({State.NOTIFIED, State.EXPIRED, State.ACTIVATED, State.LOCKED, State.CLOSED}),
    State.EXPIRED: frozenset({State.NOTIFIED, State.ACTIVATED, State.LOCKED, State.CLOSED}),
    State.ACTIVATED: frozenset({State.RESET, State.LOCKED, State.CLOSED}),
    State.RESET: frozenset({State.ACTIVATED, State.RESET, State.LOCKED, State.CLOSED}),
    State.LOCKED: frozenset(State) - {State.LOCKED},
    State.CLOSED: frozenset(State) - {State.CLOSED},
}


def state_of(account: Account, now: datetime) -> State:
    """The state of an account at an instant.

    Costs no query when `provisional` was selected with the account (`select_related("provisional")`).
    """
    if account.closed_at is not None:
        return State.CLOSED
    if rules.is_locked(account.locked_at, account.locked_until, now):
        return State.LOCKED
    if account.activated_at is not None:
        return State.ACTIVATED if account.reset_at is None else State.RESET
    if account.notified_at is None:
        return State.OPENED
    provisional = provisional_of(account)
    return State.EXPIRED if provisional is None or provisional.expires_at <= now else State.NOTIFIED


def provisional_of(account: Account) -> ProvisionalPassword | None:
    """The letter's password in force, or None when none was issued or its use is over."""
    return getattr(account, "provisional", None)
