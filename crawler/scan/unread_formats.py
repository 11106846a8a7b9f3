"""Count files of wiki formats that no reader reads, so that no page is passed over in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final

from crawler.pages.registry import suffix_of

# Suffixes of pages in other wikis: Org mode, TiddlyWiki, Textile, Neorg, Djot, Creole, Muse
_WIKI_SUFFIXES: Final = frozenset({".org", ".tid", ".textile", ".norg", ".dj", ".creole", ".muse"})


class UnreadFormats:
    """Counts files by suffix.

    Args:
        known: Suffixes that a reader reads, or that the settings name (also to skip them).
    """

    def __init__(self, known: Collection[str]) -> None:
        self._suffixes = _WIKI_SUFFIXES.difference(known)
        self._files: Counter[str] = Counter()

    def is_unread_page(self, name: str) -> bool:
        """Return whether a file that is not hidden is a page in one of these formats."""
        return suffix_of(name) in self._suffixes and not name.startswith(".")

    def add(self, name: str) -> None:
        """Count a file for which `is_unread_page` is true."""
        self._files[suffix_of(name)] += 1

    def take_message(self) -> str:
        """Return a message about the files counted since the last call; "" if there are none."""
        numbers = ", ".join(
            f"{number:,} {suffix}" for suffix, number in sorted(self._files.items())
        )
        total = self._files.total()
        self._files.clear()
        if not total:
            return ""
        files = "1 file that is" if total == 1 else f"{total:,} files that are"
        return (
            f"holds {files} not read ({numbers}): install a reader for the format, "
            'or set it to "skip" under [formats]'
        )
