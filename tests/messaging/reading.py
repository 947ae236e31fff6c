"""What a message that waits to be sent says."""

import json

from educonnect.jobs import sealing
from educonnect.messaging.models import OutboxMessage
from educonnect.messaging.sending import PURPOSE


def read(message: OutboxMessage) -> dict[str, str]:
    """`to`, `subject`, `body`."""
    return json.loads(sealing.unseal(bytes(message.sealed), purpose=PURPOSE))
