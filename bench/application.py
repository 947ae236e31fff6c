"""The application called as the server calls it, in this process and without HTTP: what Python and PostgreSQL spend.

The time is the CPU of this thread and that of the one backend behind its connection. Password hashes, which have
threads of their own, are in neither.
"""

import cProfile
import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

PORT = 9999
HOST = f"127.0.0.1:{PORT}"
T = TypeVar("T")


class Server:
    """The application and its one connection.

    Attributes:
        python, database: CPU seconds of what was called, since they were last set to nothing.
    """

    def __init__(self, level: str = "INFO") -> None:
        import logging.config

        from educonnect.config import logs
        from educonnect.config.serving import _loaded

        self.application = _loaded()
        logging.config.dictConfig(logs.configuration("ext://sys.stderr", level))
        self.profiler: cProfile.Profile | None = None
        self.python = self.database = 0.0

    def postgresql(self) -> float:
        """CPU seconds of the backend so far."""
        from django.db import connections

        connection = connections["default"]
        connection.ensure_connection()
        return int(Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9

    def timed(self, what: Callable[[], T]) -> T:
        """Do something and count what it costs."""
        before = self.postgresql()
        if self.profiler:
            self.profiler.enable()
        began = time.thread_time()
        try:
            return what()
        finally:
            self.python += time.thread_time() - began
            if self.profiler:
                self.profiler.disable()
            self.database += self.postgresql() - before

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is done in this block is not counted."""
        kept = self.python, self.database
        try:
            yield
        finally:
            self.python, self.database = kept

    def call(self, method: str, path: str, cookies: dict[str, str], body: bytes = b"") -> str:
        """One request of a browser with these cookies, which it keeps; the page."""
        return self.answer(method, path, cookies, body)[1]

    def answer(self, method: str, path: str, cookies: dict[str, str], body: bytes = b"") -> tuple[int, str]:
        """The same, with the status."""
        address, _, query = path.partition("?")
        asked: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": address,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(PORT),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": HOST,
            "HTTP_ORIGIN": f"http://{HOST}",
            "HTTP_USER_AGENT": "Mozilla/5.0 (Windows NT 10.0) Firefox/130",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
            "CONTENT_LENGTH": str(len(body)) if body else "",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
        }
        said: list[str] = []
        headers: list[tuple[str, str]] = []

        def start(status: str, found: list[tuple[str, str]], error: object = None) -> None:
            said.append(status)
            headers.extend(found)

        def whole() -> bytes:
            answer = self.application(asked, start)
            page = b"".join(answer)
            getattr(answer, "close", list)()
            return page

        page = self.timed(whole)
        for name, value in headers:
            if name == "Set-Cookie":
                cookie, _, kept = value.partition(";")[0].partition("=")
                cookies[cookie] = kept
        return int(said[0].split()[0]), page.decode()
