"""The requests this provider has seen, each good for once."""

from datetime import datetime

from educonnect.federation.models import Provider
from educonnect.saml import rules
from educonnect.saml.models import SeenRequest
from educonnect.statements import First

REMEMBER = """
first AS (
  INSERT INTO saml_seenrequest (provider_id, request_id, expires_at)
  VALUES (%(seen_provider)s, %(seen_id)s, %(seen_until)s)
  ON CONFLICT (provider_id, request_id) DO NOTHING RETURNING id
)
"""


def remembering(provider: Provider, request_id: str, *, now: datetime) -> First:
    """What makes this ID old, and gives a row only if it was new: safe among any number of workers."""
    until = now + rules.REQUEST_LIFETIME + 2 * rules.CLOCK_DRIFT
    return First(REMEMBER, {"seen_provider": provider.pk, "seen_id": request_id, "seen_until": until})


def forget_expired(now: datetime) -> int:
    """Drop the IDs that their own date already refuses; how many went."""
    return SeenRequest.objects.filter(expires_at__lt=now).delete()[0]
