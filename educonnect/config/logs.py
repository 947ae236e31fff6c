"""Logs: one JSON object a line, a request's number on each, and nobody's data on any."""

import json
import logging
import secrets
import time
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.typing import EventDict, Processor

from educonnect import metrics

log = logging.getLogger("educonnect.requests")


class RequestLog:
    """Number each request, put the number on every line it causes, and say how it was answered.

    The line bears the route's name, never the path, which may hold a one-use link; no address, no account: those are
    the journal's, which has its own rights and its own life.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = secrets.token_hex(8)
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request=number):
            response = self.get_response(request)
            name, seconds = route(request), time.perf_counter() - began
            metrics.answered(name, response.status_code, seconds)
            if log.isEnabledFor(logging.INFO):
                method = request.method if request.method in {"GET", "HEAD", "POST", "OPTIONS"} else "other"
                log.handle(Answered(number, method or "other", name, response.status_code, round(seconds * 1000, 1)))
        response["X-Request-ID"] = number
        return response


class Answered(logging.LogRecord):
    """The line of an answer: the most frequent by far, so that it is written without looking for what others hold."""

    def __init__(self, number: str, method: str, route: str, status: int, ms: float) -> None:
        super().__init__(log.name, logging.INFO, __file__, 0, "answered", None, None)
        self.line = {
            "method": method,
            "route": route,
            "status": status,
            "ms": ms,
            "event": "answered",
            "request": number,
            "logger": log.name,
            "level": "info",
            "timestamp": datetime.fromtimestamp(self.created, UTC).isoformat().replace("+00:00", "Z"),
        }


class Lines(structlog.stdlib.ProcessorFormatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """As the record says itself, or through the processors."""
        if isinstance(record, Answered):
            return json.dumps(record.line, ensure_ascii=False)
        return super().format(record)


def route(request: HttpRequest) -> str:
    """The name of the address asked for, without what varies in it."""
    match = request.resolver_match
    return (match.view_name or match.route) if match else ""


def configuration(stream: str, level: str) -> dict[str, Any]:
    """The dictionary `logging` is configured with: JSON lines of at least `level` to `stream`."""
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": Lines,
                "foreign_pre_chain": [_without_path, *_shared()],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _where_it_broke,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "handlers": {"lines": {"class": "logging.StreamHandler", "stream": stream, "formatter": "json"}},
        "root": {"handlers": ["lines"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "_granian": {"handlers": [], "level": level, "propagate": True},
            "granian.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
        },
    }


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _without_path(logger: logging.Logger, method: str, event: EventDict) -> EventDict:
    """Django's line on a request that failed holds its path: only the route and the status stay."""
    record = event.get("_record")
    request = getattr(record, "request", None)
    if record is not None and record.name.startswith(("django.request", "django.security")):
        event["event"] = "request failed"
        event["positional_args"] = ()
        event["status"] = getattr(record, "status_code", 400)
        if isinstance(request, HttpRequest):
            event["route"] = route(request)
    return event


def _where_it_broke(logger: logging.Logger, method: str, event: EventDict) -> EventDict:
    """An exception becomes its type and its lines of code: its message may quote someone's data."""
    found = event.pop("exc_info", None)
    if isinstance(found, tuple) and isinstance(found[1], BaseException):
        event["exception"] = list(_chain(found[1]))
    elif isinstance(found, BaseException):
        event["exception"] = list(_chain(found))
    return event


def _chain(error: BaseException | None) -> "list[Mapping[str, Any]]":
    told: list[MutableMapping[str, Any]] = []
    while error is not None and len(told) < 5:
        told.append({"type": type(error).__qualname__, "at": _lines(error.__traceback__)})
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return list(told)


def _lines(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-12:]]
