"""Two at once: workers on one chunk, a worker and a destruction; on a real database, committed."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone

from educonnect.accounts.models import ProvisionalPassword
from educonnect.delegation.mandate import operator_mandate
from educonnect.journal.models import Entry
from educonnect.notification import campaign as campaigns
from educonnect.notification.models import Campaign, CampaignState, Chunk
from educonnect.notification.selection import Selection
from tests.notification.conftest import NOW, World

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(*functions) -> list[object]:
    results: list[object] = [None] * len(functions)

    def run(index: int) -> None:
        try:
            results[index] = functions[index]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[index]) for index in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_T69_two_workers_on_one_chunk_make_it_once(world: World) -> None:
    for number in range(5):
        world.pupil(f"ABADIE{number}")
    campaign = campaigns.notify(operator_mandate(), Selection(world.school.pk), now=NOW)
    (chunk,) = campaign.chunks.all()

    made = in_threads(*[lambda: campaigns.run_chunk(chunk.pk)] * 3)

    assert sorted(map(bool, made)) == [False, False, True]
    assert Entry.objects.filter(event="account.notified").count() == 5


def test_the_last_two_chunks_made_at_once_finish_the_campaign_once(world: World) -> None:
    world.pupil("ABADIE", code="2DE1")
    world.pupil("BERNIER", code="2DE2")
    campaign = campaigns.notify(operator_mandate(), Selection(world.school.pk), now=NOW)

    in_threads(*[lambda pk=chunk.pk: campaigns.run_chunk(pk) for chunk in campaign.chunks.all()])

    campaign.refresh_from_db()
    assert (campaign.state, campaign.done) == (CampaignState.DONE, 2)
    assert Entry.objects.filter(event="campaign.done").count() == 1


def test_what_another_is_making_is_left_to_it(world: World) -> None:
    world.pupil("ABADIE")
    campaign = campaigns.notify(operator_mandate(), Selection(world.school.pk), now=NOW)

    with transaction.atomic():
        Chunk.objects.select_for_update().get()
        helped = in_threads(lambda: campaigns.help_finish(campaign.pk))

    assert helped == [False]


def test_destroyed_files_give_their_space_back(world: World) -> None:
    world.pupil("ABADIE")
    campaign = campaigns.notify(operator_mandate(), Selection(world.school.pk), now=NOW)
    campaigns.run_chunk(campaign.chunks.get().pk)

    def size() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_total_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'notification_chunk'"
            )
            return cursor.fetchone()[0]

    full = size()
    campaigns.destroy_expired(timezone.now() + timedelta(days=2))

    assert Campaign.objects.get().state == CampaignState.DESTROYED
    assert size() < full


@pytest.mark.parametrize("order", [(0, 1), (1, 0), None])
def test_T11_of_two_campaigns_asked_for_at_once_the_last_ones_letters_open_the_accounts(
    world: World, order: tuple[int, int] | None
) -> None:
    for number in range(5):
        world.pupil(f"ABADIE{number}")
    asked = [campaigns.notify(operator_mandate(), Selection(world.school.pk), now=NOW) for _ in range(2)]
    making = [partial(campaigns.run_chunk, campaign.chunks.get().pk) for campaign in asked]

    if order is None:
        in_threads(*making)
    else:
        for first in order:
            making[first]()

    latest = asked[1]
    latest.refresh_from_db()
    in_force = ProvisionalPassword.objects.values_list("batch", flat=True)
    assert set(in_force) == {f"campaign:{latest.pk}"}
    assert latest.letters == 5
