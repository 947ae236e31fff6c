"""Forgotten password, forgotten username: what its owner can do alone, with an e-mail address confirmed before.

Who asks is answered before anything is looked up: what was typed is put aside as it is, the same way whatever it is,
and a worker looks at it. The answer can therefore tell nobody, by its words, its statements or its time, whether an
account exists (decision 0076).
"""

import json
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from educonnect.accounts import activation, codes, contacts, notices, rules, throttling
from educonnect.accounts.errors import AccountClosed, AccountLocked, RecoveryLinkOver, ResetBySchool
from educonnect.accounts.models import (
    Account,
    Forgotten,
    ForgottenRequest,
    LinkPurpose,
    OneTimeLink,
    ProvisionalPassword,
)
from educonnect.accounts.throttling import Origin
from educonnect.errors import Refusal
from educonnect.jobs import queue, sealing
from educonnect.journal.recording import record, record_each
from educonnect.journal.rules import Event
from educonnect.limits import spending
from educonnect.limits.errors import TooManyAttempts
from educonnect.limits.spending import Lane
from educonnect.messaging.sending import send_email

TASK = "accounts.look-at-forgotten"
SEALED_AS = "forgotten"
#: Where the link of a message leads; the screens serve this path.
CHOOSE_PATH = "/mot-de-passe/"


def ask_password(username: str, *, origin: Origin, waiting: str = "", now: datetime) -> None:
    """Somebody forgot the password of this username; the same happens here whether or not it is an account's.

    Args:
        username: as typed.
        waiting: the number of the service's request that waits in this browser; the link carries it back there.

    Asked too often, it is put aside nowhere, and nobody is told.
    """
    _ask(Forgotten.PASSWORD, rules.typed_username(username), origin, waiting, now)


def ask_username(email: str, *, origin: Origin, now: datetime) -> None:
    """Somebody forgot their username, and gives an e-mail address; the same happens here whatever address it is.

    Raises:
        EmailInvalid: no message can reach this.
    """
    _ask(Forgotten.USERNAME, contacts.valid_email(email).lower(), origin, "", now)


def _ask(what: Forgotten, typed: str, origin: Origin, waiting: str, now: datetime) -> None:
    network = throttling.network_of(origin.address)
    lanes = [
        Lane(f"forgotten-{what}:{network}:{typed}", rules.FORGOTTEN_HERE),
        Lane(f"forgotten:{network}", rules.FORGOTTEN_NETWORK),
    ]
    try:
        spending.charge(lanes, now=now)
    except TooManyAttempts:
        return
    told = {
        "typed": typed,
        "waiting": waiting,
        "device": origin.device,
        "known": sorted(origin.known_device),
        "key": origin.device_key,
    }
    with transaction.atomic():
        sealed = sealing.seal(json.dumps(told).encode(), purpose=SEALED_AS)
        ForgottenRequest.objects.create(what=what, sealed=sealed, asked_at=now)
        queue.enqueue(TASK)


# --- what workers do ----------------------------------------------------------------------------------------------


def look_at_all(*, now: datetime) -> int:
    """Look at each request put aside, once: two workers never hold one; how many this one looked at."""
    looked_at = 0
    while _look_at_one(now):
        looked_at += 1
    return looked_at


def _look_at_one(now: datetime) -> bool:
    with transaction.atomic():
        request = ForgottenRequest.objects.select_for_update(skip_locked=True).order_by("pk").first()
        if request is None:
            return False
        try:
            told = json.loads(sealing.unseal(request.sealed, purpose=SEALED_AS))
        except sealing.Unsealable:  # the key changed in between: nothing can be read of it any more
            told = None
        request.delete()
        if told:
            look_at = _send_link if request.what == Forgotten.PASSWORD else _send_usernames
            look_at(told, now)
    return True


def _send_link(told: dict[str, object], now: datetime) -> None:
    """A link to the confirmed address, or why there is none; nothing where no address is confirmed."""
    account = Account.objects.filter(username=told["typed"], email_confirmed_at__isnull=False).first()
    if account is None or account.activated_at is None or not _may_write(Forgotten.PASSWORD, [account], told, now):
        return
    try:
        _require_open(account, now)
    except Refusal as refusal:
        record(Event.RECOVERY_REFUSED, account_id=account.pk, code=refusal.code)
        paragraphs = _why_not(refusal)
        key = f"no-recovery:{account.pk}:{now.isoformat()}"
    else:
        token, link = codes.make(
            account.pk,
            LinkPurpose.RESET_PASSWORD,
            lifetime=rules.RESET_PASSWORD_LIFETIME,
            now=now,
            email=account.email,
            replacing=False,  # whoever asks in somebody's place does not spoil the link they are about to follow
        )
        record(Event.RECOVERY_SENT, account_id=account.pk)
        query = f"?demande={told['waiting']}" if told["waiting"] else ""
        paragraphs = (
            _("Pour choisir un nouveau mot de passe, suivez ce lien :"),
            f"{settings.BASE_URL}{CHOOSE_PATH}{token}{query}",
            _("Ce lien sert une seule fois, pendant 30 minutes."),
        )
        key = f"recover-password:{link.pk}"
    asked = _(
        "Un nouveau mot de passe a été demandé pour le compte ÉduConnect %(username)s, depuis cet appareil : "
        "%(device)s."
    )
    send_email(
        key=key,
        to=account.email,
        subject=_("Votre mot de passe ÉduConnect"),
        body=notices.worded(
            asked % {"username": account.username, "device": told["device"]},
            *paragraphs,
            _("Vous n’avez rien demandé ? Ne faites rien : votre mot de passe n’a pas changé."),
        ),
    )


