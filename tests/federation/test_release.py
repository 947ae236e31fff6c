"""What a service learns of a person."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from educonnect.accounts.authentication import Authentication, Method
from educonnect.accounts.models import Account
from educonnect.federation import catalogue
from educonnect.federation.catalogue import CATALOGUE
from educonnect.federation.errors import AccountGone, PopulationNotServed, ProviderSuspended
from educonnect.federation.models import Release
from educonnect.federation.release import read_person, release
from educonnect.journal.models import Entry
from tests.accounts.factories import GuardianAccountFactory, PupilAccountFactory
from tests.federation.factories import ProviderFactory
from tests.population.factories import EnrolmentFactory, GuardianshipFactory
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 6, 9, 51, 33, 437_000, tzinfo=UTC)


def proof(account: Account) -> Authentication:
    return Authentication(account_id=account.pk, epoch=account.epoch, method=Method.PASSWORD, at=NOW)


def test_T64_pass_culture_receives_its_contract_of_a_pupil_and_nothing_else() -> None:
    school = SchoolFactory()
    account = PupilAccountFactory(pupil__sex="2")
    EnrolmentFactory(pupil=account.pupil, school=school, level="2211")

    identity = release(proof(account), ProviderFactory(pass_culture=True), now=NOW)

    attributes = {key: value for key, (value,) in identity.attributes.items()}
    assert re.fullmatch("[0-9a-f]{32}", attributes.pop("ine_hash"))
    assert attributes == {
        "logout_url": "http://localhost:8000/idp/profile/Logout",
        "connection_date": "2026-10-06 11:51:33.437",
        "affiliation": "eleve2d",
        "educonnect_id": account.educonnect_id,
        "birthdate": "2009-05-14",
        "uai": school.uai,
        "level": "2211",
        "civility": "Mme",
        "first_name": "Camille",
        "family_name": "DUVERGER",
    }
    assert identity.subject == account.educonnect_id


def test_T64_pass_culture_receives_of_a_guardian_what_its_refusal_page_needs() -> None:
    account = GuardianAccountFactory(guardian__civility="Mme")
    child = EnrolmentFactory().pupil
    GuardianshipFactory(guardian=account.guardian, pupil=child)

    identity = release(proof(account), ProviderFactory(pass_culture=True), now=NOW)

    assert dict(identity.attributes) == {
        "logout_url": ("http://localhost:8000/idp/profile/Logout",),
        "affiliation": ("resp2d",),
        "first_name": ("Maryse",),
        "family_name": ("DUVERGER",),
    }
    assert identity.subject != account.educonnect_id


def test_a_guardian_never_carries_what_is_a_pupils_even_where_a_service_receives_everything() -> None:
    account = GuardianAccountFactory()
    everything = ProviderFactory(attributes=list(CATALOGUE))

    identity = release(proof(account), everything, now=NOW)

    assert not {"ine_hash", "birthdate", "uai", "level", "age_over_15"} & set(identity.attributes)


def test_T64_by_default_a_service_receives_an_opaque_identifier_alone() -> None:
    account = PupilAccountFactory()

    identity = release(proof(account), ProviderFactory(), now=NOW)

    assert identity.attributes == {}
    assert re.fullmatch("[0-9a-f]{64}", identity.subject)


def test_T50_the_subject_differs_between_services_and_never_changes_for_one() -> None:
    account = PupilAccountFactory()
    one, other = ProviderFactory(), ProviderFactory()

    subjects = [release(proof(account), provider, now=NOW).subject for provider in (one, other, one)]

    assert subjects[0] == subjects[2] != subjects[1]


def test_two_services_of_one_sector_share_their_subject() -> None:
    account = PupilAccountFactory()
    one, other = ProviderFactory(sector="ent"), ProviderFactory(sector="ent")

    assert release(proof(account), one, now=NOW).subject == release(proof(account), other, now=NOW).subject


def test_of_two_schools_the_one_that_began_last_is_named() -> None:
    account = PupilAccountFactory()
    EnrolmentFactory(pupil=account.pupil, started_on=date(2026, 9, 1), level="2211")
    latest = EnrolmentFactory(pupil=account.pupil, started_on=date(2026, 10, 1), level="2212")
    provider = ProviderFactory(attributes=["uai", "level"])

    identity = release(proof(account), provider, now=NOW)

    assert identity.attributes == {"uai": (latest.school_id,), "level": ("2212",)}


@pytest.mark.parametrize(
    "gone", [{"ended_at": NOW - timedelta(days=1)}, {"leaves_on": date(2026, 10, 6)}, {"leaves_on": date(2026, 9, 15)}]
)
def test_a_school_that_was_left_is_not_named_and_the_degree_remains(gone: dict[str, object]) -> None:
    account = PupilAccountFactory()
    EnrolmentFactory(pupil=account.pupil, school=SchoolFactory(degree=1), **gone)

    identity = release(proof(account), ProviderFactory(attributes=["uai", "level", "affiliation"]), now=NOW)

    assert identity.attributes == {"affiliation": ("eleve1d",)}


def test_a_school_to_be_left_later_is_still_named() -> None:
    account = PupilAccountFactory()
    enrolment = EnrolmentFactory(pupil=account.pupil, leaves_on=date(2026, 10, 7))

    identity = release(proof(account), ProviderFactory(attributes=["uai"]), now=NOW)

    assert identity.attributes == {"uai": (enrolment.school_id,)}


def test_a_guardian_of_both_degrees_is_of_the_second() -> None:
    account = GuardianAccountFactory()
    for degree in (1, 2):
        child = EnrolmentFactory(school=SchoolFactory(degree=degree)).pupil
        GuardianshipFactory(guardian=account.guardian, pupil=child)

    identity = release(proof(account), ProviderFactory(attributes=["affiliation"]), now=NOW)

    assert identity.attributes == {"affiliation": ("resp2d",)}


def test_a_guardian_of_first_degree_pupils_alone_is_of_the_first() -> None:
    account = GuardianAccountFactory()
    child = EnrolmentFactory(school=SchoolFactory(degree=1)).pupil
    GuardianshipFactory(guardian=account.guardian, pupil=child)

    identity = release(proof(account), ProviderFactory(attributes=["affiliation"]), now=NOW)

    assert identity.attributes == {"affiliation": ("resp1d",)}


@pytest.mark.parametrize(("born", "answer"), [(date(2011, 10, 6), "true"), (date(2011, 10, 7), "false")])
def test_an_age_is_told_by_a_threshold_without_the_birth_date(born: date, answer: str) -> None:
    account = PupilAccountFactory(pupil__birthdate=born)

    identity = release(proof(account), ProviderFactory(attributes=["age_over_15"]), now=NOW)

    assert identity.attributes == {"age_over_15": (answer,)}


def test_an_unknown_civility_is_left_out() -> None:
    account = PupilAccountFactory(pupil__sex="")

    assert release(proof(account), ProviderFactory(attributes=["civility"]), now=NOW).attributes == {}


def test_the_ine_hash_is_the_same_at_every_school_and_sign_in() -> None:
    account = PupilAccountFactory()
    provider = ProviderFactory(attributes=["ine_hash"])
    first = release(proof(account), provider, now=NOW).attributes
    EnrolmentFactory(pupil=account.pupil)

    assert release(proof(account), provider, now=NOW + timedelta(days=400)).attributes == first


def test_everything_is_computed_with_one_reading(django_assert_num_queries) -> None:
    account = PupilAccountFactory()
    EnrolmentFactory(pupil=account.pupil)

    with django_assert_num_queries(1):
        person = read_person(account.pk, account.epoch, now=NOW)
        found = catalogue.values(person, list(CATALOGUE), proved_at=NOW, now=NOW)

    assert set(CATALOGUE) - set(found) == {"civility"}


def test_T73_what_was_told_is_on_record_without_its_values() -> None:
    account = PupilAccountFactory()
    provider = ProviderFactory(attributes=["birthdate", "uai"])

    release(proof(account), provider, now=NOW)

    told = Release.objects.get()
    assert (told.account, told.provider, told.at, told.attributes) == (account, provider, NOW, ["birthdate"])
    line = Entry.objects.get(event="federation.released")
    assert (line.actor, line.account_id, line.provider_id) == (f"account:{account.pk}", account.pk, provider.pk)
    assert line.detail == {"attributes": ["birthdate"]}


@pytest.mark.parametrize(
    ("account_state", "provider_state", "refusal"),
    [
        ({}, {"populations": ["guardian"]}, PopulationNotServed),
        ({}, {"suspended_at": NOW}, ProviderSuspended),
        ({"closed_at": NOW}, {}, AccountGone),
    ],
)
def test_a_refusal_tells_nothing_and_records_nothing(account_state, provider_state, refusal) -> None:
    account = PupilAccountFactory(**account_state)
    provider = ProviderFactory(**provider_state)

    with pytest.raises(refusal):
        release(proof(account), provider, now=NOW)

    assert not Release.objects.exists()
    assert not Entry.objects.exists()


def test_T33_a_proof_older_than_the_end_of_the_sessions_is_worth_nothing() -> None:
    account = PupilAccountFactory()
    old = proof(account)
    Account.objects.filter(pk=account.pk).update(epoch=account.epoch + 1)

    with pytest.raises(AccountGone):
        release(old, ProviderFactory(), now=NOW)


def test_the_ine_hash_outlives_a_change_of_number() -> None:
    account = PupilAccountFactory()
    EnrolmentFactory(pupil=account.pupil)
    before = release(proof(account), ProviderFactory(pass_culture=True), now=NOW).attributes["ine_hash"]
    account.pupil.former_ine, account.pupil.ine = account.pupil.ine, "990000042KH"
    account.pupil.save()

    after = release(proof(account), ProviderFactory(pass_culture=True, sector="autre"), now=NOW).attributes["ine_hash"]

    assert after == before


def test_before_september_the_school_released_is_this_years_not_the_next() -> None:
    account = PupilAccountFactory()
    now = datetime(2027, 6, 15, tzinfo=UTC)
    enrolment = EnrolmentFactory(pupil=account.pupil, year=2026, level="2116")
    EnrolmentFactory(pupil=account.pupil, year=2027, level="2211")

    identity = release(proof(account), ProviderFactory(pass_culture=True), now=now)

    assert identity.attributes["uai"] == (enrolment.school_id,)
    assert identity.attributes["level"] == ("2116",)
