"""All the children of a guardian under one account: those of another letter, or of another account, join it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.core import signing
from django.utils.translation import gettext as _

from educonnect.accounts import children as kin
from educonnect.accounts import rules, signin
from educonnect.accounts.activation import count_mismatch, in_force
from educonnect.accounts.errors import (
    AnotherPerson,
    BirthdateMismatch,
    GuardiansOnly,
    NotAGuardian,
    ProofOver,
    SameAccount,
)
from educonnect.accounts.models import Account, Kind, OneTimeLink, ProvisionalPassword
from educonnect.accounts.throttling import Origin
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.messaging.sending import send_email
from educonnect.population import merging, turns
from educonnect.population.models import Guardian, Pupil

_SALT = "educonnect.accounts.grouping"


@dataclass(frozen=True, slots=True)
class Joining:
    """What is about to join an account.

    Attributes:
        username: of the account that will disappear.
        asks_birthdates: whether it was never activated: its letter alone is no proof.
        children: those it brings, the eldest first.
    """

    username: str
    asks_birthdates: bool
    children: tuple[Pupil, ...]


def show(account_id: int, username: str, password: str, *, origin: Origin) -> str:
    """Show that another account is one's own too: the pair of its letter, or its own password.

    It is heard as a sign-in is, with the same lanes, the same cost and the same trail (decision 0086).

    Returns:
        A proof, good for a few minutes, of this account alone.

    Raises:
        NotAGuardian, SameAccount, AnotherPerson, and those of `signin.sign_in`. Nothing was changed but the counts.
    """
    try:
        proof = signin.sign_in(username, password, origin=origin, only=Kind.GUARDIAN)
    except GuardiansOnly as refusal:
        raise NotAGuardian from refusal
    _require_one_person(account_id, proof.account_id)
    return signing.dumps([account_id, proof.account_id, proof.epoch], salt=_SALT)


def joining(account_id: int, proof: str) -> Joining:
    """Who would join.

    Raises:
        ProofOver: unknown, too old, another account's, or the other account changed since.
    """
    other_id, epoch = _read(account_id, proof)
    other = Account.objects.filter(pk=other_id, epoch=epoch, closed_at__isnull=True).first()
    if other is None:
        raise ProofOver
    return Joining(
        username=other.username,
        asks_birthdates=other.activated_at is None,
        children=tuple(kin.pupils_of(other_id)),
    )


def join(
    account_id: int,
    proof: str,
    *,
    birthdates: Mapping[int, date],
    now: datetime,
) -> None:
    """Bring the children of the other account under this one; the other disappears, once and for all.

    The two guardians of the schools' bases become one, so that no import parts them again. The other's username is
    never given to anyone, its letter and its sessions end, and who learnt what through it stays on record.

    Args:
        birthdates: pupil id -> date as typed, of each child of an account never activated; otherwise not looked at.

    Raises:
        BirthdateMismatch: counted on the other account, as at its activation; the third locks it.
        ProofOver, SameAccount, AnotherPerson, LetterExpired, AccountLocked, RollBusy: nothing was changed.
    """
    other_id, epoch = _read(account_id, proof)
    refusal: BirthdateMismatch | None = None
    with turns.of_a_person():
        _hold_holders(account_id, other_id)
        rows = Account.objects.select_for_update(of=("self",)).select_related("guardian", "provisional")
        held = {row.pk: row for row in rows.filter(pk__in=[account_id, other_id]).order_by("pk")}
        account, other = held.get(account_id), held.get(other_id)
        if account is None or other is None or account.closed_at is not None:
            raise ProofOver
        if other.epoch != epoch or other.closed_at is not None:
            raise ProofOver
        _require_one_person(account_id, other_id)
        joined = kin.pupils_of(other_id)
        if other.activated_at is None:
            in_force(other, now, ProofOver)
            if dict(birthdates) != {pupil.pk: pupil.birthdate for pupil in joined}:
                refusal = count_mismatch(other, now)
        if refusal is None:
            _join(account, other, now)
            _tell(account, other, joined)
    if refusal is not None:
        raise refusal


def _join(account: Account, other: Account, now: datetime) -> None:
    if account.guardian is None or other.guardian is None:
        raise NotAGuardian
    merging.merge(account.guardian, other.guardian, now=now)
    Account.objects.filter(merged_into=other).update(merged_into=account)
    other.closed_at, other.merged_into, other.epoch = now, account, other.epoch + 1
    other.save(update_fields=["closed_at", "merged_into", "epoch"])
    ProvisionalPassword.objects.filter(account=other).delete()
    OneTimeLink.objects.filter(account=other).delete()
    actor = f"account:{account.pk}"
    record(Event.ACCOUNT_GROUPED, actor=actor, account_id=account.pk, joined=other.pk)
    record(Event.ACCOUNT_CLOSED, actor=actor, account_id=other.pk, into=account.pk)


def _tell(account: Account, other: Account, joined: Collection[Pupil]) -> None:
    """Both addresses are told, where they are two: somebody may have used another's letter or password."""
    names = ", ".join(pupil.first_name for pupil in joined)
    body = "\n\n".join(
        (
            _("Bonjour,"),
            _(
                "Deux comptes ÉduConnect à votre nom viennent d’être réunis. Gardez l’identifiant %(kept)s : "
                "l’identifiant %(gone)s ne sert plus. Enfants ajoutés : %(names)s."
            )
            % {"kept": account.username, "gone": other.username, "names": names},
            _("Si ce n’est pas vous, changez votre mot de passe et prévenez l’établissement de ces enfants."),
            _("Ce message est automatique, n’y répondez pas."),
        )
    )
    for email in dict.fromkeys(email for email in (account.email, other.email) if email):
        send_email(
            key=f"grouped:{other.pk}:{account.pk}:{int(email != account.email)}",
            to=email,
            subject=_("Des enfants ont été ajoutés à votre compte ÉduConnect"),
            body=body,
        )


def _read(account_id: int, proof: str) -> tuple[int, int]:
    """The other account and its epoch, as `show` wrote them for this very account."""
    try:
        mine, other_id, epoch = signing.loads(proof, salt=_SALT, max_age=rules.PROOF_LIFETIME)
    except signing.BadSignature as error:
        raise ProofOver from error
    if mine != account_id:
        raise ProofOver
    return int(other_id), int(epoch)


def _require_one_person(account_id: int, other_id: int) -> None:
    if account_id == other_id:
        raise SameAccount
    holders = {
        row.pk: row.guardian for row in Account.objects.filter(pk__in=[account_id, other_id]).select_related("guardian")
    }
    mine, theirs = holders.get(account_id), holders.get(other_id)
    if mine is None or theirs is None or not merging.may_be_one(mine, theirs):
        raise AnotherPerson


def _hold_holders(*account_ids: int) -> None:
    """The two records, locked in one order by all, before the accounts, as imports do."""
    list(Guardian.objects.filter(account__in=account_ids).order_by("pk").select_for_update(no_key=True))
