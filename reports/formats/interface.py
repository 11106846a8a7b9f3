"""The interface of report formats."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from reports.model import Report


class Format(ABC):
    """A report format.

    Link texts, URLs and paths in a report are untrusted: a format must escape all of them.

    Attributes:
        suffix: The suffix of the file it is written to, with its dot.
    """

    suffix: ClassVar[str]

    @abstractmethod
    def render(self, report: Report) -> Iterator[str]:
        """Yield the report in pieces of whole lines, with their line ends."""
