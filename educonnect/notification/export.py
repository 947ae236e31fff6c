"""Hand over the files of a campaign: a ZIP with one PDF a class and one table, each time journalled."""

import zipfile
from datetime import datetime
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.jobs import sealing
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.letters import tables
from educonnect.notification import composing
from educonnect.notification.errors import FilesDestroyed, FilesNotReady
from educonnect.notification.models import Campaign, CampaignState, Chunk, Download
from educonnect.schools.models import Audience

TABLE = "identifiants.csv"


def followed(mandate: Mandate, campaign_id: int) -> Campaign:
    """A campaign, for whoever asked for it.

    Raises:
        OutOfMandate: it does not exist, its school is not in scope, or another asked for it.
    """
    campaign = Campaign.objects.select_related("school").filter(pk=campaign_id, actor=mandate.actor).first()
    if campaign is None:
        raise OutOfMandate
    mandate.require_school(campaign.school_id)
    return campaign


def write_files(mandate: Mandate, campaign_id: int, target: BinaryIO) -> Campaign:
    """Write the ZIP of a campaign to a file, one class at a time, once it is journalled that it was taken.

    Raises:
        Refusal: OutOfMandate, FilesNotReady or FilesDestroyed.
    """
    now = timezone.now()
    with transaction.atomic():
        campaign = followed(mandate, campaign_id)
        over = campaign.files_expire_at is not None and campaign.files_expire_at <= now
        if campaign.state == CampaignState.DESTROYED or over:
            raise FilesDestroyed
        if campaign.state != CampaignState.DONE:
            raise FilesNotReady
        Download.objects.create(campaign=campaign, actor=mandate.actor, at=now)
        record(Event.FILES_TAKEN, actor=mandate.actor, uai=campaign.school_id, campaign=campaign.pk)
    stamp = timezone.localtime(campaign.created_at)
    names: set[str] = set()
    with override("fr"):
        lines = [tables.BYTE_ORDER_MARK, tables.rows([composing.headings(guardians=_is_guardians(campaign))])]
    with zipfile.ZipFile(target, "w") as archive:
        for pk in campaign.chunks.order_by("number").values_list("pk", flat=True):
            chunk = Chunk.objects.get(pk=pk)  # one at a time: the letters of a school weigh tens of megabytes
            if chunk.letters is None or chunk.rows is None:
                continue
            letters = sealing.unseal(chunk.letters, purpose=chunk.purpose("letters"))
            _add(archive, _free(names, chunk.title), letters, stamp)
            lines.append(sealing.unseal(chunk.rows, purpose=chunk.purpose("rows")))
        _add(archive, TABLE, b"".join(lines), stamp)
    return campaign


def _is_guardians(campaign: Campaign) -> bool:
    return campaign.audience == Audience.GUARDIANS


def _free(names: set[str], division: str) -> str:
    """A file name for a class, safe and not taken yet, also where case does not count."""
    stem = f"classe-{tables.file_name(division, otherwise='autre')}" if division else "sans-classe"
    name, number = f"{stem}.pdf", 2
    while name.casefold() in names:
        name, number = f"{stem}-{number}.pdf", number + 1
    names.add(name.casefold())
    return name


def _add(archive: zipfile.ZipFile, name: str, content: bytes, stamp: datetime) -> None:
    # a PDF is compressed already; entries are for their owner alone once unpacked
    entry = zipfile.ZipInfo(name, stamp.timetuple()[:6])
    entry.external_attr = 0o600 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED if name == TABLE else zipfile.ZIP_STORED
    archive.writestr(entry, content)
