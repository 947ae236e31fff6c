"""What a member of the staff is told by e-mail of their rights; never a pupil's name, never a link that acts."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from educonnect.accounts.notices import moment, worded
from educonnect.delegation.models import Delegation, Suspension
from educonnect.delegation.rules import Right
from educonnect.messaging.sending import send_email
from educonnect.staff.models import Staff


def bound(invited: Staff, now: datetime) -> None:
    """The link of an invitation served in an account that comes by another way in: its mailbox knows of it."""
    _tell(
        invited,
        f"invitation-served:{invited.pk}:{now.isoformat()}",
        _("Votre invitation a servi"),
        _("Le %(when)s, l’invitation envoyée à cette adresse a servi à ouvrir l’administration ÉduConnect.")
        % {"when": moment(now)},
        _(
            "Ce n’était pas vous ? Prévenez tout de suite votre chef d’établissement ou votre académie : ces droits "
            "peuvent être suspendus à l’instant."
        ),
    )


def given(delegation: Delegation, now: datetime) -> None:
    """A right was given to the person."""
    _tell(
        delegation.staff,
        f"delegation-given:{delegation.pk}",
        _("Un droit vous a été donné sur ÉduConnect"),
        _("Le %(when)s, vous avez reçu ce droit : %(right)s.") % {"when": moment(now), "right": _what(delegation)},
        _("Il vaut du %(start)s au %(end)s.")
        % {"start": date_format(delegation.starts_on, "j F Y"), "end": date_format(delegation.ends_on, "j F Y")},
        _("Vous ne travaillez pas dans cet établissement ? Prévenez son chef d’établissement."),
    )


def end_changed(delegation: Delegation, now: datetime) -> None:
    """A right of the person ends on another day."""
    _tell(
        delegation.staff,
        f"delegation-changed:{delegation.pk}:{now.isoformat()}",
        _("La fin d’un de vos droits sur ÉduConnect a changé"),
        _("Le %(when)s, la fin de ce droit a changé : %(right)s.") % {"when": moment(now), "right": _what(delegation)},
        _("Il vaut maintenant jusqu’au %(end)s.") % {"end": date_format(delegation.ends_on, "j F Y")},
    )


def withdrawn(delegation: Delegation, now: datetime) -> None:
    """A right of the person was taken back."""
    _tell(
        delegation.staff,
        f"delegation-withdrawn:{delegation.pk}",
        _("Un droit vous a été retiré sur ÉduConnect"),
        _("Le %(when)s, ce droit vous a été retiré : %(right)s.") % {"when": moment(now), "right": _what(delegation)},
        _("Une question ? Adressez-vous à la direction de l’établissement."),
    )


def suspended(suspension: Suspension) -> None:
    """The person's rights were stopped."""
    _tell(
        suspension.staff,
        f"rights-suspended:{suspension.pk}",
        _("Vos droits sur ÉduConnect sont suspendus"),
        _("Le %(when)s, vos droits ont été suspendus %(where)s.")
        % {"when": moment(suspension.at), "where": _where(suspension)},
        _("Rien n’est perdu : ils peuvent être rétablis. Adressez-vous à votre chef d’établissement ou à l’académie."),
    )


def restored(suspension: Suspension, now: datetime) -> None:
    """The person's rights are back."""
    _tell(
        suspension.staff,
        f"rights-restored:{suspension.pk}",
        _("Vos droits sur ÉduConnect sont rétablis"),
        _("Le %(when)s, vos droits ont été rétablis %(where)s.") % {"when": moment(now), "where": _where(suspension)},
        _("Ceux dont la date de fin est passée entre-temps ne reviennent pas."),
    )


def _what(delegation: Delegation) -> str:
    """« Dépannage des comptes élèves, Collège des Alizés (9720001A), classes 6A et 6B »."""
    words = {
        Right.ADMINISTRATION: _("Administration des comptes"),
        Right.DEPANNAGE: _("Dépannage des comptes élèves"),
    }
    school = delegation.school
    parts = [words[Right(delegation.right)], f"{school.name} ({school.pk})" if school.name else school.pk]
    if not delegation.whole_school:
        codes = ", ".join(delegation.divisions.order_by("code").values_list("code", flat=True))
        parts.append(_("classes : %(codes)s") % {"codes": codes})
    return ", ".join(parts)


def _where(suspension: Suspension) -> str:
    if suspension.school is not None:
        return _("dans l’établissement %(school)s") % {"school": suspension.school.name or suspension.school.pk}
    return _("dans toute l’académie") if suspension.academie else _("partout")


def _tell(staff: Staff, key: str, subject: str, *paragraphs: str) -> None:
    """One message, in the caller's transaction; none where no address is known."""
    if staff.email:
        send_email(key=key, to=staff.email, subject=subject, body=worded(*paragraphs))
