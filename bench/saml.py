"""A whole SAML sign-in over HTTP, as a browser does it: `python -m bench.saml [--quick]`.

The server is `bench.serve`: production mode, two workers, a database of its own, RSA-2048 as its peers are measured
with, response and assertion signed, assertion in clear. What is counted is the CPU of every server process and of
PostgreSQL; what the load generator takes is not.

- sign-in: AuthnRequest by Redirect, which brings the sign-in page; the password posted, which brings the answer;
- session open: AuthnRequest by Redirect, answered at once: one request.
"""

import base64
import contextlib
import html
import http.client
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import psutil

from bench import measure, store
from bench.measure import Figure

TITLE = "SAML sign-in"
USERS = 200
AT_ONCE = 8
PASSWORD = "un mot de passe assez long {}"
SERVICE = {"entity": "https://service.example/saml", "acs": "https://service.example/saml/acs"}


def run(quick: bool) -> Iterable[Figure]:
    """Cheapest hash first, to isolate the protocol; then the hash of every installation; then many at once."""
    rounds = 200 if quick else 2000
    for variant, ops in (("cheap", rounds), ("default", 60 if quick else 300)):
        with served(variant) as server:
            note = f"{variant} hash, 2 workers of 16 threads"
            server.load(sign_in, 200, AT_ONCE)  # warm: statements prepared, pages rendered
            server.load(session_open, 200, AT_ONCE)
            before = server.memory()
            yield server.measured("SAML sign-in", sign_in, ops, 1, note)
            yield server.measured(f"SAML sign-in, {AT_ONCE} at once", sign_in, ops, AT_ONCE, note)
            if variant == "cheap":
                yield server.measured("SAML, session open", session_open, ops, 1, note)
                yield server.measured(f"SAML, session open, {AT_ONCE} at once", session_open, ops, AT_ONCE, note)
                yield server.measured("SAML sign-in, 64 at once", sign_in, ops, 64, note)
            grown = f"{note}; web processes {server.memory():.0f} MiB PSS, {before:.0f} before"
            yield Figure(operation="memory after them", ops=ops, cpu=0.0, peak_mib=server.memory(), note=grown)


class Browser:
    """Cookies and one kept connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.port = port

    def open(self, method: str, path: str, body: str = "") -> tuple[int, str, str]:
        """Status, where it leads, what it says."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if method == "POST":
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"http://127.0.0.1:{self.port}",
            }
        self.connection.request(method, path, body or None, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), text

    def asks(self) -> tuple[int, str, str]:
        """A service's AuthnRequest."""
        message = (
            '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
            f'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="id-{secrets.token_hex(12)}" Version="2.0" '
            f'IssueInstant="{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}" '
            f'Destination="http://127.0.0.1:{self.port}/idp/profile/SAML2/Redirect/SSO" '
            f'AssertionConsumerServiceURL="{SERVICE["acs"]}"><saml:Issuer>{SERVICE["entity"]}</saml:Issuer>'
            "</samlp:AuthnRequest>"
        )
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(message.encode()) + packer.flush()
        query = urlencode({"SAMLRequest": base64.b64encode(packed).decode(), "RelayState": "r"})
        return self.open("GET", f"/idp/profile/SAML2/Redirect/SSO?{query}")

    def signs_in(self, username: str, password: str) -> str:
        """From the service and back: the answer page."""
        _, _, page = self.asks()
        form = re.search(r'<form method="post" action="([^"]*)"', page)
        if form is None or 'name="password"' not in page:
            raise RuntimeError(f"no sign-in page: {re.sub('<[^>]*>', ' ', page)[:600]}")
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        body = urlencode({**hidden, "username": username, "password": password})
        status, _, page = self.open("POST", html.unescape(form[1]), body)
        if status != 200:
            raise RuntimeError(f"sign-in answered {status}: {re.sub('<[^>]*>', ' ', page)[:600]}")
        return page


def sign_in(server: "Server", seat: int, tries: int) -> None:
    """A new browser each time."""
    for number in range(tries):
        index = (seat + number * AT_ONCE) % USERS
        browser = Browser(server.port)
        answered(browser.signs_in(f"u.banc{index}", PASSWORD.format(index)))
        browser.connection.close()


