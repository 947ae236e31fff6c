"""Who is told of an alert, and in which words: the name of whom it is about, and nobody else's."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from educonnect.accounts.notices import moment, worded
from educonnect.delegation.mandate import OutOfMandate, mandate_for
from educonnect.delegation.models import Delegation, Function, Post
from educonnect.delegation.rules import Right
from educonnect.messaging.sending import send_email
from educonnect.oversight import names
from educonnect.oversight.models import Alert
from educonnect.oversight.rules import Cause
from educonnect.staff.models import Staff


def tell(alert: Alert, *, wave: int, now: datetime) -> None:
    """Have a message leave to each of those who answer for the place, never to whom it is about.

    Args:
        wave: the first alert of the same person and cause within the hour: nobody is written to twice for one.
    """
    with override("fr"):
        for person in told(alert, now=now):
            send_email(
                key=f"alert:{wave}:{person.pk}",
                to=person.email,
                subject=_("ÉduConnect : une activité inhabituelle à vérifier"),
                body=worded(
                    _("%(when)s, %(who)s %(what)s %(where)s.")
                    % {
                        "when": moment(now).capitalize(),
                        "who": names.staff_name(alert.staff_id),
                        "what": what(alert),
                        "where": _where(alert),
                    },
                    _("C’est peut-être son travail. C’est peut-être aussi quelqu’un qui se sert de son compte."),
                    _(
                        "Connectez-vous à ÉduConnect (%(site)s) : l’alerte est sur votre page d’accueil. Vous pouvez y "
                        "suspendre ses droits tout de suite, ou dire que vous avez vérifié."
                    )
                    % {"site": settings.BASE_URL},
                ),
            )


def told(alert: Alert, *, now: datetime) -> list[Staff]:
    """Who may read it and has an address: those of the school who give rights, and the académie's.

    A head alone is never the only one to know: the académie is told of a school's alerts, the nation of an académie's,
    and whoever stands above is where nobody stands between.
    """
    numbers: set[int] = _heads(alert, now) if alert.school_id else set()
    above = _holders(Q(function=Function.ACADEMIE, academie=alert.academie), now) if alert.academie else set()
    others = {*above} - {alert.staff_id}
    if not alert.school_id or not others:
        above |= _holders(Q(function=Function.NATION), now)
    numbers |= above
    numbers.discard(alert.staff_id)
    return list(Staff.objects.filter(pk__in=numbers, closed_at__isnull=True).exclude(email="").order_by("pk"))


def what(alert: Alert) -> str:
    """What was done, after the person's name."""
    words = {
        Cause.FILES: _("a pris %(count)d fichiers de lettres en moins d’une heure"),
        Cause.RESETS: _("a remplacé %(count)d mots de passe en moins d’une heure"),
        Cause.ROWS: _("a consulté, exporté ou changé %(count)d comptes en moins d’une heure"),
        Cause.REFUSED: _("a demandé %(count)d pages hors de ses droits en moins d’une heure"),
    }
    return words[Cause(alert.cause)] % {"count": alert.count}


def _where(alert: Alert) -> str:
    if alert.school is not None:
        return _("(établissement %(school)s)") % {"school": alert.school.name or alert.school.pk}
    return _("(académie)") if alert.academie else _("(équipe nationale)")


def _heads(alert: Alert, now: datetime) -> set[int]:
    """Those of the school who may give rights, hence read alerts."""
    uai = str(alert.school_id)
    named = set(_live(now).filter(school=uai, function=Function.HEAD).values_list("staff", flat=True))
    given = Delegation.objects.filter(school=uai, as_head=True, withdrawn_at__isnull=True)
    found = set()
    for staff_id in sorted(named | set(given.values_list("staff", flat=True))):
        try:
            mandate_for(staff_id, Right.DELEGATION, uai=uai, now=now)
        except OutOfMandate:
            continue
        found.add(staff_id)
    return found


def _holders(of: Q, now: datetime) -> set[int]:
    return set(_live(now).filter(of).values_list("staff", flat=True))


def _live(now: datetime) -> QuerySet[Post]:
    today = timezone.localdate(now)
    return Post.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today), starts_on__lte=today, ended_at__isnull=True
    )
