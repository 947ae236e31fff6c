"""Who may ask, and what each may receive."""

import dataclasses

import pytest

from educonnect.delegation.mandate import OutOfMandate, operator_mandate
from educonnect.delegation.rules import Right
from educonnect.federation import providers
from educonnect.federation.catalogue import CATALOGUE
from educonnect.federation.errors import ProviderSuspended, UnknownAttribute, UnknownProvider
from educonnect.federation.models import Provider
from educonnect.federation.providers import Described
from educonnect.federation.rules import PROFILES
from educonnect.journal.models import Entry

pytestmark = pytest.mark.django_db
SERVICE = Described(identifier="https://service.example/metadata", protocol="saml", name="Service fictif")


def test_the_default_receives_an_opaque_identifier_alone() -> None:
    provider = providers.register(operator_mandate(), SERVICE)

    assert (provider.attributes, provider.national, provider.certifies_identity) == ([], False, False)
    assert provider.populations == ["pupil", "guardian"]


def test_a_profile_gives_its_approved_contract() -> None:
    provider = providers.register(operator_mandate(), SERVICE, profile="pass-culture")

    assert tuple(provider.attributes) == PROFILES["pass-culture"].attributes
    assert provider.national
    assert provider.certifies_identity


@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_names_attributes_of_the_catalogue(profile: str) -> None:
    contract = PROFILES[profile]

    assert {*contract.attributes, *contract.guardian_attributes} <= set(CATALOGUE)
    assert all("guardian" in CATALOGUE[key].holders for key in contract.guardian_attributes)


@pytest.mark.parametrize(
    "wrong", [{"attributes": ["shoe_size"]}, {"populations": ["staff"]}, {"profile": "never-heard-of"}]
)
def test_what_does_not_exist_is_not_registered(wrong: dict[str, object]) -> None:
    with pytest.raises(UnknownAttribute):
        providers.register(operator_mandate(), SERVICE, **wrong)

    assert not Provider.objects.exists()


def test_only_an_operator_registers_and_suspends() -> None:
    head = dataclasses.replace(operator_mandate(), actor="staff:1", right=Right.ADMINISTRATION)

    with pytest.raises(OutOfMandate):
        providers.register(head, SERVICE)
    with pytest.raises(OutOfMandate):
        providers.suspend(head, SERVICE.identifier)


def test_registering_again_changes_the_same_provider_at_once() -> None:
    first = providers.register(operator_mandate(), SERVICE)
    providers.find(SERVICE.identifier, "saml")

    second = providers.register(operator_mandate(), SERVICE, attributes=["birthdate"])

    assert first.pk == second.pk
    assert providers.find(SERVICE.identifier, "saml").attributes == ["birthdate"]


def test_a_suspended_provider_is_found_no_more_until_it_is_registered_again() -> None:
    providers.register(operator_mandate(), SERVICE)
    providers.find(SERVICE.identifier, "saml")

    providers.suspend(operator_mandate(), SERVICE.identifier)

    with pytest.raises(ProviderSuspended):
        providers.find(SERVICE.identifier, "saml")
    providers.register(operator_mandate(), SERVICE)
    assert providers.find(SERVICE.identifier, "saml").identifier == SERVICE.identifier


def test_what_another_process_suspends_holds_here_within_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(providers.time, "monotonic", lambda: clock[0])
    providers.register(operator_mandate(), SERVICE)
    providers.find(SERVICE.identifier, "saml")
    Provider.objects.update(suspended_at=Provider.objects.get().added_at)

    clock[0] += 2.1

    with pytest.raises(ProviderSuspended):
        providers.find(SERVICE.identifier, "saml")


def test_a_provider_at_hand_costs_no_statement(django_assert_num_queries) -> None:
    providers.register(operator_mandate(), SERVICE)
    providers.find(SERVICE.identifier, "saml")

    with django_assert_num_queries(0):
        providers.find(SERVICE.identifier, "saml")


@pytest.mark.parametrize("asked", [("https://other.example", "saml"), (SERVICE.identifier, "oidc")])
def test_a_provider_of_another_name_or_protocol_is_unknown(asked: tuple[str, str]) -> None:
    providers.register(operator_mandate(), SERVICE)

    with pytest.raises(UnknownProvider):
        providers.find(*asked)


def test_registering_and_suspending_are_journalled() -> None:
    providers.register(operator_mandate(), SERVICE)
    providers.suspend(operator_mandate(), SERVICE.identifier)

    assert list(Entry.objects.order_by("id").values_list("event", "actor")) == [
        ("provider.added", "operator:command-line"),
        ("provider.suspended", "operator:command-line"),
    ]


def test_suspending_an_unknown_provider_says_so() -> None:
    with pytest.raises(UnknownProvider):
        providers.suspend(operator_mandate(), "https://nobody.example")
