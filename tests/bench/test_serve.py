"""A server made from a fixture, started as an outside load generator would start it."""

import base64
import html
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
import uuid
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import serve

pytestmark = pytest.mark.slow
SP = {"entity": "http://sp.example/", "acs": "http://sp.example/acs"}
USERS = [["a.mirarivage", "quatre-vents-et-brise"], ["b.clairvoile", "sept-lieues-au-large"]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(tmp_path: Path, fixture: object, *options: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    kept = tmp_path / "fixture.json"
    kept.write_text(json.dumps(fixture))
    port = free_port()
    command = [sys.executable, "-m", "bench.serve", "--fixture", str(kept), "--port", str(port), *options]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with (
        open(tmp_path / "log", "w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment) as process,
    ):
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"ready http://127.0.0.1:{port}\n", (tmp_path / "log").read_text()
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.terminate()
            process.wait(20)


def processes_naming(text: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line:
            found.append(line)
    return found


@pytest.fixture(autouse=True)
def open_folder(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):  # PostgreSQL runs as another user when we are root
        if folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)


def test_it_serves_the_fixture_and_ends_clean_when_told_to(tmp_path: Path) -> None:
    fixture = {
        "users": USERS,
        "sp": {"entity": "http://127.0.0.1:9/sp", "acs": "http://127.0.0.1:9/acs"},
        "clients": [{"id": "x", "secret": "y", "redirect": "z"}],
        "cas_service": "http://cas.example/",
    }

    with served(tmp_path, fixture, "--variant", "cheap") as (url, process):
        with urllib.request.urlopen(f"{url}/connexion") as page:
            assert page.status == 200
        process.send_signal(signal.SIGTERM)
        status = process.wait(20)

    assert status == 0
    assert not list(tmp_path.glob("educonnect-serve-*"))
    assert processes_naming(str(tmp_path)) == []


class Browser:
    """Cookies, and the one form of a page."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def ask(self) -> str:
        """An unsigned AuthnRequest by Redirect; the page it ends on."""
        request = (
            '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
            f' ID="_{uuid.uuid4().hex}" Version="2.0" IssueInstant="{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"'
            f' Destination="{self.url}/idp/profile/SAML2/Redirect/SSO" AssertionConsumerServiceURL="{SP["acs"]}">'
            f'<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{SP["entity"]}</saml:Issuer>'
            "</samlp:AuthnRequest>"
        ).encode()
        deflated = zlib.compress(request, wbits=-15)
        query = urllib.parse.urlencode({"SAMLRequest": base64.b64encode(deflated).decode(), "RelayState": "r"})
        return self.open(f"{self.url}/idp/profile/SAML2/Redirect/SSO?{query}")

    def sign_in(self, page: str, username: str, password: str) -> str:
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
        fields = {**{name: html.unescape(value) for name, value in hidden}, "username": username, "password": password}
        form = re.search(r'<form method="post" action="([^"]*)"', page)
        assert form, page
        return self.open(self.url + html.unescape(form[1]), urllib.parse.urlencode(fields).encode())

    def open(self, url: str, data: bytes | None = None) -> str:
        with self.opener.open(urllib.request.Request(url, data, {"Origin": self.url})) as answer:
            return answer.read().decode()


def released(page: str) -> str:
    found = re.search(r'name="SAMLResponse" value="([^"]+)"', page)
    assert found, page
    return base64.b64decode(html.unescape(found[1])).decode()


def test_a_class_signs_in_at_once_from_one_address_and_is_known_to_the_service(tmp_path: Path) -> None:
    users = [[f"e.clairvoile{number}", f"sept-lieues-au-large-{number}"] for number in range(35)]

    def road(url: str, username: str, password: str) -> tuple[str, str]:
        browser = Browser(url)
        first = released(browser.sign_in(browser.ask(), username, password))
        return first, released(browser.ask())

    with (
        served(tmp_path, {"users": users, "sp": SP}, "--variant", "cheap") as (url, _process),
        ThreadPoolExecutor(16) as pool,
    ):
        pairs = list(pool.map(lambda user: road(url, *user), users))

    for first, again in pairs:
        assert "urn:oasis:names:tc:SAML:2.0:status:Success" in first
        assert "urn:oasis:names:tc:SAML:2.0:status:Success" in again
        assert ">9729000A<" in first
    ids = [re.search(r">([0-9a-f]{96})<", first) for first, _ in pairs]
    assert len({found[1] for found in ids if found}) == len(users)


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    kept = tmp_path / "fixture.json"
    kept.write_text("{}")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        ran = subprocess.run(
            [sys.executable, "-m", "bench.serve", "--fixture", str(kept), "--port", port],
            capture_output=True,
            text=True,
            check=False,
        )

    assert ran.returncode == 2
    assert "is taken" in ran.stderr


def test_a_fixture_that_is_not_json_is_said(tmp_path: Path) -> None:
    kept = tmp_path / "fixture.json"
    kept.write_text("users: all")

    ran = subprocess.run(
        [sys.executable, "-m", "bench.serve", "--fixture", str(kept), "--port", str(free_port())],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 2
    assert "--fixture" in ran.stderr


@pytest.mark.parametrize(
    ("fixture", "said"),
    [
        ([], "a JSON object"),
        ({"users": "a.mirarivage"}, "users: a list"),
        ({"users": [["a.mirarivage"]]}, "users: a list"),
        ({"users": [["a.mirarivage", 3]]}, "users: a list"),
        ({"users": [["a.mirarivage", "x"], ["a.mirarivage", "y"]]}, "twice"),
        ({"sp": "http://sp.example/"}, "sp:"),
        ({"sp": {"entity": "http://sp.example/"}}, "sp:"),
    ],
)
def test_a_fixture_of_another_shape_is_said(fixture: object, said: str) -> None:
    assert said in serve.ill_formed(fixture)


@pytest.mark.parametrize("fixture", [{}, {"users": None, "sp": None}, {"clients": [], "cas_service": "x"}])
def test_keys_of_a_fixture_may_be_absent(fixture: object) -> None:
    assert serve.ill_formed(fixture) == ""
