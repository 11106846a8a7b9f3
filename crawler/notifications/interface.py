"""What every way to tell people is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


class DeliveryFailed(Exception):
    """A notice did not arrive; the message is one line without any secret.

    `by_some`: it did at some of those it was for. To send it again would tell these twice, or as often as the others refuse.
    """

    def __init__(self, fault: str, *, by_some: bool = False) -> None:
        super().__init__(fault)
        self.partly_delivered = by_some


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

    kind: ClassVar[str]  # what it is to the store, whatever address it leads to

    @property
    @abstractmethod
    def name(self) -> str:
        """Where it leads, for a person, without any secret."""

    @abstractmethod
    def deliver(self, message: Message) -> None:
        """Send a notice. Raises NotDelivered."""
