"""Define the interface of notification channels, and the message that they deliver."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


class DeliveryFailed(Exception):
    """A notification was not delivered. The message is one line without secrets.

    Args:
        reason: Why it failed.
        partly_delivered: Whether some recipients received it. It is then not sent again, as they
            would receive it repeatedly while the other recipients reject it.
    """

    def __init__(self, reason: str, *, partly_delivered: bool = False) -> None:
        super().__init__(reason)
        self.partly_delivered = partly_delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A notification in each format that channels send.

    Attributes:
        id: The id of the notification; the same when delivery is repeated.
        subject: Subject line of a mail.
        document: JSON document (schema in `reports/schemas`).
        chat: JSON document for Slack and compatible services.
        text: Plain text.
        html: The same content as HTML.
    """

    id: str
    subject: str
    document: Mapping[str, Any]
    chat: Mapping[str, Any]
    text: str
    html: str


class Channel(ABC):
    """Delivers notifications to one recipient or several.

    Attributes:
        kind: The name of the channel's kind in the database, whatever the address.
    """

    kind: ClassVar[str]

    @property
    @abstractmethod
    def name(self) -> str:
        """The recipient's name in messages to the user, without secrets."""

    @abstractmethod
    def deliver(self, message: Message) -> None:
        """Send a notification. This blocks, for a limited time.

        Raises:
            DeliveryFailed: It was not delivered.
        """
