from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from educonnect.jobs import queue, rules, tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def greet():
    yield queue.task("tests.greet", priority=rules.SOON)(lambda name: None)
    del app.tasks["tests.greet"]


def test_a_job_is_enqueued_with_its_transaction(greet) -> None:
    with transaction.atomic():
        number = queue.enqueue("tests.greet", name="Camille")

    job = ProcrastinateJob.objects.get(pk=number)
    assert (job.task_name, job.args, job.priority) == ("tests.greet", {"name": "Camille"}, rules.SOON)


def test_a_job_is_forgotten_with_its_transaction(greet) -> None:
    with transaction.atomic():
        queue.enqueue("tests.greet", name="Camille")
        transaction.set_rollback(True)

    assert not ProcrastinateJob.objects.exists()


def test_inside_a_worker_a_job_still_belongs_to_the_transaction(greet) -> None:
    elsewhere = app.connector.get_worker_connector()

    with app.replace_connector(elsewhere), transaction.atomic():
        queue.enqueue("tests.greet", name="Camille")

    assert ProcrastinateJob.objects.filter(task_name="tests.greet").count() == 1


def test_a_job_can_wait_for_its_time(greet) -> None:
    tomorrow = timezone.now() + timedelta(days=1)

    number = queue.enqueue("tests.greet", name="Camille", at=tomorrow)

    assert ProcrastinateJob.objects.get(pk=number).scheduled_at == tomorrow


def test_many_jobs_are_one_statement(greet, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        queue.enqueue_each("tests.greet", [{"name": str(number)} for number in range(50)])

    assert ProcrastinateJob.objects.count() == 50


def test_an_unknown_task_is_refused_at_once() -> None:
    with pytest.raises(KeyError):
        queue.enqueue("tests.nobody-knows")


def job_of_a_worker(seconds_ago: float) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second') RETURNING id",
            [seconds_ago],
        )
        (worker,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)"
            " VALUES ('default', 'x', '{}', 'doing', %s)"
            " RETURNING id",
            [worker],
        )
        return cursor.fetchone()[0]


def test_the_sweep_gives_the_jobs_of_the_dead_to_the_living() -> None:
    dead, alive = job_of_a_worker(seconds_ago=7), job_of_a_worker(seconds_ago=1)

    async_to_sync(tasks.sweep.func)(0)

    assert ProcrastinateJob.objects.get(pk=dead).status == "todo"
    assert ProcrastinateJob.objects.get(pk=alive).status == "doing"


def test_the_sweep_runs_every_five_seconds() -> None:
    (periodic,) = [found for found in app.periodic_registry.periodic_tasks.values() if found.task.name == "jobs.sweep"]

    assert periodic.cron.split()[-1] == "*/5"
    assert len(periodic.cron.split()) == 6
