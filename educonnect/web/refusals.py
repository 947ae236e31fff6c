"""The French sentence of each refusal: what happened, the cure first, and who can help."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from educonnect.delegation.mandate import OutOfMandate
from educonnect.errors import Refusal

SENTENCES: dict[type[Refusal], Promise] = {
    OutOfMandate: _("Cette action n’est pas dans vos droits, ou cet établissement n’existe pas."),
}


def sentence(refusal: Refusal) -> str:
    """The sentence shown to the person, in the page's language."""
    return str(SENTENCES[type(refusal)])
