"""A person's e-mail address: declared, then confirmed by a link sent to it."""

import contextlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from educonnect.accounts import codes, notices, rules
from educonnect.accounts.errors import EmailInvalid, LinkUnknown
from educonnect.accounts.models import Account, Kind, LinkPurpose, OneTimeLink, ProvisionalPassword
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.limits import spending
from educonnect.limits.errors import TooManyAttempts
from educonnect.messaging.sending import send_email

#: Where the link of a message leads; the screens serve this path.
CONFIRM_PATH = "/confirmer/"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What following a link did.

    Attributes:
        activated: whether it also ended a guardian's activation: they may sign in now.
    """

    account_id: int
    activated: bool


def declare_email(account_id: int, email: str, *, now: datetime | None = None) -> None:
    """Note an address and send it a link; the address in force, if any, stays so until the link is followed.

    An address that other accounts use is accepted: families share theirs.

    Raises:
        EmailInvalid: no message can reach this.
        TooManyAttempts: this account has had too many messages sent lately.
    """
    now = now or timezone.now()
    address = valid_email(email)
    with transaction.atomic():
        spending.spend(rules.EMAILS_AT_ONCE, f"emails-at-once:{account_id}")
        spending.spend(rules.EMAILS_A_DAY, f"emails-a-day:{account_id}")
        account = Account.objects.select_for_update(of=("self",)).get(pk=account_id)
        account.email_to_confirm = address
        account.save(update_fields=["email_to_confirm"])
        send_confirmation(account, now=now)


def send_confirmation(account: Account, *, now: datetime) -> None:
    """Send the link to the address that waits to be confirmed; former links die. In the caller's transaction."""
    token, link = codes.make(
        account.pk,
        LinkPurpose.CONFIRM_EMAIL,
        lifetime=rules.CONFIRM_EMAIL_LIFETIME,
        now=now,
        email=account.email_to_confirm,
    )
    record(Event.EMAIL_DECLARED, actor=f"account:{account.pk}", account_id=account.pk)
    send_email(
        key=f"confirm-email:{link.pk}",
        to=account.email_to_confirm,
        subject=_("Confirmez votre adresse e-mail"),
        body=_message(account, token),
    )


def remind(account_id: int, *, now: datetime | None = None) -> bool:
    """Send the link again to a guardian who signs in before following it; whether a message was sent.

    Not while the last link is young, nor more often than the limits: the last message received stays the right one.
    """
    now = now or timezone.now()
    young = OneTimeLink.objects.filter(
        account_id=account_id,
        purpose=LinkPurpose.CONFIRM_EMAIL,
        used_at__isnull=True,
        created_at__gt=now - rules.EMAILS_AT_ONCE.within,
    )
    with contextlib.suppress(TooManyAttempts), transaction.atomic():
        account = Account.objects.select_for_update(of=("self",)).get(pk=account_id)
        if account.email_to_confirm and not young.exists():
            spending.spend(rules.EMAILS_A_DAY, f"emails-a-day:{account_id}")
            send_confirmation(account, now=now)
            return True
    return False


def confirm_email(token: str, *, now: datetime | None = None) -> Confirmation:
    """The link of a message was followed, in whatever browser: the address is confirmed, once.

    A guardian who had activated by letter is activated by this.

    Raises:
        LinkUnknown, LinkExpired, LinkUsed: nothing was changed.
    """
    now = now or timezone.now()
    with transaction.atomic():
        link = codes.redeem(token, LinkPurpose.CONFIRM_EMAIL, now=now)
        account = Account.objects.select_for_update(of=("self",)).get(pk=link.account_id)
        if not rules.same_email(account.email_to_confirm, link.email) or account.closed_at is not None:
            raise LinkUnknown
        former = account.email if account.email_confirmed_at else ""
        account.email, account.email_confirmed_at, account.email_to_confirm = link.email, now, ""
        account.save(update_fields=["email", "email_confirmed_at", "email_to_confirm"])
        record(Event.EMAIL_CONFIRMED, actor=f"account:{account.pk}", account_id=account.pk)
        if former and not rules.same_email(former, account.email):
            codes.void(account.pk, LinkPurpose.RESET_PASSWORD)  # those were sent to the former address
            notices.email_changed(account, former, now)
        activates = account.kind == Kind.GUARDIAN and account.activated_at is None and account.password != ""
        if activates:
            Account.objects.filter(pk=account.pk).update(activated_at=now, epoch=F("epoch") + 1)
            ProvisionalPassword.objects.filter(account=account).delete()
            record(Event.ACCOUNT_ACTIVATED, actor=f"account:{account.pk}", account_id=account.pk)
    return Confirmation(account_id=account.pk, activated=activates)


def give_up(account: Account) -> bool:
    """Give up the address that waits to be confirmed, its link with it; whether one waited.

    The caller holds the account's row.
    """
    codes.void(account.pk, LinkPurpose.CONFIRM_EMAIL)
    if not account.email_to_confirm:
        return False
    account.email_to_confirm = ""
    account.save(update_fields=["email_to_confirm"])
    record(Event.EMAIL_DROPPED, actor=f"account:{account.pk}", account_id=account.pk)
    return True


def valid_email(email: str) -> str:
    """An address as typed -> as kept: no space around, domain in lower case.

    Raises:
        EmailInvalid: no message can reach this.
    """
    local, _at, domain = email.strip().rpartition("@")
    address = f"{local}@{domain.lower()}"
    try:
        validate_email(address)
    except ValidationError as error:
        raise EmailInvalid from error
    if len(address) > 254:
        raise EmailInvalid
    return address


def suggestion(email: str) -> str:
    """The address that was probably meant (`camille@gmial.com` -> `camille@gmail.com`), or an empty text."""
    local, _at, domain = email.strip().rpartition("@")
    meant = rules.probable_domain(domain.lower())
    return f"{local}@{meant}" if local and meant else ""


def _message(account: Account, token: str) -> str:
    link = f"{settings.BASE_URL}{CONFIRM_PATH}{token}"
    if account.kind == Kind.GUARDIAN and account.activated_at is None:
        why = _("Pour terminer l’activation de votre compte ÉduConnect, confirmez votre adresse e-mail :")
    else:
        why = _("Pour confirmer l’adresse e-mail de votre compte ÉduConnect, suivez ce lien :")
    return notices.worded(
        why,
        link,
        _("Ce lien sert une seule fois, pendant 48 heures. Il s’ouvre sur n’importe quel appareil."),
        _("Si vous n’avez rien demandé, ne faites rien : cette adresse ne sera pas utilisée."),
    )
