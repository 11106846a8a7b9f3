"""Test that responses of webhooks and mail servers are read up to a limit."""

from __future__ import annotations

from time import monotonic
from typing import Any

import pytest

from crawler.config import NetworkConfig
from crawler.config.notifications import MailConfig, WebhookConfig
from crawler.config.secret import Secret
from crawler.notifications.interface import Channel, DeliveryFailed, Message
from crawler.notifications.mail import MailChannel
from crawler.notifications.webhook import WebhookChannel
from tests.web.floods import DRIPS, HEADS, HELD_UP, MAIL, Flood, flooding

SECONDS = 1.0
MOST = 1_300_000  # bytes: a megabyte, and what the system takes before anybody reads it
WEBHOOKS = {
    **HEADS,
    **{
        name: DRIPS[name]
        for name in ("a dripping status line", "a dripping header", "slow interim answers")
    },
}  # of more only the head is read
MESSAGE = Message(
    id="1",
    subject="2 newly broken",
    document={},
    chat={},
    text="2 newly broken",
    html="<p>2 newly broken</p>",
)


def fails_at(channel: Channel) -> float:
    """Deliver a notification, and return the seconds until that fails."""
    began = monotonic()
    with pytest.raises(DeliveryFailed):
        channel.deliver(MESSAGE)
    return monotonic() - began


@pytest.mark.parametrize(
    "flood", [pytest.param(flood, id=name) for name, flood in WEBHOOKS.items()]
)
def test_the_size_of_a_webhooks_response_is_limited(flood: Flood) -> None:
    with flooding(flood) as server:
        url = Secret(f"http://{server.place}/")
        seconds = fails_at(
            WebhookChannel(WebhookConfig(url=url, max_attempts=1, timeout=SECONDS), NetworkConfig())
        )
    assert seconds < HELD_UP
    assert server.sent <= MOST


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
@pytest.mark.parametrize("name", MAIL)
def test_the_size_of_a_mail_servers_replies_is_limited(name: str, security: Any) -> None:
    with flooding(MAIL[name]) as server:
        config = MailConfig(
            to=("ann@wiki.example",),
            host="127.0.0.1",
            port=server.port,
            security=security,
            timeout=SECONDS,
        )
        seconds = fails_at(MailChannel(config, NetworkConfig()))
    assert seconds < HELD_UP
    assert server.sent <= MOST


def test_a_slow_mail_server_is_given_up_after_four_timeouts() -> None:
    received = b"250-a\r\n" * 3
    with flooding(
        Flood(opening=b"220 here\r\n", piece=received, pause=SECONDS / 3, greets=True)
    ) as server:
        config = MailConfig(
            to=("ann@wiki.example",),
            host="127.0.0.1",
            port=server.port,
            security="none",
            timeout=SECONDS,
        )
        assert fails_at(MailChannel(config, NetworkConfig())) < HELD_UP
