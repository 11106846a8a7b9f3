"""Find the original pages that fill the gaps of a translation.

Some projects publish each translation of their documentation with the pages of the original in
place of those that are not translated yet. Links to such pages are not broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from crawler.scan.generators.settings_files import read_text
from crawler.scan.generators.wiki_root import declared_wiki, mkdocs_file

_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?\Z", re.IGNORECASE)
# https://www.mkdocs.org/user-guide/configuration/#configuration-inheritance
_INHERITED = re.compile(r"^INHERIT[ \t]*:[ \t]*[\"']?\.\.", re.MULTILINE)
_MAX_FOLDERS = 10  # looked at, from the pages upwards
_MAX_SIBLINGS = 200  # folders named after a language


class TranslationOriginals:
    """Finds the folders of the originals of translations.

    A translation is a folder named after a language, without settings of a site of its own. Its
    originals are the folders beside it that are named after a language and have such settings.
    """

    def __init__(self, top: Path) -> None:
        """Start with an empty cache.

        Args:
            top: Folders that are not below this one are no translations.
        """
        self._top = top
        self._found: dict[Path, tuple[Path, ...]] = {}  # originals by translation

    def find(self, folder: Path) -> tuple[tuple[Path, Path], ...]:
        """Return pairs of a translation's folder and an original's; none if it is no translation.

        Args:
            folder: A folder of pages, the translation's or one in it.
        """
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
    """Return whether a folder has settings of a site that it does not inherit from above."""
    file = mkdocs_file(folder)
    if file is None:
        return declared_wiki(folder) is not None
    return not _INHERITED.search(read_text(file))


def _languages_in(folder: Path) -> Iterator[Path]:
    """Yield the folders in a folder that are named after a language."""
    try:
        names = [path for path in folder.iterdir() if _LANGUAGE.match(path.name) and path.is_dir()]
    except OSError:
        return
    yield from sorted(names)[:_MAX_SIBLINGS]
