"""Letters asked for by somebody whose right changes before they are made."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from educonnect.accounts import provisional
from educonnect.accounts.models import Account, ProvisionalPassword
from educonnect.delegation.mandate import Mandate, OutOfMandate, mandate_for
from educonnect.delegation.models import Delegation, Suspension
from educonnect.delegation.rules import Right
from educonnect.journal.models import Entry
from educonnect.letters import pdf
from educonnect.notification import campaign as campaigns
from educonnect.notification import export
from educonnect.notification.errors import FilesDestroyed
from educonnect.notification.models import Campaign, CampaignState, Chunk, ChunkState
from educonnect.notification.selection import Selection
from educonnect.schools.models import Audience
from tests.delegation.factories import a_delegation, a_mandate, a_staff
from tests.notification.conftest import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def given(world: World) -> Delegation:
    return a_delegation(Right.ADMINISTRATION, world.school)


def mandate(given: Delegation) -> Mandate:
    return mandate_for(given.staff_id, Right.ADMINISTRATION, uai=given.school_id, now=timezone.now())


def asked(given: Delegation, **filters: object) -> Campaign:
    return campaigns.notify(mandate(given), Selection(given.school_id, **filters), now=timezone.now())


def withdrawn(given: Delegation) -> None:
    Delegation.objects.update(withdrawn_at=timezone.now())


def over(given: Delegation) -> None:
    Delegation.objects.update(ends_on=timezone.localdate() - timedelta(days=1))


def suspended(given: Delegation) -> None:
    Suspension.objects.create(staff=given.staff, school=given.school, by="staff:1", at=timezone.now())


def closed(given: Delegation) -> None:
    given.staff.closed_at = timezone.now()
    given.staff.save()


def lessened(given: Delegation) -> None:
    Delegation.objects.update(right=Right.DEPANNAGE)


WAYS = [withdrawn, over, suspended, closed, lessened]
each_way = pytest.mark.parametrize("lose", WAYS, ids=lambda way: way.__name__)


@each_way
def test_T66_a_chunk_of_somebody_whose_right_is_gone_is_not_made_and_former_letters_work(
    world: World, given: Delegation, lose: Callable[[Delegation], None]
) -> None:
    account = world.pupil("DUVERGER")
    former = provisional.issue([account.pk], purpose="activation", batch="test", now=timezone.now())[account.pk]
    campaign = asked(given, states=("notified",))

    lose(given)

    assert campaigns.run_chunk(campaign.chunks.get().pk) is False
    campaign.refresh_from_db()
    assert (campaign.state, campaign.letters, campaign.cancelled_at is not None) == (CampaignState.DESTROYED, 0, True)
    account = Account.objects.select_related("provisional").get(pk=account.pk)
    assert provisional.matches(account, provisional.printed(former), timezone.now())
    (line,) = Entry.objects.filter(event="campaign.cancelled")
    assert (line.actor, line.uai, line.detail) == (
        f"staff:{given.staff_id}",
        given.school_id,
        {"campaign": campaign.pk, "letters": 0},
    )


def test_T66_a_right_lost_while_letters_are_printed_leaves_none(
    world: World, given: Delegation, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.pupil("DUVERGER")
    campaign = asked(given)
    monkeypatch.setattr(pdf, "render", lambda *_, **__: withdrawn(given) or b"%PDF")

    made = campaigns.run_chunk(campaign.chunks.get().pk)

    assert made is False
    assert not ProvisionalPassword.objects.exists()
    assert not Account.objects.exclude(notified_at=None).exists()
    assert Chunk.objects.get().letters is None


def test_T66_what_was_printed_before_is_destroyed_and_the_rest_never_made(world: World, given: Delegation) -> None:
    world.pupil("ABADIE", code="2DE1")
    world.pupil("BERNIER", code="2DE2")
    campaign = asked(given)
    first, second = campaign.chunks.order_by("number")
    assert campaigns.run_chunk(first.pk)

    withdrawn(given)
    made = campaigns.run_chunk(second.pk)
    Delegation.objects.update(withdrawn_at=None)

    assert (made, campaigns.run_chunk(second.pk), campaigns.help_finish(campaign.pk)) == (False, False, False)
    assert set(Chunk.objects.values_list("state", "letters", "rows")) == {
        (ChunkState.DONE, None, None),
        (ChunkState.PENDING, None, None),
    }
    with pytest.raises(FilesDestroyed):
        campaigns.files(mandate(given), campaign.pk)
    assert Entry.objects.filter(event="campaign.cancelled").count() == 1
    assert campaigns.resume(timezone.now() + timedelta(hours=1)) == 0


def test_T66_a_right_narrowed_to_classes_narrows_what_is_not_made_yet(world: World, given: Delegation) -> None:
    stays = world.pupil("ABADIE", code="2DE1")
    world.guardian("CLAIRVAL", [world.pupil("BERNIER", code="2DE2")])
    parent = world.guardian("DURAND", [stays])
    pupils, guardians = asked(given), asked(given, audience=Audience.GUARDIANS)

    given.divisions.set([world.divisions["2DE1"]])
    Delegation.objects.update(whole_school=False)
    for chunk in Chunk.objects.order_by("pk"):
        campaigns.run_chunk(chunk.pk)

    assert set(ProvisionalPassword.objects.values_list("account", flat=True)) == {stays.pk, parent.pk}
    for campaign in (pupils, guardians):
        campaign.refresh_from_db()
        assert (campaign.state, campaign.done, campaign.letters) == (CampaignState.DONE, 2, 1)


def test_T66_files_made_before_a_right_is_narrowed_hand_out_its_classes_alone(world: World, given: Delegation) -> None:
    world.pupil("ABADIE", code="2DE1")
    world.pupil("BERNIER", code="2DE2")
    campaign = asked(given)
    for chunk in campaign.chunks.all():
        campaigns.run_chunk(chunk.pk)

    given.divisions.set([world.divisions["2DE1"]])
    Delegation.objects.update(whole_school=False)

    archive = zipfile.ZipFile(io.BytesIO(campaigns.files(mandate(given), campaign.pk)))
    assert archive.namelist() == ["classe-2DE1.pdf", export.TABLE]
    assert b"BERNIER" not in archive.read(export.TABLE)


def test_T66_files_are_not_for_depannage_be_it_the_same_person_s(world: World, given: Delegation) -> None:
    world.pupil("ABADIE")
    campaign = asked(given)
    campaigns.run_chunk(campaign.chunks.get().pk)

    lessened(given)

    with pytest.raises(OutOfMandate):
        export.followed(
            mandate_for(given.staff_id, Right.DEPANNAGE, uai=given.school_id, now=timezone.now()), campaign.pk
        )


@pytest.mark.parametrize(
    "actor", ["", "system", "account:1", "staff:", "staff:x", "staff:-1", "staff:1 ", "operator:x"]
)
def test_work_asked_for_by_nobody_known_is_not_done(world: World, actor: str) -> None:
    world.pupil("DUVERGER")
    campaign = asked(a_delegation(Right.ADMINISTRATION, world.school, staff=a_staff()))
    Campaign.objects.update(actor=actor)

    assert campaigns.run_chunk(campaign.chunks.get().pk) is False
    assert not ProvisionalPassword.objects.exists()


def test_T65_a_guardian_s_letter_names_the_children_of_this_school_alone(world: World) -> None:
    here, there = (
        world.pupil("ABADIE", "Ici"),
        World(
            type(world.school).objects.create(
                uai="9729999X", name="Collège ailleurs", departement="972", academie="31", si_instance="31"
            )
        ).pupil("ABADIE", "Ailleurs", code="5A"),
    )
    world.guardian("ABADIE", [here, there])
    made = a_mandate(Right.ADMINISTRATION, world.school)
    campaign = campaigns.notify(made, Selection(world.school.pk, audience=Audience.GUARDIANS), now=timezone.now())
    printed: list[object] = []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "render", lambda letters, **_: printed.append(letters) or b"%PDF")
        campaigns.run_chunk(campaign.chunks.get().pk)

    archive = zipfile.ZipFile(io.BytesIO(campaigns.files(made, campaign.pk)))
    told = repr(printed) + archive.read(export.TABLE).decode()
    assert "Ici ABADIE" in told
    assert "Ailleurs" not in told
    assert "ailleurs" not in told
    assert "5A" not in told
