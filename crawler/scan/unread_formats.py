"""Count files of wiki formats that no reader reads, so that no page is passed over in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Final

from crawler.pages.registry import suffix_of

# Suffixes of pages in other wikis: Org mode, TiddlyWiki, Textile, Neorg, Djot, Creole, Muse
_WIKI_SUFFIXES: Final = frozenset({".org", ".tid", ".textile", ".norg", ".dj", ".creole", ".muse"})

# Translations of the pages of Sphinx and mdBook; a program's own are in such files, too.
_TRANSLATIONS: Final = ".po"
_MAX_LEVELS: Final = 4  # from LC_MESSAGES up to the settings: docs/locale/de/LC_MESSAGES


class UnreadFormats:
    """Counts files by suffix.

    Args:
        known: Suffixes that a reader reads, or that the settings name (also to skip them).
    """

    def __init__(self, known: Collection[str]) -> None:
        self._suffixes = {*_WIKI_SUFFIXES, _TRANSLATIONS}.difference(known)
        self._files: Counter[str] = Counter()
        self._of_pages: dict[Path, bool] = {}  # whether a folder has translations of pages

    def is_unread_page(self, folder: Path, name: str) -> bool:
        """Return whether a file that is not hidden is a page in one of these formats."""
        suffix = suffix_of(name)
        if suffix not in self._suffixes or name.startswith("."):
            return False
        if suffix != _TRANSLATIONS:
            return True
        if folder not in self._of_pages:
            self._of_pages[folder] = _has_translated_pages(folder)
        return self._of_pages[folder]

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


def _has_translated_pages(folder: Path) -> bool:
    """Return whether a folder of `.po` files is one of Sphinx or mdBook."""
    if folder.name == "po":
        return (folder.parent / "book.toml").is_file()
    if "LC_MESSAGES" not in folder.parts[-_MAX_LEVELS:]:
        return False
    return any(
        (above / "conf.py").is_file() for above in (folder, *folder.parents)[: _MAX_LEVELS + 1]
    )
