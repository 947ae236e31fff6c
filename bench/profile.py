"""Where the time of a sign-in goes, in one process: `python -m bench.profile [SIGN-INS]`, to standard output.

The application is called as the server calls it (`bench.application`). Statements are timed apart (their text's first
words name them), then Python's own profiler, which slows everything it counts, shows the shares.
"""

import base64
import cProfile
import html
import io
import os
import pstats
import re
import secrets
import sys
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from bench import saml, serve, store
from bench.application import HOST, PORT, Server

SHOWN = 40


def saml_open(server: Server, cookies: dict[str, str]) -> str:
    """An AuthnRequest by Redirect."""
    request = (
        '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
        'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" '
        f'ID="id-{secrets.token_hex(12)}" Version="2.0" IssueInstant="{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}" '
        f'Destination="http://{HOST}/idp/profile/SAML2/Redirect/SSO" '
        f'AssertionConsumerServiceURL="{saml.SERVICE["acs"]}"><saml:Issuer>{saml.SERVICE["entity"]}</saml:Issuer>'
        "</samlp:AuthnRequest>"
    )
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = base64.b64encode(packer.compress(request.encode()) + packer.flush()).decode()
    query = urlencode({"SAMLRequest": packed, "RelayState": "r"})
    return server.call("GET", f"/idp/profile/SAML2/Redirect/SSO?{query}", cookies)


def saml_sign_in(server: Server, number: int, cookies: dict[str, str]) -> None:
    """The sign-in page, then the page that goes back to the service."""
    page = saml_open(server, cookies)
    form = re.search(r'<form method="post" action="([^"]*)"', page)
    assert form is not None, page
    typed = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    typed |= {"username": user(number), "password": saml.PASSWORD.format(number % saml.USERS)}
    assert "SAMLResponse" in server.call("POST", html.unescape(form[1]), cookies, urlencode(typed).encode())


def user(number: int) -> str:
    return f"u.banc{number % saml.USERS}"


def report(server: Server, sign_ins: int) -> None:
    """The two figures, the statements of a sign-in, and what Python does."""
    session: dict[str, str] = {}
    saml_sign_in(server, 0, session)
    for label, operation in operations(server, session):
        for number in range(100):  # prepared, rendered, warm
            operation(number)
        server.python = server.database = 0.0
        for number in range(sign_ins):
            operation(number)
        backend = server.database / sign_ins
        print(f"{label}: {server.python / sign_ins * 1000:.2f} ms of Python, {backend * 1000:.2f} ms of PostgreSQL")
        _statements(server, operation, sign_ins)
        _shares(server, operation, sign_ins)


def operations(server: Server, session: dict[str, str]) -> list[tuple[str, Callable[[int], object]]]:
    return [
        ("SAML sign-in", lambda number: saml_sign_in(server, number, {})),
        ("SAML, session open", lambda number: saml_open(server, session)),
    ]


def _statements(server: Server, operation: Callable[[int], object], times: int) -> None:
    from educonnect.statements import _Line

    ordinary, spent = _Line.run, {}

    def timed(line: Any, statement: str, parameters: Any) -> Any:
        backend, began = server.postgresql(), time.thread_time()
        found = ordinary(line, statement, parameters)
        sum_of = spent.setdefault(" ".join(statement.split())[:70], [0, 0.0, 0.0])
        sum_of[2] += time.thread_time() - began
        sum_of[0] += 1
        sum_of[1] += server.postgresql() - backend
        return found

    _Line.run = timed  # type: ignore[method-assign]
    try:
        for number in range(times):
            operation(number)
    finally:
        _Line.run = ordinary  # type: ignore[method-assign]
    for words, (count, backend, python) in spent.items():
        print(f"  {backend / count * 1e6:6.0f} µs PostgreSQL {python / count * 1e6:6.0f} µs Python  {words}")


def _shares(server: Server, operation: Callable[[int], object], times: int) -> None:
    server.profiler = cProfile.Profile(time.thread_time)
    for number in range(times):
        operation(number)
    profile, server.profiler = server.profiler, None
    written = io.StringIO()
    pstats.Stats(profile, stream=written).strip_dirs().sort_stats("cumulative").print_stats(SHOWN)
    print(written.getvalue())


def main() -> None:
    """Fill a store of its own, measure, throw it away."""
    sign_ins = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    fixture = {"users": [[user(n), saml.PASSWORD.format(n)] for n in range(saml.USERS)], "sp": saml.SERVICE}
    with store.folder("profile") as data_dir:
        os.environ.update(serve.environment(data_dir, PORT, "cheap", fixture))
        from educonnect.config import embedded

        with embedded.running(data_dir) as url:
            os.environ["DATABASE_URL"] = url
            serve._prepare(data_dir, fixture)
            server = Server()
            report(server, sign_ins)
            from django.db import connections

            connections.close_all()


if __name__ == "__main__":
    main()
