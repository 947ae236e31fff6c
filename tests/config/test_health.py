"""What a proxy and a monitor ask: liveness, readiness, measures."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from educonnect.config import health
from educonnect.jobs import queue
from educonnect.messaging import sending
from tests.jobs.processes import clear
from tests.nodes.processes import TOKEN, ask, free_port, nodes
from tests.web import people

BEARER = f"Bearer {TOKEN}"


@pytest.fixture(autouse=True)
def _remembered_afresh() -> None:
    health._migrations.cache_clear()


def test_a_node_that_lives_says_so_without_the_database(client: Client) -> None:
    response = client.get("/sante", headers={"host": "10.1.2.3"})  # no database is allowed in this test

    assert (response.status_code, response.json()) == (200, {"etat": "vivant"})
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    assert "X-Request-ID" not in response.headers


@pytest.mark.django_db
def test_a_node_is_ready_when_the_tables_are_those_of_its_version_or_later(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('accounts', '9999_later', now())")

    with django_assert_num_queries(4):  # a savepoint's two, the patience, the look
        response = client.get("/sante/prete")

    assert (response.status_code, response.json()) == (200, {"etat": "prêt"})


@pytest.mark.django_db
def test_a_node_is_not_ready_before_its_migrations_and_does_not_say_why(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'accounts'")

    response = client.get("/sante/prete")

    assert (response.status_code, response.json()) == (503, {"etat": "pas prêt"})
    assert int(response.headers["Retry-After"]) > 0


def test_a_node_without_its_database_lives_and_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: object, **options: object) -> None:
        raise OSError("connection to server at db.internal failed")

    monkeypatch.setattr(health.transaction, "atomic", gone)

    response = client.get("/sante/prete")

    assert response.status_code == 503
    assert "internal" not in response.content.decode()
    assert client.get("/sante").status_code == 200


def test_a_node_whose_key_cannot_be_read_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable() -> None:
        raise ValueError("key")

    monkeypatch.setattr(health, "_keys_are_read", unreadable)

    assert client.get("/sante/prete").status_code == 503


@pytest.mark.parametrize("address", ["/sante", "/sante/prete", "/sante/mesures"])
def test_nothing_can_be_sent_there(client: Client, address: str) -> None:
    assert client.post(address, {"x": "y"}).status_code == 405


@pytest.mark.parametrize("bearer", ["", "Bearer ", "Bearer wrong", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}"])
def test_measures_are_for_whoever_bears_the_token(client: Client, settings: Settings, bearer: str) -> None:
    settings.METRICS_TOKEN = TOKEN

    response = client.get("/sante/mesures", headers={"authorization": bearer})

    assert (response.status_code, response.content) == (404, b"")


def test_without_a_token_nobody_reads_the_measures(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""

    assert client.get("/sante/mesures", headers={"authorization": "Bearer "}).status_code == 404


@pytest.fixture
def _queue(transactional_db: None) -> Iterator[None]:
    clear()
    yield
    clear()


def measured(text: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"^(educonnect_[^ ]+) ([^ ]+)$", text, re.MULTILINE)}


@pytest.mark.usefixtures("_queue")
def test_the_queues_are_read_from_the_database(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    people.notified(people.pupil())
    sending.send_email(key="a:1", to="someone@example.invalid", subject="s", body="b")
    queue.enqueue("notification.run-chunk", chunk_id=1)

    response = client.get("/sante/mesures", headers={"authorization": BEARER})

    found = measured(response.content.decode())
    assert found["educonnect_database_up"] == 1
    assert found['educonnect_jobs{state="todo"}'] == 2
    assert found['educonnect_jobs{state="failed"}'] == 0
    assert found['educonnect_mail_recent{state="pending"}'] == 1
    assert found["educonnect_mail_waiting"] == 1
    assert found["educonnect_letters_a_minute"] == pytest.approx(0.2)
    assert found["educonnect_workers"] == 0
    assert "someone" not in response.content.decode()


def test_a_scrape_without_the_database_says_so(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN

    response = client.get("/sante/mesures", headers={"authorization": BEARER})  # none is allowed in this test

    assert measured(response.content.decode()) == {"educonnect_database_up": 0}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_scrape_adds_what_all_workers_of_the_node_counted(tmp_path: Path) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with nodes(tmp_path, base) as started:
        started.run("collectstatic", "--no-input", "--verbosity", "0")
        started.web("web", port)
        for _ in range(40):
            assert ask(f"{base}/connexion")[0] == 200
        assert ask(f"{base}/nowhere")[0] == 404

        found = measured(ask(f"{base}/sante/mesures", Authorization=BEARER)[2])
        unasked = ask(f"{base}/sante/mesures")

    assert found['educonnect_http_seconds_count{route="public:sign-in",status="2xx"}'] == 40
    assert found['educonnect_http_seconds_count{route="none",status="4xx"}'] == 1
    assert found["educonnect_hashes_waiting"] == 0
    assert found["educonnect_database_up"] == 1
    assert unasked[0] == 404
