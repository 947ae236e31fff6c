"""Notify: letters for the accounts of a school, made by chunks, each exactly once whatever dies in between."""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from educonnect.accounts import provisional
from educonnect.accounts.models import Account, Purpose
from educonnect.delegation.mandate import Mandate, OutOfMandate, again
from educonnect.delegation.rules import Right
from educonnect.jobs import queue, sealing
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.letters import pdf, tables
from educonnect.notification import composing, export, rules
from educonnect.notification.models import Campaign, CampaignState, Chunk, ChunkState
from educonnect.notification.selection import ACCOUNT, Selected, Selection, enrolled, select
from educonnect.schools import portal
from educonnect.schools.models import Audience

RUN_CHUNK = "notification.run-chunk"
_BATCH = "campaign:"


def notify(mandate: Mandate, selection: Selection, *, now: datetime) -> Campaign:
    """Ask for the letters of a selection: what must be made is written down, and workers make it.

    Each account of it gets a new provisional password when its chunk is made, which voids the former at once. Those
    activated are left out, also when they become so in between. Of two campaigns at once, the letters of the one asked
    for last are those that open, whichever is made first.

    Returns:
        The campaign, to follow (`done` of `total`) and whose `files` are then handed to whoever asked.

    Raises:
        Refusal: OutOfMandate, UnknownCriterion or NobodySelected; nothing is written then.
    """
    mandate.require(Right.ADMINISTRATION)  # dépannage resets passwords, hands out no account
    school = mandate.require_school(selection.uai)
    selected = select(mandate, selection, now=now)
    own = portal.printed_address(school, selection.audience)
    guardians = selection.audience == Audience.GUARDIANS
    with transaction.atomic():
        campaign = Campaign.objects.create(
            school=school,
            audience=selection.audience,
            actor=mandate.actor,
            criteria=selection.criteria(),
            address=settings.BASE_URL if guardians or not own else own,
            extra_address=own if guardians else "",
            total=len(selected),
            created_at=now,
        )
        chunks = Chunk.objects.bulk_create(
            Chunk(campaign=campaign, number=number, title=division, accounts=accounts)
            for number, (division, accounts) in enumerate(_chunks(selected))
        )
        queue.enqueue_each(RUN_CHUNK, [{"chunk_id": chunk.pk} for chunk in chunks])
        record(
            Event.CAMPAIGN_STARTED,
            actor=mandate.actor,
            uai=school.pk,
            campaign=campaign.pk,
            audience=selection.audience,
            total=len(selected),
        )
    return campaign


def _chunks(selected: Sequence[Selected]) -> Iterator[tuple[str, list[int]]]:
    """At most `rules.CHUNK` accounts of one class each, in the order given."""
    for division, group in groupby(selected, key=lambda one: one.division):
        accounts = [one.account_id for one in group]
        for start in range(0, len(accounts), rules.CHUNK):
            yield division, accounts[start : start + rules.CHUNK]


def run_chunk(chunk_id: int, *, wait: bool = True) -> bool:
    """Make the letters of one chunk: draw, print, seal and store, in one transaction.

    Killed anywhere, nothing happened: the former letters still work and the chunk is made again. Run twice, or by two
    workers at once, it is made once: the second waits for the first, then finds it done.

    Whoever asked must still have the right, when it begins and when it ends: else nothing of it is kept, the former
    letters still work, and the campaign is cancelled. What their right no longer covers is left out.

    Args:
        wait: when another is making it: wait for what becomes of it (a worker must, or the chunk of one that dies
            would be nobody's), else leave it.

    Returns:
        Whether this call made it.
    """
    try:
        with transaction.atomic():
            chunk = (
                Chunk.objects.select_for_update(of=("self",), skip_locked=not wait)
                .select_related("campaign__school")
                .filter(pk=chunk_id, state=ChunkState.PENDING)
                .exclude(campaign__state=CampaignState.DESTROYED)
                .first()
            )
            if chunk is None:
                return False
            now = timezone.now()
            made = _make(chunk, _asked(chunk.campaign), now)
            _asked(chunk.campaign)  # printing takes seconds
            _progress(chunk, made, now)
    except OutOfMandate:
        _cancel(chunk_id)
        return False
    return True


def _asked(campaign: Campaign) -> Mandate:
    """The mandate of whoever asked for it, as it is now."""
    return again(campaign.actor, Right.ADMINISTRATION, uai=campaign.school_id, now=timezone.now())


def _cancel(chunk_id: int) -> None:
    """Whoever asked has the right no more: what is made is for nobody, and goes; what is not never will be."""
    now = timezone.now()
    with transaction.atomic():
        asked = Campaign.objects.filter(chunks=chunk_id)
        campaign = asked.exclude(state=CampaignState.DESTROYED).select_for_update().first()
        if campaign is None:
            return
        campaign.state = CampaignState.DESTROYED
        campaign.cancelled_at = campaign.finished_at = now
        campaign.save(update_fields=["state", "cancelled_at", "finished_at"])
        Chunk.objects.filter(campaign=campaign, state=ChunkState.DONE).update(letters=None, rows=None)
        record(
            Event.CAMPAIGN_CANCELLED,
            actor=campaign.actor,
            uai=campaign.school_id,
            campaign=campaign.pk,
            letters=campaign.letters,
        )


