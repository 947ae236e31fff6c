import email
import logging
import smtplib
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core import mail
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from educonnect.journal.models import Entry
from educonnect.messaging import rules, sending
from educonnect.messaging.models import OutboxMessage, OutboxState

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
BODY = "Bonjour,\n\nVoici l’adresse à suivre : http://localhost/confirmer/secret"


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest) -> Iterator[time_machine.Traveller | None]:
    if "server" in request.fixturenames:  # a real server lives in real time
        yield None
        return
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


class Mailbox:
    """A mail server that answers what the test says."""

    def __init__(self) -> None:
        self.received: list[Message] = []
        self.envelopes: list[Envelope] = []
        self.answer = "250 OK"
        self.recipient_answer = "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.received.append(email.message_from_bytes(envelope.content))
            self.envelopes.append(envelope)
        return self.answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(settings: Any) -> Iterator[Mailbox]:
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    yield mailbox
    controller.stop()


def want(key: str = "confirm-email:1", to: str = "camille@famille.example") -> OutboxMessage:
    sending.send_email(key=key, to=to, subject="Confirmez votre adresse électronique", body=BODY)
    return OutboxMessage.objects.get(key=key)


def test_a_message_is_a_sealed_row_and_a_job_of_the_same_transaction() -> None:
    with transaction.atomic():
        message = want()

    assert message.state == OutboxState.PENDING
    assert b"camille" not in bytes(message.sealed)
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args) == ("messaging.send", {"message_id": message.pk})
    assert mail.outbox == []


def test_a_message_is_forgotten_with_its_transaction() -> None:
    with transaction.atomic():
        want()
        transaction.set_rollback(True)

    assert not OutboxMessage.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_the_same_key_is_sent_once() -> None:
    message = want()
    want()

    outcomes = [sending.deliver(message.pk) for _ in range(3)]

    assert outcomes == [True, False, False]
    assert len(mail.outbox) == 1
    assert ProcrastinateJob.objects.count() == 1


def test_a_message_reaches_a_real_mail_server(server: Mailbox) -> None:
    message = want()

    assert sending.deliver(message.pk)

    (received,) = server.received
    assert server.envelopes[0].rcpt_tos == ["camille@famille.example"]
    assert received["To"] == "camille@famille.example"
    assert received["Auto-Submitted"] == "auto-generated"
    assert str(email.header.make_header(email.header.decode_header(received["Subject"]))) == (
        "Confirmez votre adresse électronique"
    )
    payload = received.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().replace("\r\n", "\n").strip() == BODY


def test_once_sent_the_content_is_erased() -> None:
    message = want()

    sending.deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, bytes(message.sealed), message.sent_at) == (OutboxState.SENT, b"", NOW)


def test_T87_a_mail_server_that_is_down_stops_no_request_and_the_message_leaves_later(settings: Any, clock) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()

    message = want()
    delivered = sending.deliver(message.pk)

    message.refresh_from_db()
    assert not delivered
    assert (message.state, message.failure) == (OutboxState.PENDING, "ConnectionRefusedError")
    assert message.due_at == NOW + timedelta(minutes=1)
    retry = ProcrastinateJob.objects.get(scheduled_at=NOW + timedelta(minutes=1))
    assert retry.args == {"message_id": message.pk}
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert not sending.deliver(message.pk)
    clock.shift(timedelta(minutes=1))
    assert sending.deliver(message.pk)
    assert len(mail.outbox) == 1


def test_a_server_that_says_later_is_asked_again(server: Mailbox) -> None:
    server.answer = "451 try again later"
    message = want()

    assert not sending.deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.failure) == (OutboxState.PENDING, "SMTPDataError 451")


def test_an_address_refused_for_good_is_given_up_and_journalled_without_it(server: Mailbox) -> None:
    server.recipient_answer = "550 no such user camille@famille.example"
    message = want()

    assert not sending.deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, bytes(message.sealed)) == (OutboxState.FAILED, b"")
    entry = Entry.objects.get(event="message.failed")
    assert entry.detail == {
        "message": message.pk,
        "kind": "confirm-email",
        "reason": "SMTPRecipientsRefused 550",
    }
    assert "camille" not in message.failure


def test_waits_grow_and_then_the_message_is_given_up(clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object) -> None:
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr(sending, "_hand_over", down)
    message = want()

    waits = []
    while message.state == OutboxState.PENDING:
        began = message.due_at
        sending.deliver(message.pk)
        message.refresh_from_db()
        waits.append(message.due_at - began)
        clock.move_to(message.due_at)

    assert waits[:-1] == list(rules.WAITS)
    assert message.state == OutboxState.FAILED
    assert message.attempts == len(rules.WAITS) + 1
    assert Entry.objects.filter(event="message.failed").count() == 1


def test_a_message_of_a_worker_killed_while_sending_leaves_under_the_same_number(
    clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = want()
    hand_over = sending._hand_over

    def killed_after(*arguments: Any) -> None:
        hand_over(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sending, "_hand_over", killed_after)
        with pytest.raises(KeyboardInterrupt):
            sending.deliver(message.pk)
    assert not sending.deliver(message.pk)
    assert sending.sweep(NOW + timedelta(minutes=9)) == 0

    clock.shift(rules.SENDING)
    swept = sending.sweep(NOW + rules.SENDING)

    assert swept == 1
    assert sending.deliver(message.pk)
    numbers = [sent.extra_headers["Message-ID"] for sent in mail.outbox]
    assert len(numbers) == 2
    assert numbers[0] == numbers[1]


def test_a_message_whose_job_was_lost_is_found_by_the_sweep(clock) -> None:
    message = want()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")

    assert sending.sweep(NOW + timedelta(minutes=1)) == 0
    clock.shift(rules.OVERDUE)
    assert sending.sweep(NOW + rules.OVERDUE) == 1

    assert ProcrastinateJob.objects.get().args == {"message_id": message.pk}


def test_rows_of_messages_gone_are_forgotten_after_their_time(clock) -> None:
    sending.deliver(want().pk)
    waiting = want("confirm-email:2")

    sending.sweep(NOW + rules.KEPT)

    assert list(OutboxMessage.objects.values_list("pk", flat=True)) == [waiting.pk]


def test_a_message_sealed_under_another_key_is_given_up(settings: Any) -> None:
    message = want()
    settings.FILES_KEYS = {1: "another key, of another installation, 32+"}

    assert not sending.deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.failure) == (OutboxState.FAILED, "sealed under another key")


def test_a_subject_on_two_lines_forges_no_header() -> None:
    sending.send_email(key="x:1", to="c@famille.example", subject="Bonjour\r\nBcc: x@y.example", body=BODY)

    assert sending.deliver(OutboxMessage.objects.get().pk)
    assert mail.outbox[0].subject == "Bonjour Bcc: x@y.example"
    assert mail.outbox[0].recipients() == ["c@famille.example"]


def test_T75_no_log_line_holds_an_address(caplog: pytest.LogCaptureFixture, server: Mailbox) -> None:
    caplog.set_level(logging.DEBUG, logger="educonnect")
    server.recipient_answer = "550 no such user camille@famille.example"

    sending.deliver(want().pk)

    assert "given up" in caplog.text
    assert "camille" not in caplog.text
