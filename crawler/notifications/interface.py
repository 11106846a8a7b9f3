"""The interface of notification channels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


class DeliveryFailed(Exception):
    """A notification was not delivered. The message is one line without secrets.

    Args:
        reason: Why it failed.
        partly_delivered: Whether some recipients got it. It is then not sent again: these would get
            it twice, or as often as the others refuse it.
    """

    def __init__(self, reason: str, *, partly_delivered: bool = False) -> None:
        super().__init__(reason)
        self.partly_delivered = partly_delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A notification in the formats that channels need.

    Attributes:
        id: Identifies the news: the same if they are sent again.
        subject: Subject line of a mail.
        document: JSON document (schema in `reports/schemas`).
        chat: JSON document for Slack and compatible services.
        text: Plain text.
        html: The same as HTML.
    """

    id: str
    subject: str
    document: Mapping[str, Any]
    chat: Mapping[str, Any]
    text: str
    html: str


class Channel(ABC):
    """A way to deliver notifications. Delivery blocks, for a limited time."""

    kind: ClassVar[str]  # name in the store, whatever the address

    @property
    @abstractmethod
    def name(self) -> str:
        """The recipient for messages, without secrets."""

    @abstractmethod
    def deliver(self, message: Message) -> None:
        """Send a notification. Raises DeliveryFailed."""
