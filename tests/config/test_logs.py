"""Logs: JSON lines that lead to the fault and to nobody."""

import io
import json
import logging
import re
import smtplib
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from educonnect.accounts import recovery, tasks
from educonnect.accounts.models import Account
from educonnect.config import logs
from educonnect.messaging import sending
from educonnect.messaging.models import OutboxMessage
from tests.saml.service import SLO, Service, posted
from tests.web import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines() -> Iterator[Any]:
    """What is logged while the test runs: call it for the lines so far, each a parsed JSON object."""
    stream = io.StringIO()
    formatter = logs.configuration("ext://sys.stderr", "INFO")["formatters"]["json"]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    former = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(former)


def test_a_request_is_one_line_with_its_number_route_status_and_time(client: Client, lines: Any) -> None:
    answer = client.get("/connexion")

    (line,) = [line for line in lines() if line["event"] == "answered"]
    assert line["route"] == "public:sign-in"
    assert line["status"] == 200
    assert line["method"] == "GET"
    assert line["ms"] >= 0
    assert line["request"] == answer["X-Request-ID"]


def test_T75_a_line_holds_no_path_no_query_and_no_address(client: Client, lines: Any) -> None:
    client.get("/confirmer/one-use-token?code=secret", REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Firefox-of-Ada")
    client.get("/nowhere/one-use-token?code=secret", REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Firefox-of-Ada")

    said = json.dumps(lines())
    assert "answered" in said
    assert [word for word in ("one-use-token", "secret", "192.0.2.7", "Firefox-of-Ada") if word in said] == []


def test_T75_a_failure_says_where_it_broke_and_repeats_no_message(lines: Any) -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        try:
            raise ValueError("Key (username)=(a.francbrune) already exists")
        except ValueError as error:
            logging.getLogger("django.request").error(
                "Internal Server Error: %s",
                request.path,
                exc_info=error,
                extra={"status_code": 500, "request": request},
            )
        return HttpResponse(status=500)

    request = RequestFactory().get("/connexion?code=secret")
    request.resolver_match = resolve("/connexion")
    logs.RequestLog(broken)(request)

    failed, answered = lines()
    assert failed["event"] == "request failed"
    assert failed["status"] == 500
    assert failed["route"] == "public:sign-in"
    assert failed["exception"][0]["type"] == "ValueError"
    assert "broken" in failed["exception"][0]["at"][0]
    assert failed["request"] == answered["request"]
    assert "francbrune" not in json.dumps([failed, answered])
    assert "secret" not in json.dumps([failed, answered])


def test_an_unusual_method_is_not_repeated(lines: Any) -> None:
    request = RequestFactory().generic("<SCRIPT>", "/connexion")

    logs.RequestLog(lambda request: HttpResponse())(request)

    assert lines()[0]["method"] == "other"


# --- a whole road -------------------------------------------------------------------------------------------------

ADDRESS, DEVICE = "203.0.113.77", "Mozilla/5.0 (Windows NT 10.0) Firefox/130"
EMAIL = "ysoline.castelnau@messagerie.example"
WRONG, FORGED = "un mot de passe essaye ailleurs", "jeton-forge-par-quelqu-un"
NEW = "cinq loutres mangent des prunes"


def deliver() -> str:
    """Let every message leave; the last one-use link that was sent."""
    for message in OutboxMessage.objects.filter(state="pending"):
        sending.deliver(message.pk)
    return re.findall(r"https?://[^/\s]+(/\S+/\S+)", mail.outbox[-1].body)[-1]


def breaks_with(account: Account) -> Any:
    def broken(*arguments: Any, **options: Any) -> None:
        try:
            raise IntegrityError(f"Key (username)=({account.username}) already exists")
        except IntegrityError as error:
            raise RuntimeError(f"{account.pupil.first_name} {account.pupil.ine} {EMAIL}") from error

    return broken


def test_T75_the_logs_of_a_whole_road_hold_nothing_of_the_person(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    account = people.pupil(
        username="y.castelnau", pupil__first_name="Ysoline", pupil__family_name="CASTELNAU", pupil__used_name=""
    )
    born = account.pupil.birthdate
    letter = people.notified(account)
    client = Client(raise_request_exception=False, REMOTE_ADDR=ADDRESS, HTTP_USER_AGENT=DEVICE)

    # the letter, the wrong password before it, the account
    client.post("/connexion", {"username": account.username, "password": WRONG})
    client.post("/connexion", {"username": account.username, "password": letter})
    client.post("/activation/mot-de-passe", {"password": people.OWN})
    day = {"birthdate_jour": born.day, "birthdate_mois": born.month, "birthdate_annee": born.year}
    assert client.post("/activation/identite", {**day, "email": EMAIL, "terms": "on"}).status_code == 303
    confirming = deliver()
    client.get(confirming)
    assert client.post(confirming).status_code < 400

    # a service, the way out, and messages that are refused
    service = Service(encryption=False)
    service.register(name="Service fictif")
    told = posted(client.get(service.redirect(relay_state="panier-de-ysoline")))
    client.get(service.redirect(service.leaves(told), path=SLO))
    assert client.get(f"/idp/profile/SAML2/Redirect/SSO?SAMLRequest=abc&RelayState={EMAIL}").status_code == 400

    # the password forgotten, and a mail server that repeats the address it refuses
    client.post("/mot-de-passe-oublie", {"username": account.username})
    tasks.look_at_forgotten()
    link = deliver()
    client.get(link)
    assert client.post(link, {"password": NEW}).status_code == 303

    def refuses(*arguments: Any) -> None:
        raise smtplib.SMTPRecipientsRefused({EMAIL: (550, f"no such user {EMAIL}".encode())})

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", refuses)
        client.post("/identifiant-oublie", {"email": EMAIL})
        tasks.look_at_forgotten()
        for message in OutboxMessage.objects.filter(state="pending"):
            sending.deliver(message.pk)

    # addresses that nobody gave, a form without its secret, a view that breaks with the person in its mouth
    client.get(f"/confirmer/{FORGED}")
    client.get(f"/nowhere/{account.pupil.ine}?nom=CASTELNAU")
    strict = Client(enforce_csrf_checks=True, REMOTE_ADDR=ADDRESS, HTTP_USER_AGENT=DEVICE)
    assert strict.post("/connexion", {"username": account.username, "password": NEW}).status_code == 403
    with monkeypatch.context() as broken:
        broken.setattr(recovery, "ask_password", breaks_with(account))
        again = {"username": account.username}
        assert client.post(reverse("public:forgotten-password"), again).status_code == 500

    said = json.dumps(lines(), ensure_ascii=False).lower()
    assert {line.get("status") for line in lines()} >= {200, 303, 400, 403, 404, 500}
    assert [word for word in ("given up", "request failed", "runtimeerror") if word not in said] == []
    secrets = ["ysoline", "castelnau", account.username, account.pupil.ine, born.isoformat(), born.strftime("%d/%m/%Y")]
    secrets += [
        EMAIL,
        "messagerie.example",
        ADDRESS,
        "firefox",
        letter,
        letter.replace("-", ""),
        people.OWN,
        NEW,
        WRONG,
    ]
    secrets += [FORGED, confirming.rpartition("/")[2], link.rpartition("/")[2], account.educonnect_id, "panier"]
    secrets += [morsel.value for name, morsel in client.cookies.items() if morsel.value]
    assert [secret for secret in secrets if secret.lower() in said] == []
