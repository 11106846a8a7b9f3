"""Resolve links of Sphinx projects: names of documents, labels, and files that a build adds.

A name is a path without a suffix, from its page or, with a slash, from the folder of `conf.py`.
Sphinx itself warns of missing documents, but extensions add some that no source has, so most are
not judged. In Markdown (MyST) a link may also be a label of any page of the project
(https://myst-parser.readthedocs.io/en/latest/syntax/cross-referencing.html). Jupyter Book reads
the same pages, with settings of its own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from mimetypes import types_map

from crawler.pages.anchors import fragment_key
from crawler.pages.link_paths import join_path
from crawler.pages.wiki_index import WikiIndex

_RST_SUFFIXES = (".rst", ".rest")
_MYST_SUFFIXES = (".md", ".markdown")
_ENDING = re.compile(r"\.[a-z]{2,6}\Z", re.IGNORECASE)
# Calls in `conf.py` that may write pages: `open(…, "w")`, `path.write_text(…)`, commands
_WRITING = (
    r"""["'][wax]b?\+?["']\s*[,)]|\.write_(?:text|bytes)\b"""
    r"|\bsubprocess\b|\bos\.system\b|\bshutil\b"
)
# Extensions that add documents, or take some from other projects.
_ADDING_EXTENSION = re.compile(
    r"autosummary|autoapi|apidoc|gallery|intersphinx|exhale|breathe|ablog|nbsphinx|doxy|generated"
    rf"|def setup\b|external_toc|tags|{_WRITING}"
)
# Extensions that add labels, or take some from other projects.
_ADDING_LABELS = re.compile(
    rf"intersphinx|autodoc|autoapi|doxy|breathe|def setup\b|substitution|{_WRITING}"
)
# Settings that Sphinx's `conf.py` has, and other files of this name have not.
_SETTING = re.compile(r"^(?:extensions|project|html_\w+|master_doc|root_doc)\s*\+?=", re.MULTILINE)
_ADDED_FILES_SETTING = re.compile(r"^[ \t]*html_extra_path\b", re.MULTILINE)
_ADDED_FILES = re.compile(r"^html_(extra|static)_path\s*\+?=\s*[\[(]([^\])]*)[\])]", re.MULTILINE)
_EXCLUDED = re.compile(r"^exclude_patterns\s*\+?=\s*[\[(]([^\])]*)[\])]", re.MULTILINE)
_QUOTED = re.compile(r"""["']([^"'\n]+)["']""")
# Pages, folders and files that every build creates.
_BUILT = re.compile(
    r"(?:.*/)?(?:_(?:static|sources|images|downloads|modules)/.*"
    r"|(?:genindex(?:-\w+)?|(?:\w+-)?modindex|search|404)\.html?"
    r"|opensearch\.xml|searchindex\.js|objects\.inv)\Z"
)
_DOWNLOADS = (".pdf", ".epub", ".zip", ".gz")  # of the other builders, published beside the pages

_MAX_ENTRIES = 50  # of `html_extra_path`, of `html_static_path`, and of `exclude_patterns`
_BETWEEN_ENTRIES = re.compile(r"[\s\"']+")
_ENTRY_ENDING = re.compile(r"\.\w+\Z")
# Settings of Jupyter Book, the older and the newer
_BOOK_FILES = ("_toc.yml", "myst.yml")


@dataclass(frozen=True)
class _Project:
    """A project of Sphinx.

    Attributes:
        folder: The folder of its settings, "" for the top.
        settings: The text of its `conf.py`; None for a Jupyter Book.
    """

    folder: str
    settings: str | None

    @cached_property
    def publishes_pages(self) -> bool:
        """True if the settings are those of Sphinx, and not another `conf.py`."""
        return self.settings is None or bool(_SETTING.search(self.settings))

    @cached_property
    def may_add_documents(self) -> bool:
        """True if an extension may add documents that no source has."""
        return self.settings is None or bool(_ADDING_EXTENSION.search(self.settings))

    @cached_property
    def may_add_labels(self) -> bool:
        """True if an extension may add labels that no source has."""
        return self.settings is None or bool(_ADDING_LABELS.search(self.settings))

    def excludes(self, page: str) -> bool:
        """Return whether the settings may exclude a page, which other pages then include."""
        path = page.removeprefix(f"{self.folder}/")
        return any(_may_match(glob, path) for glob in self._exclusions)

    @cached_property
    def _exclusions(self) -> tuple[str, ...]:
        """The globs of excluded files and folders; those of all or of no names are left out."""
        found = _EXCLUDED.finditer(self.settings or "")
        globs = [glob.strip("/") for each in found for glob in _QUOTED.findall(each[1])]
        return tuple(glob for glob in globs[:_MAX_ENTRIES] if glob.strip("*/."))

    @cached_property
    def extra_paths(self) -> tuple[str, ...] | None:
        """The folders and files published at the root; None if these cannot be known."""
        if self.settings is None:
            return None
        found = [each for each in _ADDED_FILES.finditer(self.settings) if each[1] == "extra"]
        if len(found) < len(_ADDED_FILES_SETTING.findall(self.settings)):
            return None
        entries = self._entries["extra"]
        return entries if len(entries) < _MAX_ENTRIES else None

    def sources_of(self, address: str) -> Iterator[str]:
        """Yield the files that the settings may publish under an address.

        A folder's files are published without its name, and a file with its own name.
        """
        for path in self._entries["extra"]:
            yield path if posixpath.basename(path) == address else join_path(path, address)
        if address.startswith("_static/"):
            for path in self._entries["static"]:
                yield join_path(path, address.removeprefix("_static/"))

    @cached_property
    def _entries(self) -> Mapping[str, tuple[str, ...]]:
        """The paths in `html_extra_path` and `html_static_path`, by the middle word of these."""
        entries: dict[str, list[str]] = {"extra": [], "static": []}
        for setting in _ADDED_FILES.finditer(self.settings or ""):
            for path in _QUOTED.findall(setting[2]):
                is_absolute = path.startswith("/")
                entries[setting[1]].append(path if is_absolute else join_path(self.folder, path))
        return {kind: tuple(paths[:_MAX_ENTRIES]) for kind, paths in entries.items()}


