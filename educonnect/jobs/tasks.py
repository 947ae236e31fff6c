"""What keeps the queue itself going."""

from procrastinate.contrib.django import app

from educonnect.jobs import rules


@app.periodic(cron=rules.SWEEP)
@app.task(name="jobs.sweep", priority=rules.URGENT, queueing_lock="jobs.sweep")
async def sweep(timestamp: int) -> None:
    """Give the jobs of workers that died (kill -9, power cut) to whoever works now."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=rules.STALLED):
        await app.job_manager.retry_job(job)


@app.periodic(cron=rules.PURGE)
@app.task(name="jobs.purge", queueing_lock="jobs.purge")
async def purge(timestamp: int) -> None:
    """Forget jobs that failed long ago."""
    await app.job_manager.delete_old_jobs(
        nb_hours=rules.KEPT_FAILURES, include_failed=True, include_cancelled=True, include_aborted=True
    )
