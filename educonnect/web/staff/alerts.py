"""« Alertes »: what somebody did too much of; one button suspends their rights, another says that it was seen to."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from educonnect.delegation import suspending
from educonnect.delegation.mandate import Mandate
from educonnect.delegation.rules import Right
from educonnect.oversight import alerts as oversight
from educonnect.oversight import names, warning
from educonnect.oversight.models import Alert
from educonnect.sessions import sso
from educonnect.web.staff import here, wording
from educonnect.web.staff.door import mandated

#: The number of an alert that an address may hold.
MOST = 2**53


@mandated(Right.DELEGATION)
@require_safe
def alerts(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    """Those that wait, then those that were seen."""
    rows = [(one, wording.alert(one), here.at(mandate, "alert", one.pk)) for one in oversight.all_for(mandate)]
    context = {
        "waiting": [row for row in rows if row[0].seen_at is None],
        "seen": [row for row in rows if row[0].seen_at is not None],
    }
    return render(request, "staff/alerts.html", context)


@mandated(Right.DELEGATION)
@require_safe
def alert(request: HttpRequest, mandate: Mandate, alert_id: int) -> HttpResponse:
    """What was done, by whom, when, how many; and what may be done about it."""
    return render(request, "staff/alert.html", _shown(mandate, _found(mandate, alert_id)))


@mandated(Right.DELEGATION)
@require_POST
def see(request: HttpRequest, mandate: Mandate, alert_id: int) -> HttpResponse:
    """Say that it was seen to."""
    oversight.see(mandate, _found(mandate, alert_id).pk, now=timezone.now())
    return sso.SeeOther(here.at(mandate, "alert", alert_id))


def _found(mandate: Mandate, alert_id: int) -> Alert:
    if alert_id > MOST:
        raise Http404
    return oversight.find(mandate, alert_id)


def _shown(mandate: Mandate, one: Alert) -> dict[str, Any]:
    """What each page of one alert says."""
    stopped = suspending.suspended(mandate).filter(staff=one.staff_id).first()
    within = suspending.reached(mandate, now=timezone.now()).filter(pk=one.staff_id).exists()
    seer = one.seen_by.removeprefix("staff:")
    scope = mandate.scope
    return {
        "alert": one,
        "cause": wording.alert(one),
        "person": names.staff_name(one.staff_id),
        "what": warning.what(one),
        "stopped": stopped,
        "suspendable": within and stopped is None,
        "seen_by": names.staff_name(int(seer)) if seer.isdigit() else "",
        "list": here.at(mandate, "alerts"),
        "suspend": here.at(mandate, "suspend", one.staff_id),
        "restore": here.at(mandate, "restore", one.staff_id),
        "see": here.at(mandate, "alert-see", one.pk),
        "journal": f"{here.at(mandate, 'journal')}?par={one.staff_id}" if scope.uai or scope.academie else "",
    }
