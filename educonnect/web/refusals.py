"""The French sentence of each refusal: what happened, the cure first, and who can help."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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


def sentence(refusal: Refusal) -> str:
    """The sentence shown to the person, in the page's language."""
    return str(SENTENCES[type(refusal)])
