"""One call to another server: bounded in time and in size, no redirect followed, nothing unpacked."""

import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from educonnect.upstream import rules

_turns = threading.BoundedSemaphore(rules.CALLS_AT_ONCE)


class Unreachable(Exception):
    """No answer came in time."""


class Oversized(Exception):
    """What came is larger than anything of its kind, or packed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    media_type: str
    body: bytes


def fetch(
    url: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, accept: str
) -> Answer:
    """GET, or POST of a form, under one deadline.

    Raises:
        Unreachable, Oversized
    """
    sent = {"Host": urlsplit(url).netloc, "User-Agent": "EduConnect", "Accept": accept, "Accept-Encoding": "identity"}
    content = b""
    if form is not None:
        content = urlencode(form).encode()
        sent |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(content))}
    sent |= {"Connection": "close", **(headers or {})}
    if not _turns.acquire(timeout=rules.TURN):
        raise Unreachable
    try:
        with _pool(url, time.monotonic() + rules.PATIENCE) as pool:
            return _call(pool, "POST" if form is not None else "GET", url, sent, content)
    except (
        httpcore.NetworkError,
        httpcore.TimeoutException,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        OSError,
    ) as error:
        raise Unreachable from error
    finally:
        _turns.release()


def _call(pool: httpcore.ConnectionPool, method: str, url: str, headers: dict[str, str], content: bytes) -> Answer:
    with pool.stream(method, url, headers=list(headers.items()), content=content) as response:
        told = {name.lower(): value.decode("latin-1") for name, value in response.headers}
        if told.get(b"content-encoding", "identity").lower() != "identity":
            raise Oversized
        body = bytearray()
        for piece in response.iter_stream():
            body += piece
            if len(body) > rules.MOST:
                raise Oversized
        return Answer(response.status, told.get(b"content-type", "").split(";")[0].strip().lower(), bytes(body))


def _pool(url: str, until: float) -> httpcore.ConnectionPool:
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    network = _Network(until)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return httpcore.HTTPProxy(proxy, ssl_context=_tls(), network_backend=network)
    return httpcore.ConnectionPool(ssl_context=_tls(), network_backend=network)


@cache
def _tls() -> ssl.SSLContext:
    """The machine's own authorities, TLS 1.2 at least."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _Network(httpcore.NetworkBackend):
    """Every wait is for what is left until one moment: a server that answers octet by octet gains nothing."""

    def __init__(self, until: float) -> None:
        self._until = until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(self._until, httpcore.ConnectTimeout)
        made = httpcore.SyncBackend().connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(made, self._until)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, until: float) -> None:
        self._inner = inner
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._until, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._until, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._until, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(until: float, late: type[httpcore.TimeoutException]) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise late
    return left
