"""What a person is told by e-mail of what happened to their account; never a secret, never a link that acts."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from educonnect.accounts.models import Account
from educonnect.messaging.sending import send_email

_NOT_ME = gettext_lazy("Ce n’était pas vous ? Changez votre mot de passe et prévenez votre établissement.")


def worded(*paragraphs: str) -> str:
    """The body of a message: these paragraphs between what every message of ours says."""
    return "\n\n".join(
        (
            _("Bonjour,"),
            *paragraphs,
            _("Ce message est automatique, n’y répondez pas. ÉduConnect ne vous demandera jamais votre mot de passe."),
        )
    )


def moment(at: datetime) -> str:
    """« mardi 8 septembre 2026 à 10 h 12 », Paris time."""
    return date_format(timezone.localtime(at), "l j F Y à G \\h i")


def password_changed(account: Account, now: datetime) -> None:
    """Tell the confirmed address, if there is one, in the caller's transaction."""
    _tell(
        account,
        "password-changed",
        now,
        _("Votre mot de passe a été changé"),
        _("Le mot de passe de votre compte ÉduConnect %(username)s a été changé le %(when)s."),
        _("C’était vous ? Vous n’avez rien à faire."),
        _(
            "Ce n’était pas vous ? Ouvrez ÉduConnect, choisissez « Mot de passe oublié » et prévenez votre "
            "établissement."
        ),
    )


def email_asked(account: Account, now: datetime) -> None:
    """Tell the address in force that another one was given; it stays in force until that one is confirmed."""
    _tell(
        account,
        "email-asked",
        now,
        _("Une autre adresse e-mail a été donnée"),
        _("Une autre adresse e-mail a été donnée le %(when)s pour votre compte ÉduConnect %(username)s."),
        _("Celle-ci reste en service tant que l’autre n’est pas confirmée."),
        _NOT_ME,
    )


def email_changed(account: Account, former: str, now: datetime) -> None:
    """Tell both addresses that the new one has taken the place of the former one."""
    for kind, to in (("email-changed-from", former), ("email-changed-to", account.email)):
        _tell(
            account,
            kind,
            now,
            _("Votre adresse e-mail a été remplacée"),
            _("L’adresse e-mail de votre compte ÉduConnect %(username)s a été remplacée le %(when)s."),
            _NOT_ME,
            to=to,
        )


def email_removed(account: Account, former: str, now: datetime) -> None:
    """Tell an address that it serves no more."""
    _tell(
        account,
        "email-removed",
        now,
        _("Votre adresse e-mail a été retirée"),
        _("Cette adresse e-mail a été retirée le %(when)s du compte ÉduConnect %(username)s."),
        _NOT_ME,
        to=former,
    )


def _tell(account: Account, kind: str, now: datetime, subject: str, *paragraphs: str | Promise, to: str = "") -> None:
    """One message to an address, the confirmed one unless told otherwise; none where there is none."""
    to = to or (account.email if account.email_confirmed_at else "")
    if to:
        values = {"username": account.username, "when": moment(now)}
        body = worded(*(str(paragraph) % values for paragraph in paragraphs))
        send_email(key=f"{kind}:{account.pk}:{now.isoformat()}", to=to, subject=subject, body=body)
