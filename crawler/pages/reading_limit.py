"""Limit what reading one page may cost, whatever its markup.

Readers look at some parts of a page more than once: a brace that may be closed far below, the lines
below a directive. On an ordinary page that is a few times; a page made for it could take hours.
"""

from __future__ import annotations

from crawler.pages.interface import PageSyntaxError

_TIMES = 8  # an ordinary page is looked at once or twice
_FREE = 4_000_000  # units for small pages, however they are nested; read in about a second


class ReadingLimit:
    """Counts what is looked at again, in units of one byte."""

    def __init__(self, size: int) -> None:
        """Start with nothing spent.

        Args:
            size: The length of the page.
        """
        self._left = size * _TIMES + _FREE

    def spend(self, units: int) -> None:
        """Count work.

        Raises:
            PageSyntaxError: The page has cost more than any ordinary page does.
        """
        self._left -= units
        if self._left < 0:
            raise PageSyntaxError("its markup is nested too deeply, or too often not closed")
