"""What the journal and the alerts say, in plain words: the one home of these sentences."""

from collections.abc import Mapping
from datetime import date

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from educonnect.delegation.models import Function
from educonnect.delegation.rules import Right
from educonnect.journal.rules import Event
from educonnect.oversight.models import Alert
from educonnect.oversight.names import DELEGATE, On, Subject, Who, WhoKind
from educonnect.oversight.rules import Cause, Kind
from educonnect.oversight.trail import Line
from educonnect.schools.models import Audience
from educonnect.web.staff.rights import RIGHTS

#: What may be asked for.
KINDS: Mapping[Kind, Promise] = {
    Kind.LETTERS: _("Lettres et fichiers de mots de passe"),
    Kind.HELP: _("Dépannage : mots de passe, blocages"),
    Kind.BASE: _("Base élèves, comptes créés ou désactivés"),
    Kind.SETTINGS: _("Réglages"),
    Kind.RIGHTS: _("Droits du personnel"),
    Kind.WATCH: _("Alertes, exports, pages refusées"),
    Kind.ACCESS: _("Connexions et moyens de connexion"),
}

#: One sentence an event that staff may read; who acted and on whom stand beside it.
SENTENCES: Mapping[Event, Promise] = {
    Event.SCHOOL_IMPORTED: _("Base élèves importée, année %(year)s."),
    Event.IMPORT_REFUSED: _("Import de la base élèves refusé."),
    Event.ACCOUNT_OPENED: _("Compte créé."),
    Event.ACCOUNT_NOTIFIED: _("Lettre préparée, avec un mot de passe provisoire."),
    Event.ACCOUNT_ACTIVATED: _("Compte activé par son titulaire."),
    Event.ACCOUNT_RESET: _("Mot de passe remplacé par un mot de passe provisoire."),
    Event.ACCOUNT_LOCKED: _("Compte bloqué."),
    Event.ACCOUNT_UNLOCKED: _("Compte débloqué."),
    Event.ACCOUNT_CLOSED: _("Compte désactivé."),
    Event.ACCOUNT_REOPENED: _("Compte rouvert."),
    Event.CAMPAIGN_STARTED: _("Lettres demandées : %(total)s (%(audience)s)."),
    Event.CAMPAIGN_DONE: _("Lettres prêtes : %(letters)s."),
    Event.CAMPAIGN_CANCELLED: _("Lettres abandonnées : le droit de qui les demandait a pris fin avant."),
    Event.FILES_TAKEN: _("Fichier de lettres téléchargé. Il contient des mots de passe provisoires."),
    Event.FILES_DESTROYED: _("Fichier de lettres détruit, son délai étant passé."),
    Event.PORTAL_SET: _("Adresse imprimée sur les lettres changée."),
    Event.PORTAL_VERIFIED: _("Adresse imprimée sur les lettres vérifiée."),
    Event.CHILD_REFUSED: _("Un responsable a dit ne pas être celui d’un élève."),
    Event.REPORT_CONFIRMED: _("Lien entre un responsable et un élève retiré."),
    Event.REPORT_DISMISSED: _("Lien entre un responsable et un élève maintenu."),
    Event.STAFF_ADDED: _("Personne ajoutée au personnel."),
    Event.STAFF_CLOSED: _("Personne retirée du personnel."),
    Event.STAFF_INVITED: _("Invitation envoyée par e-mail."),
    Event.STAFF_BOUND: _("Invitation acceptée."),
    Event.POST_GIVEN: _("Fonction attribuée : %(function)s."),
    Event.POST_ENDED: _("Fonction terminée : %(function)s."),
    Event.DELEGATION_GIVEN: _("Droit donné : %(right)s, jusqu’au %(until)s."),
    Event.DELEGATION_EXTENDED: _("Fin d’un droit changée : %(until)s."),
    Event.DELEGATION_WITHDRAWN: _("Droit retiré : %(right)s."),
    Event.RIGHTS_SUSPENDED: _("Droits suspendus."),
    Event.RIGHTS_RESTORED: _("Droits rétablis."),
    Event.SCOPE_REFUSED: _("Page demandée hors de ses droits : refusée."),
    Event.ALERT_RAISED: _("Alerte : %(cause)s."),
    Event.ALERT_SEEN: _("Alerte vérifiée : %(cause)s."),
    Event.TRAIL_EXPORTED: _("Journal exporté."),
    Event.STAFF_SIGNED_IN: _("Connexion."),
    Event.STAFF_SIGN_IN_FAILED: _("Essai de connexion raté."),
    Event.STAFF_SIGNED_OUT: _("Déconnexion."),
    Event.STAFF_SESSIONS_ENDED: _("Connexions fermées à distance."),
    Event.STAFF_PASSWORD_CHANGED: _("Mot de passe choisi ou changé."),
    Event.STAFF_RECOVERY_SENT: _("Lien de mot de passe oublié envoyé."),
    Event.FACTOR_ADDED: _("Moyen de connexion ajouté."),
    Event.FACTOR_REMOVED: _("Moyen de connexion retiré."),
    Event.FACTOR_FAILED: _("Deuxième étape de connexion ratée."),
}

