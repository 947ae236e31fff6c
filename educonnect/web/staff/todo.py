"""What is to be done in a place, on its first page: each line leads there in one click."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from educonnect.delegation import granting, waiting
from educonnect.delegation.mandate import Mandate
from educonnect.delegation.rules import Right
from educonnect.oversight import alerts as oversight
from educonnect.oversight import names
from educonnect.web.staff import here, wording
from educonnect.web.staff.places import Place


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do.

    Attributes:
        address: where it is done; empty where nothing is to be clicked.
        tone: of its notice: info, warning, danger.
    """

    words: str
    address: str = ""
    tone: str = "info"


def rights_and_invitations(mandate: Mandate, place: Place) -> list[Task]:
    """Rights that end soon, people who have not come yet; for whoever gives rights."""
    if mandate.right != Right.DELEGATION:
        return []
    found = waiting.waits(mandate, now=timezone.now())
    desk = place.page(school="staff:delegations")
    words = [
        found.ending
        and ngettext(
            "%(n)d droit donné se termine dans les 30 jours.",
            "%(n)d droits donnés se terminent dans les 30 jours.",
            found.ending,
        )
        % {"n": found.ending},
        found.invited
        and ngettext(
            "%(n)d personne invitée n’est pas encore venue.",
            "%(n)d personnes invitées ne sont pas encore venues.",
            found.invited,
        )
        % {"n": found.invited},
    ]
    return [Task(text, desk) for text in words if text]


def alerts(mandate: Mandate, place: Place) -> list[Task]:
    """What somebody did too much of, for whoever answers for the place; an alert on oneself is for others."""
    if mandate.right != Right.DELEGATION:
        return []
    found = oversight.open_for(mandate)
    if not found:
        return []
    if len(found) > 1:
        words = _("%(n)d alertes à vérifier sur les gestes du personnel.") % {"n": len(found)}
        return [Task(words, here.at(mandate, "alerts"), "danger")]
    words = _("Alerte à vérifier : %(who)s, %(what)s.") % {
        "who": names.staff_name(found[0].staff_id),
        "what": wording.alert(found[0]),
    }
    return [Task(words, here.at(mandate, "alert", found[0].pk), "danger")]


def heads_who_wait(mandate: Mandate, place: Place) -> list[Task]:
    """Private schools whose head holds nothing until the académie grants it."""
    if mandate.right != Right.DELEGATION or not place.academie:
        return []
    count = granting.waiting(mandate, now=timezone.now())
    words = ngettext(
        "%(n)d établissement privé attend que vous accordiez un droit à sa direction.",
        "%(n)d établissements privés attendent que vous accordiez un droit à leur direction.",
        count,
    )
    return [Task(words % {"n": count}, place.page(academie="staff:academie-schools"))] if count else []


TASKS: tuple[Callable[[Mandate, Place], list[Task]], ...] = (alerts, rights_and_invitations, heads_who_wait)


def tasks(mandate: Mandate, place: Place) -> list[Task]:
    """All of them, in the order above."""
    return [task for each in TASKS for task in each(mandate, place)]
