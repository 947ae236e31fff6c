"""Erase a person: the account, who its holder is, and what waits for him; the journal keeps numbers."""

from collections.abc import Sequence

from django.db import transaction

from educonnect.accounts import erasing as accounts
from educonnect.accounts.models import Account
from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.delegation.rules import Right
from educonnect.helpdesk import finding
from educonnect.journal.recording import record_each
from educonnect.journal.rules import Event
from educonnect.messaging import erasing as messages
from educonnect.notification import erasing as letters
from educonnect.population import erasing as population
from educonnect.population.models import Guardian, Pupil
from educonnect.privacy.errors import StillEnrolled


def erase(mandate: Mandate, username: str) -> None:
    """Erase the holder of a username and the account, at once, on request.

    What services were told is theirs to erase. Lines of the journal and of the connection log keep the number of the
    account until their own time. The username is never given again; whoever comes back in an import has a new account.

    Raises:
        OutOfMandate: only the operator erases.
        UnknownAccount: nobody bears this username.
        StillEnrolled: a school base still names the person; nothing is erased.
    """
    if mandate.right != Right.OPERATION:
        raise OutOfMandate
    (account,) = finding.named(mandate, [username])
    with transaction.atomic():
        if not erase_accounts([account.pk], actor=mandate.actor):
            raise StillEnrolled


def erase_accounts(chosen: Sequence[int], *, actor: str = "system") -> int:
    """Erase these accounts and their holders, but those a school base names again; how many accounts.

    A guardian whom a base still names as a contact keeps a row there, without account. The holders are locked first:
    an import that is enrolling one of them goes before, and is then heard.
    """
    with transaction.atomic():
        holders = list(Account.objects.filter(pk__in=chosen).values_list("pupil_id", "guardian_id"))
        pupils = [pupil for pupil, _ in holders if pupil]
        guardians = [guardian for _, guardian in holders if guardian]
        list(Pupil.objects.filter(pk__in=pupils).order_by("ine").select_for_update().values_list("pk"))
        list(Guardian.objects.filter(pk__in=guardians).order_by("pk").select_for_update().values_list("pk"))
        going = sorted(
            Account.objects.select_for_update(of=("self",))
            .filter(pk__in=chosen)
            .exclude(pupil__in=Pupil.objects.filter(population.enrolled(), pk__in=pupils))
            .exclude(guardian__in=Guardian.objects.filter(population.named(legal=True), pk__in=guardians))
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        if not going:
            return 0
        messages.erase_to(accounts.addresses_of(going))
        letters.erase_letters(going)
        holders = list(Account.objects.filter(pk__in=going).values_list("pupil_id", "guardian_id"))
        accounts.erase(going)  # with those that had joined them
        population.erase_pupils([pupil for pupil, _ in holders if pupil])
        population.erase_guardians([guardian for _, guardian in holders if guardian])
        record_each(Event.PERSON_ERASED, going, actor=actor)
    return len(going)
