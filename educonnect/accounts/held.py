"""What an account holds of its person, for that person; no secret, not even as a digest."""

from typing import Any

from educonnect.accounts.models import Account, OneTimeLink, Stage
from educonnect.accounts.states import provisional_of


def of_account(account: Account) -> dict[str, Any]:
    """The account's words and dates, its letter in force, and the links that were sent by e-mail."""
    letter = provisional_of(account)
    return {
        "identifiant": account.username,
        "numéro de compte ÉduConnect": account.educonnect_id,
        "type de compte": account.get_kind_display(),
        "état": Stage(account.stage).label,
        "créé le": account.opened_at,
        "notifié le": account.notified_at,
        "activé le": account.activated_at,
        "conditions acceptées le": account.terms_accepted_at,
        "a un mot de passe": account.password != "",
        "mot de passe changé le": account.password_changed_at,
        "réinitialisé le": account.reset_at,
        "bloqué le": account.locked_at,
        "bloqué jusqu’au": account.locked_until,
        "désactivé le": account.closed_at,
        "dernière connexion": account.last_signed_in_at,
        "essais ratés depuis": account.failures_since_sign_in,
        "adresse e-mail": account.email,
        "adresse e-mail confirmée le": account.email_confirmed_at,
        "adresse e-mail à confirmer": account.email_to_confirm,
        "lettre en cours": {
            "préparée le": letter.issued_at,
            "valable jusqu’au": letter.expires_at,
            "pour": letter.get_purpose_display(),
            "faite par": letter.batch,
        }
        if letter
        else None,
        "liens envoyés par e-mail": [
            {
                "pour": one.get_purpose_display(),
                "adresse e-mail": one.email,
                "envoyé le": one.created_at,
                "valable jusqu’au": one.expires_at,
                "utilisé le": one.used_at,
            }
            for one in OneTimeLink.objects.filter(account=account).order_by("pk")
        ],
    }
