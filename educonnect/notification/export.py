"""Hand over the files of a campaign: a ZIP with one PDF a class and one table, each time journalled."""

import os
import zipfile
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from educonnect.accounts.models import Kind
from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.delegation.rules import Right
from educonnect.jobs import sealing
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.letters import tables
from educonnect.notification import composing
from educonnect.notification.errors import FilesDestroyed, FilesNotReady
from educonnect.notification.models import Campaign, CampaignState, Chunk, Download
from educonnect.oversight import alerts
from educonnect.schools.models import Audience

TABLE = "identifiants.csv"
_HOLDERS = {Audience.PUPILS: Kind.PUPIL, Audience.GUARDIANS: Kind.GUARDIAN}


def followed(mandate: Mandate, campaign_id: int) -> Campaign:
    """A campaign, for whoever asked for it.

    Raises:
        OutOfMandate: it does not exist, its school is not in scope, another asked for it, or dépannage asks, which
            hands out no account.
    """
    mandate.require(Right.ADMINISTRATION)
    campaign = Campaign.objects.select_related("school").filter(pk=campaign_id, actor=mandate.actor).first()
    if campaign is None or _HOLDERS[Audience(campaign.audience)] not in mandate.kinds:
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
        alerts.files_taken(mandate, campaign.school_id, campaign.letters, now=now)
    stamp = timezone.localtime(campaign.created_at)
    names: set[str] = set()
    with override("fr"):
        lines = [tables.BYTE_ORDER_MARK, tables.rows([composing.headings(guardians=_is_guardians(campaign))])]
    with zipfile.ZipFile(target, "w") as archive:
        chunks = campaign.chunks.order_by("number")
        if mandate.scope.divisions is not None:  # narrowed since, perhaps
            chunks = chunks.filter(title__in=mandate.divisions().values("code"))
        for pk in chunks.values_list("pk", flat=True):
            chunk = Chunk.objects.get(pk=pk)  # one at a time: the letters of a school weigh tens of megabytes
            if chunk.letters is None or chunk.rows is None:
                continue
            letters = sealing.unseal(chunk.letters, purpose=chunk.purpose("letters"))
            _add(archive, _free(names, chunk.title), letters, stamp)
            lines.append(sealing.unseal(chunk.rows, purpose=chunk.purpose("rows")))
        _add(archive, TABLE, b"".join(lines), stamp)
    return campaign


def make_folder(folder: Path) -> None:
    """A folder for letters, for its owner alone when it is new.

    Raises:
        OSError: it cannot be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile(dir=folder):
        pass


def save(mandate: Mandate, campaign_id: int, folder: Path) -> Path:
    """Write the ZIP of a campaign in a folder, readable by its owner alone, whole or not at all; where it is.

    Raises:
        Refusal: as `write_files`.
        OSError: the folder cannot be written to.
    """
    campaign = followed(mandate, campaign_id)
    make_folder(folder)
    path = folder / f"courriers-{campaign.school_id}-{campaign.pk}.zip"
    draft = path.with_suffix(".part")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as target:
            write_files(mandate, campaign_id, target)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


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
