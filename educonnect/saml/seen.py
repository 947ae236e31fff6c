"""The requests this provider has seen, each good for once."""

from datetime import datetime

from educonnect.federation.models import Provider
from educonnect.saml import rules
from educonnect.saml.models import SeenRequest
from educonnect.statements import run

REMEMBER = """
INSERT INTO saml_seenrequest (provider_id, request_id, expires_at) VALUES (%s, %s, %s)
ON CONFLICT (provider_id, request_id) DO NOTHING
"""


def remember(provider: Provider, request_id: str, *, now: datetime) -> bool:
    """Whether this ID is new; from now on it is not. One statement, safe among any number of workers."""
    return bool(run(REMEMBER, [provider.pk, request_id, now + rules.REQUEST_LIFETIME + 2 * rules.CLOCK_DRIFT]))


def forget_expired(now: datetime) -> int:
    """Drop the IDs that their own date already refuses; how many went."""
    return SeenRequest.objects.filter(expires_at__lt=now).delete()[0]
