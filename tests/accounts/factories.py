"""Accounts in each state, for tests."""

import secrets
from datetime import UTC, datetime

import factory

from educonnect.accounts.models import Account, Kind
from tests.population.factories import GuardianFactory, PupilFactory

OPENED = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)


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
