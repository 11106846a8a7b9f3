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
from itertools import chain
from typing import Final

from crawler.pages.anchors import fragment_key
from crawler.pages.internal_links.link_paths import suffix_in_link
from crawler.pages.internal_links.wiki_index import WikiIndex

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
    "_quarto.yml", "_bookdown.yml", "_pkgdown.yml", "_pkgdown.yaml", "pkgdown/_pkgdown.yml",  # R
    "mix.exs", "rebar.config",  # Elixir and Erlang: ExDoc
    "make.jl", "docs/make.jl",  # Julia: Documenter
    "Doxyfile", "docs/Doxyfile", "Doxyfile.in", "doc/Doxyfile",
    "docfx.json", "typedoc.json", "jsdoc.json", "dartdoc_options.yaml", ".yardopts",
)  # fmt: skip

# What a bundler (Vite, webpack, esbuild) builds for the pages of an application in a package of npm
_BUNDLED_SUFFIXES: Final = frozenset([".css", ".js", ".map", ".mjs", ".wasm"])
_PACKAGE: Final = "package.json"

_PART_NAME = re.compile(
    r"(?:\A|/)(?:_?(?:includes?|partials?|snippets?|reusables|fragments)/|_(?!index\b)[^/]+\Z)",
    re.IGNORECASE,
)
# Names of folders whose pages are only included in others, whatever the generator
_INCLUDED_FOLDERS: Final = frozenset(["_includes", "_include", "_snippets"])
_REDIRECTS: Final = (".gitbook.yaml", "book.toml")  # with redirects
# The text that shows whether `index.html` is of Docsify, and the settings with its redirects
# (https://docsify.js.org/#/configuration?id=alias). They end at any brace or after 20,000
# characters, so that no text is searched twice.
_DOCSIFY: Final = "docsify"
_DOCSIFY_ALIASES = re.compile(r"\balias[\"']?\s*:\s*\{([^{}]{0,20000}+)")
_DOCSIFY_ALIAS = re.compile(r"[\"'`]([^\"'`\n]{1,300})[\"'`]\s*:\s")
_SOURCE_FOLDER = re.compile(r"^[ \t]*src[ \t]*=[ \t]*[\"']([^\"'\n]{1,200})[\"']", re.MULTILINE)
_WORD = re.compile(r"[\w-]+")
_GITBOOK: Final = (".gitbook.yaml", ".gitbook", "SUMMARY.md")
_NO_NEW_CHAPTERS = re.compile(r"^[ \t]*create-missing[ \t]*=[ \t]*false\b", re.MULTILINE)
_FILTERS = re.compile(
    r"^[ \t]*filters:[^\n]{0,200}(?:\n[ \t]*-[^\n]{0,200}){0,50}?\.lua\b", re.MULTILINE
)

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
        self._books: dict[str, frozenset[str]] = {}  # keys of the anchors, by folder
        self._filters: dict[str, bool] = {}  # results of `_has_filters` by folder
        self._adding: dict[str, bool] = {}  # results of `_adds_chapters` by settings file
        self._redirects: dict[str, frozenset[str]] = {}  # names by folder
        self._sources: dict[str, str | None] = {}  # results of `_book_sources` by folder

    def is_in_joined_chapter(self, page: str, fragment: str) -> bool:
        """Return whether a page belongs to a book, and any chapter of the book has a fragment."""
        wanted = fragment_key(fragment)
        return any(wanted in self._anchors_below(folder) for folder in _folders_above(page))

    def may_be_built(self, page: str, written: str) -> bool:
        """Return whether a tool may make the file that a link names, although no source has it.

        That is possible for pages that a tool publishes under other names, for redirects, for
        scripts and styles of HTML pages that a bundler builds, and for chapters named in mdBook's
        summary
        (https://rust-lang.github.io/mdBook/format/configuration/general.html#build-options).

        Args:
            page: The page with the link.
            written: The path in the link.
        """
        if self._is_redirected(page, written):
            return True
        if suffix_in_link(written) in {"", ".html", ".htm"} and self._leaves_book(page, written):
            return True
        if suffix_in_link(written) in {".html", ".htm"}:
            return any(folder in self._tool_folders for folder in _folders_above(page))
        if suffix_in_link(written) in _BUNDLED_SUFFIXES and page.endswith((".html", ".htm")):
            packages = (posixpath.join(folder, _PACKAGE) for folder in _folders_above(page))
            return any(self._index.find_file(path) for path in packages)
        if posixpath.basename(page) != "SUMMARY.md":
            return False
        books = (posixpath.join(folder, "book.toml") for folder in _folders_above(page))
        book = next((path for path in books if self._index.find_file(path)), None)
        return book is not None and self._adds_chapters(book)

    def _adds_chapters(self, book: str) -> bool:
        """Return whether mdBook makes missing chapters, by its settings file."""
        if book not in self._adding:
            self._adding[book] = not _NO_NEW_CHAPTERS.search(self._read_text(book) or "")
        return self._adding[book]

    def _leaves_book(self, page: str, written: str) -> bool:
        """Return whether an address leads out of the mdBook of a page, to others on its host.

        Pages that are no source of the book are published by a script, at unknown addresses.
        """
        if written.startswith("/"):
            return False
        found = (self._book_sources(folder) for folder in _folders_above(page))
        sources = next((folder for folder in found if folder is not None), None)
        if sources is None:
            return False
        if sources and not page.startswith(f"{sources}/"):
            return suffix_in_link(written) != ""
        address = posixpath.normpath(posixpath.join(posixpath.dirname(page), written))
        if not sources:  # the whole wiki is the book
            return address.startswith("..")
        return not f"{address}/".startswith(f"{sources}/")

    def _book_sources(self, folder: str) -> str | None:
        """Return the folder of the pages of an mdBook, None if a folder has no settings of one."""
        if folder not in self._sources:
            path = posixpath.join(folder, "book.toml")
            sources = None
            if self._index.find_file(path):
                found = _SOURCE_FOLDER.search(self._read_text(path) or "")
                sources = posixpath.normpath(posixpath.join(folder, found[1] if found else "src"))
            self._sources[folder] = "" if sources == "." else sources
        return self._sources[folder]

    def _is_redirected(self, page: str, written: str) -> bool:
        """Return whether settings of Docsify, GitBook or mdBook redirect a path to another page."""
        name = posixpath.splitext(posixpath.basename(written.rstrip("/")))[0]
        return any(name in self._redirected_names(folder) for folder in _folders_above(page))

    def _redirected_names(self, folder: str) -> frozenset[str]:
        """Return the words behind "redirect" in the settings files of a folder."""
        if folder not in self._redirects:
            paths = (posixpath.join(folder, name) for name in _REDIRECTS)
            texts = [self._read_text(path) for path in paths if self._index.find_file(path)]
            words = (_WORD.findall((text or "").partition("redirect")[2]) for text in texts)
            aliases = self._docsify_aliases(posixpath.join(folder, "index.html"))
            self._redirects[folder] = frozenset(chain(chain.from_iterable(words), aliases))
        return self._redirects[folder]

    def _docsify_aliases(self, path: str) -> Iterator[str]:
        """Yield the words of the addresses that the settings of Docsify redirect."""
        text = (self._read_text(path) or "") if self._index.find_file(path) else ""
        if _DOCSIFY in text:
            for aliases in _DOCSIFY_ALIASES.findall(text):
                for address in _DOCSIFY_ALIAS.findall(aliases):
                    yield from _WORD.findall(address)

    def is_included(self, page: str) -> bool:
        """Return whether a page is only included in others, so that its links are relative to them.

        Quarto publishes nothing whose name begins with `_`
        (https://quarto.org/docs/authoring/includes.html), nor does Jekyll below `_includes`.
        VitePress resolves links after it has put the text into the page
        (https://vitepress.dev/guide/markdown#markdown-file-inclusion).
        """
        parts = page.split("/")
        if not _INCLUDED_FOLDERS.isdisjoint(parts[:-1]):
            return True
        if not any(part.startswith("_") for part in parts):
            return False
        folder = self._quarto_folder(page)
        if folder is None:
            return False
        parts_in_project = page[len(folder) :].strip("/").split("/")
        return any(part.startswith("_") for part in parts_in_project)

    def may_be_included(self, page: str) -> bool:
        """Return whether other pages may include a page, by its name. They add further headings."""
        return bool(_PART_NAME.search(page))

    def is_gitbook(self, page: str) -> bool:
        """Return whether GitBook publishes a page: it has GitBook's files and none of mdBook."""
        for folder in _folders_above(page):
            if self._index.find_file(posixpath.join(folder, "book.toml")):
                return False
            paths = [posixpath.join(folder, name) for name in _GITBOOK]
            if any(map(self._index.knows, paths)):
                # The summary of mdBook may be in a folder below that of its settings.
                parent = posixpath.join(posixpath.dirname(folder), "book.toml")
                return not self._index.find_file(parent)
        return False

    def may_add_headings(self, page: str) -> bool:
        """Return whether a filter of the project may add headings to a page of Quarto."""
        if self._quarto_folder(page) is None:
            return False
        return any(map(self._has_filters, _folders_above(page)))

    def _has_filters(self, folder: str) -> bool:
        """Return whether the settings in a folder name a filter in Lua, which may add headings."""
        if folder not in self._filters:
            paths = (posixpath.join(folder, name) for name in ("_quarto.yml", "_metadata.yml"))
            texts = (self._read_text(path) for path in paths if self._index.find_file(path))
            self._filters[folder] = any(_FILTERS.search(text or "") for text in texts)
        return self._filters[folder]

    def _quarto_folder(self, page: str) -> str | None:
        """Return the folder of the Quarto project that a page is in, None without one."""
        folders = _folders_above(page)
        has = self._index.find_file
        return next((each for each in folders if has(posixpath.join(each, "_quarto.yml"))), None)

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
        """Return the keys of the anchors in the chapters of a book; none if a folder is no book."""
        if folder not in self._books:
            chapters = self._index.pages_below(folder) if self._is_book(folder) else ()
            self._books[folder] = frozenset(
                fragment_key(anchor) for path in chapters for anchor in self._index.pages[path]
            )
        return self._books[folder]

    def _is_book(self, folder: str) -> bool:
        """Return whether a folder has the settings of a tool that joins chapters."""
        if posixpath.basename(folder) == "content":
            metadata = posixpath.join(posixpath.dirname(folder), _MANUSCRIPT)
            return self._index.find_file(metadata) is not None
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
