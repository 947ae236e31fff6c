"""Forget what imports did long ago."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from educonnect.imports.models import Run
from educonnect.privacy import retention, rules


def register() -> None:
    """Have the retention job forget the counts of old imports."""
    retention.register("import-runs", retention.Rows(_("comptes rendus d’import"), _past))


def _past(now: datetime) -> QuerySet[Run]:
    return Run.objects.filter(at__lt=rules.months_before(now, rules.RUN_MONTHS))
