"""Forget the connection log once its time is over."""

from datetime import datetime

from educonnect.journal import rules
from educonnect.journal.models import Connection


def forget_connections(now: datetime) -> int:
    """Delete the addresses and devices of sign-ins older than `rules.CONNECTION_LIFE`; how many."""
    old = Connection.objects.filter(at__lt=now - rules.CONNECTION_LIFE)
    deleted, _ = old.delete()  # no signal, nothing refers to it: one statement
    return deleted
