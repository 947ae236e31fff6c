"""Two web nodes and two workers on one database behind nginx; one of each is killed while pupils sign in."""

import html
import http.client
import os
import re
import signal
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from pytest_django import Settings

from educonnect.accounts.models import Account
from educonnect.delegation.mandate import operator_mandate
from educonnect.journal.models import Connection, Entry
from educonnect.notification import campaign as campaigns
from educonnect.notification.models import Campaign, CampaignState
from educonnect.notification.selection import Selection
from educonnect.sessions.models import Session
from tests.jobs.processes import clear
from tests.nodes.processes import Nodes, ask, free_port, nodes, until
from tests.nodes.proxy import nginx
from tests.web import people

pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs("nginx"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("nodes"),
]

OPENED: list[http.client.HTTPSConnection] = []
RATE = 1000 / 60  # sign-ins a second
SECONDS = 20
PUPILS = 40


@pytest.fixture(autouse=True)
def _queue(transactional_db: None) -> Iterator[None]:
    clear()
    yield
    clear()


@dataclass
class House:
    """What stands behind the address `base`."""

    base: str
    nodes: Nodes
    ports: tuple[int, int]
    web: list[int]


@pytest.fixture
def house(tmp_path: Path, settings: Settings) -> Iterator[House]:
    """Two web nodes behind nginx, as docs/operations.md says."""
    tmp_path.chmod(0o755)
    port, ports = free_port(), (free_port(), free_port())
    with nodes(tmp_path, f"https://localhost:{port}", BEHIND_PROXY="1", PROXIES="1") as started:
        settings.PEPPERS = {1: started.environment["EDUCONNECT_PEPPER"]}  # what the nodes verify passwords with
        started.run("collectstatic", "--no-input", "--verbosity", "0")
        web = [started.web(f"web-{number}", node).pid for number, node in enumerate(ports)]
        with nginx(tmp_path / "nginx", port, ports, tmp_path / "data" / "static") as base:
            yield House(base, started, ports, web)
            while OPENED:
                OPENED.pop().close()


class Browser:
    """Cookies and one kept connection through the proxy; what a person does when a page says to try again."""

    def __init__(self, base: str, source: str = "127.0.0.1") -> None:
        parts = urlsplit(base)
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        self.base = base
        self.connection = http.client.HTTPSConnection(
            "127.0.0.1", parts.port, timeout=60, context=trusting, source_address=(source, 0)
        )
        self.cookies: SimpleCookie = SimpleCookie()
        self.again = 0
        OPENED.append(self.connection)

    def open(self, method: str, path: str, fields: dict[str, str] | None = None, **more: str) -> tuple[int, str, str]:
        """Status, where it leads, what it says."""
        headers = {"Host": urlsplit(self.base).netloc, **more}
        headers["Cookie"] = "; ".join(f"{name}={one.value}" for name, one in self.cookies.items())
        if fields is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.base}
        self.connection.request(method, path, urlencode(fields) if fields is not None else None, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.load(line)
        return answer.status, answer.headers.get("Location", ""), text

    def insists(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Reload while the page says that nobody answers: a handful of times."""
        for _ in range(8):
            found = self.open(method, path, fields)
            if found[0] != 503:
                return found
            self.again += 1
            time.sleep(0.5)
        return found

    def signs_in(self, username: str) -> tuple[int, str, str]:
        """From the page to one's services."""
        _, _, page = self.insists("GET", "/connexion")
        form = re.search(r'<form method="post" action="([^"]*)"', page)
        assert form, page
        hidden = {
            name: html.unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
        }
        fields = {**hidden, "username": username, "password": people.OWN}
        return self.insists("POST", html.unescape(form[1]), fields)

    def whose(self) -> str:
        """The page that only the holder sees."""
        self.connection.close()  # the proxy has closed it meanwhile, if the machine was slow
        status, _, page = self.insists("GET", "/mes-services")
        return page if status == 200 else f"status {status}"


def pupils() -> list[Account]:
    return [
        people.activated(people.pupil(pupil__first_name=f"Prénom{number:03}", pupil__family_name="DUVERGER"))
        for number in range(PUPILS)
    ]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def test_T36_a_node_killed_during_a_thousand_sign_ins_a_minute_loses_no_session_and_answers_nobody_wrong(
    house: House,
) -> None:
    everybody = pupils()
    done: list[tuple[Browser, Account, int, str]] = []
    began = time.monotonic()

    def one(number: int) -> None:
        account = everybody[number % PUPILS]
        browser = Browser(house.base)
        status, where, _ = browser.signs_in(account.username)
        done.append((browser, account, status, where))

    with ThreadPoolExecutor(32) as pool:
        tries = []
        for number in range(int(RATE * SECONDS)):
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))
            if number == int(RATE * SECONDS) // 2:
                kill(house.web[0])
            tries.append(pool.submit(one, number))
        for one_try in tries:
            one_try.result()
        pages = list(pool.map(lambda entry: entry[0].whose(), done))

    assert len(done) == int(RATE * SECONDS)
    assert {(status, where) for _, _, status, where in done} == {(303, "/mes-services")}
    assert ask(f"http://127.0.0.1:{house.ports[0]}/sante")[0] == 0
    for (_, account, _, _), page in zip(done, pages, strict=True):
        assert set(re.findall(r"Prénom\d{3}", page)) == {account.pupil.first_name}, page[:300]
    # each browser's session is its own; a form sent again leaves at most one more, which nobody holds
    again = sum(browser.again for browser, *_ in done)
    secrets = {browser.cookies["__Host-session"].value for browser, *_ in done}
    assert len(secrets) == len(done)
    assert len(done) <= Session.objects.count() <= len(done) + again
    entered = Entry.objects.filter(event="session.signed-in").count()
    assert len(done) <= entered <= len(done) + again
    assert house.nodes.said("web-1").count('"status": 5') == 0


