"""What workers do by the clock: forget the requests whose own date already refuses them."""

from django.utils import timezone

from educonnect.jobs.queue import periodic
from educonnect.saml.seen import forget_expired


@periodic("saml.forget_seen", "*/5 * * * *")
def forget() -> None:
    """Every five minutes, about as long as a request lives."""
    forget_expired(timezone.now())
