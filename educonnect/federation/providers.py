"""Service providers: register, suspend, list; and the records each process keeps at hand."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from educonnect.accounts.models import Kind
from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.delegation.rules import Right
from educonnect.federation.catalogue import CATALOGUE
from educonnect.federation.errors import ProviderSuspended, UnknownAttribute, UnknownProvider
from educonnect.federation.models import Provider
from educonnect.federation.rules import PROFILES, PROVIDER_TRUSTED_FOR
from educonnect.journal.recording import record
from educonnect.journal.rules import Event


@dataclass(frozen=True, slots=True)
class Described:
    """What a protocol's metadata say of a provider; a wing makes it, `register` keeps it."""

    identifier: str
    protocol: str
    name: str
    metadata: str = ""
    home: str = ""
    options: Mapping[str, object] = field(default_factory=dict)


def register(
    mandate: Mandate,
    described: Described,
    *,
    profile: str = "",
    attributes: Iterable[str] | None = None,
    populations: Iterable[str] | None = None,
    name: str = "",
    home: str = "",
    certifies_identity: bool | None = None,
    options: Mapping[str, object] | None = None,
) -> Provider:
    """Let a service ask who people are, or change what it may learn; registering again lifts a suspension.

    Args:
        profile: the name of an approved contract; without one the service receives an opaque identifier alone.
        attributes: catalogue keys, instead of the profile's.
        populations: account kinds let in, instead of the profile's (default: both).
        options: of its protocol, over the profile's: `unsolicited`, `single_logout`, `name_id`, `encrypt`.

    Raises:
        Refusal: OutOfMandate for whoever is not an operator, UnknownAttribute.
    """
    if mandate.right is not Right.OPERATION:
        raise OutOfMandate
    contract = PROFILES.get(profile)
    if profile and contract is None:
        raise UnknownAttribute(profile)
    keys = list(attributes if attributes is not None else contract.attributes if contract else ())
    kinds = list(populations if populations is not None else contract.populations if contract else Kind.values)
    for unknown in [key for key in keys if key not in CATALOGUE] + [kind for kind in kinds if kind not in Kind.values]:
        raise UnknownAttribute(unknown)
    if certifies_identity is None:
        certifies_identity = contract is not None and contract.certifies_identity
    now = timezone.now()
    values = {
        "protocol": described.protocol,
        "name": name or described.name,
        "home": home or described.home,
        "attributes": keys,
        "guardian_attributes": list(contract.guardian_attributes) if contract and attributes is None else None,
        "populations": kinds,
        "national": contract is not None and contract.national,
        "certifies_identity": certifies_identity,
        "metadata": described.metadata,
        "options": {**(contract.options if contract else {}), **described.options, **(options or {})},
        "changed_at": now,
        "suspended_at": None,
    }
    with transaction.atomic():
        provider, _ = Provider.objects.update_or_create(
            identifier=described.identifier, defaults=values, create_defaults={**values, "added_at": now}
        )
        record(Event.PROVIDER_ADDED, actor=mandate.actor, provider_id=provider.pk, attributes=keys, populations=kinds)
    _known.pop(provider.identifier, None)
    return provider


def suspend(mandate: Mandate, identifier: str) -> Provider:
    """Answer this service no more, until it is registered again.

    Raises:
        Refusal: OutOfMandate for whoever is not an operator, UnknownProvider.
    """
    if mandate.right is not Right.OPERATION:
        raise OutOfMandate
    now = timezone.now()
    with transaction.atomic():
        provider = Provider.objects.select_for_update().filter(identifier=identifier).first()
        if provider is None:
            raise UnknownProvider
        provider.suspended_at = provider.suspended_at or now
        provider.changed_at = now
        provider.save(update_fields=["suspended_at", "changed_at"])
        record(Event.PROVIDER_SUSPENDED, actor=mandate.actor, provider_id=provider.pk)
    _known.pop(identifier, None)
    return provider


# --- the records at hand ------------------------------------------------------------------------------------------

_known: dict[str, tuple[float, Provider]] = {}


def find(identifier: str, protocol: str) -> Provider:
    """The provider of this name, from this process's records where they were read a moment ago.

    What another process changes or suspends holds here within `PROVIDER_TRUSTED_FOR` seconds.

    Raises:
        Refusal: UnknownProvider, ProviderSuspended.
    """
    read_at, provider = _known.get(identifier, (0.0, None))
    now = time.monotonic()
    if provider is None or now - read_at > PROVIDER_TRUSTED_FOR:
        provider = Provider.objects.filter(identifier=identifier, protocol=protocol).first()
        if provider is None:
            raise UnknownProvider
        _known[identifier] = (now, provider)
    if provider.protocol != protocol:
        raise UnknownProvider
    if provider.suspended_at is not None:
        raise ProviderSuspended
    return provider


def at_hand(pk: int) -> Provider:
    """The provider of this number, from this process's records where they were read a moment ago.

    It may be suspended: `release` says so.
    """
    now = time.monotonic()
    for read_at, provider in _known.values():
        if provider.pk == pk and now - read_at <= PROVIDER_TRUSTED_FOR:
            return provider
    provider = Provider.objects.get(pk=pk)
    _known[provider.identifier] = (now, provider)
    return provider


def forget() -> None:
    """Drop the records at hand: what a rolled-back transaction or a new database makes untrue."""
    _known.clear()


def leads_to_a_provider(address: str) -> bool:
    """Whether an address is at a registered provider's own site: same scheme, host and port as its home."""
    try:
        parts = urlsplit(address)
        plain = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None
    except ValueError:
        return False
    if not plain or not address.isascii() or not address.isprintable() or "\\" in address:
        return False
    site = f"{parts.scheme}://{parts.netloc}"
    at_home = Q(home=site) | Q(home__startswith=site + "/")
    return Provider.objects.filter(at_home, suspended_at__isnull=True).exists()
