"""What `serve` and `work` write, at the most talkative level, while people take the whole road: nothing of anybody.

DEBUG alone is run: a higher level drops lines and adds none.
"""

import base64
import html
import http.client
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from educonnect.accounts import passwords, rules
from educonnect.accounts.models import Account
from educonnect.delegation.models import Function
from educonnect.messaging.models import OutboxMessage
from educonnect.notification.models import Campaign, CampaignState
from educonnect.schools.models import School
from educonnect.sessions.models import Session
from tests.delegation.factories import a_post, a_staff
from tests.imports.builders import UAI, eleves, link, person, pupil, responsables, write
from tests.jobs.processes import clear
from tests.messaging.test_sending import Mailbox
from tests.nodes.processes import ROOT, Nodes, free_port, nodes, until
from tests.saml.service import Service
from tests.staff.test_totp import code
from tests.web import people

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("nodes")]

BASE = "https://localhost"
ADDRESS, DEVICE = "203.0.113.77", "Firefox/130 (Portable de Ysoline)"
EMAIL, REFUSED = "ysoline@messagerie.example", "refusee@messagerie.example"
WRONG, NEW, FORGED = "un mot de passe essaye ailleurs", "cinq loutres mangent des prunes", "jeton-forge-ici"
MOBILE = "0696 27 48 59"
AGENT, APPLICATION = "ysoline.direction@rectorat.example", "/personnel/deuxieme-etape/application"


class Browser:
    """Cookies, and the headers that the proxy adds."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: SimpleCookie = SimpleCookie()
        self.numbers: list[str] = []
        self.held: set[str] = set()

    def open(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, where it leads, what it says."""
        headers = {
            "Host": "localhost",
            "X-Forwarded-For": ADDRESS,
            "X-Forwarded-Proto": "https",
            "User-Agent": DEVICE,
            "Cookie": "; ".join(f"{name}={one.value}" for name, one in self.cookies.items()),
        }
        if fields is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": BASE}
        server = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        server.request(method, path, urlencode(fields) if fields is not None else None, headers)
        answer = server.getresponse()
        text = answer.read().decode()
        server.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.load(line)
        self.held |= {one.value for one in self.cookies.values() if len(one.value) > 8}
        self.numbers.append(answer.headers["X-Request-ID"])
        return answer.status, answer.headers.get("Location", ""), text

    def sends(self, path: str, **fields: str) -> tuple[int, str, str]:
        """The form of a page, filled in."""
        _, _, page = self.open("GET", path)
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
        known = {name: html.unescape(value) for name, value in hidden}
        self.held |= {value for value in known.values() if len(value) > 20}
        return self.open("POST", path, known | fields)


@pytest.fixture(autouse=True)
def _queue(transactional_db: None) -> Iterator[None]:
    clear()
    yield
    clear()


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, controller.port
    controller.stop()


