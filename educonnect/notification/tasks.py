"""When letters are made, and their files destroyed."""

from django.utils import timezone

from educonnect.jobs.queue import periodic, task
from educonnect.notification import campaign


@task(campaign.RUN_CHUNK)
def run_chunk(chunk_id: int) -> None:
    """Make the letters of one chunk, if nobody did."""
    campaign.run_chunk(chunk_id)


@periodic("notification.destroy-expired", "*/5 * * * *")
def destroy_expired() -> None:
    """Destroy the files whose time is over: at most five minutes late."""
    campaign.destroy_expired(timezone.now())


@periodic("notification.resume", "*/10 * * * *")
def resume() -> None:
    """Ask again for what nobody will make."""
    campaign.resume(timezone.now())
