"""People in each state a screen may meet, with what their letter says."""

from datetime import datetime, timedelta

from django.utils import timezone

from educonnect.accounts import passwords, provisional
from educonnect.accounts.models import Account, Kind, Purpose
from educonnect.federation.models import Protocol, Provider
from tests.accounts.factories import GuardianAccountFactory, PupilAccountFactory
from tests.population.factories import EnrolmentFactory, GuardianshipFactory

OWN = "trois chats bleus dorment"


def pupil(**known: object) -> Account:
    """A pupil enrolled in a school whose telephone is known; nobody was notified yet."""
    account: Account = PupilAccountFactory(**known)
    EnrolmentFactory(
        pupil=account.pupil,
        school__name="Lycée fictif des Alizés",
        school__phone="0596000000",
        school__town="Le Diamant",
    )
    return account


def guardian(children: int = 1, **known: object) -> Account:
    """A guardian of so many children, each with a birth date of their own."""
    account: Account = GuardianAccountFactory(**known)
    for number in range(children):
        enrolment = EnrolmentFactory(
            pupil__first_name=("Camille", "Sacha", "Lou")[number],
            pupil__birthdate=datetime(2009 + number, 5, 14 + number).date(),  # noqa: DTZ001 - a date
        )
        GuardianshipFactory(guardian=account.guardian, pupil=enrolment.pupil, school=enrolment.school)
    return account


def notified(account: Account, at: datetime | None = None) -> str:
    """Hand over a letter: its password, as printed."""
    now = at or timezone.now()
    clear = provisional.issue([account.pk], purpose=Purpose.ACTIVATION, batch="test", now=now)[account.pk]
    account.refresh_from_db()
    return provisional.printed(clear)


def activated(account: Account, password: str = OWN) -> Account:
    """Somebody who chose their own password some time ago."""
    now = timezone.now() - timedelta(days=3)
    account.notified_at = account.activated_at = account.password_changed_at = now
    account.password = passwords.hashed(password)
    account.save()
    return account


def reset(account: Account) -> str:
    """The school reset the account: the new letter's password."""
    clear = provisional.issue([account.pk], purpose=Purpose.RESET, batch="test", now=timezone.now())[account.pk]
    account.refresh_from_db()
    return provisional.printed(clear)


def provider(**known: object) -> Provider:
    """A service like the pass Culture: pupils only, certifies identity."""
    fields: dict[str, object] = {
        "identifier": "https://sp.example/metadata",
        "protocol": Protocol.SAML,
        "name": "Service fictif",
        "home": "https://sp.example/",
        "populations": [Kind.PUPIL],
        "certifies_identity": True,
        "added_at": timezone.now(),
        "changed_at": timezone.now(),
    }
    return Provider.objects.create(**{**fields, **known})
