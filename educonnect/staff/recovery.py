"""A forgotten password of a local account of the staff: a link by e-mail, and nothing of the second factor.

As for pupils and guardians (decision 0076), what was typed is put aside as it is, and a worker looks at it: the answer
tells nobody whether an account exists.
"""

import hashlib
import json
import secrets
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from educonnect.accounts import throttling
from educonnect.accounts.notices import worded
from educonnect.accounts.passwords import Personal
from educonnect.accounts.rules import same_email
from educonnect.accounts.throttling import Origin
from educonnect.jobs import queue, sealing
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.limits import spending
from educonnect.limits.errors import TooManyAttempts
from educonnect.limits.spending import Lane
from educonnect.messaging.sending import send_email
from educonnect.staff import passwords, rules, signin
from educonnect.staff.errors import PasswordLinkOver
from educonnect.staff.models import ForgottenPassword, PasswordLink, Staff

TASK = "staff.look-at-forgotten"
SEALED_AS = "staff.forgotten"
#: Where the link of a message leads; the screens serve this path.
CHOOSE_PATH = "/personnel/mot-de-passe/"
TOKEN_BYTES = 32


def ask(email: str, *, origin: Origin, now: datetime) -> None:
    """Somebody forgot the password of this address; the same happens here whether or not anybody has it.

    Asked too often, it is put aside nowhere, and nobody is told.
    """
    typed, network = signin.typed_email(email), throttling.network_of(origin.address)
    lanes = [
        Lane(f"staff forgotten:{network}:{typed}", rules.FORGOTTEN_HERE),
        Lane(f"staff forgotten:{network}", rules.FORGOTTEN_NETWORK),
    ]
    try:
        spending.charge(lanes, now=now)
    except TooManyAttempts:
        return
    with transaction.atomic():
        told = {"typed": typed, "device": origin.device}
        ForgottenPassword.objects.create(
            sealed=sealing.seal(json.dumps(told).encode(), purpose=SEALED_AS), asked_at=now
        )
        queue.enqueue(TASK)


def look_at_all(*, now: datetime) -> int:
    """Look at each request put aside, once: two workers never hold one; how many this one looked at."""
    looked_at = 0
    while _look_at_one(now):
        looked_at += 1
    return looked_at


def _look_at_one(now: datetime) -> bool:
    with transaction.atomic():
        request = ForgottenPassword.objects.select_for_update(skip_locked=True).order_by("pk").first()
        if request is None:
            return False
        try:
            told = json.loads(sealing.unseal(request.sealed, purpose=SEALED_AS))
        except sealing.Unsealable:  # the key changed in between: nothing can be read of it any more
            told = None
        request.delete()
        if told:
            _send(told["typed"], told["device"], now)
    return True


def _send(typed: str, device: str, now: datetime) -> None:
    """A link to whoever has a password here; to whoever comes by another way in, that way; else nothing."""
    named = Staff.objects.alias(folded=Lower("email")).filter(folded=typed, closed_at__isnull=True)
    local = named.exclude(password="").first()
    elsewhere = None if local else named.exclude(subject="").first()
    staff = local or elsewhere
    if staff is None or not _may_write(staff, now):
        return
    paragraphs: tuple[str, ...]
    if local is not None:
        token, link = _make(local, now)
        paragraphs = (
            _("Pour choisir un nouveau mot de passe, suivez ce lien :"),
            f"{settings.BASE_URL}{CHOOSE_PATH}{token}",
            _("Ce lien sert une seule fois, pendant 30 minutes. Votre deuxième étape de connexion ne change pas."),
        )
        key = f"staff-password:{link.pk}"
    else:
        paragraphs = (_("Ce compte n’a pas de mot de passe ici : connectez-vous par le guichet de vos services."),)
        key = f"staff-no-password:{staff.pk}:{now.isoformat()}"
    send_email(
        key=key,
        to=staff.email,
        subject=_("Votre mot de passe pour l’administration ÉduConnect"),
        body=worded(
            _("Un nouveau mot de passe a été demandé pour votre compte, depuis cet appareil : %(device)s.")
            % {"device": device},
            *paragraphs,
            _("Vous n’avez rien demandé ? Ne faites rien : votre mot de passe n’a pas changé."),
        ),
    )


def _make(staff: Staff, now: datetime) -> tuple[str, PasswordLink]:
    """One more link; those that live go on living, so that whoever asks in somebody's place spoils nothing."""
    PasswordLink.objects.filter(staff=staff, expires_at__lte=now).delete()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = PasswordLink.objects.create(
        staff=staff,
        digest=_digest(token),
        email=staff.email,
        created_at=now,
        expires_at=now + rules.PASSWORD_LINK_LIFE,
    )
    record(Event.STAFF_RECOVERY_SENT, actor=f"staff:{staff.pk}")
    return token, link


def _may_write(staff: Staff, now: datetime) -> bool:
    """Whether this mailbox may have one more message."""
    try:
        spending.charge([Lane(f"staff forgotten-mail:{staff.email.lower()}", rules.FORGOTTEN_MAIL)], now=now)
    except TooManyAttempts:
        return False
    return True


def named_by(token: str, *, now: datetime) -> Staff:
    """Whose password this link may choose; looking does not use it.

    Raises:
        PasswordLinkOver
    """
    link = PasswordLink.objects.filter(digest=_digest(token), expires_at__gt=now, staff__closed_at__isnull=True)
    found = link.select_related("staff").first()
    if found is None or not found.staff.password or not same_email(found.staff.email, found.email):
        raise PasswordLinkOver
    return found.staff


def choose(token: str, password: str, *, about: Personal, now: datetime) -> None:
    """A new password by the link of a message, once; every session ends. Nobody is signed in by it (T29).

    Raises:
        WeakPassword, TooBusy: the link still serves.
        PasswordLinkOver: nothing was changed.
    """
    staff_id = named_by(token, now=now).pk
    encoded = passwords.hashed(password, about)
    with transaction.atomic():
        staff = Staff.objects.select_for_update().get(pk=staff_id)
        named_by(token, now=now)  # read again under the person's lock: whoever comes second finds it used
        passwords.write(staff, encoded, now=now, by="link")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