def session_open(server: "Server", seat: int, tries: int) -> None:
    """One browser, signed in once."""
    browser = server.seats.get(seat)
    if browser is None:
        browser = server.seats[seat] = Browser(server.port)
        answered(browser.signs_in(f"u.banc{seat}", PASSWORD.format(seat)))
    browser.connection.close()  # the server has closed it meanwhile, if other operations were measured in between
    for _ in range(tries):
        answered(browser.asks()[2])


def answered(page: str) -> None:
    """It is an answer page, with a response in it."""
    if 'name="SAMLResponse"' not in page:
        raise RuntimeError(f"no answer: {re.sub('<[^>]*>', ' ', page)[:600]}")


class Server:
    """`bench.serve`, its processes and its database."""

    def __init__(self, process: psutil.Process, port: int) -> None:
        self.process, self.port = process, port
        self.seats: dict[int, Browser] = {}
        self.web = [p for p in measure.family(process) if "serve" in p.cmdline() and "educonnect" in p.cmdline()]
        data_dir = Path(self.web[0].environ()["EDUCONNECT_DATA_DIR"])
        database = measure.postmaster(data_dir)
        if database is None:
            raise RuntimeError("the server's database does not run")
        self.database = database

    def cpu(self) -> tuple[float, float]:
        """Seconds of the web processes, of PostgreSQL."""
        web = [process for root in self.web for process in measure.family(root)]
        return (
            measure.cpu_of({process.pid: process for process in web}.values()),
            measure.cpu_of(measure.family(self.database)),
        )

    def memory(self) -> float:
        """PSS of the web processes, in MiB."""
        web = {process.pid: process for root in self.web for process in measure.family(root)}
        return sum(measure.pss_of(process) for process in web.values())

    def load(self, what: Callable[["Server", int, int], None], ops: int, at_once: int) -> None:
        """Do it `ops` times, `at_once` at a time; any failure fails the bench."""
        failures: list[BaseException] = []

        def seat(number: int) -> None:
            try:
                what(self, number, ops // at_once)
            except (RuntimeError, OSError, http.client.HTTPException) as error:
                failures.append(error)

        threads = [threading.Thread(target=seat, args=(number,)) for number in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise RuntimeError(f"{len(failures)} of {at_once} seats failed") from failures[0]

    def measured(
        self, name: str, what: Callable[["Server", int, int], None], ops: int, at_once: int, note: str
    ) -> Figure:
        """What the servers spent on it."""
        web, database = self.cpu()
        start = time.perf_counter()
        self.load(what, ops, at_once)
        wall = time.perf_counter() - start
        web_after, database_after = self.cpu()
        return Figure(
            operation=name,
            ops=ops // at_once * at_once,
            cpu=web_after - web,
            database_cpu=database_after - database,
            wall=wall,
            peak_mib=self.memory(),
            note=note,
        )


@contextlib.contextmanager
def served(variant: str) -> Iterator[Server]:
    """A server with its people and one service, gone at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    users = [[f"u.banc{number}", PASSWORD.format(number)] for number in range(USERS)]
    with tempfile.TemporaryDirectory() as folder:
        fixture = Path(folder) / "fixture.json"
        fixture.write_text(json.dumps({"users": users, "sp": SERVICE}), encoding="utf-8")
        command = ["--fixture", str(fixture), "--port", str(port), "--variant", variant]
        child = subprocess.Popen(
            [sys.executable, "-m", "bench.serve", *command],
            cwd=store.ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=dict(os.environ),
        )
        try:
            line = child.stdout.readline() if child.stdout else ""
            if not line.startswith("ready"):
                raise RuntimeError("the server did not start: run `python -m bench.serve` to see why")
            yield Server(psutil.Process(child.pid), port)
        finally:
            child.terminate()
            child.wait(30)
            if child.stdout:
                child.stdout.close()


if __name__ == "__main__":
    measure.main(TITLE, run)
