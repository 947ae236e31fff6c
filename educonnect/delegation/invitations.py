"""Invite somebody of the staff by their professional address; whoever follows the link is bound to the person invited.

A link serves once, for fourteen days; another one voids it. It lets nobody past a second factor that exists: whoever
has one, a password or another way in is never taken over by it (T29, decision 0120).
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from educonnect.accounts.notices import worded
from educonnect.delegation import known, notices, rules
from educonnect.delegation.models import Delegation, Invitation, Post, Suspension
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.messaging.sending import send_email
from educonnect.schools.models import School
from educonnect.staff import passwords
from educonnect.staff.errors import AddressTaken, InvitationOver, InvitedElsewhere, NoAddress
from educonnect.staff.models import Passkey, Staff, Totp

#: Where the link of a message leads; the screens serve this path.
JOIN_PATH = "/personnel/invitation/"
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Invited:
    """Who is invited, and where they will act.

    Attributes:
        new: they never came: an account of theirs may take what they hold. Else they only choose another password.
        elsewhere: they come by another way in: no password is chosen here.
    """

    staff: Staff
    schools: tuple[School, ...]
    new: bool
    elsewhere: bool


def send(staff_id: int, *, actor: str, uai: str = "", now: datetime) -> Invitation:
    """Invite a person: a link to their professional address. Those sent before serve no more.

    Args:
        actor: who invites, as the journal writes it. Whoever calls checked that they may.

    Raises:
        NoAddress: nothing was changed.
    """
    with transaction.atomic():
        token, invitation = _make(staff_id, actor=actor, uai=uai, now=now)
        staff = invitation.staff
        if not staff.email:
            raise NoAddress
        places = ", ".join(one.name or one.pk for one in known.schools(staff_id))
        send_email(
            key=f"invitation:{invitation.pk}",
            to=staff.email,
            subject=_("Vous êtes invité sur l’administration ÉduConnect"),
            body=worded(
                _("Un accès à l’administration ÉduConnect vous est ouvert (%(places)s).") % {"places": places}
                if places
                else _("Un accès à l’administration ÉduConnect vous est ouvert."),
                _("Pour le prendre, suivez ce lien :"),
                address(token),
                _("Il sert une seule fois, jusqu’au %(day)s. Ne le transmettez à personne.")
                % {"day": date_format(invitation.expires_at, "j F Y")},
                _("Vous ne travaillez pas là ? Ne faites rien."),
            ),
        )
    return invitation


def make(staff_id: int, *, actor: str, uai: str = "", now: datetime) -> str:
    """The clear token of a new invitation, for whoever hands it over; those made before serve no more."""
    with transaction.atomic():
        return _make(staff_id, actor=actor, uai=uai, now=now)[0]


def address(token: str) -> str:
    """The link itself."""
    return f"{settings.BASE_URL}{JOIN_PATH}{token}"


def open_(token: str, *, now: datetime) -> Invited:
    """Who a link invites; looking does not use it.

    Raises:
        InvitationOver
    """
    staff = _living(token, now).staff
    return Invited(
        staff=staff,
        schools=tuple(known.schools(staff.pk)),
        new=never_came(staff),
        elsewhere=staff.subject != "",
    )


def accept_local(token: str, password: str, *, now: datetime) -> Staff:
    """The person invited chooses a password; whoever forgot theirs, or lost their second factors, another one.

    It is their first step of signing in.

    Returns:
        The person, with the former time they signed in and the wrong tries since.

    Raises:
        WeakPassword, TooBusy: the link still serves.
        InvitationOver, InvitedElsewhere, AddressTaken: nothing was changed.
    """
    staff = _living(token, now).staff
    if staff.subject:
        raise InvitedElsewhere
    encoded = passwords.hashed(password, known.personal(staff))
    try:
        with transaction.atomic():
            staff = _use(token, now)
            if staff.subject:
                raise InvitedElsewhere
            passwords.write(staff, encoded, now=now, by="invitation")
            Staff.objects.filter(pk=staff.pk).update(last_signed_in_at=now, failures_since_sign_in=0)
            record(Event.STAFF_BOUND, actor=str(staff), staff=staff.pk, how="local")
    except IntegrityError:
        raise AddressTaken from None
    return staff


def accept_upstream(token: str, issuer: str, subject: str, *, now: datetime) -> Staff:
    """Whoever an upstream signed in takes what the invitation holds.

    Returns:
        The person they are from now on: the one invited, or the one known by this issuer already, to whom posts and
        rights move.

    Raises:
        InvitationOver, InvitedElsewhere: nothing was changed.
    """
    with transaction.atomic():
        existing = Staff.objects.filter(issuer=issuer, subject=subject).first()
        if existing is not None:
            return _take(token, existing.pk, now, how="upstream")
        staff = _use(token, now)
        if not never_came(staff):
            raise InvitedElsewhere
        try:
            with transaction.atomic():
                Staff.objects.filter(pk=staff.pk).update(
                    issuer=issuer,
                    subject=subject,
                    epoch=F("epoch") + 1,
                    email_reached_at=now if staff.email else None,
                )
        except IntegrityError:  # they came by another invitation in this very instant
            raise InvitationOver from None
        record(Event.STAFF_BOUND, actor=str(staff), staff=staff.pk, how="upstream")
        notices.bound(staff, now)
        return Staff.objects.get(pk=staff.pk)


def accept_as(token: str, staff_id: int, *, now: datetime) -> Staff:
    """Somebody signed in takes what the invitation holds into their own account.

    Raises:
        InvitationOver, InvitedElsewhere: nothing was changed.
    """
    with transaction.atomic():
        return _take(token, staff_id, now, how="signed-in")


def _make(staff_id: int, *, actor: str, uai: str, now: datetime) -> tuple[str, Invitation]:
    staff = Staff.objects.select_for_update().get(pk=staff_id)
    Invitation.objects.filter(staff=staff, used_at__isnull=True).delete()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        staff=staff, digest=_digest(token), created_at=now, expires_at=now + rules.INVITATION_LIFE
    )
    record(Event.STAFF_INVITED, actor=actor, uai=uai, staff=staff_id)
    return token, invitation


def _living(token: str, now: datetime) -> Invitation:
    found = Invitation.objects.filter(
        digest=_digest(token), used_at__isnull=True, expires_at__gt=now, staff__closed_at__isnull=True
    )
    invitation = found.select_related("staff").first()
    if invitation is None:
        raise InvitationOver
    return invitation


def _use(token: str, now: datetime) -> Staff:
    """Use the link, the person's row held: whoever comes second, even at the same instant, finds it used."""
    staff = Staff.objects.select_for_update().get(pk=_living(token, now).staff_id)
    Invitation.objects.filter(pk=_living(token, now).pk).update(used_at=now)
    return staff