def command(started: Nodes, *words: str) -> str:
    """What a command writes on its standard error; its output is what it was asked for."""
    done = subprocess.run(
        [sys.executable, "-m", "educonnect", *words],
        env=started.environment,
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    return done.stderr.decode()


def link_sent(box: Mailbox, count: int) -> str:
    """The one-use link of the message that arrives."""
    until(lambda: len(box.received) >= count)
    payload: Any = box.received[-1].get_payload(decode=True)
    address: str = re.findall(r"https?://\S+/\S+/\S+", payload.decode())[-1]
    return urlsplit(address).path


def folded(text: str) -> str:
    """Without accents nor capitals, JSON's escapes undone."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()


def found(secrets: dict[str, str], text: str) -> list[str]:
    """The kinds of secret that stand in a text."""
    said = folded(text)
    return [kind for kind, secret in secrets.items() if folded(secret) in said]


def rename(table: str, new: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{table}" RENAME TO "{new}"')


def test_T75_the_lines_of_the_server_and_of_the_worker_hold_nothing_of_anybody(
    tmp_path: Path, settings: Settings, mailbox: tuple[Mailbox, int]
) -> None:
    box, smtp = mailbox
    port = free_port()
    more = {"LOG_LEVEL": "DEBUG", "BEHIND_PROXY": "1", "PROXIES": "1"}
    with nodes(tmp_path, BASE, EMAIL_HOST="127.0.0.1", EMAIL_PORT=str(smtp), **more) as started:
        settings.PEPPERS = {1: started.environment["EDUCONNECT_PEPPER"]}
        started.run("collectstatic", "--no-input", "--verbosity", "0")
        told = ""

        # the school's files, one of which is refused, and its letters
        files = write(
            tmp_path,
            good=eleves(
                pupil(1, NOM_DE_FAMILLE="CASTELNAU", PRENOM="Ysoline"),
                pupil(2, NOM_DE_FAMILLE="QUENTREVAUX", PRENOM="Théophane", ID_NATIONAL="123456789ZZ"),
            ),
            guardians=responsables(
                person(1, NOM_DE_FAMILLE="CASTELNAU", PRENOM="Hermeline", TEL_PORTABLE=MOBILE), link(1, 1)
            ),
        )
        torn = tmp_path / "torn.xml"
        torn.write_bytes(eleves(pupil(3, NOM_DE_FAMILLE="QUENTREVAUX"))[:-20])
        told += command(started, "import", *map(str, files))
        told += command(started, "import", str(torn))
        account = Account.objects.get(pupil__first_name__iexact="Ysoline")
        assert account.pupil is not None
        started.start("work", "work")
        told += command(started, "notify", "--uai", UAI, "--no-wait")
        until(lambda: Campaign.objects.filter(state=CampaignState.DONE).exists())
        account.refresh_from_db()
        letter = people.notified(account)
        born = account.pupil.birthdate
        service = Service(encryption=False)
        service.register(name="Service fictif")

        # the account, and its address confirmed
        started.web("web", port)
        browser = Browser(port)
        browser.sends("/connexion", username=account.username, password=WRONG)
        assert browser.sends("/connexion", username=account.username, password=letter)[0] == 303
        browser.sends("/activation/mot-de-passe", password=people.OWN)
        day = {"birthdate_jour": born.day, "birthdate_mois": born.month, "birthdate_annee": born.year}
        day = {name: str(value) for name, value in day.items()}
        assert browser.sends("/activation/identite", **day, email=EMAIL, terms="on")[0] == 303
        confirming = link_sent(box, 1)
        assert browser.sends(confirming)[0] < 400

        # a service is told who it is; another request is refused; a link that nobody sent
        request = service.request(Destination=f"{BASE}/idp/profile/SAML2/Redirect/SSO")
        asked = service.redirect(request, relay_state="panier-de-ysoline")
        status, _, answer = browser.open("GET", asked)
        response = re.search(r'name="SAMLResponse" value="([^"]+)"', answer)
        assert (status, bool(response)) == (200, True)
        subject = re.search(rb"NameID [^>]*>([^<]+)<", base64.b64decode(response[1] if response else ""))
        assert browser.open("GET", f"/idp/profile/SAML2/Redirect/SSO?SAMLRequest=abc&RelayState={EMAIL}")[0] == 400
        browser.open("GET", f"/confirmer/{FORGED}")
        browser.open("GET", f"/nowhere/{account.pupil.ine}?nom=CASTELNAU")

        # the password forgotten; then a mail server that repeats the address it refuses
        stranger = Browser(port)
        messages = len(box.received)
        stranger.sends("/mot-de-passe-oublie", username=account.username)
        forgotten = link_sent(box, messages + 1)
        assert stranger.sends(forgotten, password=NEW)[0] == 303
        until(lambda: not OutboxMessage.objects.filter(state="pending").exists())
        box.recipient_answer = f"550 no such user {EMAIL}"
        stranger.sends("/identifiant-oublie", email=EMAIL)
        until(lambda: "given up" in started.said("work"))

        # somebody of the staff adds an application of codes, comes back with a printed one, and mistypes
        agent = a_staff(email=AGENT, first_name="Ysoline", password=passwords.hashed(people.OWN))
        a_post(Function.HEAD, staff=agent, school=School.objects.get(pk=UAI))
        desk, again = Browser(port), Browser(port)
        assert desk.sends("/personnel/connexion", email=AGENT, password=people.OWN)[0] == 303
        _, _, page = desk.open("GET", APPLICATION)
        shared = re.search(r'<code class="secret">([A-Z2-7 ]+)<', page)
        totp = shared[1].replace(" ", "") if shared else ""
        figures = code(totp, timezone.now())
        assert desk.sends(APPLICATION, code=figures)[0] == 303
        printed = re.findall(r"<li><code>([^<]+)<", desk.open("GET", "/personnel/codes-de-secours")[2])
        again.sends("/personnel/connexion", email=AGENT, password=people.OWN)
        again.sends("/personnel/deuxieme-etape", code=figures)
        assert again.sends("/personnel/deuxieme-etape", **{"secours-code": printed[0]})[0] == 303
        until(lambda: not OutboxMessage.objects.filter(state="pending").exists())

        # passwords tried until the name is slowed; a page and a job that break
        for _ in range(7):
            stranger.sends("/connexion", username=account.username, password=WRONG)
        for table, path, name in (
            (Session._meta.db_table, "/mes-services", "web"),
            (OutboxMessage._meta.db_table, "/mot-de-passe-oublie", "work"),
        ):
            rename(table, "elsewhere")
            try:
                if name == "web":
                    assert browser.open("GET", path)[0] == 500
                else:
                    stranger.sends(path, username=account.username)
                until(lambda name=name: "UndefinedTable" in started.said(name))  # type: ignore[misc]
            finally:
                rename("elsewhere", table)
        told += command(started, "reset", account.username, "--out", str(tmp_path / "reset.csv"))

        lines = started.lines("web") + started.lines("work")
        keys = {name: value for name, value in started.environment.items() if re.fullmatch(r"[0-9a-f]{64}", value)}

    secrets = {
        **{name: name for name in ("ysoline", "castelnau", "hermeline", "theophane", "quentrevaux", "firefox")},
        "username": account.username,
        "INE": account.pupil.ine,
        "bad INE": "123456789ZZ",
        "birth date": born.isoformat(),
        "birth date, as read": born.strftime("%d/%m/%Y"),
        "e-mail": EMAIL,
        "host of the e-mail": "messagerie.example",
        "mobile": MOBILE,
        "mobile, kept": MOBILE.replace(" ", "")[1:],
        "client's address": ADDRESS,
        "address of the staff": AGENT,
        "secret of an application": totp,
        "the same, as shown": shared[1] if shared else "",
        **{f"printed code {number}": one for number, one in enumerate(printed)},
        "printed code, without dashes": printed[0].replace("-", ""),
        "letter's password": letter,
        "the same, without dashes": letter.replace("-", ""),
        "own password": people.OWN,
        "own password, encoded": people.OWN.replace(" ", "+"),
        "next password": NEW,
        "wrong password": WRONG,
        "forged link": FORGED,
        "link confirming": confirming.rpartition("/")[2],
        "link of the password": forgotten.rpartition("/")[2],
        "FrEduCtId": account.educonnect_id,
        "relay state": "panier",
        "pairwise subject": subject[1].decode() if subject else "",
        "signing key": started.environment["EDUCONNECT_SAML_KEY"].replace("\\n", "\n").splitlines()[1],
        "request": asked.partition("SAMLRequest=")[2][:40],
        "answer": response[1][:60] if response else "",
        **{
            f"cookie or form secret {number}": held
            for number, held in enumerate(browser.held | stranger.held | desk.held | again.held)
        },
        **keys,
    }
    assert [kind for kind, secret in secrets.items() if len(secret) < 6] == []
    for kind, secret in secrets.items():  # each would be found where it stood
        assert kind in found(secrets, json.dumps({"event": f"before {secret.upper()}, after"}, ensure_ascii=False))
    written = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    assert {
        kind: [line for line in written.splitlines() if found({kind: secrets[kind]}, line)][:2]
        for kind in found(secrets, written)
    } == {}
    assert found(secrets, told) == []
    assert re.findall(rf"(?<![\d.]){figures}(?!\d)", written + told) == []  # a fraction of a second is no code
    shape = "-".join([f"[{rules.ALPHABET}]{{4}}"] * 3)  # of the letters' passwords, which only the worker knew
    assert re.search(shape, letter)
    assert re.findall(shape, written + told) == []

    assert [line for line in lines if not {"timestamp", "level", "logger", "event"} <= line.keys()] == []
    assert {line["level"] for line in lines} >= {"debug", "info", "error"}
    answered = [line["request"] for line in lines if line["event"] == "answered" and line["route"] != "health"]
    assert set(browser.numbers + stranger.numbers) <= set(answered)
    failed = next(line for line in lines if line["event"] == "request failed" and line.get("status") == 500)
    assert failed["request"] in browser.numbers
