"""Find the tools for books and for the documentation of code that publish pages of a wiki.

Tools that join chapters to one document (bookdown, Manubot, Pandoc, Leanpub) resolve a fragment to
a heading of any chapter. Tools for the documentation of code publish pages under other names than
those of the sources, and resolve links that name a part of the code. Such links are not judged.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Final

from crawler.pages.anchors import loose_fragment
from crawler.pages.wiki_index import WikiIndex

# Settings files of tools that join chapters to a book, each with a text that the file must contain
_BOOKS: Final = {
    "_bookdown.yml": "",
    "_quarto.yml": "book",
    "Book.txt": "",  # https://leanpub.com/markua/read, and Softcover
    "defaults.yaml": "input-files",  # https://pandoc.org/MANUAL.html#defaults-files
    "defaults.yml": "input-files",
    "Makefile": "pandoc",
    "makefile": "pandoc",
}
# https://github.com/manubot/rootstock: `content/metadata.yaml`, and chapters with numbers
_MANUSCRIPT: Final = "content/metadata.yaml"

# Settings files of tools that publish pages under other names than those of the sources
_TOOLS: Final = (
    "_bookdown.yml", "_pkgdown.yml", "_pkgdown.yaml", "pkgdown/_pkgdown.yml",  # R
    "mix.exs", "rebar.config",  # Elixir and Erlang: ExDoc
    "make.jl", "docs/make.jl",  # Julia: Documenter
    "Doxyfile", "docs/Doxyfile", "Doxyfile.in", "doc/Doxyfile",
    "docfx.json", "typedoc.json", "jsdoc.json", "dartdoc_options.yaml", ".yardopts",
)  # fmt: skip

# Documenter's and Doxygen's `@ref`; code in backticks (ExDoc, rustdoc); rustdoc's kinds of items
# (https://doc.rust-lang.org/rustdoc/write-documentation/linking-to-items-by-name.html); DocFX's
# path from the root of the project.
_CODE_REFERENCE = re.compile(
    r"[@\\](?:ref|id|cite[a-z]?|extref|subpage|link|sa|see)(?:\s|\Z)|`[^`]+`\Z|~/"
    r"|(?:struct|enum|trait|union|mod|module|const|constant|fn|function|method|derive|macro"
    r"|static|type|tyalias|value|prim|primitive|field|variant)@\w"
)


def is_code_reference(target: str) -> bool:
    """Return whether a target names a part of the code and is no path.

    >>> [is_code_reference(each) for each in ("@ref Main.f", "`Enum.map/2`", "struct@A", "a.md")]
    [True, True, True, False]
    """
    return _CODE_REFERENCE.match(target.strip("<>")) is not None


class DocumentationTools:
    """Find the tools that publish the pages of a wiki, by their settings files.

    Args:
        index: The pages and files of the wiki.
        read_text: Returns the text of a file, None if there is none.
    """

    def __init__(self, index: WikiIndex, read_text: Callable[[str], str | None]) -> None:
        self._index, self._read_text = index, read_text
        self._books: dict[str, frozenset[str]] = {}

    def is_in_joined_chapter(self, page: str, fragment: str) -> bool:
        """Return whether a fragment is in another chapter of the document that a page is in."""
        wanted = loose_fragment(fragment)
        return any(wanted in self._anchors_below(folder) for folder in _folders_above(page))

    def may_name_pages(self, page: str) -> bool:
        """Return whether a tool may publish pages under other names than those of the sources."""
        return any(folder in self._tool_folders for folder in _folders_above(page))

    @cached_property
    def _tool_folders(self) -> frozenset[str]:
        """The folders that have a file of `_TOOLS`, whose path may contain a folder."""
        endings = tuple(f"/{name}" for name in _TOOLS)
        found = (path for path in self._index.files or () if f"/{path}".endswith(endings))
        return frozenset(
            path[: -len(name)].rstrip("/")
            for path in found
            for name in _TOOLS
            if f"/{path}".endswith(f"/{name}")
        )

    def _anchors_below(self, folder: str) -> frozenset[str]:
        """Return the anchors of the chapters in a folder, none if these are not joined."""
        if folder not in self._books:
            is_book = self._is_book(folder)
            below = f"{folder}/" if folder else ""
            chapters = self._index.pages.items() if is_book else ()
            self._books[folder] = frozenset(
                loose_fragment(anchor)
                for path, anchors in chapters
                if path.startswith(below)
                for anchor in anchors
            )
        return self._books[folder]

    def _is_book(self, folder: str) -> bool:
        """Return whether a folder has the settings of a tool that joins chapters."""
        if f"/{folder}/metadata.yaml".endswith(f"/{_MANUSCRIPT}"):
            return self._index.find_file(f"{folder}/metadata.yaml") is not None
        for name, content in _BOOKS.items():
            path = posixpath.join(folder, name)
            if self._index.find_file(path) and content in (self._read_text(path) or ""):
                return True
        return False


def _folders_above(page: str) -> Iterator[str]:
    """Yield the folder of a page and those above it, up to the top of the wiki."""
    folder = posixpath.dirname(page)
    yield folder
    while folder:
        folder = posixpath.dirname(folder)
        yield folder