def invite_who_never_came(staff: Staff, *, actor: str, uai: str, now: datetime) -> bool:
    """Invite somebody who was just given something, if they have no way in yet and no invitation waits for them.

    Returns:
        Whether a message leaves.
    """
    if not staff.email or not never_came(staff):
        return False
    if Invitation.objects.filter(staff=staff, used_at__isnull=True, expires_at__gt=now).exists():
        return False
    send(staff.pk, actor=actor, uai=uai, now=now)
    return True


def never_came(staff: Staff) -> bool:
    """Whether nothing of theirs opens a session yet: no password, no upstream, no factor."""
    factors = Passkey.objects.filter(staff=staff).exists() or Totp.objects.filter(staff=staff).exists()
    return not (staff.password or staff.subject or factors)


def _take(token: str, staff_id: int, now: datetime, *, how: str) -> Staff:
    """Move what the person invited holds to somebody known, and close the one invited; the rows held in one order."""
    invited_id = _living(token, now).staff_id
    held = {
        one.pk: one for one in Staff.objects.filter(pk__in={invited_id, staff_id}).order_by("pk").select_for_update()
    }
    existing = held[staff_id]
    invited = _use(token, now)
    if existing.closed_at is not None:
        raise InvitationOver
    if invited.pk != existing.pk:
        if not never_came(invited):
            raise InvitedElsewhere
        _move(invited, existing, now)
        notices.bound(invited, now)
        key, invited.base_key, invited.closed_at = invited.base_key, None, now
        invited.save(update_fields=["base_key", "closed_at"])
        if existing.base_key is None and key is not None:  # the base that named them goes on naming one person
            existing.base_key = key
        if existing.subject and invited.email:  # so do files: this mailbox was reached, the upstream only says another
            existing.email, existing.email_reached_at = invited.email, now
        existing.save(update_fields=["base_key", "email", "email_reached_at"])
    record(Event.STAFF_BOUND, actor=str(existing), staff=existing.pk, invited=invited.pk, how=how)
    return existing


def _move(invited: Staff, existing: Staff, now: datetime) -> None:
    """Posts, rights and suspensions; what they hold already ends where it was, what they gave themselves is void."""
    mine = Post.objects.filter(staff=existing, ended_at__isnull=True)
    for post in Post.objects.filter(staff=invited, ended_at__isnull=True):
        same = mine.filter(
            function=post.function, school=post.school_id, academie=post.academie, source=post.source
        ).exists()
        Post.objects.filter(pk=post.pk).update(**({"ended_at": now} if same else {"staff": existing}))
    given = Delegation.objects.filter(staff=invited)
    for own in given.filter(given_by=existing, withdrawn_at__isnull=True).order_by("pk").select_for_update():
        own.withdrawn_at, own.withdrawn_by = now, str(existing)
        own.save(update_fields=["withdrawn_at", "withdrawn_by"])
        record(
            Event.DELEGATION_WITHDRAWN,
            actor=str(existing),
            uai=own.school_id,
            delegation=own.pk,
            staff=invited.pk,
            right=own.right,
        )
    given.filter(~Q(given_by=existing) | Q(given_by__isnull=True)).update(staff=existing)
    Suspension.objects.filter(staff=invited).update(staff=existing)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
