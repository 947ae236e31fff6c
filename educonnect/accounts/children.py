"""« Mes enfants »: whom a guardian's account answers for, and « je ne suis pas le représentant légal »."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from educonnect.accounts import closing
from educonnect.accounts.errors import NotYourChild
from educonnect.accounts.models import Account, Kind
from educonnect.accounts.states import State, provisional_of, state_of
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.messaging.sending import send_email
from educonnect.population import reports, turns
from educonnect.population.enrolments import current_on
from educonnect.population.models import Level, Pupil


@dataclass(frozen=True, slots=True)
class Place:
    """Where a child is: school and class; the class is empty in summer."""

    school: str
    division: str
    degree: int


@dataclass(frozen=True, slots=True)
class Child:
    """A child as the guardian sees it: nothing that opens anything.

    Attributes:
        state: of the child's own account; None when there is none (first degree).
        letter_until: when the letter of an account not activated yet stops working.
    """

    pupil_id: int
    name: str
    places: tuple[Place, ...]
    state: State | None
    letter_until: datetime | None


def pupils_of(account_id: int) -> list[Pupil]:
    """The children a guardian's account answers for, the eldest first: legal responsibility, in force, alive."""
    return list(
        Pupil.objects.filter(
            guardianships__guardian__account=account_id,
            guardianships__level=Level.LEGAL,
            guardianships__ended_at__isnull=True,
            deceased=False,
        )
        .distinct()
        .order_by("birthdate", "pk")
    )


def children_of(account_id: int, *, now: datetime) -> list[Child]:
    """The children of a guardian's account, with where they are and how far their own account is; four statements."""
    pupils = pupils_of(account_id)
    there = current_on(timezone.localdate(now)).select_related("school", "division").order_by("year", "pk")
    prefetch_related_objects(
        pupils,
        Prefetch("enrolments", queryset=there, to_attr="current"),
        Prefetch("account", queryset=Account.objects.select_related("provisional")),
    )
    return [_child(pupil, now) for pupil in pupils]


def refuse(account_id: int, pupil_id: int, *, now: datetime) -> bool:
    """« Je ne suis pas le représentant légal de cet élève »: the child leaves the account at once, the schools decide.

    Returns:
        Whether children remain; without any the account closed, and its sessions ended.

    Raises:
        NotYourChild: not a child of this account, or not any more. RollBusy. Nothing was changed.
    """
    with turns.of_a_person():
        account = Account.objects.select_for_update(of=("self",)).get(pk=account_id)
        pupils = {pupil.pk: pupil for pupil in pupils_of(account_id)}
        if account.kind != Kind.GUARDIAN or account.closed_at is not None or pupil_id not in pupils:
            raise NotYourChild
        take_away(account, [pupil_id], now=now)
        if account.email:
            send_email(
                key=f"child-refused:{account_id}:{pupil_id}:{now.isoformat()}",
                to=account.email,
                subject=_("Un enfant a été retiré de votre compte ÉduConnect"),
                body="\n\n".join(
                    (
                        _("Bonjour,"),
                        _(
                            "Depuis votre compte ÉduConnect, vous avez indiqué ne pas être le représentant légal de "
                            "%(child)s. L’enfant n’y paraît plus, et son établissement va vérifier."
                        )
                        % {"child": pupils[pupil_id].first_name},
                        _("Si ce n’est pas vous, changez votre mot de passe et prévenez l’établissement."),
                        _("Ce message est automatique, n’y répondez pas."),
                    )
                ),
            )
        return len(pupils) > 1


def take_away(account: Account, pupil_ids: Collection[int], *, now: datetime) -> None:
    """End the links of these children and tell their schools; close the account where none remains.

    The caller has the turn of a person and holds the account's row.
    """
    if not pupil_ids or account.guardian_id is None:
        return
    actor = f"account:{account.pk}"
    for report in reports.refuse(account.guardian_id, pupil_ids, now=now):
        record(Event.CHILD_REFUSED, actor=actor, account_id=account.pk, uai=report.school_id, pupil=report.pupil_id)
    closing.close_alone([account.guardian_id], now=now, actor=actor)


def _child(pupil: Pupil, now: datetime) -> Child:
    account: Account | None = getattr(pupil, "account", None)
    letter = provisional_of(account) if account else None
    places = tuple(
        dict.fromkeys(
            Place(
                school=" – ".join(filter(None, (one.school.name or one.school.pk, one.school.town))),
                division=one.division.code if one.division else "",
                degree=one.school.degree,
            )
            for one in getattr(pupil, "current", [])
        )
    )
    if account is None:  # the first degree opens none; elsewhere it comes with the next import
        state = State.OPENED if any(place.degree == 2 for place in places) else None
    else:
        state = state_of(account, now)
    return Child(
        pupil_id=pupil.pk,
        name=f"{pupil.first_name} {(pupil.used_name or pupil.family_name).upper()}",
        places=places,
        state=state,
        letter_until=letter.expires_at if letter and state in {State.NOTIFIED, State.RESET} else None,
    )
