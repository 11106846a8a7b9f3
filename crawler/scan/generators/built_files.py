"""Recognise files that a generator built, or that are templates of its pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from crawler.pages.internal_links.sites import SITE_BUILDERS
from crawler.pages.registry import source_suffixes, suffix_of
from crawler.scan.generators.wiki_root import LocatedWiki, repository_of, wiki_above

# Folders of installed packages and of built sites; git does not ignore them in every wiki.
PACKAGE_FOLDERS = frozenset(["node_modules", "bower_components", "site-packages"])
# A folder `vendor` has one of these if the program wrote it: Go, Composer, Cargo.
_VENDOR_MARKS = ("modules.txt", "autoload.php", "*/.cargo-checksum.json")
_OUTPUT_FOLDERS = PACKAGE_FOLDERS | {"_build", "_site"}
# Files that only the output of a generator contains: Sphinx (and MkDocs with mkdocstrings), GitBook
_BUILT_FILES = ("objects.inv", "gitbook/gitbook.js")


def has_packages(folder: Path) -> bool:
    """Return whether a folder holds installed packages, by its name or by what is in it."""
    if folder.name == "vendor":
        return any(any(folder.glob(mark)) for mark in _VENDOR_MARKS)
    return folder.name in PACKAGE_FOLDERS


class BuiltFiles:
    """Decides which files of a wiki are built from its pages; these are not read.

    Args:
        root: The folder of the wiki.
        formats: The suffixes of pages.
        configured: The suffixes in the settings; files with these are pages everywhere.
    """

    def __init__(self, root: Path, formats: Iterable[str], configured: Iterable[str]) -> None:
        self._top = repository_of(root)
        # Suffixes that both sources and built files have, such as .html
        self._suffixes = set(formats) - source_suffixes() - {*map(str.lower, configured)}
        self._folders: dict[Path, bool] = {}  # by folder: its files with `_suffixes` are no pages
        self._outputs: dict[Path, bool] = {}  # by folder: whether it or one above it is output
        self._wikis: dict[Path, Sequence[LocatedWiki]] = {}  # by the folder of their settings

    def contains(self, file: Path) -> bool:
        """Return whether a file may be built by a generator, or be a template of its pages."""
        if suffix_of(file.name) not in self._suffixes:
            return False
        folder = file.parent.absolute()
        if folder not in self._folders:
            wiki = wiki_above(folder, self._top, self._wikis)
            # HTML beside the sources of such a generator is a template, or was built.
            is_published = wiki is not None and wiki.generator in SITE_BUILDERS
            self._folders[folder] = is_published or self._is_output(folder)
        return self._folders[folder]

    def _is_output(self, folder: Path) -> bool:
        """Return whether a folder, or one above it up to the top, holds a program's output.

        Each folder is looked at once: those of a wiki have most of their parents in common.
        """
        unknown: list[Path] = []
        is_output = False
        for each in (folder, *folder.parents):
            if each in self._outputs:
                is_output = self._outputs[each]
                break
            unknown.append(each)
            if each == self._top:
                break
        for each in reversed(unknown):
            is_output = (
                is_output
                or each.name in _OUTPUT_FOLDERS
                or any((each / name).is_file() for name in _BUILT_FILES)
            )
            self._outputs[each] = is_output
        return is_output
