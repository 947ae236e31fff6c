"""Erase accounts; whoever comes back has a new one, and a username is never given twice."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from educonnect.accounts import closing
from educonnect.accounts.models import Account, OneTimeLink, ProvisionalPassword

_GONE = f"""
SELECT a.id FROM accounts_account a WHERE a.closed_at <= %(closed)s AND a.merged_into_id IS NULL AND (
  (a.kind = 'pupil' AND NOT {closing.PUPIL_THERE} AND {closing.PUPIL_LEFT_ON} < %(left)s)
  OR (a.kind = 'guardian' AND NOT {closing.GUARDIAN_THERE} AND {closing.GUARDIAN_LEFT_ON} < %(left)s))
"""  # noqa: S608 - constants


def gone(*, left_before: date, closed_before: datetime) -> QuerySet[Account]:
    """Closed accounts of people who left before a day and whose account was closed before an instant.

    One that joined another goes with it: its holder is still there, and may read what services learnt through it.
    """
    values = {"zone": timezone.get_default_timezone_name(), "left": left_before, "closed": closed_before}
    return Account.objects.filter(pk__in=_named(_GONE, values))


def _named(statement: str, values: dict[str, object]) -> RawSQL:
    """A subquery for the ORM, which knows parameters by their place only."""
    order: list[object] = []

    class Placed(dict[str, object]):
        def __missing__(self, name: str) -> str:
            order.append(values[name])
            return "%s"

    return RawSQL(statement % Placed(), order)  # noqa: S611 - constants


def links_past(before: datetime) -> QuerySet[OneTimeLink]:
    """Links of e-mails whose limit passed before that instant, used or not."""
    return OneTimeLink.objects.filter(expires_at__lt=before)


def provisional_past(before: datetime) -> QuerySet[ProvisionalPassword]:
    """Provisional passwords whose limit passed before that instant: an account without one is « expirée » all the
    same, and one that was reset still is."""
    return ProvisionalPassword.objects.filter(expires_at__lt=before)


def addresses_of(accounts: Iterable[int]) -> set[str]:
    """Every e-mail address these accounts and their holders are known by."""
    chosen = list(accounts)
    rows = Account.objects.filter(pk__in=chosen).values_list("email", "email_to_confirm", "guardian__email")
    found = {address for row in rows for address in row if address}
    return found | set(OneTimeLink.objects.filter(account__in=chosen).exclude(email="").values_list("email", flat=True))


def erase(accounts: Iterable[int]) -> int:
    """Erase accounts with all that hangs on them (letters' digests, links, sessions, releases); how many."""
    return Account.objects.filter(pk__in=list(accounts)).delete()[1].get("accounts.Account", 0)
