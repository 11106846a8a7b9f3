"""What every way to tell people is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class NotDelivered(Exception):
    """A notice did not arrive; the message is one line without any secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One notice in every shape a channel may want. `id` is the same whenever the same news are sent again."""

    id: str
    subject: str
    document: Mapping[str, Any]  # reports/schemas/notice-1.json
    chat: Mapping[str, Any]  # for Slack and its kin
    text: str
    html: str


class Channel(ABC):
    """One way to tell people. Blocks, for a bounded time."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Where it leads, for a person, without any secret."""

    @abstractmethod
    def deliver(self, message: Message) -> None:
        """Send a notice. Raises NotDelivered."""
