"""« Je n’arrive pas à me connecter »: three plain questions, one at a time, then the right road; the school last.

An answer is a link, so that nothing needs a script and the browser's way back works; the address holds what was
answered, in words that are everybody's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from educonnect.sessions import sso
from educonnect.web.public.recovery import carried

QUESTIONS = 3


@dataclass(frozen=True, slots=True)
class Road:
    """What to do, in order; where it begins; whether the school is told of again at the end."""

    title: Promise
    steps: tuple[Promise, ...]
    label: Promise | None = None
    view: str = ""
    school: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; word of the address -> answer, and what it leads to."""

    text: Promise
    answers: "Mapping[str, tuple[Promise, Question | Road]]"


_SIGN_IN = _("Aller à la connexion")

FORGOTTEN_PASSWORD = Road(
    _("Recevoir un lien par e-mail"),
    (
        _("Avez-vous donné une adresse e-mail, puis suivi le lien de notre message ? Écrivez votre identifiant."),
        _("Un message arrive avec un lien. Suivez-le dans les 30 minutes et choisissez un nouveau mot de passe."),
        _("Vous n’avez pas confirmé d’adresse ? Demandez une nouvelle lettre à votre établissement."),
    ),
    _("Mot de passe oublié"),
    "public:forgotten-password",
)
FORGOTTEN_USERNAME = Road(
    _("Retrouver votre identifiant"),
    (
        _("Regardez d’abord votre lettre : votre identifiant n’a pas changé depuis."),
        _("Avez-vous donné une adresse e-mail, puis suivi le lien de notre message ? Écrivez cette adresse."),
        _("Un message arrive avec votre identifiant."),
    ),
    _("Identifiant oublié"),
    "public:forgotten-username",
)
WRONG_PAIR = Road(
    _("Vérifier ce que vous écrivez"),
    (
        _("L’identifiant ressemble à c.duverger2 : une lettre, un point, un nom, parfois un nombre."),
        _("Respectez les majuscules de votre mot de passe. Le bouton « Afficher » vous aide à vérifier."),
        _("Le mot de passe de la lettre ne sert plus une fois que vous avez choisi le vôtre."),
        _("Toujours refusé ? Choisissez un nouveau mot de passe : un message vous y aide."),
    ),
    _("Mot de passe oublié"),
    "public:forgotten-password",
)
LOCKED = Road(
    _("Faire débloquer votre compte"),
    (
        _("Trop d’essais ? Attendez le temps indiqué, ou utilisez un appareil dont vous vous êtes déjà servi."),
        _("Compte bloqué ? Attendez l’heure indiquée, ou demandez à votre établissement de le débloquer."),
        _("Un lien reçu par e-mail ne débloque pas un compte."),
    ),
    _SIGN_IN,
    "public:sign-in",
)
NEW_LETTER = Road(
    _("Utiliser la nouvelle lettre"),
    (
        _("Votre ancien mot de passe ne sert plus. Votre identifiant reste le même."),
        _("Écrivez le mot de passe provisoire de la lettre, puis choisissez-en un nouveau."),
    ),
    _SIGN_IN,
    "public:sign-in",
)
RESERVED = Road(
    _("Un service ne s’ouvre pas"),
    (
        _("Des services sont réservés aux élèves, d’autres aux responsables : chacun se connecte avec son compte."),
        _("Déconnectez-vous, puis ouvrez de nouveau le service depuis sa propre page."),
        _("Vos services sont aussi dans « Mes services », une fois connecté."),
    ),
    _SIGN_IN,
    "public:sign-in",
)
LETTER_REFUSED = Road(
    _("Vérifier ce que vous copiez de la lettre"),
    (
        _("L’identifiant ressemble à c.duverger2 : une lettre, un point, un nom, parfois un nombre."),
        _("Le mot de passe provisoire a 12 signes. Les tirets, les espaces et les majuscules ne comptent pas."),
        _("Avez-vous reçu plusieurs lettres ? Seule la dernière sert."),
        _("Si vous avez déjà choisi votre mot de passe, celui de la lettre ne sert plus."),
    ),
    _SIGN_IN,
    "public:sign-in",
)
BIRTHDATE = Road(
    _("Vérifier la date de naissance"),
    (
        _("Vérifiez le jour, le mois et l’année. Après trois dates fausses, le compte se bloque pour 24 heures."),
        _("Tout est juste ? La date est peut-être fausse dans la base de l’établissement : faites-la corriger."),
    ),
    _SIGN_IN,
    "public:sign-in",
)
EXPIRED = Road(
    _("Demander une nouvelle lettre"),
    (
        _("La date limite imprimée sur la lettre est passée. Demandez une nouvelle lettre à votre établissement."),
        _("Votre identifiant ne change pas."),
    ),
    school=False,
)
CONFIRMATION = Road(
    _("Recevoir de nouveau le message"),
    (
        _("Regardez dans les indésirables. Le lien du message sert pendant 48 heures."),
        _("Connectez-vous avec le mot de passe que vous avez choisi : un nouveau message part."),
        _("L’adresse était fausse ? Reprenez l’activation avec le mot de passe provisoire de la lettre."),
    ),
    _SIGN_IN,
    "public:sign-in",
)
NO_LETTER = Road(
    _("Demander une lettre"),
    (
        _("Demandez une lettre à l’établissement de l’élève (secrétariat ou vie scolaire)."),
        _("Elle contient votre identifiant et un mot de passe provisoire. Une lettre perdue ne sert plus ensuite."),
    ),
    school=False,
)
SCHOOL = Road(
    _("Demander à votre établissement"),
    (
        _("Le secrétariat ou la vie scolaire retrouve votre identifiant et vous donne une nouvelle lettre."),
        _("Si un code « E-… » est écrit en bas de la page, donnez-le : il dit ce qui s’est passé."),
    ),
    school=False,
)

