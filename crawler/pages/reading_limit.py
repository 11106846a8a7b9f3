"""Limit the time for reading one page, whatever its markup.

Readers read some parts of a page more than once, for example to find the end of an open brace. On
an ordinary page this happens a few times; a page made by an attacker could take hours.
"""

from __future__ import annotations

from crawler.pages.interface import PageSyntaxError

_READS = 8  # of each byte; an ordinary page is read once or twice
_FREE_UNITS = 4_000_000  # for small pages with deep nesting; spent in about a second


class ReadingLimit:
    """Count the work of reading a page, in units of reading one byte."""

    def __init__(self, size: int) -> None:
        """Start with nothing spent.

        Args:
            size: The length of the page, in bytes.
        """
        self._left = size * _READS + _FREE_UNITS

    def spend(self, units: int) -> None:
        """Count work.

        Raises:
            PageSyntaxError: Reading the page takes more work than any ordinary page does.
        """
        self._left -= units
        if self._left < 0:
            raise PageSyntaxError("its markup is nested too deeply, or too often not closed")