def _make(chunk: Chunk, mandate: Mandate, now: datetime) -> int:
    """Draw, print, seal and store; how many letters were made."""
    campaign = chunk.campaign
    today = timezone.localdate(now)
    account = ACCOUNT[campaign.audience]
    wanted = list(mandate.accounts().filter(pk__in=_locked(chunk)).values_list("pk", flat=True))
    there = enrolled(campaign.school_id, campaign.audience, Q(**{f"{account}__in": wanted}), today=today)
    clear = provisional.issue(
        there.values_list(f"{account}__pk", flat=True).distinct(),
        purpose=Purpose.ACTIVATION,
        batch=f"{_BATCH}{campaign.pk}",
        now=now,
        actor=campaign.actor,
        uai=campaign.school_id,
    )
    if clear:
        composed = _compose(chunk, mandate, clear, now)
        with override("fr"):
            title = _("Comptes ÉduConnect – %(division)s") % {"division": chunk.title or _("sans classe")}
            printed = pdf.render([one.letter for one in composed], title=title)
        rows = tables.rows(one.row for one in composed)
        chunk.letters = sealing.seal(printed, purpose=chunk.purpose("letters"))
        chunk.rows = sealing.seal(rows, purpose=chunk.purpose("rows"))
    chunk.state = ChunkState.DONE
    chunk.save(update_fields=["letters", "rows", "state"])
    return len(clear)


def _locked(chunk: Chunk) -> list[int]:
    """Its accounts, locked, but those whose letter is of a campaign asked for later: that one opens.

    Source: decision 0070.
    """
    accounts = Account.objects.filter(pk__in=chunk.accounts)
    list(accounts.order_by("pk").select_for_update().values_list("pk", flat=True))
    batches = accounts.filter(provisional__batch__startswith=_BATCH).values_list("pk", "provisional__batch")
    served = {pk for pk, batch in batches if int(batch.removeprefix(_BATCH)) > chunk.campaign_id}
    return [pk for pk in chunk.accounts if pk not in served]


def _compose(chunk: Chunk, mandate: Mandate, clear: dict[int, str], now: datetime) -> list[composing.Composed]:
    campaign = chunk.campaign
    setting = composing.Setting(
        school=campaign.school,
        division=chunk.title,
        address=campaign.address,
        extra_address=campaign.extra_address,
        today=timezone.localdate(now),
        limit=provisional.limit_day(now),
    )
    guardians = campaign.audience == Audience.GUARDIANS
    found = Account.objects.select_related("guardian" if guardians else "pupil").in_bulk(list(clear))
    in_order = [found[pk] for pk in chunk.accounts if pk in found]
    printed = {pk: provisional.printed(symbols) for pk, symbols in clear.items()}
    with override("fr"):
        if guardians:
            return composing.guardians(in_order, printed, setting, named=mandate.pupils())
        return composing.pupils(in_order, printed, setting)


def _progress(chunk: Chunk, made: int, now: datetime) -> None:
    # the row's lock is held until commit: of two last chunks, the second sees the first done
    going_on = Campaign.objects.filter(pk=chunk.campaign_id).exclude(state=CampaignState.DESTROYED)
    if not going_on.update(
        done=F("done") + len(chunk.accounts),
        letters=F("letters") + made,
        state=CampaignState.RUNNING,
        files_expire_at=now + timedelta(seconds=settings.FILES_LIFETIME),
    ):
        raise OutOfMandate  # cancelled meanwhile, or its time was over
    if not Chunk.objects.filter(campaign=chunk.campaign_id, state=ChunkState.PENDING).exists():
        finished = Campaign.objects.get(pk=chunk.campaign_id)
        finished.state = CampaignState.DONE
        finished.finished_at = now
        finished.save(update_fields=["state", "finished_at"])
        record(
            Event.CAMPAIGN_DONE,
            actor=finished.actor,
            uai=finished.school_id,
            campaign=finished.pk,
            letters=finished.letters,
        )


def help_finish(campaign_id: int) -> bool:
    """Make one chunk that nobody is making; False when there is none left to take."""
    waiting = Chunk.objects.filter(campaign=campaign_id, state=ChunkState.PENDING).order_by("number")
    return any(run_chunk(pk, wait=False) for pk in waiting.values_list("pk", flat=True).iterator())


def resume(now: datetime) -> int:
    """Ask again for chunks that wait and that no job will make, such as after too many failures; how many."""
    waiting = Chunk.objects.filter(state=ChunkState.PENDING, campaign__created_at__lte=now - rules.RESUME_AFTER)
    orphans = set(waiting.exclude(campaign__state=CampaignState.DESTROYED).values_list("pk", flat=True))
    if orphans:
        orphans -= {int(run["chunk_id"] or 0) for run in queue.waiting(RUN_CHUNK)}
    queue.enqueue_each(RUN_CHUNK, [{"chunk_id": pk} for pk in sorted(orphans)])
    return len(orphans)


def files(mandate: Mandate, campaign_id: int) -> bytes:
    """The ZIP of a campaign: one PDF a class and one table. Each call is journalled.

    `export.write_files` writes the same to a file without holding it in memory.

    Raises:
        Refusal: OutOfMandate (also when another asked for it), FilesNotReady or FilesDestroyed.
    """
    archive = io.BytesIO()
    export.write_files(mandate, campaign_id, archive)
    return archive.getvalue()


def destroy_expired(now: datetime) -> int:
    """Destroy the files whose time is over, also of campaigns that never finished; how many campaigns that was.

    The bytes leave the tables, and the space they took is given back.
    """
    with transaction.atomic():
        over = list(
            Campaign.objects.select_for_update(skip_locked=True)
            .exclude(state=CampaignState.DESTROYED)
            .filter(files_expire_at__lte=now)
        )
        if not over:
            return 0
        Chunk.objects.filter(campaign__in=over).update(letters=None, rows=None)
        Campaign.objects.filter(pk__in=[campaign.pk for campaign in over]).update(state=CampaignState.DESTROYED)
        for campaign in over:
            record(Event.FILES_DESTROYED, uai=campaign.school_id, campaign=campaign.pk)
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM {connection.ops.quote_name(Chunk._meta.db_table)}")
    return len(over)
