"""Deliver notifications by webhook and mail. `reports.notifications` writes their contents."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.config import Config
from crawler.notifications.interface import Channel, DeliveryFailed, Message

__all__ = ["Channel", "DeliveryFailed", "Message", "configured_channels"]


def configured_channels(config: Config) -> Iterator[Channel]:
    """Yield the configured channels."""
    # Imported here, as most commands send nothing and smtplib takes time.
    if config.notify.webhook.url:
        from crawler.notifications.webhook import WebhookChannel  # noqa: PLC0415

        yield WebhookChannel(config.notify.webhook, config.network)
    if config.notify.mail.to:
        from crawler.notifications.mail import MailChannel  # noqa: PLC0415

        yield MailChannel(config.notify.mail, config.network)
