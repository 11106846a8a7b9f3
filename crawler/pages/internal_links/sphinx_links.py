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
from collections.abc import Callable, Iterator
from mimetypes import types_map

from crawler.pages.anchors import fragment_key
from crawler.pages.internal_links.link_paths import join_path
from crawler.pages.internal_links.sphinx_settings import SphinxProject
from crawler.pages.internal_links.wiki_index import WikiIndex

_RST_SUFFIXES = (".rst", ".rest")
_MYST_SUFFIXES = (".md", ".markdown")
_SUFFIX = re.compile(r"\.[a-z]{2,6}\Z", re.IGNORECASE)
# Pages, folders and files that every build creates.
_BUILT = re.compile(
    r"(?:.*/)?(?:_(?:static|sources|images|downloads|modules)/.*"
    r"|(?:genindex(?:-\w+)?|(?:\w+-)?modindex|search|404)\.html?"
    r"|opensearch\.xml|searchindex\.js|objects\.inv)\Z"
)
_DOWNLOADS = (".pdf", ".epub", ".zip", ".gz")  # of the other builders, published beside the pages

_MAX_PROJECTS = 20  # whose labels a page outside of them may name

_BETWEEN_ENTRIES = re.compile(r"[\s\"']+")
_ENTRY_SUFFIX = re.compile(r"\.\w+\Z")
# Settings of Jupyter Book, the older and the newer
_BOOK_FILES = ("_toc.yml", "myst.yml")


def _without_suffix(entry: str) -> str:
    """Return an entry of a table of contents without the suffix of its file."""
    return _ENTRY_SUFFIX.sub("", entry)


def may_name_document(page: str, written: str) -> bool:
    """Return whether a link on a page may be the name of a document."""
    return page.lower().endswith(_RST_SUFFIXES) and not _SUFFIX.search(written)


class SphinxProjects:
    """Find the targets of links in the Sphinx projects of a wiki, by their `conf.py`."""

    def __init__(self, index: WikiIndex, read_text: Callable[[str], str | None]) -> None:
        """Create the finder.

        Args:
            index: The pages and files of the wiki.
            read_text: Returns the text of a file, None if there is none.
        """
        self._index, self._read_text = index, read_text
        self._by_folder: dict[str, SphinxProject | None] = {}  # that of the nearest settings
        self._labels: dict[str, frozenset[str]] = {}
        self._contents: dict[str, frozenset[str]] = {}  # of Jupyter Books: words, by folder
        self._labels_of_all: frozenset[str] | None = None

    def _project_of(self, page: str) -> SphinxProject | None:
        """Return the project of the nearest settings above a page, or None."""
        folder = posixpath.dirname(page)
        without_settings = []
        while folder not in self._by_folder:
            project = self._read(folder)
            if project or not folder:
                self._by_folder[folder] = project
                break
            without_settings.append(folder)
            folder = posixpath.dirname(folder)
        project = self._by_folder[folder]
        self._by_folder.update(dict.fromkeys(without_settings, project))
        return project

    def _read(self, folder: str) -> SphinxProject | None:
        """Return the project whose settings are in a folder, or None."""
        settings = self._read_text(posixpath.join(folder, "conf.py"))
        is_book = any(self._index.find_file(join_path(folder, name)) for name in _BOOK_FILES)
        return None if settings is None and not is_book else SphinxProject(folder, settings)

    def _publisher_of(self, page: str) -> SphinxProject | None:
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
        suffix = posixpath.splitext(written)[1].lower()
        if project and project.settings is None and self._is_in_contents(project, page, written):
            return True
        if project is None or suffix in {*_RST_SUFFIXES, *_MYST_SUFFIXES}:
            return False
        if self._names_label(page, written):
            return True
        if _BUILT.match(written) or suffix in _DOWNLOADS:
            return True
        if suffix in {".html", ".htm"} and project.may_add_documents:
            return True
        # A folder that is not in the wiki may have the file.
        extra = project.extra_paths
        return extra is None or not all(map(self._index.knows, extra))

    def _names_label(self, page: str, written: str) -> bool:
        """Return whether a path on a page may be a label, which may have full stops (MyST)."""
        if not page.lower().endswith(_MYST_SUFFIXES):
            return False
        suffix = posixpath.splitext(written)[1].lower()
        if not suffix:
            return "/" not in written or self.may_be_label(page, written)
        is_file = suffix in types_map or "/" in written
        return self.is_label(page, written) or (not is_file and self.may_be_label(page, written))

    def _is_in_contents(self, book: SphinxProject, page: str, written: str) -> bool:
        """Return whether a Jupyter Book's table of contents names a page, which a build makes."""
        base = book.folder if written.startswith("/") else posixpath.dirname(page)
        path = posixpath.relpath(join_path(base, written.lstrip("/")), book.folder or ".")
        if book.folder not in self._contents:
            entries: list[str] = []
            for name in _BOOK_FILES:
                text = self._read_text(join_path(book.folder, name)) or ""
                entries += _BETWEEN_ENTRIES.split(text)
            self._contents[book.folder] = frozenset([*entries, *map(_without_suffix, entries), ""])
        # The entries are split at spaces, so a path with spaces is found by its words.
        words = _BETWEEN_ENTRIES.split(posixpath.splitext(path)[0])
        return self._contents[book.folder].issuperset(words)

    def may_be_label(self, page: str, fragment: str) -> bool:
        """Return whether a fragment that a page lacks may be a label of its project (MyST)."""
        project = self._publisher_of(page)
        if project is None or not page.lower().endswith(_MYST_SUFFIXES):
            return False
        return project.may_add_labels or self.is_label(page, fragment)

    def may_be_label_elsewhere(self, page: str, name: str) -> bool:
        """Return whether a name on a page outside of projects may be a label of one (MyST).

        The project may include the page, as many include the change log of the repository.
        """
        if not page.lower().endswith(_MYST_SUFFIXES) or self._project_of(page):
            return False
        if self._labels_of_all is None:
            folders = [
                posixpath.dirname(path) for path in self._index.files or () if _is_settings(path)
            ]
            self._labels_of_all = frozenset(
                fragment_key(anchor)
                for folder in folders[:_MAX_PROJECTS]
                for path in self._index.pages_below(folder)
                for anchor in self._index.pages[path]
            )
        return fragment_key(name) in self._labels_of_all

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


def _is_settings(path: str) -> bool:
    """Return whether a file is the settings of a Sphinx project below the top folder."""
    return path.endswith("/conf.py")


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