#: What an alert is about, in a few words.
CAUSES: Mapping[Cause, Promise] = {
    Cause.FILES: _("fichiers de mots de passe téléchargés en grand nombre"),
    Cause.RESETS: _("mots de passe remplacés en grand nombre"),
    Cause.ROWS: _("comptes consultés, exportés ou changés en grand nombre"),
    Cause.REFUSED: _("nombreuses pages demandées hors de ses droits"),
}
AUDIENCES: Mapping[str, Promise] = {Audience.PUPILS: _("élèves"), Audience.GUARDIANS: _("responsables")}


def sentence(line: Line) -> str:
    """What was done."""
    detail = line.detail
    year = detail.get("year")
    return str(SENTENCES[line.event]) % {
        "year": f"{year}-{year + 1}" if isinstance(year, int) else "–",
        "total": detail.get("total", "–"),
        "letters": detail.get("letters", "–"),
        "audience": AUDIENCES.get(str(detail.get("audience")), "–"),
        "right": _right(detail.get("right")),
        "until": _day(detail.get("until")),
        "function": _function(str(detail.get("function", ""))),
        "cause": _cause(str(detail.get("cause", ""))),
    }


def who(one: Who) -> str:
    """Who acted: a name, or what acts without one."""
    if one.kind == WhoKind.STAFF:
        return one.name or _gettext("personne effacée")
    return {
        WhoKind.OPERATOR: _gettext("L’exploitant du service"),
        WhoKind.HOLDER: _gettext("Le titulaire du compte"),
        WhoKind.SYSTEM: _gettext("ÉduConnect, automatiquement"),
    }[one.kind]


def post(one: Who) -> str:
    """What they are there for; empty where it is not known."""
    if one.post == DELEGATE:
        return _gettext("par délégation")
    return _function(one.post) if one.post else ""


def on(line: Line) -> str:
    """On whom: a name in scope, or how many."""
    if line.count > 1:
        return ngettext("%(count)d compte", "%(count)d comptes", line.count) % {"count": line.count}
    return subject(line.on)


def subject(one: Subject) -> str:
    """One person, as far as the reader may know."""
    return {
        On.NOBODY: "–",
        On.ACCOUNT: one.name,
        On.STAFF: one.name,
        On.ERASED: _gettext("personne effacée"),
        On.OUTSIDE: _gettext("une personne qui n’est pas dans vos droits, ou n’y est plus"),
    }[one.is_]


def alert(one: Alert) -> str:
    """What an alert is about."""
    return _cause(one.cause)


def _cause(word: str) -> str:
    return str(CAUSES[Cause(word)]) if word in list(Cause) else "–"


def _right(word: object) -> str:
    return str(RIGHTS[Right(word)]) if word in {right.value for right in RIGHTS} else "–"


def _function(word: str) -> str:
    return str(Function(word).label) if word in Function.values else "–"


def _day(told: object) -> str:
    try:
        return date_format(date.fromisoformat(str(told)), "j F Y")
    except ValueError:
        return "–"
