"""What sessions hold of a person, for that person; no secret and no number another browser could use."""

from typing import Any

from educonnect.sessions.models import Participation, Session, Waiting


def of_account(account_id: int) -> dict[str, Any]:
    """Sessions with the services that share them, and services' requests that wait."""
    shares: dict[str, list[str]] = {}
    for one in Participation.objects.filter(session__account=account_id).select_related("provider").order_by("pk"):
        shares.setdefault(one.session_id, []).append(one.provider.name)
    return {
        "sessions": [
            {
                "appareil": one.device,
                "ordinateur partagé": one.shared,
                "étape": one.stage,
                "moyen": one.method,
                "ouverte le": one.authenticated_at,
                "dernière activité": one.last_seen_at,
                "finit au plus tard le": one.expires_at,
                "services ouverts": shares.get(one.pk, []),
            }
            for one in Session.objects.filter(account=account_id).order_by("authenticated_at", "pk")
        ],
        "demandes de services en attente": [
            {"service": one.provider.name, "reçue le": one.created_at, "finit le": one.expires_at}
            for one in Waiting.objects.filter(began_as=account_id).select_related("provider").order_by("created_at")
        ],
    }
