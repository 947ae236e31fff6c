"""kill -9 a worker in the middle of a campaign: each pupil is notified exactly once, and the job goes on."""

import csv
import io
import time
import zipfile
from collections import Counter
from collections.abc import Iterator

import pypdf
import pytest
from django.utils import timezone

from educonnect.accounts import provisional
from educonnect.accounts.models import Account
from educonnect.delegation.mandate import operator_mandate
from educonnect.journal.models import Entry
from educonnect.notification import campaign as campaigns
from educonnect.notification.export import TABLE
from educonnect.notification.models import Campaign, CampaignState
from educonnect.notification.selection import Selection
from tests.jobs.processes import clear, start, wait_for
from tests.notification.conftest import NOW, World
from tests.schools.factories import SchoolFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _queue(transactional_db: None) -> Iterator[None]:
    clear()
    yield
    clear()


CLASSES, PUPILS = 24, 12


def test_T69_workers_killed_half_way_notify_each_pupil_exactly_once() -> None:
    world = World(SchoolFactory())
    for division in range(CLASSES):
        for number in range(PUPILS):
            world.pupil(f"PUPIL{division}-{number}", code=f"C{division}")
    campaign = campaigns.notify(operator_mandate(), Selection(world.school.pk), now=NOW)

    def done() -> int:
        campaign.refresh_from_db()
        return campaign.done

    resumed = []
    left, killed = 0, time.monotonic()
    for _ in range(2):
        worker = start()
        assert wait_for(lambda left=left: done() > left)
        resumed.append(time.monotonic() - killed)
        worker.kill()
        worker.communicate()
        left, killed = done(), time.monotonic()
        assert left < campaign.total
    worker = start()
    assert wait_for(lambda: done() > left)
    resumed.append(time.monotonic() - killed)
    finished = wait_for(lambda: Campaign.objects.get().state == CampaignState.DONE, seconds=30)
    worker.terminate()
    worker.communicate(timeout=20)

    assert finished
    assert max(resumed) < 20
    campaign.refresh_from_db()
    assert (campaign.done, campaign.letters) == (CLASSES * PUPILS, CLASSES * PUPILS)
    journalled = Counter(Entry.objects.filter(event="account.notified").values_list("account_id", flat=True))
    assert set(journalled.values()) == {1}
    assert len(journalled) == CLASSES * PUPILS
    archive = zipfile.ZipFile(io.BytesIO(campaigns.files(operator_mandate(), campaign.pk)))
    rows = list(csv.DictReader(io.StringIO(archive.read(TABLE).decode("utf-8-sig")), delimiter=";"))
    accounts = {account.username: account for account in Account.objects.select_related("provisional")}
    assert len(rows) == len(accounts) == CLASSES * PUPILS
    for row in rows:
        assert provisional.matches(accounts[row["Identifiant"]], row["Mot de passe provisoire"], timezone.now())
    pages = [
        page.extract_text()
        for name in archive.namelist()
        if name.endswith(".pdf")
        for page in pypdf.PdfReader(io.BytesIO(archive.read(name))).pages
    ]
    assert len(pages) == CLASSES * PUPILS
    assert all(row["Mot de passe provisoire"] in page for row, page in zip(rows, pages, strict=True))
