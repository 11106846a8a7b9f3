"""Deliver notifications by webhook and mail. `reports.notifications` writes their contents."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.config import Config
from crawler.notifications.interface import Channel, DeliveryFailed, Message
from crawler.notifications.mail import MailChannel
from crawler.notifications.webhook import WebhookChannel

__all__ = ["Channel", "DeliveryFailed", "Message", "channels"]


def channels(config: Config) -> Iterator[Channel]:
    """Yield the configured channels."""
    if config.notify.webhook.url:
        yield WebhookChannel(config.notify.webhook, config.network)
    if config.notify.mail.to:
        yield MailChannel(config.notify.mail, config.network)
