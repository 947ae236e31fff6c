"""Why somebody who signs in elsewhere does not come in: on a page of ours, with what to do."""

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Explained:
    """What the person reads. `code` is printed small, for the help desk."""

    code: str
    sentence: Promise


class Reason(Enum):
    """Each ground. The value is what the journal keeps."""

    NOT_WAITING = "not-waiting"
    ANOTHER_ISSUER = "another-issuer"
    GIVEN_UP = "given-up"
    REFUSED = "refused"
    MISCONFIGURED = "misconfigured"
    DOWN = "down"
    UNREADABLE = "unreadable"
    CODE_OVER = "code-over"
    UNPROVEN = "unproven"
    TOO_LOW = "too-low"
    UNKNOWN_PERSON = "unknown-person"
    NOTHING_HERE = "nothing-here"
    INVITATION_OVER = "invitation-over"
    CLOSED = "closed"
    ANOTHER_PERSON = "another-person"


_AGAIN = _("Recommencez la connexion : celle-ci n’est plus en cours dans ce navigateur, ou elle a déjà servi.")
_UNPROVEN = _(
    "Prévenez l’exploitant d’ÉduConnect : la réponse reçue ne prouve pas qui vous êtes. Rien n’a été ouvert. "
    "Ce n’est pas de votre faute."
)
PAGES: dict[Reason, Explained] = {
    Reason.NOT_WAITING: Explained("E-8101", _AGAIN),
    Reason.ANOTHER_ISSUER: Explained("E-8102", _UNPROVEN),
    Reason.GIVEN_UP: Explained(
        "E-8103", _("Recommencez quand vous voulez : vous n’êtes pas allé au bout de la connexion. Rien n’a changé.")
    ),
    Reason.REFUSED: Explained(
        "E-8104",
        _(
            "Recommencez la connexion. Si le refus revient, donnez les codes ci-dessous à l’assistance de votre "
            "académie : c’est l’autre service qui n’a pas voulu vous identifier."
        ),
    ),
    Reason.MISCONFIGURED: Explained(
        "E-8105",
        _(
            "Prévenez l’exploitant d’ÉduConnect avec les codes ci-dessous : sa demande n’est pas acceptée par l’autre "
            "service. Ce n’est pas de votre faute."
        ),
    ),
    Reason.DOWN: Explained(
        "E-8106",
        _(
            "Réessayez dans quelques minutes : l’autre service ne répond pas. Les autres façons de se connecter "
            "marchent toujours, et les élèves et leurs responsables ne sont pas touchés."
        ),
    ),
    Reason.UNREADABLE: Explained(
        "E-8107",
        _(
            "Réessayez dans quelques minutes : l’autre service a répondu autre chose que ce qui était attendu. "
            "Si cela continue, prévenez l’exploitant d’ÉduConnect."
        ),
    ),
    Reason.CODE_OVER: Explained(
        "E-8108", _("Recommencez la connexion : la réponse de l’autre service n’était plus valable.")
    ),
    Reason.UNPROVEN: Explained("E-8109", _UNPROVEN),
    Reason.TOO_LOW: Explained(
        "E-8110",
        _("Recommencez et choisissez une façon plus sûre de vous identifier : celle-ci ne suffit pas pour ÉduConnect."),
    ),
    Reason.UNKNOWN_PERSON: Explained(
        "E-8111",
        _(
            "Demandez une invitation à votre chef d’établissement : personne ne vous a encore donné de droit ici. "
            "Ouvrez ensuite le lien du message d’invitation : il mène à cette même connexion. Rien n’a été créé."
        ),
    ),
    Reason.NOTHING_HERE: Explained(
        "E-8112",
        _(
            "Demandez à votre académie de vérifier vos fonctions, ou à votre chef d’établissement de vous inviter : "
            "le guichet ne vous connaît aucune fonction dans un établissement géré ici. Rien n’a été créé."
        ),
    ),
    Reason.INVITATION_OVER: Explained(
        "E-8113",
        _("Demandez une nouvelle invitation : celle-ci a déjà servi, son délai est passé, ou une autre l’a remplacée."),
    ),
    Reason.CLOSED: Explained(
        "E-8114",
        _("Adressez-vous à votre chef d’établissement ou à votre académie : votre compte de personnel a été fermé."),
    ),
    Reason.ANOTHER_PERSON: Explained(
        "E-8115",
        _(
            "Recommencez avec votre propre compte : c’est une autre personne qui vient de s’identifier. Rien n’a "
            "changé."
        ),
    ),
}


class SignInRefused(Exception):
    """Nobody comes in.

    Attributes:
        told: the code of the upstream itself, such as `access_denied` or `Y000400`; empty where it gave none.
    """

    def __init__(self, reason: Reason, told: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.told = told