def _why_not(refusal: Refusal) -> tuple[str, ...]:
    if isinstance(refusal, AccountClosed):
        return (
            _(
                "Ce compte est désactivé, car son titulaire n’est plus inscrit dans un établissement. S’il l’est, "
                "demandez à l’établissement de vérifier son inscription."
            ),
        )
    if isinstance(refusal, ResetBySchool):
        return (
            _(
                "Votre établissement a remplacé ce mot de passe : connectez-vous avec le mot de passe provisoire de la "
                "lettre qu’il vous a donnée. Vous l’avez perdue ? Demandez-en une autre à l’établissement."
            ),
        )
    return (
        _("Ce compte est bloqué : un nouveau mot de passe ne l’ouvrirait pas. Votre établissement peut le débloquer."),
    )


def _send_usernames(told: dict[str, object], now: datetime) -> None:
    """The usernames of those who confirmed this address: brothers, sisters and parents may share one."""
    found = (
        Account.objects.annotate(folded=Lower("email"))
        .filter(folded=told["typed"], email_confirmed_at__isnull=False, closed_at__isnull=True)
        .order_by("pk")[: rules.MOST_USERNAMES]
    )
    accounts = list(found)
    if not accounts or not _may_write(Forgotten.USERNAME, accounts, told, now):
        return
    record_each(Event.USERNAME_SENT, [account.pk for account in accounts])
    alone = len(accounts) == 1
    send_email(
        key=f"usernames:{accounts[0].pk}:{now.isoformat()}",
        to=accounts[0].email,
        subject=_("Votre identifiant ÉduConnect"),
        body=notices.worded(
            _("Cette adresse est celle d’un compte ÉduConnect. Son identifiant :")
            if alone
            else _("Cette adresse est celle de plusieurs comptes ÉduConnect. Leurs identifiants :"),
            "\n".join(account.username for account in accounts),
            _("Vous n’avez rien demandé ? Ne faites rien : personne d’autre n’a reçu ce message."),
        ),
    )


def _may_write(what: Forgotten, accounts: Sequence[Account], told: dict[str, object], now: datetime) -> bool:
    """Whether this mailbox may have one more message; a browser known of the account is counted apart, so that nobody
    else spends what its owner may ask."""
    known = told["known"]
    own = isinstance(known, list) and any(account.pk in known for account in accounts)
    where = f"known:{told['key']}:{accounts[0].pk}" if own else f"mail:{accounts[0].email.lower()}"
    try:
        spending.charge([Lane(f"forgotten-{what}-{where}", rules.FORGOTTEN_MAIL)], now=now)
    except TooManyAttempts:
        return False
    return True


# --- the link -----------------------------------------------------------------------------------------------------


def named_by(token: str, *, now: datetime) -> str:
    """The username of the account whose password this link may choose; looking does not use it.

    Raises:
        RecoveryLinkOver, AccountLocked, AccountClosed, ResetBySchool.
    """
    link = _living(token, now)
    account = Account.objects.get(pk=link.account_id)
    _require_same(account, link)
    _require_open(account, now)
    return account.username


def choose_password(token: str, password: str, *, now: datetime) -> None:
    """A new own password by the link of a message, once; every session of the account ends, and it is told by e-mail.

    Nobody is signed in by it: the person then signs in with what they chose.

    Raises:
        WeakPassword, TooBusy: the link still serves.
        RecoveryLinkOver, AccountLocked, AccountClosed, ResetBySchool: nothing was changed.
    """
    account_id = _living(token, now).account_id
    encoded = activation.choose_password(account_id, password)
    with transaction.atomic():
        account = Account.objects.select_for_update(of=("self",)).get(pk=account_id)
        link = _living(token, now)  # read again under the account's lock: whoever comes second finds it used
        _require_same(account, link)
        _require_open(account, now)
        account.password, account.password_changed_at = encoded, now
        account.epoch += 1
        account.save(update_fields=["password", "password_changed_at", "epoch"])
        OneTimeLink.objects.filter(pk=link.pk).update(used_at=now)
        codes.void(account.pk, LinkPurpose.RESET_PASSWORD)
        contacts.give_up(account)  # whoever knew the former password may have given it
        ProvisionalPassword.objects.filter(account=account).delete()
        throttling.forget(account.username)
        record(Event.PASSWORD_CHANGED, actor=f"account:{account.pk}", account_id=account.pk, by="link")
        notices.password_changed(account, now)


def _living(token: str, now: datetime) -> OneTimeLink:
    link = OneTimeLink.objects.filter(
        digest=codes.digest(token), purpose=LinkPurpose.RESET_PASSWORD, used_at__isnull=True, expires_at__gt=now
    ).first()
    if link is None:
        raise RecoveryLinkOver
    return link


def _require_same(account: Account, link: OneTimeLink) -> None:
    """Pass a link sent to the address in force, since the password in force was chosen."""
    changed = account.password_changed_at
    overtaken = changed is not None and link.created_at < changed
    if account.activated_at is None or overtaken or not rules.same_email(account.email, link.email):
        raise RecoveryLinkOver


def _require_open(account: Account, now: datetime) -> None:
    """Pass an account that its owner may open again alone: what the school did, the school undoes (decision 0076)."""
    if account.closed_at is not None:
        raise AccountClosed
    if rules.is_locked(account.locked_at, account.locked_until, now):
        raise AccountLocked(account.locked_until)
    if account.reset_at is not None:
        raise ResetBySchool
