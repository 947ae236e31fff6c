"""The pages of « Mon compte », in one place: a page that comes adds its line."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from educonnect.accounts.models import Kind
from educonnect.sessions.sso import Current


@dataclass(frozen=True, slots=True)
class Entry:
    """One page, and the kinds of account that have it."""

    label: Promise
    view: str
    kinds: tuple[Kind, ...] = (Kind.PUPIL, Kind.GUARDIAN)


ENTRIES = (
    Entry(_("Mes services"), "account:services"),
    Entry(_("Mes informations"), "account:home"),
    Entry(_("Mes enfants"), "account:children", (Kind.GUARDIAN,)),
    Entry(_("Mot de passe"), "account:password"),
    Entry(_("Adresse e-mail"), "account:email"),
    Entry(_("Appareils connectés"), "account:devices"),
    Entry(_("Historique"), "account:history"),
    Entry(_("Qui a reçu quoi"), "account:received"),
    Entry(_("Mes données"), "account:data"),
)


def entries(kind: str) -> tuple[Entry, ...]:
    """The pages that an account of this kind has."""
    return tuple(entry for entry in ENTRIES if kind in entry.kinds)


def pages(request: HttpRequest, who: Current | None) -> list[tuple[Promise, str, bool]]:
    """Label, address, and whether it is the page that is read."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    return [(entry.label, reverse(entry.view), entry.view == here) for entry in entries(who.kind if who else "")]
