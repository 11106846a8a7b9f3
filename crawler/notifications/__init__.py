"""Notices on their way: to a webhook, by mail. What they say is `reports.notifications`'."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.config import Config
from crawler.notifications.interface import Channel
from crawler.notifications.mail import Mail
from crawler.notifications.webhook import Webhook


def channels(config: Config) -> Iterator[Channel]:
    """Open the ways that are configured."""
    if config.notify.webhook.url:
        yield Webhook(config.notify.webhook, config.network)
    if config.notify.mail.to:
        yield Mail(config.notify.mail, config.network)
