import io
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from educonnect.delegation.mandate import Mandate, OutOfMandate, operator_mandate
from educonnect.delegation.rules import Right
from educonnect.helpdesk import portal
from educonnect.journal.models import Entry
from educonnect.schools.errors import PortalReason, PortalRefused
from educonnect.schools.models import Audience, PortalAddress
from educonnect.schools.portal import Answer, printed_address
from tests.delegation.factories import a_mandate
from tests.schools.factories import SchoolFactory

pytestmark = pytest.mark.django_db
URL = "https://ent.example"


def test_setting_and_verifying_an_address_are_journalled() -> None:
    school, mandate = SchoolFactory(), operator_mandate()

    portal.declare(mandate, school.pk, Audience.PUPILS, URL)
    portal.verify(
        mandate, school.pk, Audience.PUPILS, resolver=lambda *_: ["93.184.216.34"], fetcher=lambda *_: Answer(200)
    )

    assert printed_address(school, Audience.PUPILS) == URL
    assert list(Entry.objects.order_by("pk").values_list("event", "uai")) == [
        ("portal.set", school.pk),
        ("portal.verified", school.pk),
    ]


@pytest.mark.parametrize(
    "mandate",
    [
        lambda: a_mandate(Right.ADMINISTRATION),
        lambda: a_mandate(Right.DEPANNAGE, nation=True),
    ],
    ids=["another school", "depannage"],
)
def test_who_may_not_set_it_changes_nothing(mandate: Callable[[], Mandate]) -> None:
    school = SchoolFactory()

    with pytest.raises(OutOfMandate):
        portal.declare(mandate(), school.pk, Audience.PUPILS, URL)

    assert not PortalAddress.objects.exists()
    assert not Entry.objects.exists()


def run(*words: str) -> str:
    said = io.StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


def test_the_command_sets_each_audience_apart() -> None:
    school = SchoolFactory()

    run("portal", "set", school.pk.lower(), "--pupils", URL, "--guardians", f"{URL}/parents")
    run("portal", "set", school.pk, "--pupils", "")

    assert list(PortalAddress.objects.values_list("audience", "url")) == [("guardians", f"{URL}/parents")]


def test_the_command_asks_for_an_address() -> None:
    with pytest.raises(CommandError, match="--pupils"):
        run("portal", "set", SchoolFactory().pk)


def test_the_command_verifies_what_is_declared_or_says_there_is_nothing(monkeypatch) -> None:
    school = SchoolFactory()
    with pytest.raises(PortalRefused) as refused:
        run("portal", "verify", school.pk)
    run("portal", "set", school.pk, "--pupils", URL, "--guardians", URL)
    monkeypatch.setattr("educonnect.schools.portal._resolve", lambda *_: ["93.184.216.34"])
    monkeypatch.setattr("educonnect.schools.portal._fetch", lambda *_: Answer(200))

    said = run("portal", "verify", school.pk)

    assert refused.value.reason == PortalReason.NOTHING
    assert said.count("est vérifiée") == 2
    assert printed_address(school, Audience.GUARDIANS) == URL
