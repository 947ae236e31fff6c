"""« Qui a reçu quoi »: what each service was told of a person, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.functional import Promise

from educonnect.accounts.models import Account
from educonnect.federation.catalogue import CATALOGUE
from educonnect.federation.models import Provider, Release
from educonnect.journal.reading import PAGE, Page, page


@dataclass(frozen=True, slots=True)
class Received:
    """All that one service was told.

    Attributes:
        keys: of the catalogue, in its order: whatever was told at least once.
    """

    provider: Provider
    keys: tuple[str, ...]
    times: int
    first: datetime
    last: datetime


def by_service(account_id: int) -> list[Received]:
    """Each service that ever was told something of the account's holder, the latest first; two statements."""
    theirs = of_holder(account_id)
    counted = theirs.values("provider").annotate(times=Count("pk"), first=Min("at"), last=Max("at"))
    told: dict[int, set[str]] = {}
    for provider_id, keys in theirs.values_list("provider", "attributes").distinct():
        told.setdefault(provider_id, set()).update(keys)
    providers = Provider.objects.in_bulk(told)
    return [
        Received(providers[one["provider"]], ordered(told[one["provider"]]), one["times"], one["first"], one["last"])
        for one in counted.order_by("-last", "provider")
        if one["provider"] in providers
    ]


def of_service(account_id: int, provider_id: int, *, after: int | None = None, size: int = PAGE) -> Page[Release]:
    """Each time one service was told something, newest first."""
    return page(of_holder(account_id).filter(provider=provider_id), after, size)


def of_holder(account_id: int) -> QuerySet[Release]:
    """What was told of somebody, by whichever of the accounts that became this one."""
    return Release.objects.filter(
        account__in=Account.objects.filter(Q(pk=account_id) | Q(merged_into=account_id)).values("pk")
    )


def ordered(keys: Sequence[str] | set[str]) -> tuple[str, ...]:
    """Keys in the catalogue's order; one that the catalogue no longer has comes last."""
    known = [key for key in CATALOGUE if key in keys]
    return (*known, *sorted(set(keys) - set(known)))


def labels(keys: Sequence[str]) -> list[Promise | str]:
    """As their holder reads them."""
    return [CATALOGUE[key].label if key in CATALOGUE else key for key in ordered(keys)]
