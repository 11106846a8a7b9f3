"""What every report format is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from reports.model import Report


class Format(ABC):
    """One way to write a report down. Nothing from outside may reach it unescaped: texts, addresses and paths are whatever anyone wrote."""

    suffix: ClassVar[str]  # of the file it is written to, with its dot

    @abstractmethod
    def render(self, report: Report) -> Iterator[str]:
        """Give the report piece by piece, each piece whole lines, with their ends."""
