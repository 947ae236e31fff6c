"""Register tasks, and enqueue them in the current transaction.

A task only says *when*: what must happen exactly once is a row of the domain, claimed in the transaction
that does the work. Running a task twice changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from procrastinate import jobs, manager, retry, tasks, types
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob

from educonnect.jobs import rules

Argument = str | int | bool | None

# its own manager on Django's connection: a worker swaps the connector of `app` for a pool of its own,
# and a job enqueued by a task must still belong to that task's transaction
_here = manager.JobManager(DjangoConnector(alias="default"))


def task(
    name: str, *, priority: int = rules.ORDINARY, attempts: int = rules.ATTEMPTS
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function of `<app>/tasks.py` a task; it stays callable as it is.

    Args:
        name: `<app>.<verb>`, stored in the queue: renaming one loses the jobs that wait under it.
        attempts: how many times a job that raises is tried, with growing delays, before it is left as failed.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        app.task(name=name, priority=priority, retry=retry.RetryStrategy(max_attempts=attempts, exponential_wait=3))(
            function
        )
        return function

    return register


def periodic(
    name: str, cron: str, *, priority: int = rules.ORDINARY
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Make a function without argument a task that workers run by the clock, one worker at a time.

    Args:
        cron: five fields, or six with the seconds **last**. A late run is not made up for.
    """

    def register(function: Callable[[], None]) -> Callable[[], None]:
        def run(timestamp: int) -> None:
            function()

        made = app.task(name=name, priority=priority, queueing_lock=name)(run)
        app.periodic(cron=cron)(made)
        return function

    return register


def enqueue(name: str, /, *, priority: int | None = None, at: datetime | None = None, **arguments: Argument) -> int:
    """Ask for a task once the current transaction is committed; nothing is asked if it is rolled back.

    Args:
        name: as given to `task`; an unknown one is a KeyError.
        arguments: identifiers, never personal data or a secret: they are stored in clear.

    Returns:
        The number of the job.
    """
    known = app.tasks[name]
    return _deferrer(known, priority, at).defer(**arguments)


def enqueue_each(name: str, runs: Iterable[Mapping[str, Argument]]) -> None:
    """`enqueue` many runs of one task in one statement."""
    arguments: list[types.JSONDict] = [{**run} for run in runs]
    if arguments:
        _deferrer(app.tasks[name], None, None).batch_defer(*arguments)


def waiting(name: str) -> list[dict[str, Argument]]:
    """The arguments of the runs of a task that wait, or are under way."""
    jobs_of_it = ProcrastinateJob.objects.filter(task_name=name, status__in=("todo", "doing"))
    return list(jobs_of_it.values_list("args", flat=True))


def _deferrer(known: tasks.Task[Any, Any, Any], priority: int | None, at: datetime | None) -> jobs.JobDeferrer:
    return tasks.configure_task(
        name=known.name,
        job_manager=_here,
        queue=known.queue,
        priority=known.priority if priority is None else priority,
        queueing_lock=known.queueing_lock,
        schedule_at=at,
    )