def test_T36_a_worker_killed_meanwhile_leaves_each_letter_made_once(house: House) -> None:
    account = pupils()[0]
    world = [people.pupil() for _ in range(3)]
    school = world[0].pupil.enrolments.get().school
    for one in world[1:]:
        one.pupil.enrolments.update(school=school)
    workers = [house.nodes.start(f"work-{number}", "work") for number in range(2)]
    stop = threading.Event()

    def keeps_signing_in() -> int:
        count = 0
        while not stop.is_set():
            assert Browser(house.base).signs_in(account.username)[0] == 303
            count += 1
        return count

    with ThreadPoolExecutor(2) as pool:
        busy = pool.submit(keeps_signing_in)
        campaign = campaigns.notify(operator_mandate(), Selection(school.pk), now=account.opened_at)
        kill(workers[0].pid)
        until(lambda: Campaign.objects.get(pk=campaign.pk).state == CampaignState.DONE)
        stop.set()
        signed_in = busy.result()

    assert signed_in > 0
    notified = Entry.objects.filter(event="account.notified").values_list("account_id", flat=True)
    assert sorted(notified) == sorted(one.pk for one in world)


def test_the_address_seen_is_the_browser_s_and_what_it_pretends_is_thrown_away(house: House) -> None:
    account = pupils()[0]
    browser = Browser(house.base, source="127.0.0.9")
    _, _, page = browser.open("GET", "/connexion")
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))

    status, _, _ = browser.open(
        "POST",
        "/connexion",
        {**hidden, "username": account.username, "password": people.OWN},
        **{"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7", "Forwarded": "for=203.0.113.7"},
    )

    assert status == 303
    assert set(Connection.objects.values_list("address", flat=True)) == {"127.0.0.9"}
    assert browser.cookies["__Host-session"]["secure"]


def test_what_passes_the_proxy_and_what_does_not(house: House) -> None:
    base = house.base
    page = ask(f"{base}/connexion")
    style = re.search(r'href="(/static/[^"]+\.css)"', page[2])
    assert style
    file = ask(base + style[1])

    assert page[0] == 200
    assert "max-age" in page[1]["Strict-Transport-Security"]
    assert file[0] == 200
    assert "immutable" in file[1]["Cache-Control"]
    assert file[1]["X-Content-Type-Options"] == "nosniff"
    assert (ask(f"{base}/sante")[0], ask(f"{base}/sante/prete")[0]) == (200, 200)
    assert ask(f"{base}/sante/mesures", Authorization="Bearer x")[0] == 404
    assert Browser(base).open("POST", "/connexion", {"username": "x" * 1_100_000})[0] == 413
    assert Browser(base).open("GET", "/connexion", **{"X-Long": "x" * 20_000})[0] == 400
    assert Browser(base).open("GET", "/connexion", **{"X-Forwarded-Proto": "http"})[0] == 200


def test_T88_no_answer_tells_a_version(house: House) -> None:
    answers = [ask(house.base + path) for path in ("/connexion", "/nowhere", "/static/nowhere", "/sante")]
    answers.append(ask(f"http://127.0.0.1:{house.ports[0]}/connexion"))

    for status, headers, page in answers:
        assert status
        assert not re.search(r"\d", headers.get("Server", "")), headers
        assert "X-Powered-By" not in headers
        assert not re.search(r"(?i)django|granian|nginx/|python", page)


def test_when_no_node_answers_the_proxy_says_so_in_plain_words(house: House) -> None:
    for pid in house.web:
        kill(pid)
    until(lambda: not any(ask(f"http://127.0.0.1:{port}/sante")[0] for port in house.ports))

    status, headers, page = ask(f"{house.base}/connexion")

    assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "10", "no-store")
    assert "ne répond pas pour le moment" in page
    assert Browser(house.base).open("POST", "/connexion", {"username": "a.b"})[::2] == (503, page)


def test_T75_the_proxy_s_logs_hold_no_link_nor_address_even_when_nodes_fail(house: House, tmp_path: Path) -> None:
    for pid in house.web:
        kill(pid)
    until(lambda: not any(ask(f"http://127.0.0.1:{port}/sante")[0] for port in house.ports))

    assert ask(f"{house.base}/confirmer/un-lien-secret")[0] == 503

    logs = {path.name: path.read_text("utf-8") for path in (tmp_path / "nginx").glob("*.log")}
    assert '"status":503' in logs["access.log"]
    assert "errors.log" in logs
    assert [name for name, text in logs.items() if "un-lien-secret" in text or "client:" in text] == []


def test_a_node_told_to_stop_answers_what_it_has_begun(house: House) -> None:
    account = pupils()[0]
    statuses: list[int] = []
    stop = threading.Event()

    def keeps_signing_in() -> None:
        while not stop.is_set():
            browser = Browser(house.base)
            statuses.append(browser.signs_in(account.username)[0])
            statuses.extend([503] * browser.again)

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(keeps_signing_in) for _ in range(4)]
        until(lambda: len(statuses) > 20)
        house.nodes.started[0].terminate()
        house.nodes.started[0].wait(30)
        now = len(statuses)
        until(lambda: len(statuses) > now + 20)
        stop.set()
        for one in asked:
            one.result()

    assert set(statuses) == {303}
