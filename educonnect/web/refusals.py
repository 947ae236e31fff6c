"""The French sentence of each refusal: what happened, the cure first, and who can help."""

from datetime import datetime, timedelta
from math import ceil

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from educonnect.delegation.mandate import OutOfMandate
from educonnect.errors import Refusal
from educonnect.federation.errors import (
    AccountGone,
    MetadataRefused,
    PopulationNotServed,
    ProviderSuspended,
    UnknownAttribute,
    UnknownProvider,
)
from educonnect.population.errors import MassDeparture, OlderExport, UnknownSchool
from educonnect.web.forms import Form

SENTENCES: dict[type[Refusal], Promise] = {
    OutOfMandate: _("Cette action n’est pas dans vos droits, ou cet établissement n’existe pas."),
    UnknownSchool: _("Cet établissement n’est pas connu. Vérifiez son code UAI, puis recommencez."),
    OlderExport: _(
        "Un export plus récent de cet établissement a déjà été importé. Faites un nouvel export, puis importez-le."
    ),
    MassDeparture: _(
        "Cet export retirerait une trop grande part des personnes de l’établissement : il est sans doute incomplet. "
        "Refaites l’export ; s’il est exact, demandez à l’exploitant de confirmer l’import."
    ),
    PopulationNotServed: _("Ce service n’est pas ouvert à votre type de compte."),
    AccountGone: _("Votre connexion a pris fin. Connectez-vous de nouveau."),
    ProviderSuspended: _("Ce service n’est pas relié à ÉduConnect pour le moment. Réessayez plus tard."),
    UnknownProvider: _("Aucun service de ce nom n’est relié à ÉduConnect. Vérifiez son identifiant."),
    UnknownAttribute: _("Cet attribut, ce public ou ce contrat n’existe pas. Vérifiez son nom."),
    MetadataRefused: _("Ces métadonnées ne peuvent pas être acceptées. Demandez-en d’autres au service."),
}


#: The field a refusal is about, where the form has it; otherwise it stands above the form.
FIELDS: dict[type[Refusal], str] = {}
#: Answers that other programs read by their status; every other refusal is an ordinary page.
STATUSES: dict[type[Refusal], int] = {}


def sentence(refusal: Refusal) -> str:
    """The sentence shown to the person, in the page's language, with what the refusal knows (a wait, tries left)."""
    words = str(SENTENCES[type(refusal)])
    values = {name: worded(value) for name, value in vars(refusal).items()}
    return words % values if values else words


def worded(value: object) -> object:
    """A value as a sentence says it: « 3 minutes », « mardi 24 novembre à 10 h 12 »."""
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "l j F à G \\h i")
    return value


def duration(wait: timedelta) -> str:
    """A wait in whole units, rounded up: nobody comes back too early."""
    seconds = max(1, ceil(wait.total_seconds()))
    if seconds < 60:
        return ngettext("%(count)d seconde", "%(count)d secondes", seconds) % {"count": seconds}
    minutes = ceil(seconds / 60)
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = ceil(minutes / 60)
    return ngettext("%(count)d heure", "%(count)d heures", hours) % {"count": hours}


def explain(refusal: Refusal, form: Form) -> None:
    """Put the refusal's sentence where the reader finds it: in the summary, and beside the field it is about.

    Also keeps its reference for the help desk, and the status of the page.
    """
    field = next((name for kind, name in FIELDS.items() if isinstance(refusal, kind) and name in form.fields), None)
    form.add_error(field, sentence(refusal))
    form.reference = refusal.code
    form.status = next((status for kind, status in STATUSES.items() if isinstance(refusal, kind)), 200)
