"""Apply the published table: what a preview counts is what is then deleted, from the same queries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from educonnect.accounts import erasing as accounts
from educonnect.delegation import erasing as delegation
from educonnect.federation.models import Release
from educonnect.journal import purging
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.journal.trails import Trail
from educonnect.notification import erasing as notification
from educonnect.oversight import alerts
from educonnect.population import erasing as population
from educonnect.population.rules import school_year
from educonnect.privacy import erasure, rules


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would do now: how many rows, and the numbers of the first."""

    count: int
    sample: tuple[int, ...] = ()


class Procedure(Protocol):
    """How a rule is applied."""

    @property
    def label(self) -> Promise:
        """What an operator reads."""

    def preview(self, now: datetime) -> Preview: ...

    def apply(self, now: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows a query names, dealt with in chunks, each a transaction of its own: a killed job goes on where it was.

    Attributes:
        due: instant -> the rows whose time is over.
        deed: identifiers -> how many were dealt with; None: delete them.
    """

    label: Promise
    due: Callable[[datetime], QuerySet[Any]]
    deed: Callable[[Sequence[int]], int] | None = None

    def preview(self, now: datetime) -> Preview:
        """The same rows `apply` would take, counted."""
        due = self.due(now)
        return Preview(due.count(), tuple(due.order_by("pk").values_list("pk", flat=True)[: rules.SAMPLE]))

    def apply(self, now: datetime) -> int:
        """Deal with all of them; how many. Rows somebody else holds are left for the next night."""
        done, last = 0, 0
        while True:
            with transaction.atomic():
                rest = (
                    self.due(now).filter(pk__gt=last).order_by("pk").select_for_update(skip_locked=True, of=("self",))
                )
                taken = list(rest.values_list("pk", flat=True)[: rules.CHUNK])
                if not taken:
                    return done
                last = taken[-1]
                # read again under the lock: an import may have brought somebody back meanwhile
                still = list(self.due(now).filter(pk__in=taken).order_by("pk").values_list("pk", flat=True))
                done += self.deed(still) if self.deed else self._delete(still, now)

    def _delete(self, chosen: Sequence[int], now: datetime) -> int:
        model = self.due(now).model
        deleted: int = model._default_manager.filter(pk__in=chosen).delete()[1].get(model._meta.label, 0)
        return deleted


@dataclass(frozen=True, slots=True)
class _Journal:
    """Lines of the journal go by whole sealed batches, so that what is left stays verifiable."""

    label: Promise

    def preview(self, now: datetime) -> Preview:
        return Preview(purging.to_forget(Trail.ENTRY, _midnight(now, rules.JOURNAL_MONTHS)))

    def apply(self, now: datetime) -> int:
        return purging.forget_entries(_midnight(now, rules.JOURNAL_MONTHS))


def _midnight(now: datetime, months: int) -> datetime:
    day = timezone.localtime(rules.months_before(now, months))
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


def _past(query: Callable[[datetime], QuerySet[Any]], months: int) -> Callable[[datetime], QuerySet[Any]]:
    return lambda now: query(rules.months_before(now, months))


def _gone(query: Callable[..., QuerySet[Any]]) -> Callable[[datetime], QuerySet[Any]]:
    return lambda now: query(rules.left_before(timezone.localdate(now)))


def _accounts(now: datetime) -> QuerySet[Any]:
    return accounts.gone(
        left_before=rules.left_before(timezone.localdate(now)),
        closed_before=rules.months_before(now, rules.CLOSED_MONTHS),
    )


#: Rule -> how it is applied, in that order: rows first, then the people they hang on, so that none is counted twice.
#: What lies above adds its own in `register`.
PROCEDURES: dict[str, Procedure] = {
    "enrolments": Rows(_("scolarités passées"), _past(population.enrolments_past, rules.HISTORY_MONTHS)),
    "guardianships": Rows(_("liens passés"), _past(population.guardianships_past, rules.HISTORY_MONTHS)),
    "quarantine": Rows(
        _("fiches en attente d’années passées"),
        lambda now: population.quarantine_past(school_year(timezone.localdate(now))),
    ),
    "provisional": Rows(
        _("mots de passe provisoires périmés"), _past(accounts.provisional_past, rules.PROVISIONAL_MONTHS)
    ),
    "one-time-links": Rows(_("liens d’e-mails périmés"), _past(accounts.links_past, rules.LINK_MONTHS)),
    "campaigns": Rows(_("campagnes de notification"), _past(notification.campaigns_past, rules.CAMPAIGN_MONTHS)),
    "releases": Rows(
        _("diffusions aux services"),
        _past(lambda before: Release.objects.filter(at__lt=before), rules.RELEASE_MONTHS),
    ),
    "journal": _Journal(_("lignes du journal")),
    "alerts": Rows(_("alertes"), _past(alerts.past, rules.ALERT_MONTHS)),
    "staff-named": Rows(_("personnels nommés, jamais venus"), _past(delegation.named_past, rules.NAMED_MONTHS)),
    "accounts": Rows(_("comptes fermés, avec leurs titulaires"), _accounts, erasure.erase_accounts),
    "pupils": Rows(
        _("élèves sans compte, partis"),
        lambda now: _gone(population.pupils_gone)(now).filter(account__isnull=True),
        population.erase_pupils,
    ),
    "guardians": Rows(
        _("adultes sans compte, sans élève"),
        lambda now: _gone(population.guardians_gone)(now).filter(account__isnull=True),
        population.erase_guardians,
    ),
}


def register(key: str, procedure: Procedure) -> None:
    """Say how a rule of the table is applied to rows this package may not know."""
    PROCEDURES[key] = procedure


def preview(*, now: datetime) -> dict[str, Preview]:
    """What `apply` would do now, rule by rule; nothing is written."""
    return {key: procedure.preview(now) for key, procedure in PROCEDURES.items()}


def apply(*, now: datetime, actor: str = "system") -> dict[str, int]:
    """Apply the table; how many rows each rule dealt with. Twice changes nothing more."""
    done = {key: procedure.apply(now) for key, procedure in PROCEDURES.items()}
    record(Event.RETENTION_APPLIED, actor=actor, counts={key: count for key, count in done.items() if count})
    return done
