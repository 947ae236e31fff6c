"""What the drill of a restoration does on each machine: `-m tests.config.restored fill | tell | try NAME WORD`."""

import json
import sys
from datetime import timedelta


def fill() -> dict[str, str]:
    """A pupil who has chosen a password, another whose letter waits, two services, a journal that is sealed."""
    from django.utils import timezone

    from educonnect.accounts import passwords, provisional
    from educonnect.accounts.models import Purpose
    from educonnect.journal import sealing
    from educonnect.journal.trails import Trail
    from tests.accounts.factories import PupilAccountFactory
    from tests.population.factories import EnrolmentFactory
    from tests.saml.service import Service

    now = timezone.now()
    own = "quatre hérons sur la digue"
    known = PupilAccountFactory(
        username="e.connue",
        notified_at=now,
        activated_at=now - timedelta(days=1),
        password_changed_at=now,
        password=passwords.hashed(own),
    )
    waiting = PupilAccountFactory(username="e.nouvelle")
    for account in (known, waiting):
        EnrolmentFactory(pupil=account.pupil)
    letter = provisional.issue([waiting.pk], purpose=Purpose.ACTIVATION, batch="campaign:1", now=now)[waiting.pk]
    Service().register(profile="pass-culture")
    Service(entity_id="https://opaque.example/saml", acs="https://opaque.example/acs").register()
    for trail in Trail:
        sealing.seal(trail)
    return {"own": own, "letter": letter, **tell()}


def tell() -> dict[str, str]:
    """How each service knows the pupil: by the contract's identifiers, by an opaque one."""
    from django.utils import timezone

    from educonnect.accounts.models import Account
    from educonnect.federation.models import Provider
    from educonnect.federation.release import release
    from tests.sessions.browser import proof

    account = Account.objects.get(username="e.connue")
    contract, opaque = (
        release(proof(account), provider, now=timezone.now()) for provider in Provider.objects.order_by("pk")
    )
    kept = {key: " ".join(contract.attributes[key]) for key in ("educonnect_id", "ine_hash")}
    return {"pairwise": opaque.subject, **kept}


def attempt(username: str, password: str) -> dict[str, str]:
    """What a sign-in gives."""
    from educonnect.accounts import signin
    from educonnect.errors import Refusal

    try:
        proof = signin.sign_in(username, password, origin=signin.Origin(address="203.0.113.7", device="PC"))
    except Refusal as refusal:
        return {"outcome": type(refusal).__name__}
    return {"outcome": type(proof).__name__}


if __name__ == "__main__":
    import django

    django.setup()
    gesture, *words = sys.argv[1:]
    print(json.dumps({"fill": fill, "tell": tell, "try": attempt}[gesture](*words)))
