"""Find trees of translations that are published with the original's pages where they lack some."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from crawler.scan.settings_files import read_text
from crawler.scan.wiki_root import declared_wiki, mkdocs_file

_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?\Z", re.IGNORECASE)
# https://www.mkdocs.org/user-guide/configuration/#configuration-inheritance
_INHERITED = re.compile(r"^INHERIT[ \t]*:[ \t]*[\"']?\.\.", re.MULTILINE)
_MAX_FOLDERS = 10  # from the pages to the top of their repository
_MAX_SIBLINGS = 200


class Originals:
    """Finds the originals that a program completes translations from.

    Such a translation has no settings of its own, while that of another language beside it has.
    """

    def __init__(self, top: Path) -> None:
        """Look in a folder.

        Args:
            top: The topmost folder to look at.
        """
        self._top = top
        self._found: dict[Path, tuple[Path, ...]] = {}

    def find(self, folder: Path) -> tuple[tuple[Path, Path], ...]:
        """Return the folder of the translation with each original's, for a folder of pages."""
        if not folder.is_relative_to(self._top):
            return ()
        for each in (folder, *folder.parents)[:_MAX_FOLDERS]:
            if each == self._top:
                break
            if _LANGUAGE.match(each.name):
                if each not in self._found:
                    self._found[each] = _originals_of(each)
                return tuple((each, original) for original in self._found[each])
        return ()


def _originals_of(translation: Path) -> tuple[Path, ...]:
    if _has_settings(translation):
        return ()
    return tuple(path for path in _languages_in(translation.parent) if _has_settings(path))


def _has_settings(folder: Path) -> bool:
    """Return whether a folder has the settings of a site that are not another's."""
    file = mkdocs_file(folder)
    if file is None:
        return declared_wiki(folder) is not None
    return not _INHERITED.search(read_text(file))


def _languages_in(folder: Path) -> Iterator[Path]:
    try:
        names = [path for path in folder.iterdir() if _LANGUAGE.match(path.name) and path.is_dir()]
    except OSError:
        return
    yield from sorted(names)[:_MAX_SIBLINGS]
