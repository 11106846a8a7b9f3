"""Test the delivery of notifications to servers on loopback, and every way in which it fails."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from crawler.config import Config, NetworkConfig
from crawler.config.notifications import MailConfig, NotifyConfig, WebhookConfig
from crawler.config.secret import Secret
from crawler.notifications import configured_channels
from crawler.notifications.interface import DeliveryFailed, Message
from crawler.notifications.mail import MailChannel
from crawler.notifications.webhook import DELIVERY_HEADER, SIGNATURE_HEADER, WebhookChannel
from tests.web.certificates import Authority
from tests.web.receivers import Hook, running_hook, running_mailbox

MESSAGE = Message(
    id="6f2b4f1e-0000-5000-8000-000000000001",
    subject="夜渡: 2 newly broken",
    document={"schema": 1, "wiki": "夜渡"},
    chat={"text": "2 newly broken"},
    text="2 newly broken\n石桥.md:3\n",
    html="<p>石桥.md:3</p>",
)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with running_hook() as running:
        yield running


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def network(authority: Authority, tmp_path: Path) -> NetworkConfig:
    authority.write_certificate(tmp_path / "ca.pem")
    return NetworkConfig(ca_file=str(tmp_path / "ca.pem"), contact="mailto:ann@wiki.example")


def webhook(url: str, waits: list[float], **settings: Any) -> WebhookChannel:
    return WebhookChannel(
        WebhookConfig(url=Secret(url), **settings), NetworkConfig(), sleep=waits.append
    )


def failure_message(channel: WebhookChannel | MailChannel) -> str:
    with pytest.raises(DeliveryFailed) as raised:
        channel.deliver(MESSAGE)
    output = str(raised.value)
    assert "hidden" not in output
    assert "\n" not in output
    assert raised.value.__cause__ is None or "hidden" not in repr(raised.value.__cause__)
    return output


# --- webhook


def test_a_webhook_gets_the_document_signed(hook: Hook) -> None:
    WebhookChannel(
        WebhookConfig(url=Secret(hook.url), secret=Secret("signing")),
        NetworkConfig(contact="mailto:ann@wiki.example"),
    ).deliver(MESSAGE)
    ((path, headers, body),) = hook.received
    assert path == "/services/T0/hidden"
    assert json.loads(body) == MESSAGE.document
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"].endswith("(+mailto:ann@wiki.example)")
    assert headers[DELIVERY_HEADER] == MESSAGE.id
    assert (
        headers[SIGNATURE_HEADER]
        == "sha256=" + hmac.new(b"signing", body, hashlib.sha256).hexdigest()
    )


def test_a_chat_gets_a_text_and_no_secret_means_no_signature(hook: Hook) -> None:
    webhook(hook.url, [], format="slack").deliver(MESSAGE)
    ((_, headers, body),) = hook.received
    assert json.loads(body) == {"text": "2 newly broken"}
    assert SIGNATURE_HEADER not in headers


@pytest.mark.parametrize("status", [500, 503, 429, 408, 0])
def test_temporary_failures_are_retried_with_growing_waits(hook: Hook, status: int) -> None:
    hook.answers, waits = [status, status, 200], list[float]()
    webhook(hook.url, waits).deliver(MESSAGE)
    assert len(hook.received) == 3
    assert waits == [2, 6]
    assert len({headers[DELIVERY_HEADER] for _, headers, _ in hook.received}) == 1


@pytest.mark.parametrize("seconds", ["86400", "9" * 400], ids=["a day", "400 digits"])
def test_retries_and_requested_waits_are_bounded(hook: Hook, seconds: str) -> None:
    hook.answers, hook.headers, waits = [503], {"Retry-After": seconds}, list[float]()
    assert failure_message(webhook(hook.url, waits)) == "the webhook at 127.0.0.1 responded 503"
    assert len(hook.received) == 4
    assert waits == [60, 60, 60]


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_refused_messages_are_not_retried(hook: Hook, status: int) -> None:
    hook.answers, waits = [status], list[float]()
    assert (
        failure_message(webhook(hook.url, waits)) == f"the webhook at 127.0.0.1 responded {status}"
    )
    assert (len(hook.received), waits) == (1, [])


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/", "http://[::1"], ids=["internal", "malformed"]
)
def test_no_redirect_is_followed(hook: Hook, location: str) -> None:
    hook.answers, hook.headers = [302], {"Location": location}
    assert (
        failure_message(webhook(hook.url, []))
        == "the webhook at 127.0.0.1 responded 302, a redirect: configure the URL it redirects to"
    )
    assert len(hook.received) == 1


def test_an_unreachable_or_silent_server_fails_the_delivery(hook: Hook) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{bound.getsockname()[1]}/hidden"
        assert (
            failure_message(webhook(address, [], max_attempts=2))
            == "the webhook at 127.0.0.1 could not be reached: check url in [notify.webhook]"
        )  # bound, but not listening
        bound.listen()
        assert (
            failure_message(webhook(address, [], max_attempts=2, timeout=0.2))
            == "the webhook at 127.0.0.1 did not respond within 0.2 s"
        )


# --- mail


def settings(port: int, **more: Any) -> MailConfig:
    given: dict[str, Any] = {
        "to": ("ann@wiki.example", "bob@wiki.example"),
        "sender": "holdfast@wiki.example",
        "host": "localhost",
        "port": port,
    }
    return MailConfig(**given | more)


def test_a_mail_has_text_and_html_and_is_sent_to_all(
    authority: Authority, network: NetworkConfig
) -> None:
    with running_mailbox(
        starttls=authority.context_for("localhost"), password="hidden word"
    ) as mailbox:
        MailChannel(
            settings(mailbox.port, user="ann", password=Secret("hidden word")), network
        ).deliver(MESSAGE)
    (mail,) = mailbox.mails
    assert (mailbox.encrypted, mailbox.users, mailbox.recipients) == (
        [True],
        ["ann"],
        [["ann@wiki.example", "bob@wiki.example"]],
    )
    assert (mail["Subject"], mail["From"], mail["Auto-Submitted"]) == (
        MESSAGE.subject,
        "holdfast@wiki.example",
        "auto-generated",
    )
    assert MESSAGE.id in mail["Message-ID"]
    assert mail["Date"].datetime
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    text, html = (part.get_content() for part in mail.iter_parts())
    assert text.splitlines() == MESSAGE.text.splitlines()
    assert MESSAGE.html in html


def test_a_mail_is_sent_with_tls_or_if_configured_without(
    authority: Authority, network: NetworkConfig
) -> None:
    with running_mailbox(tls=authority.context_for("localhost")) as mailbox:
        MailChannel(settings(mailbox.port, security="tls"), network).deliver(MESSAGE)
        assert len(mailbox.mails) == 1
    with running_mailbox() as mailbox:
        MailChannel(settings(mailbox.port, security="none"), network).deliver(MESSAGE)
        assert mailbox.encrypted == [False]


def test_a_password_is_never_sent_to_a_server_that_offers_no_tls(network: NetworkConfig) -> None:
    with running_mailbox(password="hidden") as mailbox:
        output = failure_message(
            MailChannel(settings(mailbox.port, user="ann", password=Secret("hidden")), network)
        )
        assert (
            output
            == 'the mail server localhost offers no STARTTLS or login: use another port, or security = "tls"'
        )
        assert mailbox.users == []


def test_an_invalid_certificate_stops_the_delivery(
    authority: Authority, network: NetworkConfig
) -> None:
    wrong = authority.context_for("wrong-host.test")
    for way, server in (
        ("starttls", running_mailbox(starttls=wrong)),
        ("tls", running_mailbox(tls=wrong)),
    ):
        with server as mailbox:
            output = failure_message(
                MailChannel(
                    settings(mailbox.port, security=way, user="ann", password=Secret("hidden")),
                    network,
                )
            )
            assert (
                output
                == "the mail server localhost has an invalid certificate, or does not support TLS: check network.ca_file, and security in [notify.mail]"
            )
            assert (mailbox.users, mailbox.mails) == ([], [])


def test_refusals_of_the_server_are_reported(authority: Authority, network: NetworkConfig) -> None:
    with running_mailbox(starttls=authority.context_for("localhost"), password="other") as mailbox:
        output = failure_message(
            MailChannel(settings(mailbox.port, user="ann", password=Secret("hidden")), network)
        )
        assert (
            output
            == "the mail server localhost rejected user and password (535): check user and password in [notify.mail]"
        )
    with running_mailbox(starttls=authority.context_for("localhost")) as mailbox:
        mailbox.refused = frozenset({"bob@wiki.example"})
        assert (
            failure_message(MailChannel(settings(mailbox.port), network))
            == "the mail server localhost refused 1 of 2 recipients: check to in [notify.mail]"
        )
        assert mailbox.recipients == [["ann@wiki.example"]]
        mailbox.refused = frozenset({"ann@wiki.example", "bob@wiki.example"})
        assert (
            failure_message(MailChannel(settings(mailbox.port), network))
            == "the mail server localhost refused every recipient: check to and sender in [notify.mail]"
        )


def test_credentials_that_cannot_be_sent_are_reported(
    authority: Authority, network: NetworkConfig
) -> None:
    with running_mailbox(starttls=authority.context_for("localhost"), password="x") as mailbox:
        output = failure_message(
            MailChannel(settings(mailbox.port, user="ann", password=Secret("hidden密")), network)
        )
    assert (
        output
        == "user or password for the mail server has characters outside ASCII: change user or password in [notify.mail]"
    )


def test_addresses_that_the_server_does_not_accept_are_reported() -> None:
    """A server without the extension SMTPUTF8 (RFC 6531) accepts only ASCII."""

    def serve(listening: socket.socket) -> None:
        connection = listening.accept()[0]
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 ready\r\n")
            for line in lines:
                connection.sendall(b"250 ok\r\n")
                if line.upper().startswith(b"QUIT"):
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, args=[listening], daemon=True)
        thread.start()
        port = listening.getsockname()[1]
        given = settings(port, to=("安@wiki.example",), security="none", host="127.0.0.1")
        output = failure_message(MailChannel(given, NetworkConfig()))
        thread.join(30)
    assert (
        output
        == "the mail server 127.0.0.1 accepts no addresses with characters outside ASCII (SMTPUTF8): change to and sender in [notify.mail]"
    )


def test_unreachable_mail_server_is_reported(network: NetworkConfig) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        output = failure_message(
            MailChannel(settings(bound.getsockname()[1], host="127.0.0.1"), network)
        )
    assert (
        output
        == "the mail server 127.0.0.1 could not be reached, or closed the connection: check host and port in [notify.mail]"
    )


def test_only_configured_channels_are_opened() -> None:
    assert list(configured_channels(Config())) == []
    notify = NotifyConfig(
        webhook=WebhookConfig(url=Secret("https://hooks.example/hidden")), mail=settings(25)
    )
    assert [channel.name for channel in configured_channels(Config(notify=notify))] == [
        "the webhook at hooks.example",
        "the mail server localhost",
    ]


@pytest.mark.parametrize("reply", [b"250 ok\r\n", b"421 busy\r\n", b"nonsense\r\n", b""])
@pytest.mark.parametrize("accepted", [True, False])
def test_the_reply_to_quit_does_not_change_the_outcome(reply: bytes, accepted: bool) -> None:
    """A mail that the server has accepted is delivered: it would be sent again in each run."""

    def serve(listening: socket.socket) -> None:
        connection = listening.accept()[0]
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 ready\r\n")
            in_mail = False
            for line in lines:
                word = line[:4].strip().upper()
                if in_mail:
                    in_mail = line != b".\r\n"
                    if not in_mail:
                        connection.sendall(b"250 ok\r\n" if accepted else b"554 no\r\n")
                elif word == b"QUIT":
                    connection.sendall(reply)
                    return
                else:
                    in_mail = word == b"DATA"
                    connection.sendall(b"354 go on\r\n" if in_mail else b"250 ok\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, args=[listening], daemon=True)
        thread.start()
        channel = MailChannel(
            settings(listening.getsockname()[1], security="none", host="127.0.0.1"), NetworkConfig()
        )
        if accepted:
            channel.deliver(MESSAGE)
        else:
            assert failure_message(channel).endswith("responded 554")
        thread.join(30)
