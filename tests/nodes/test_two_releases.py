"""Promise T84: the former release and this one serve together on one database, and nobody notices.

`release-0.1.0.tar.xz` is what runs of the former release, but its fonts and English:

    git archive --prefix=release-0.1.0/ f40844e educonnect ':!educonnect/letters/fonts' ':!educonnect/locale' | xz -9e

When a release is made, its own archive takes the place of this one, and what only 0.1.0 asked for goes from here.
"""

import base64
import html
import http.client
import json
import re
import secrets
import tarfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import SimpleCookie
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest
from django.db import connection
from lxml import etree
from psycopg import sql

from tests.nodes.processes import Nodes, free_port, nodes, until
from tests.saml.service import NS, REDIRECT, Service, fresh_id
from tests.web import people

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("nodes")]

FORMER = Path(__file__).with_name("release-0.1.0.tar.xz")
PUPILS = 20
LETTERS = 40
ROUNDS = 200
AT_ONCE = 4


@pytest.fixture
def address() -> Iterator[str]:
    """An empty database beside the tests' own: the former release makes its tables."""
    known = connection.get_connection_params()
    name = f"test_two_releases_{secrets.token_hex(4)}"
    with psycopg.connect(host=known["host"], user=known["user"], dbname="postgres", autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"postgresql://{known['user']}@/{name}?host={known['host']}"
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@dataclass
class Person:
    username: str
    first_name: str
    letter: str

    def holds(self, page: str) -> None:
        """Their page, and nobody else's."""
        assert set(re.findall(r"Prénom\d{3}", page)) == {self.first_name}, page[:300]


class Browser:
    """Each request goes to the next of the ports, as a proxy shares them out."""

    def __init__(self, base: str, *ports: int) -> None:
        self.base = base
        self.ports = cycle(ports)
        self.cookies: SimpleCookie = SimpleCookie()

    def open(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, where it leads, what it says."""
        headers = {"Host": urlsplit(self.base).netloc}
        headers["Cookie"] = "; ".join(f"{name}={one.value}" for name, one in self.cookies.items() if one.value)
        if fields is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.base}
        asked = http.client.HTTPConnection("127.0.0.1", next(self.ports), timeout=60)
        try:
            asked.request("GET" if fields is None else "POST", path, urlencode(fields) if fields else None, headers)
            answer = asked.getresponse()
            text = answer.read().decode()
        finally:
            asked.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.load(line)
        return answer.status, answer.headers.get("Location", ""), text

    def fills(self, path: str, page: str, **typed: str) -> tuple[int, str, str]:
        """Send the page's form."""
        shown = page.split("<main")[1]
        action = re.search(r'<form method="post"(?: action="([^"]*)")?', shown)
        assert action, page
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown)
        fields = {name: html.unescape(value) for name, value in hidden}
        return self.open(html.unescape(action[1] or path), {**fields, **typed})

    def sends(self, path: str, page: str, **typed: str) -> str:
        """Where the page's form leads."""
        status, where, said = self.fills(path, page, **typed)
        assert status == 303, (status, re.sub(r"(?s)<head.*?</head>|<[^>]*>|\s+", " ", said)[:2000])
        return where

    def reads(self, path: str) -> str:
        status, where, page = self.open(path)
        assert status == 200, (path, status, where)
        return page

    def signs_in(self, person: Person, password: str = people.OWN) -> str:
        return self.sends("/connexion", self.reads("/connexion"), username=person.username, password=password)


@dataclass
class Upgrade:
    """Both releases on one database with the same keys; this one's server is started by the test."""

    base: str
    former: Nodes
    this: Nodes
    ports: tuple[int, int]
    service: Service
    people: list[Person]


@pytest.fixture
def upgrade(tmp_path: Path, address: str) -> Iterator[Upgrade]:
    with tarfile.open(FORMER) as archive:
        archive.extractall(tmp_path / "tree", filter="data")
    ports = (free_port(), free_port())
    base = f"http://localhost:{ports[0]}"
    more = {"PEPPER_PASSWORDS": "0", "ALLOWED_HOSTS": "127.0.0.1"}
    folders = [tmp_path / name for name in ("former", "this")]
    for folder in folders:
        folder.mkdir()
    tree = tmp_path / "tree" / "release-0.1.0"
    with nodes(folders[0], base, tree=tree, **more) as former, nodes(folders[1], base, **more) as this:
        former.environment["DATABASE_URL"] = address
        own = {name: this.environment[name] for name in ("PYTHONPATH", "EDUCONNECT_DATA_DIR")}
        this.environment = {**former.environment, **own}
        service = Service(encryption=False)
        (tmp_path / "metadata.xml").write_bytes(service.metadata())
        for release in (former, this):
            release.run("collectstatic", "--no-input", "--verbosity", "0")
        former.run("migrate", "--verbosity", "0")
        former.run("provider", "add", str(tmp_path / "metadata.xml"), "--populations", "pupil")
        former.environment["DJANGO_SETTINGS_MODULE"] = "educonnect.config.settings"
        told = json.loads(former.module("tests.nodes.filling", str(PUPILS), str(LETTERS)))
        former.web("web", ports[0], answers="/connexion")
        yield Upgrade(base, former, this, ports, service, [Person(**one) for one in told])


def test_T84_the_former_release_and_this_one_serve_together_without_one_failed_sign_in(upgrade: Upgrade) -> None:
    pupils, letters = upgrade.people[:PUPILS], upgrade.people[PUPILS:]
    old, new = upgrade.ports
    failures: list[str] = []
    opened: list[tuple[Browser, Person]] = []
    subjects: dict[str, set[str]] = {}
    stop = threading.Event()

    def tries(what: Any, *given: Any) -> None:
        try:
            what(*given)
        except Exception as error:  # each is a failed sign-in, and all are told
            failures.append(f"{what.__name__}, {given[1:]}: {error!r}")

    def enters(person: Person, *ports: int) -> None:
        browser = Browser(upgrade.base, *ports)
        assert browser.signs_in(person) == "/mes-services"
        person.holds(browser.reads("/mes-services"))
        opened.append((browser, person))

    def activates(person: Person, *ports: int) -> None:
        browser = Browser(upgrade.base, *ports)
        where = browser.signs_in(person, person.letter)
        where = browser.sends(where, browser.reads(where), password=people.OWN)
        born = {"birthdate_jour": "14", "birthdate_mois": "5", "birthdate_annee": "2009"}
        where = browser.sends(where, browser.reads(where), terms="on", **born)
        assert person.username in browser.reads(where)
        person.holds(browser.reads("/mes-services"))
        opened.append((browser, person))

    def visits(person: Person, *ports: int) -> None:
        """From the service to the service, twice: the second time the session is open."""
        browser = Browser(upgrade.base, *ports)
        for number in (fresh_id(), fresh_id()):
            asked = upgrade.service.request(ID=number, Destination=upgrade.base + REDIRECT)
            page = browser.reads(upgrade.service.redirect(asked))
            if "/connexion" in page.split("<main")[1]:
                _, where, page = browser.fills("", page, username=person.username, password=people.OWN)
                page = browser.reads(where) if where else page
            (value,) = etree.HTML(page).xpath("//form[@id='answer']//input[@name='SAMLResponse']/@value")
            answer = etree.fromstring(base64.b64decode(value))
            assert answer.get("InResponseTo") == number
            subjects.setdefault(person.username, set()).add(answer.findtext(".//saml:Subject/saml:NameID", None, NS))
        opened.append((browser, person))

    def comes_back(browser: Browser, person: Person) -> None:
        person.holds(browser.reads("/mes-services"))

    def all_of(pool: ThreadPoolExecutor, what: Any, given: list[Any]) -> None:
        for one in [pool.submit(tries, what, *each) for each in list(given)]:
            one.result()

    def keeps_entering() -> None:
        for person in cycle(pupils):
            if stop.is_set():
                return
            tries(enters, person, old)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [pool.submit(keeps_entering) for _ in range(2)]
        until(lambda: len(opened) > 10)
        upgrade.this.run("migrate", "--verbosity", "0")
        upgrade.this.web("web", new)
        again = free_port()
        upgrade.former.web("again", again, answers="/connexion")  # a node that restarts, or goes back
        now = len(opened)
        until(lambda: len(opened) > now + 10 or bool(failures))
        stop.set()
        for one in asked:
            one.result()
        before = len(opened)
        rounds: list[tuple[Any, ...]] = []
        for number in range(ROUNDS):
            ports = (old, new) if number // 5 % 2 else (new, again)
            if number % 5 == 0:
                rounds.append((activates, letters[number // 5], *ports))
            else:
                rounds.append(((enters, visits)[number % 2], pupils[number % PUPILS], *ports))
        all_of(pool, tries, rounds)
        assert (failures, len(opened) - before) == ([], ROUNDS)

        # whatever each wrote last, the other reads
        all_of(pool, enters, [(person, port) for port in (new, old) for person in upgrade.people])
        all_of(pool, comes_back, opened)

        # the former release stops: what it opened and wrote remains
        for process in upgrade.former.started:
            process.terminate()
            process.wait(30)
        for browser, _ in opened:
            browser.ports = cycle([new])
        all_of(pool, comes_back, opened)
        all_of(pool, enters, [(person, new) for person in upgrade.people])

        # nobody needs the former kind of hash any more
        upgrade.this.environment["EDUCONNECT_PEPPER_PASSWORDS"] = "1"
        last = free_port()
        upgrade.this.web("peppered", last)
        for _ in range(2):
            all_of(pool, enters, [(person, last) for person in upgrade.people])

    assert failures == []
    assert all(len(found) == 1 for found in subjects.values())
    assert len({next(iter(found)) for found in subjects.values()}) == len(subjects) > 1
    assert hashes(upgrade) == {"$pepper=1"}
    upgrade.this.run("journal", "seal")
    assert "Le journal tient." in upgrade.this.run("journal", "verify")
    for release in (upgrade.former, upgrade.this):
        assert "Traceback" not in release.said("web")


def hashes(upgrade: Upgrade) -> set[str]:
    """How the own passwords of all end."""
    with psycopg.connect(upgrade.this.environment["DATABASE_URL"]) as server:
        rows = server.execute("SELECT DISTINCT substring(password FROM '\\$pepper=.*') FROM accounts_account")
        return {row[0] for row in rows}
