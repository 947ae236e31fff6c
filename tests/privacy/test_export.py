"""« Mes données »: complete, its holder's alone, and without a secret."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from educonnect.accounts import codes, passwords, provisional
from educonnect.accounts.models import Account, LinkPurpose, OneTimeLink, Purpose
from educonnect.accounts.rules import CONFIRM_EMAIL_LIFETIME
from educonnect.federation.models import Release
from educonnect.helpdesk.errors import UnknownAccount
from educonnect.journal.models import Connection, Entry
from educonnect.journal.recording import record, record_connection
from educonnect.journal.rules import Event
from educonnect.population.models import GuardianSource
from educonnect.privacy import export
from educonnect.sessions.models import Participation, Session
from tests.accounts.factories import GuardianAccountFactory
from tests.federation.factories import ProviderFactory
from tests.population.factories import EnrolmentFactory, GuardianshipFactory
from tests.sessions.browser import Browser
from tests.web.people import OWN, activated, guardian, pupil

pytestmark = pytest.mark.django_db


def handed_over(account: Account) -> dict[str, Any]:
    text = "".join(export.hand_over(account.pk, actor=f"account:{account.pk}", now=timezone.now()))
    found: dict[str, Any] = json.loads(text)
    return found


def full(account: Account) -> Account:
    """Somebody of whom every table says something."""
    browser = Browser()
    browser.signs_in(account)
    provider = ProviderFactory(name="Service fictif")
    now = timezone.now()
    Participation.objects.create(
        session=Session.objects.get(account=account),
        provider=provider,
        session_index="index-secret",
        subject="s",
        at=now,
    )
    Release.objects.create(account=account, provider=provider, at=now, attributes=["birthdate", "uai"])
    record_connection("wrong-pair", account_id=account.pk, address="203.0.113.7", device="PC, Firefox")
    codes.make(account.pk, LinkPurpose.CONFIRM_EMAIL, lifetime=CONFIRM_EMAIL_LIFETIME, now=now, email="lien@exemple.fr")
    provisional.issue([account.pk], purpose=Purpose.RESET, batch="campaign:1", now=now)
    account.refresh_from_db()
    return account


def test_T76_a_pupil_receives_all_that_is_held_of_them() -> None:
    account = full(activated(pupil(email="camille@exemple.fr")))
    assert account.pupil is not None

    found = handed_over(account)

    assert (found["format"], found["version"]) == ("educonnect-mes-donnees", 1)
    assert found["compte"]["identifiant"] == account.username
    assert found["compte"]["adresse e-mail"] == "camille@exemple.fr"
    assert found["compte"]["lettre en cours"]["faite par"] == "campaign:1"
    assert found["compte"]["liens envoyés par e-mail"][0]["adresse e-mail"] == "lien@exemple.fr"
    assert found["identité"]["identifiant national (INE)"] == account.pupil.ine
    assert found["identité"]["date de naissance"] == "2009-05-14"
    assert found["scolarités"][0]["nom de l’établissement"] == "Lycée fictif des Alizés"
    assert found["sessions"][0]["services ouverts"] == ["Service fictif"]
    assert found["connexions"][0]["adresse"] == "203.0.113.7"
    assert found["données envoyées aux services"][0]["données"] == ["Date de naissance", "Établissement"]
    assert "account.data-exported" in [line["événement"] for line in found["journal"]]


def test_T76_a_guardian_receives_their_own_and_the_names_of_the_children() -> None:
    account = full(activated(guardian(children=2, guardian__mobile="+596696000000", guardian__email="m@exemple.fr")))
    assert account.guardian is not None
    GuardianSource.objects.create(guardian=account.guardian, si_instance="31", source_id=77)

    found = handed_over(account)

    assert found["identité"]["téléphone mobile"] == "+596696000000"
    assert found["numéros dans les bases académiques"] == [{"base": "31", "numéro": 77}]
    assert [child["prénom"] for child in found["enfants"]] == ["Camille", "Sacha"]


def test_what_was_kept_under_an_account_that_joined_is_handed_over_too() -> None:
    kept, joined = activated(guardian()), GuardianAccountFactory(closed_at=timezone.now())
    Account.objects.filter(pk=joined.pk).update(merged_into=kept)
    record_connection("signed-in", account_id=joined.pk, address="203.0.113.42", device="PC, Firefox")
    record(Event.ACCOUNT_NOTIFIED, account_id=joined.pk, batch="campaign:42")

    found = handed_over(kept)

    assert found["comptes réunis à celui-ci"] == [joined.username]
    assert "203.0.113.42" in [line["adresse"] for line in found["connexions"]]
    assert {"batch": "campaign:42"} in [line["détail"] for line in found["journal"]]


def test_a_pupils_file_says_nothing_of_the_guardians_themselves() -> None:
    account = activated(pupil())
    other = GuardianAccountFactory(
        guardian__family_name="INCONNUE", guardian__mobile="+596696999999", guardian__email="prive@exemple.fr"
    )
    GuardianshipFactory(guardian=other.guardian, pupil=account.pupil)

    text = json.dumps(handed_over(account), ensure_ascii=False)

    assert len(json.loads(text)["responsables"]) == 1
    for private in ("INCONNUE", "+596696999999", "prive@exemple.fr", other.username):
        assert private not in text


def test_a_guardians_file_says_nothing_private_of_the_children() -> None:
    account = activated(guardian())
    child = account.guardian.guardianships.get().pupil

    text = json.dumps(handed_over(account), ensure_ascii=False)

    assert child.ine not in text
    assert child.birthdate.isoformat() not in text


def test_no_secret_is_in_the_file_not_even_its_digest() -> None:
    account = full(activated(pupil()))
    account.password = passwords.hashed(OWN)
    account.save(update_fields=["password"])
    session = Session.objects.get(account=account)

    text = json.dumps(handed_over(account), ensure_ascii=False)

    secrets = (
        account.password,
        account.provisional.digest,
        OneTimeLink.objects.get().digest,
        session.digest,
        str(session.sid),
        "index-secret",
    )
    for secret in secrets:
        assert secret not in text


def test_nothing_of_anybody_else_is_in_the_file() -> None:
    stranger = full(activated(pupil(pupil__family_name="ETRANGER")))
    record_connection("signed-in", account_id=stranger.pk, address="198.51.100.9", device="Mac, Safari")
    account = full(activated(pupil()))

    text = json.dumps(handed_over(account), ensure_ascii=False)

    for theirs in (stranger.username, "ETRANGER", stranger.educonnect_id, "198.51.100.9"):
        assert theirs not in text


def test_the_journal_tells_of_each_file_before_it_is_written() -> None:
    account = activated(pupil())

    export.hand_over(account.pk, actor="operator:command-line", now=timezone.now())

    line = Entry.objects.get(event=Event.DATA_EXPORTED)
    assert (line.actor, line.account_id, line.detail) == ("operator:command-line", account.pk, {})


def test_names_that_look_like_json_stay_names() -> None:
    account = activated(pupil(pupil__first_name='", "rôle": "\u2028\\'))

    assert handed_over(account)["identité"]["prénom"] == '", "rôle": "\u2028\\'


def test_a_long_life_is_read_as_it_is_written(django_assert_max_num_queries: Any) -> None:
    account = activated(pupil())
    for _ in range(3):
        EnrolmentFactory(pupil=account.pupil)
    Connection.objects.bulk_create(
        Connection(at=timezone.now(), account_id=account.pk, outcome="wrong-pair") for _ in range(5000)
    )

    with django_assert_max_num_queries(15):
        found = handed_over(account)

    assert len(found["connexions"]) == 5000


def test_an_operator_hands_over_a_persons_data() -> None:
    account = activated(pupil())
    out = StringIO()

    call_command("person", "export", account.username.upper(), stdout=out)

    assert json.loads(out.getvalue())["compte"]["identifiant"] == account.username


def test_an_operator_who_names_nobody_is_told_so() -> None:
    with pytest.raises(UnknownAccount):
        call_command("person", "export", "p.ersonne", stdout=StringIO())