def _may_match(glob: str, path: str) -> bool:
    """Return whether a glob of `exclude_patterns` may match a path, or a folder above it.

    The folder of the sources need not be that of the settings, so the glob may begin at any folder
    of the path (https://www.sphinx-doc.org/en/master/usage/configuration.html).

    >>> [_may_match("parts/*", path) for path in ("en/parts/a.rst", "parts", "parted/a.rst")]
    [True, False, False]
    >>> [_may_match("**/parts/a.*", path) for path in ("a/b/parts/a.rst", "parts/b.rst")]
    [True, False]
    """
    parts = path.split("/")[-_MAX_ENTRIES:]
    starts = set(range(len(parts)))
    for part in glob.split("/")[:_MAX_ENTRIES]:
        if part == "**":
            starts = set(range(min(starts), len(parts) + 1))
        else:
            starts = {at + 1 for at in starts if at < len(parts) and fnmatchcase(parts[at], part)}
        if not starts:
            return False
    return True


def _without_ending(entry: str) -> str:
    return _ENTRY_ENDING.sub("", entry)


def may_name_document(page: str, written: str) -> bool:
    """Return whether a link on a page may be the name of a document."""
    return page.lower().endswith(_RST_SUFFIXES) and not _ENDING.search(written)


class SphinxProjects:
    """Find the targets of links in the Sphinx projects of a wiki, by their `conf.py`."""

    def __init__(self, index: WikiIndex, read_text: Callable[[str], str | None]) -> None:
        """Create the finder.

        Args:
            index: The pages and files of the wiki.
            read_text: Returns the text of a file, None if there is none.
        """
        self._index, self._read_text = index, read_text
        self._by_folder: dict[str, _Project | None] = {}
        self._labels: dict[str, frozenset[str]] = {}
        self._contents: dict[str, frozenset[str]] = {}  # of Jupyter Books: words, by folder

    def _project_of(self, page: str) -> _Project | None:
        """Return the project of the nearest settings above a page, or None."""
        folder = first = posixpath.dirname(page)
        while first not in self._by_folder:
            project = self._read(folder)
            if project or not folder:
                self._by_folder[first] = project
                break
            folder = posixpath.dirname(folder)
        return self._by_folder[first]

    def _read(self, folder: str) -> _Project | None:
        """Return the project whose settings are in a folder, or None."""
        settings = self._read_text(posixpath.join(folder, "conf.py"))
        is_book = any(self._index.find_file(join_path(folder, name)) for name in _BOOK_FILES)
        return None if settings is None and not is_book else _Project(folder, settings)

    def _publisher_of(self, page: str) -> _Project | None:
        """Return the project that publishes a page, or None."""
        if not page.lower().endswith((*_RST_SUFFIXES, *_MYST_SUFFIXES)):
            return None
        project = self._project_of(page)
        return project if project and project.publishes_pages else None

    def is_excluded(self, page: str) -> bool:
        """Return whether a page is no document, so that its paths are relative to others.

        Sphinx resolves the paths in an included file from the document that includes it.
        """
        project = self._publisher_of(page)
        return project is not None and project.excludes(page)

    def find(self, page: str, written: str) -> str | None:
        """Return the page that a name beginning with a slash refers to, or None."""
        project = self._project_of(page)
        if project is None:
            return None
        return self._index.find(join_path(project.folder, written.lstrip("/")))

    def may_be_added(self, page: str, written: str) -> bool:
        """Return whether a document without a source may exist in the built project."""
        project = self._project_of(page)
        if project is None or project.may_add_documents:
            return True
        base = project.folder if written.startswith("/") else posixpath.dirname(page)
        folder = posixpath.dirname(join_path(base, written.lstrip("/")))
        return bool(folder) and folder not in self._index.folders

    def find_published(self, page: str, written: str) -> Iterator[str]:
        """Yield the pages and files that an address of the published project leads to.

        These are files of `html_extra_path` and `html_static_path`; on pages in Markdown also
        what a path from the folder of the settings names.
        """
        is_image = written.endswith(".*") and page.lower().endswith(_RST_SUFFIXES)
        if is_image and (image := self._find_image(page, written)):
            yield image
        project = self._publisher_of(page)
        if project is None:
            return
        is_path = written.startswith("/") and page.lower().endswith(_MYST_SUFFIXES)
        if is_path and (found := self._index.find(join_path(project.folder, written.lstrip("/")))):
            yield found
        for address in _published_addresses(project.folder, page, written):
            for path in project.sources_of(address):
                if found := self._index.find_file(path):
                    yield found

    def _find_image(self, page: str, written: str) -> str | None:
        """Return the first image of a name that leaves the format to the builder (`name.*`)."""
        project = self._project_of(page)
        from_top = project is not None and written.startswith("/")
        base = project.folder if project and from_top else posixpath.dirname(page)
        beginning = join_path(base, written.lstrip("/")).removesuffix("*")
        return self._index.first_file(beginning)

    def may_be_built(self, page: str, written: str) -> bool:
        """Return whether a build may make the file of a path, or the path may be a label."""
        project = self._publisher_of(page)
        ending = posixpath.splitext(written)[1].lower()
        if project and project.settings is None and self._is_in_contents(project, page, written):
            return True
        if project is None or ending in {*_RST_SUFFIXES, *_MYST_SUFFIXES}:
            return False
        if self._names_label(page, written):
            return True
        if _BUILT.match(written) or ending in _DOWNLOADS:
            return True
        if ending in {".html", ".htm"} and project.may_add_documents:
            return True
        # A folder that is not in the wiki may have the file.
        extra = project.extra_paths
        return extra is None or not all(map(self._index.knows, extra))

    def _names_label(self, page: str, written: str) -> bool:
        """Return whether a path on a page may be a label, which may have full stops (MyST)."""
        if not page.lower().endswith(_MYST_SUFFIXES):
            return False
        ending = posixpath.splitext(written)[1].lower()
        if not ending:
            return "/" not in written or self.may_be_label(page, written)
        is_file = ending in types_map or "/" in written
        return self.is_label(page, written) or (not is_file and self.may_be_label(page, written))

    def _is_in_contents(self, book: _Project, page: str, written: str) -> bool:
        """Return whether a Jupyter Book's table of contents names a page, which a build makes."""
        base = book.folder if written.startswith("/") else posixpath.dirname(page)
        path = posixpath.relpath(join_path(base, written.lstrip("/")), book.folder or ".")
        if book.folder not in self._contents:
            texts = (self._read_text(join_path(book.folder, name)) or "" for name in _BOOK_FILES)
            entries = [entry for text in texts for entry in _BETWEEN_ENTRIES.split(text)]
            self._contents[book.folder] = frozenset([*entries, *map(_without_ending, entries), ""])
        words = _BETWEEN_ENTRIES.split(posixpath.splitext(path)[0])
        return self._contents[book.folder].issuperset(words)

    def may_be_label(self, page: str, fragment: str) -> bool:
        """Return whether a fragment that a page lacks may be a label of its project (MyST)."""
        project = self._publisher_of(page)
        if project is None or not page.lower().endswith(_MYST_SUFFIXES):
            return False
        return project.may_add_labels or self.is_label(page, fragment)

    def is_label(self, page: str, name: str) -> bool:
        """Return whether a page of the project that publishes `page` has an anchor of this name."""
        project = self._publisher_of(page)
        if project is None:
            return False
        if project.folder not in self._labels:
            self._labels[project.folder] = frozenset(
                fragment_key(anchor)
                for path in self._index.pages_below(project.folder)
                for anchor in self._index.pages[path]
            )
        return fragment_key(name) in self._labels[project.folder]


def _published_addresses(folder: str, page: str, written: str) -> Iterator[str]:
    """Yield the addresses that a link may mean, from the root of the built project.

    A page is published as a file, or (by the builder `dirhtml`) as a folder of its name.
    """
    if written.startswith("/"):
        yield written.strip("/")
        return
    in_project = posixpath.relpath(page, folder or ".")
    for base in (posixpath.dirname(in_project), posixpath.splitext(in_project)[0]):
        yield join_path(base, written)
