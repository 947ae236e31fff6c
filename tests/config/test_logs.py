"""Logs: JSON lines that lead to the fault and to nobody."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve

from educonnect.config import logs

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines() -> Iterator[Any]:
    """What is logged while the test runs: call it for the lines so far, each a parsed JSON object."""
    stream = io.StringIO()
    formatter = logs.configuration("ext://sys.stderr", "INFO")["formatters"]["json"]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    former = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(former)


def test_a_request_is_one_line_with_its_number_route_status_and_time(client: Client, lines: Any) -> None:
    answer = client.get("/connexion")

    (line,) = [line for line in lines() if line["event"] == "answered"]
    assert line["route"] == "public:sign-in"
    assert line["status"] == 200
    assert line["method"] == "GET"
    assert line["ms"] >= 0
    assert line["request"] == answer["X-Request-ID"]


def test_T75_a_line_holds_no_path_no_query_and_no_address(client: Client, lines: Any) -> None:
    client.get("/confirmer/one-use-token?code=secret", REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Firefox-of-Ada")
    client.get("/nowhere/one-use-token?code=secret", REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Firefox-of-Ada")

    said = json.dumps(lines())
    assert "answered" in said
    assert [word for word in ("one-use-token", "secret", "192.0.2.7", "Firefox-of-Ada") if word in said] == []


def test_T75_a_failure_says_where_it_broke_and_repeats_no_message(lines: Any) -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        try:
            raise ValueError("Key (username)=(a.francbrune) already exists")
        except ValueError as error:
            logging.getLogger("django.request").error(
                "Internal Server Error: %s",
                request.path,
                exc_info=error,
                extra={"status_code": 500, "request": request},
            )
        return HttpResponse(status=500)

    request = RequestFactory().get("/connexion?code=secret")
    request.resolver_match = resolve("/connexion")
    logs.RequestLog(broken)(request)

    failed, answered = lines()
    assert failed["event"] == "request failed"
    assert failed["status"] == 500
    assert failed["route"] == "public:sign-in"
    assert failed["exception"][0]["type"] == "ValueError"
    assert "broken" in failed["exception"][0]["at"][0]
    assert failed["request"] == answered["request"]
    assert "francbrune" not in json.dumps([failed, answered])
    assert "secret" not in json.dumps([failed, answered])


def test_an_unusual_method_is_not_repeated(lines: Any) -> None:
    request = RequestFactory().generic("<SCRIPT>", "/connexion")

    logs.RequestLog(lambda request: HttpResponse())(request)

    assert lines()[0]["method"] == "other"
