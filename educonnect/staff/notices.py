"""What the staff is told by e-mail of passwords and second factors; never a secret, never a link that acts."""

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from educonnect.accounts.notices import moment, worded
from educonnect.messaging.sending import send_email
from educonnect.staff.authentication import Second
from educonnect.staff.models import Staff

_NOT_YOU = gettext_lazy(
    "Ce n’était pas vous ? Prévenez tout de suite votre chef d’établissement ou votre académie : vos moyens de "
    "connexion peuvent être retirés à l’instant."
)
_NAMES = {
    Second.PASSKEY: gettext_lazy("Clé d’accès"),
    Second.TOTP: gettext_lazy("Application de codes"),
    Second.RECOVERY: gettext_lazy("Nouveaux codes de secours"),
}


def added(staff: Staff, second: Second, now: datetime) -> None:
    """A factor was added."""
    _tell(
        staff,
        f"factor-added-{second}",
        now,
        _("Un moyen de connexion a été ajouté"),
        _("Ajouté le %(when)s à votre compte personnel ÉduConnect : %(what)s."),
        what=_NAMES[second],
    )


def removed(staff: Staff, second: Second, now: datetime) -> None:
    """A factor was taken away by its owner."""
    _tell(
        staff,
        f"factor-removed-{second}",
        now,
        _("Un moyen de connexion a été retiré"),
        _("Retiré le %(when)s de votre compte personnel ÉduConnect : %(what)s."),
        what=_NAMES[second],
    )


def recovery_code_used(staff: Staff, left: int, now: datetime) -> None:
    """A printed code served."""
    remaining = ngettext("Il vous en reste %(left)s.", "Il vous en reste %(left)s.", left) % {"left": left}
    _tell(
        staff,
        "recovery-code-used",
        now,
        _("Un code de secours a servi"),
        _("Un de vos codes de secours a servi le %(when)s pour entrer dans votre compte personnel ÉduConnect.")
        + " "
        + remaining,
    )


def wrong_codes(staff: Staff, now: datetime) -> None:
    """Several wrong codes in a row."""
    _tell(
        staff,
        "wrong-codes",
        now,
        _("Plusieurs codes faux ont été essayés"),
        _(
            "Le %(when)s, plusieurs codes faux de suite ont été écrits pour entrer dans votre compte personnel "
            "ÉduConnect. Qui les a écrits avait déjà passé la première étape."
        ),
    )


def forgotten(staff: Staff, now: datetime) -> None:
    """Every factor was taken away by somebody who may."""
    _tell(
        staff,
        "factors-forgotten",
        now,
        _("Vos moyens de connexion ont été retirés"),
        _(
            "Le %(when)s, tous les moyens de la deuxième étape ont été retirés de votre compte personnel ÉduConnect, "
            "comme pour une personne qui les a perdus. Vos connexions ouvertes sont fermées. Pour revenir, suivez le "
            "lien d’invitation que vous recevrez."
        ),
    )


def password_changed(staff: Staff, now: datetime) -> None:
    """Another password was chosen in place of a former one."""
    _tell(
        staff,
        "password-changed",
        now,
        _("Votre mot de passe a été changé"),
        _("Le mot de passe de votre compte personnel ÉduConnect a été changé le %(when)s."),
    )


def _tell(staff: Staff, kind: str, now: datetime, subject: str, paragraph: str, **values: Promise) -> None:
    """One message to the professional address; none where there is none."""
    if staff.email:
        body = worded(paragraph % {"when": moment(now), **values}, str(_NOT_YOU))
        send_email(key=f"{kind}:staff:{staff.pk}:{now.isoformat()}", to=staff.email, subject=subject, body=body)
