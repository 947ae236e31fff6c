"""Providers for tests."""

from datetime import UTC, datetime

import factory

from educonnect.federation.models import Protocol, Provider
from educonnect.federation.rules import PROFILES

ADDED = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)


class ProviderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Provider

    class Params:
        pass_culture = factory.Trait(
            attributes=list(PROFILES["pass-culture"].attributes),
            guardian_attributes=list(PROFILES["pass-culture"].guardian_attributes),
            national=True,
            certifies_identity=True,
        )

    identifier = factory.Sequence(lambda n: f"https://service{n}.example/metadata")
    protocol = Protocol.SAML
    name = "Service fictif"
    populations = ["pupil", "guardian"]
    added_at = ADDED
    changed_at = ADDED
