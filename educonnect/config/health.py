"""What a proxy and a monitor ask of one node: does it live, can it serve, what has it counted.

These addresses stand before everything else: no session, no host name, no log line, nothing kept. They say whether,
never why: the log tells the operator why (decision 0108).
"""

import logging
import secrets
from collections.abc import Callable, Iterator
from functools import cache

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotFound, JsonResponse
from prometheus_client.metrics_core import Metric

from educonnect import metrics
from educonnect.config import measures
from educonnect.config.middleware import HEADERS
from educonnect.saml import keys

logger = logging.getLogger(__name__)

PATIENCE = "3s"  # a statement of a probe or of a scrape that takes longer is given up


class NotReady(Exception):
    """This node cannot serve; the reason is for the log."""


class Health:
    """Answer `/sante`, `/sante/prete` and `/sante/mesures`; pass everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.answers = {"/sante": alive, "/sante/prete": ready, "/sante/mesures": measured}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.answers.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        asked = request.method in {"GET", "HEAD"}
        response: HttpResponse = answer(request) if asked else HttpResponseNotAllowed(["GET", "HEAD"])
        for name, value in {**HEADERS, "Content-Security-Policy": "default-src 'none'"}.items():
            response.headers.setdefault(name, value)
        return response


def alive(request: HttpRequest) -> HttpResponse:
    """This process answers: no statement, nothing looked at."""
    return JsonResponse({"etat": "vivant"})


def ready(request: HttpRequest) -> HttpResponse:
    """This node can serve: its keys are read, the database answers and has the tables of this version."""
    try:
        _keys_are_read()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
            cursor.execute("SELECT app, name FROM django_migrations")
            if missing := _migrations() - set(cursor.fetchall()):
                raise NotReady(f"{len(missing)} migrations are not applied")
    except Exception as error:  # whatever it is, this node must not be given requests
        logger.warning("not ready: %s", error if isinstance(error, NotReady) else type(error).__name__)
        return JsonResponse({"etat": "pas prêt"}, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"etat": "prêt"})


def measured(request: HttpRequest) -> HttpResponse:
    """The counts of this node's processes and the state of the queues, to whoever bears the token; else nothing."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.METRICS_TOKEN
    if not token or not secrets.compare_digest(given.encode(errors="replace"), token.encode()):
        return HttpResponseNotFound()
    text, content_type = metrics.exposition(_Bounded())
    return HttpResponse(text, content_type=content_type)


class _Bounded:
    """What the database tells, within `PATIENCE`; where it does not answer, only that it does not."""

    def collect(self) -> Iterator[Metric]:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
                found = list(measures.of_the_queues(cursor))
        except Exception as error:  # the rest of the scrape is worth having, then above all
            logger.warning("queues not measured: %s", type(error).__name__)
            yield measures.database(up=False)
            return
        yield measures.database(up=True)
        yield from found


@cache
def _keys_are_read() -> None:
    keys.signing_key()
    keys.certificates()


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """Those of this version; a later release may have applied more, which takes nothing from us (decision 0110)."""
    return frozenset(MigrationLoader(None).disk_migrations or ())
