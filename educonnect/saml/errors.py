"""Why a request is not answered: on a page of ours, or by a status told to the service that asked."""

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STATUS = "urn:oasis:names:tc:SAML:2.0:status:"


@dataclass(frozen=True, slots=True)
class Explained:
    """What the person reads. `code` is printed small, for the help desk."""

    code: str
    sentence: Promise


_BROKEN = _(
    "La demande de ce service est mal formée. Ce n’est pas de votre faute : le service doit corriger sa configuration."
)
_UNPROVEN = _(
    "Nous ne pouvons pas vérifier que cette demande vient bien du service. Ce n’est pas de votre faute : "
    "le service doit corriger sa configuration."
)
_AGAIN = _("Retournez sur le site ou l’application du service, puis cliquez de nouveau sur le bouton ÉduConnect.")


class Reason(Enum):
    """Each ground on which a request gets a page instead of an answer. The value is what the journal keeps."""

    NO_REQUEST = "no-request"
    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    DOCTYPE = "doctype"
    AMBIGUOUS = "ambiguous"
    VERSION = "version"
    UNKNOWN_PROVIDER = "unknown-provider"
    SUSPENDED_PROVIDER = "suspended-provider"
    UNSIGNED = "unsigned"
    BAD_SIGNATURE = "bad-signature"
    WEAK_ALGORITHM = "weak-algorithm"
    WRONG_DESTINATION = "wrong-destination"
    EXPIRED = "expired"
    FROM_THE_FUTURE = "from-the-future"
    REPLAYED = "replayed"
    UNKNOWN_ACS = "unknown-acs"
    UNSUPPORTED_BINDING = "unsupported-binding"
    NO_LONGER_WAITING = "no-longer-waiting"
    ANOTHER_PERSON = "another-person"
    NOT_SERVED = "not-served"
    NOT_UNSOLICITED = "not-unsolicited"
    UNEXPECTED_ANSWER = "unexpected-answer"


PAGES: dict[Reason, Explained] = {
    Reason.NO_REQUEST: Explained("E-6101", _AGAIN),
    Reason.MALFORMED: Explained("E-6102", _BROKEN),
    Reason.TOO_LARGE: Explained("E-6103", _BROKEN),
    Reason.DOCTYPE: Explained("E-6104", _BROKEN),
    Reason.AMBIGUOUS: Explained("E-6105", _BROKEN),
    Reason.VERSION: Explained("E-6106", _BROKEN),
    Reason.UNKNOWN_PROVIDER: Explained(
        "E-6107",
        _(
            "Ce service n’est pas relié à ÉduConnect. Ce n’est pas de votre faute : vérifiez que vous êtes sur le "
            "bon site, ou signalez-le au service."
        ),
    ),
    Reason.SUSPENDED_PROVIDER: Explained(
        "E-6108", _("Ce service n’est pas relié à ÉduConnect pour le moment. Réessayez plus tard.")
    ),
    Reason.UNSIGNED: Explained("E-6109", _UNPROVEN),
    Reason.BAD_SIGNATURE: Explained("E-6110", _UNPROVEN),
    Reason.WEAK_ALGORITHM: Explained("E-6111", _UNPROVEN),
    Reason.WRONG_DESTINATION: Explained("E-6112", _BROKEN),
    Reason.EXPIRED: Explained("E-6113", _AGAIN),
    Reason.FROM_THE_FUTURE: Explained(
        "E-6114",
        _(
            "L’horloge de ce service est en avance. Ce n’est pas de votre faute : réessayez dans quelques minutes, "
            "ou signalez-le au service."
        ),
    ),
    Reason.REPLAYED: Explained("E-6115", _AGAIN),
    Reason.UNKNOWN_ACS: Explained("E-6116", _UNPROVEN),
    Reason.UNSUPPORTED_BINDING: Explained("E-6117", _BROKEN),
    Reason.NO_LONGER_WAITING: Explained("E-6118", _AGAIN),
    Reason.ANOTHER_PERSON: Explained(
        "E-6119",
        _(
            "Cette demande a été commencée par une autre personne sur cet appareil. Retournez sur le site ou "
            "l’application du service, puis cliquez de nouveau sur le bouton ÉduConnect."
        ),
    ),
    Reason.NOT_SERVED: Explained(
        "E-6120",
        _(
            "Ce service n’est pas ouvert à votre type de compte. Si un autre compte ÉduConnect est le vôtre, "
            "déconnectez-vous, puis recommencez avec lui."
        ),
    ),
    Reason.NOT_UNSOLICITED: Explained(
        "E-6121",
        _("Ce service ne s’ouvre pas par ce lien. Allez sur son site ou son application, et cliquez sur ÉduConnect."),
    ),
    Reason.UNEXPECTED_ANSWER: Explained(
        "E-6122", _("Nous n’attendions pas cette réponse, ou nous l’avons déjà reçue.")
    ),
}


class RequestRefused(Exception):
    """The request gets a page of ours: nothing in it may be trusted enough to answer to.

    Attributes:
        provider_id: of the service it says it comes from, where that is known.
    """

    def __init__(self, reason: Reason, provider_id: int | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.provider_id = provider_id


class Declined(Exception):
    """The request is the service's, and cannot be met: a Response without assertion says why.

    Attributes:
        top: `Requester` or `Responder`. second: such as `NoPassive`.

    Source: SAML Core 3.2.2.2.
    """

    def __init__(self, top: str, second: str) -> None:
        super().__init__(second)
        self.top = top
        self.second = second