_BLOCKED: tuple[Promise, Road] = (_("Mon compte est bloqué, ou il y a eu trop d’essais"), LOCKED)
_OTHER: tuple[Promise, Road] = (_("C’est autre chose"), SCHOOL)
_OWN = Question(
    _("Que se passe-t-il ?"),
    {
        "mot-de-passe-oublie": (_("J’ai oublié mon mot de passe"), FORGOTTEN_PASSWORD),
        "identifiant-oublie": (_("J’ai oublié mon identifiant"), FORGOTTEN_USERNAME),
        "refus": (_("On me dit que l’identifiant et le mot de passe ne vont pas ensemble"), WRONG_PAIR),
        "blocage": _BLOCKED,
        "nouvelle-lettre": (_("L’établissement m’a donné une nouvelle lettre"), NEW_LETTER),
        "service": (_("Le service ne s’ouvre pas avec mon compte"), RESERVED),
        "autre": _OTHER,
    },
)


def _letter(*, guardian: bool) -> Question:
    answers: dict[str, tuple[Promise, Question | Road]] = {
        "refus": (_("On me dit que l’identifiant ou le mot de passe est faux"), LETTER_REFUSED),
        "date": (_("Une date de naissance est refusée"), BIRTHDATE),
        "limite": (_("On me dit que ma lettre est trop vieille"), EXPIRED),
        "blocage": _BLOCKED,
    }
    if guardian:
        answers["message"] = (_("Je n’ai pas reçu le message à confirmer"), CONFIRMATION)
    return Question(_("Que se passe-t-il ?"), {**answers, "autre": _OTHER})


def _known(*, guardian: bool) -> Question:
    return Question(
        _("Avez-vous déjà choisi votre mot de passe ?"),
        {
            "mot-de-passe": (_("Oui, je l’ai choisi"), _OWN),
            "lettre": (_("Non, j’ai une lettre de l’établissement"), _letter(guardian=guardian)),
            "sans-lettre": (_("Non, et je n’ai pas de lettre"), NO_LETTER),
        },
    )


FIRST = Question(
    _("Quel est votre compte ?"),
    {
        "eleve": (_("Un compte d’élève"), _known(guardian=False)),
        "responsable": (_("Un compte de responsable (parent, tuteur)"), _known(guardian=True)),
    },
)


def every_page(at: Question | Road = FIRST, where: str = "") -> Iterator[tuple[str, Question | Road]]:
    """Answers so far, as in the address -> what comes next."""
    yield where, at
    if isinstance(at, Question):
        for word, (_label, following) in at.answers.items():
            yield from every_page(following, f"{where}/{word}".lstrip("/"))


_PAGES = dict(every_page())


@login_not_required
@require_safe
def cannot_sign_in(request: HttpRequest, answers: str = "") -> HttpResponse:
    """The next question, or the road."""
    at = _PAGES.get(answers)
    if at is None:
        raise Http404
    context = {"waiting": sso.waiting(request), "carried": carried(request), "back": _back(request, answers)}
    if isinstance(at, Road):
        return render(
            request, "public/road.html", {**context, "road": at, "begin": reverse(at.view) if at.view else ""}
        )
    choices = [(label, _address(f"{answers}/{word}".lstrip("/"))) for word, (label, _next) in at.answers.items()]
    number = answers.count("/") + 1 + bool(answers)
    return render(
        request,
        "public/cannot_sign_in.html",
        {**context, "question": at.text, "choices": choices, "number": number, "of": QUESTIONS},
    )


def _address(answers: str) -> str:
    return reverse("public:cannot-sign-in-answers", args=[answers]) if answers else reverse("public:cannot-sign-in")


def _back(request: HttpRequest, answers: str) -> str:
    """The question before; none before the first."""
    return _address(answers.rpartition("/")[0]) + carried(request) if answers else ""
