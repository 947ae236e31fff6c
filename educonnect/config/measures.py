"""The state of the queues, read from the database at each scrape: any node tells the same, whichever did the work.

Each statement reads an index, or so many rows at most: a scrape costs the same in a small and in a large installation.
"""

from collections.abc import Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from educonnect.journal.rules import Event
from educonnect.messaging.models import OutboxState

MOST = 100_000  # jobs looked at; more than that waiting is an alarm whatever the number
RECENT = 1_000  # messages looked at to tell how the mail goes
MINUTES = 5  # over which letters are averaged

_JOBS = """
SELECT status::text, count(*) FROM (SELECT status FROM procrastinate_jobs LIMIT %s) seen GROUP BY 1
"""
_OLDEST_JOB = """
SELECT coalesce(extract(epoch FROM now() - min(at)), 0) FROM (
  SELECT coalesce(j.scheduled_at, (SELECT min(e.at) FROM procrastinate_events e WHERE e.job_id = j.id)) AS at
  FROM procrastinate_jobs j
  WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())
  ORDER BY j.priority DESC, j.id LIMIT 100
) seen
"""
_WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 seconds'"
_MAIL = """
SELECT state, count(*) FROM (SELECT state FROM messaging_outboxmessage ORDER BY id DESC LIMIT %s) seen GROUP BY 1
"""
_OLDEST_MAIL = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM (
  SELECT created_at FROM messaging_outboxmessage WHERE state IN ('pending', 'sending') LIMIT %s
) seen
"""
_LETTERS = "SELECT count(*) FROM journal_entry WHERE at > now() - make_interval(mins => %s) AND event = %s"


def database(*, up: bool) -> Metric:
    """Whether the database answered the scrape."""
    return GaugeMetricFamily("educonnect_database_up", "1 where the database answers", value=int(up))


def of_the_queues(cursor: Any) -> Iterator[Metric]:
    """Jobs, workers, mail and letters."""
    jobs = GaugeMetricFamily("educonnect_jobs", "Jobs of the queue, by state", labels=["state"])
    for state, count in {**dict.fromkeys(("todo", "doing", "failed"), 0), **_pairs(cursor, _JOBS, MOST)}.items():
        jobs.add_metric([state], count)
    yield jobs
    yield GaugeMetricFamily(
        "educonnect_jobs_oldest_seconds", "Age of a job that is due and waits", value=_row(cursor, _OLDEST_JOB)[0]
    )
    yield GaugeMetricFamily("educonnect_workers", "Workers that gave a sign of life", value=_row(cursor, _WORKERS)[0])
    mail = GaugeMetricFamily("educonnect_mail_recent", f"The last {RECENT} messages, by state", labels=["state"])
    for state, count in {**dict.fromkeys(OutboxState.values, 0), **_pairs(cursor, _MAIL, RECENT)}.items():
        mail.add_metric([state], count)
    yield mail
    waiting, oldest = _row(cursor, _OLDEST_MAIL, MOST)
    yield GaugeMetricFamily("educonnect_mail_waiting", "Messages that have not left", value=waiting)
    yield GaugeMetricFamily("educonnect_mail_oldest_seconds", "Age of the oldest of them", value=oldest)
    letters = _row(cursor, _LETTERS, MINUTES, Event.ACCOUNT_NOTIFIED.value)[0]
    yield GaugeMetricFamily(
        "educonnect_letters_a_minute", f"Letters made, over {MINUTES} minutes", value=letters / MINUTES
    )


def _row(cursor: Any, statement: str, *values: object) -> tuple[Any, ...]:
    cursor.execute(statement, values)
    found: tuple[Any, ...] = cursor.fetchone()
    return found


def _pairs(cursor: Any, statement: str, *values: object) -> dict[str, int]:
    cursor.execute(statement, values)
    return dict(cursor.fetchall())
