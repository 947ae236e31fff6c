"""What the trail says, in plain words: the one home of these sentences."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from educonnect.journal.models import Entry
from educonnect.journal.rules import Event

#: Outcome of a try, as the connection log keeps it -> words, and the tone of their badge.
OUTCOMES: Mapping[str, tuple[Promise, str]] = {
    "signed-in": (_("Connexion réussie"), "success"),
    "proved-again": (_("Mot de passe redemandé, et juste"), "success"),
    "letter": (_("Mot de passe provisoire de la lettre"), "success"),
    "wrong-pair": (_("Mot de passe faux"), "warning"),
    "refused": (_("Mot de passe juste, mais compte fermé à ce moment"), "warning"),
    "throttled": (_("Essai arrêté : trop d’essais à la suite"), "warning"),
}
OTHER_OUTCOME = (_("Autre essai"), "")

EVENTS: Mapping[str, Promise] = {
    Event.ACCOUNT_OPENED: _("Votre compte a été créé."),
    Event.ACCOUNT_NOTIFIED: _("Une lettre avec un mot de passe provisoire a été préparée."),
    Event.ACCOUNT_ACTIVATED: _("Le compte a été activé."),
    Event.ACCOUNT_RESET: _("Le mot de passe a été remplacé par un mot de passe provisoire."),
    Event.ACCOUNT_LOCKED: _("Le compte a été bloqué."),
    Event.ACCOUNT_UNLOCKED: _("Le compte a été débloqué."),
    Event.ACCOUNT_CLOSED: _("Le compte a été désactivé."),
    Event.ACCOUNT_REOPENED: _("Le compte a été rouvert."),
    Event.PASSWORD_CHANGED: _("Le mot de passe a été changé."),
    Event.EMAIL_DECLARED: _("Une adresse e-mail a été donnée."),
    Event.EMAIL_CONFIRMED: _("L’adresse e-mail a été confirmée."),
    Event.EMAIL_DROPPED: _("L’adresse e-mail à confirmer a été abandonnée."),
    Event.EMAIL_REMOVED: _("L’adresse e-mail a été retirée."),
    Event.RECOVERY_SENT: _("Un lien pour choisir un nouveau mot de passe a été envoyé par e-mail."),
    Event.RECOVERY_REFUSED: _("Un nouveau mot de passe a été demandé, sans lien possible."),
    Event.USERNAME_SENT: _("L’identifiant a été envoyé par e-mail."),
    Event.SIGNED_IN: _("Connexion."),
    Event.SIGN_IN_FAILED: _("Essai de connexion raté."),
    Event.LETTER_USED: _("Le mot de passe provisoire de la lettre a servi."),
    Event.SIGNED_OUT: _("Déconnexion."),
    Event.SESSIONS_ENDED: _("Des connexions ont été fermées à distance."),
    Event.THROTTLED: _("Trop d’essais ratés : les essais ont été ralentis."),
    Event.IDENTITY_RELEASED: _("Un service a reçu des données."),
    Event.REQUEST_REFUSED: _("La demande d’un service a été refusée."),
    Event.ACCOUNT_GROUPED: _("Deux comptes de la même personne ont été réunis."),
    Event.CHILD_REFUSED: _("Un responsable a dit ne pas être celui d’un élève."),
    Event.REPORT_CONFIRMED: _("L’établissement a retiré un lien entre un responsable et un élève."),
    Event.REPORT_DISMISSED: _("L’établissement a maintenu un lien entre un responsable et un élève."),
    Event.SERVICE_LEFT: _("Un service a été prévenu d’une déconnexion."),
    Event.DATA_EXPORTED: _("Toutes les données du compte ont été remises."),
}
OTHER_EVENT = _("Un changement a été noté.")

#: What other pages tell: sign-ins by the connection log, releases by « Qui a reçu quoi ».
TOLD_ELSEWHERE = (
    Event.SIGNED_IN,
    Event.SIGN_IN_FAILED,
    Event.LETTER_USED,
    Event.IDENTITY_RELEASED,
)


def outcome(kept: str) -> tuple[Promise, str]:
    """Words and tone."""
    return OUTCOMES.get(kept, OTHER_OUTCOME)


def event(entry: Entry) -> Promise:
    """What happened."""
    return EVENTS.get(entry.event, OTHER_EVENT)


def actor(entry: Entry) -> Promise:
    """Who did it, as far as its holder may know: a member of staff is the school."""
    kind = entry.actor.partition(":")[0]
    if entry.actor == f"account:{entry.account_id}":
        return _("Vous")
    if kind in {"staff", "operator"}:
        return _("Votre établissement, ou l’assistance")
    return _("ÉduConnect, automatiquement") if kind == "system" else _("Quelqu’un qui n’était pas connecté")
