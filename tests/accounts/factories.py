"""Accounts in each state, for tests."""

import secrets
from datetime import UTC, datetime

import factory

from educonnect.accounts import passwords, provisional
from educonnect.accounts.models import Account, Kind, Purpose
from tests.population.factories import GuardianFactory, PupilFactory

OPENED = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
OWN_PASSWORD = "quatre hérons boivent du thé"


class PupilAccountFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Account

    kind = Kind.PUPIL
    pupil = factory.SubFactory(PupilFactory)
    username = factory.Sequence(lambda n: f"c.duverger{n + 1}")
    educonnect_id = factory.LazyFunction(lambda: secrets.token_hex(48))
    opened_at = OPENED


class GuardianAccountFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Account

    kind = Kind.GUARDIAN
    guardian = factory.SubFactory(GuardianFactory)
    username = factory.Sequence(lambda n: f"m.duverger{n + 1}")
    educonnect_id = factory.LazyFunction(lambda: secrets.token_hex(48))
    opened_at = OPENED


def with_letter(account: Account, now: datetime, purpose: Purpose = Purpose.ACTIVATION) -> str:
    """Notify the account, or reset it; the clear symbols of its letter."""
    return provisional.issue([account.pk], purpose=purpose, batch="campaign:1", now=now)[account.pk]


def activate(account: Account, password: str = OWN_PASSWORD, now: datetime = OPENED) -> Account:
    """The account with an own password, as if its holder had activated it."""
    Account.objects.filter(pk=account.pk).update(
        notified_at=now, activated_at=now, password=passwords.hashed(password), password_changed_at=now
    )
    account.refresh_from_db()
    return account
