"""Recognise files that a generator built, or that are templates of its pages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crawler.pages.registry import source_suffixes, suffix_of
from crawler.pages.sites import BUILDERS
from crawler.scan.wiki_root import DeclaredWikis, repository_of, wiki_above

# Folders of packages and of built sites, where these are not ignored by git
_OUTPUT_FOLDERS = frozenset(
    ["node_modules", "bower_components", "site-packages", "_build", "_site"]
)
# What only a built site has: of Sphinx (also of MkDocs with mkdocstrings), and of GitBook
_BUILT_FILES = ("objects.inv", "gitbook/gitbook.js")


class BuiltFiles:
    """Decides which files of a wiki are built from its pages; these are not read.

    Args:
        root: The folder of the wiki.
        formats: The suffixes of pages.
        configured: Those that the settings name: such files are pages everywhere.
    """

    def __init__(self, root: Path, formats: Iterable[str], configured: Iterable[str]) -> None:
        self._top = repository_of(root)
        # Suffixes of files that generators write, too.
        self._suffixes = set(formats) - source_suffixes() - {*map(str.lower, configured)}
        self._folders: dict[Path, bool] = {}  # whether a generator publishes its pages
        self._declared_wikis: dict[Path, DeclaredWikis] = {}  # by folder

    def contain(self, file: Path) -> bool:
        """Return whether a file may be what a generator built, or a template of it."""
        if suffix_of(file.name) not in self._suffixes:
            return False
        folder = file.parent.absolute()
        if folder not in self._folders:
            wiki = wiki_above(folder, self._top, self._declared_wikis)
            is_published = wiki is not None and wiki[0] in BUILDERS
            self._folders[folder] = is_published or _is_output(folder, self._top)
        return self._folders[folder]


def _is_output(folder: Path, top: Path) -> bool:
    """Return whether a folder is a program's output, or below one, up to the folder `top`."""
    for each in (folder, *folder.parents):
        if each.name in _OUTPUT_FOLDERS or any((each / name).is_file() for name in _BUILT_FILES):
            return True
        if each == top:
            break
    return False
