"""Resolve the names of documents in Sphinx: `:doc:` roles and tables of contents.

A name is a path without a suffix, from its page or, with a slash, from the folder of `conf.py`.
Sphinx itself warns of missing documents, but extensions add some that no source has, so most are
not judged.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from crawler.pages.wiki_index import WikiIndex

_RST_SUFFIXES = (".rst", ".rest")
_ENDING = re.compile(r"\.[a-z]{2,6}\Z", re.IGNORECASE)
# Extensions that add documents, or take some from other projects.
_ADDING_EXTENSION = re.compile(
    r"autosummary|autoapi|apidoc|gallery|intersphinx|exhale|breathe|ablog|nbsphinx|doxy|generated"
    r"|def setup\b|external_toc|tags"
)


def may_name_document(page: str, written: str) -> bool:
    """Return whether a link on a page may be the name of a document."""
    return page.lower().endswith(_RST_SUFFIXES) and not _ENDING.search(written)


class SphinxProjects:
    """Find documents in the Sphinx projects of pages, by their `conf.py`."""

    def __init__(self, index: WikiIndex, read_text: Callable[[str], str | None]) -> None:
        """Create the finder.

        Args:
            index: The pages and files of the wiki.
            read_text: Returns the text of a file, None if there is none.
        """
        self._index, self._read_text = index, read_text
        self._by_folder: dict[str, tuple[str, str] | None] = {}

    def _project_of(self, page: str) -> tuple[str, str] | None:
        """Return the folder and text of the nearest `conf.py` above a page; None without one."""
        folder = first = posixpath.dirname(page)
        while first not in self._by_folder:
            text = self._read_text(posixpath.join(folder, "conf.py"))
            if text is not None or not folder:
                self._by_folder[first] = None if text is None else (folder, text)
                break
            folder = posixpath.dirname(folder)
        return self._by_folder[first]

    def find(self, page: str, written: str) -> str | None:
        """Return the page that a name beginning with a slash refers to, or None."""
        project = self._project_of(page)
        if project is None:
            return None
        return self._index.find(posixpath.normpath(posixpath.join(project[0], written.lstrip("/"))))

    def may_be_added(self, page: str, written: str) -> bool:
        """Return whether a document without a source may exist in the built project."""
        project = self._project_of(page)
        if project is None or _ADDING_EXTENSION.search(project[1]):
            return True
        base = project[0] if written.startswith("/") else posixpath.dirname(page)
        path = posixpath.normpath(posixpath.join(base, written.lstrip("/")))
        folder = posixpath.dirname(path)
        return bool(folder) and folder not in self._index.folders
