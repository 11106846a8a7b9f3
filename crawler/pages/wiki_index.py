"""Index the pages and files of a wiki by path, name and published address."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import takewhile

from crawler.pages.anchors import fragment_key
from crawler.pages.page_addresses import PageAddresses, address_key, post_slug
from crawler.pages.registry import source_suffixes

# AsciiDoc pages are parts of books: a link may lead to an id on any page of the book.
ASCIIDOC_SUFFIXES = (".adoc", ".asciidoc", ".asc")

MAX_PAGES_AT_ADDRESS = 50  # pages at one address; more would take long for every link to it
_ADDRESS_SUFFIXES = frozenset([".html", ".htm", ""])
_USUAL = frozenset([".md", ".markdown", ".mdx"])  # the suffixes that most pages have
_MAX_LANGUAGE = len(".zh-cn")  # characters of a language between a page's name and its suffix
_INDEX_FILES = ("index.md", "README.md", "_index.md", "index.mdx", "index.html", "_index.html")


class WikiIndex:
    """The pages and files of a wiki, by their paths below the configuration's folder.

    Attributes:
        pages: The anchors of each page.
        files: All other files, or None.
        folders: Every folder that has pages or files.
    """

    def __init__(
        self,
        pages: Mapping[str, Collection[str]],
        files: Collection[str] | None = None,
        addresses: Mapping[str, PageAddresses] = {},
        names: Mapping[str, str] = {},
    ) -> None:
        """Index a wiki.

        Args:
            pages: The anchors of each page.
            files: All other files. None: unknown, and links to anything but pages are not checked.
            addresses: The published addresses of pages, by path.
            names: Further names of pages (Obsidian's aliases), each with its path.
        """
        self.pages = pages
        self.files = files
        paths = list(dict.fromkeys([*pages, *(files or ())]))
        self.folders = {folder for path in paths for folder in _folders(path)}
        suffixes = {posixpath.splitext(path)[1] for path in pages}
        capitals = (each for each in suffixes if each.lower() != each)  # .Rmd, .MD
        self._suffixes = (
            *_optional_suffixes(),
            *sorted(each for each in capitals if each.lower() in source_suffixes()),
        )
        self._addresses = addresses
        self._by_address: dict[str, list[str]] = {}
        self._folders_from_paths: set[str] = set()
        self._posts: dict[str, str] = {}
        self._ids: frozenset[str] | None = None
        self._bundles: dict[str, list[str]] | None = None
        self._fragment_keys: dict[str, frozenset[str]] = {}
        self._wiki_pages: dict[str, str] | None = None
        self._by_end: dict[tuple[str, int], dict[str, str]] = {}
        for path, known in addresses.items():
            for address in known.addresses:
                sharing = self._by_address.setdefault(address, [])
                if len(sharing) < MAX_PAGES_AT_ADDRESS:
                    sharing.append(path)
                if known.is_from_path:
                    self._folders_from_paths.add(posixpath.dirname(address))
            if slug := post_slug(path):
                self._posts.setdefault(slug, path)
        self._by_name: dict[str, str] = {}
        self._same_names: dict[str, list[str]] = {}
        # A name leads to the page that is nearest to the top.
        for path in sorted(paths, key=lambda path: (-path.count("/"), path), reverse=True):
            for name in _names(path):
                self._by_name.setdefault(name, path)
                self._same_names.setdefault(name, []).append(path)
        for name, path in names.items():
            self._by_name.setdefault(name.casefold(), path)

    @property
    def is_complete(self) -> bool:
        """Return whether all files of the wiki are known."""
        return self.files is not None

    def find(self, path: str, page: str = "") -> str | None:
        """Return the page, file or folder that renderers resolve a path to, or None.

        Args:
            path: The path.
            page: The page that has the link; a translation links to the same translation.
        """
        stem, suffix = posixpath.splitext(path)
        candidates = [path, f"{path}.md", *(f"{path}/{name}" for name in _INDEX_FILES)]
        candidates += [f"{path}{each}" for each in (*self._suffixes, ".html")]
        if suffix in {".html", ".htm"}:
            candidates += [f"{stem}{each}" for each in self._suffixes]
            if stem == "index" or stem.endswith("/index"):  # of what is the folder's first page
                candidates += [f"{stem[:-5]}{name}" for name in _INDEX_FILES]
        elif suffix.lower() in source_suffixes():
            language = posixpath.splitext(posixpath.splitext(page)[0])[1]
            if 0 < len(language) <= _MAX_LANGUAGE:
                candidates.append(f"{stem}{language}{suffix}")
            candidates += [f"{stem}{each}" for each in self._suffixes]
        for candidate in candidates:
            if self.find_file(candidate):
                return candidate
        return path if path in self.folders or path in {"", "."} else None

    def find_file(self, path: str) -> str | None:
        """Return a path if it is a page or file, else None."""
        is_known = path in self.pages or (self.files is not None and path in self.files)
        return path if is_known else None

    def find_bundle_or_file(self, path: str) -> str | None:
        """Return a page or file, or the first page of the folder that Hugo also calls `path`.

        Hugo compares names without their suffix: `oil.md` may be `oil/_index.md`, too.
        """
        stem, suffix = posixpath.splitext(path)
        is_page = suffix.lower() in source_suffixes()
        bundle = (f"{stem}/{name}{suffix}" for name in ("_index", "index")) if is_page else ()
        return next(filter(None, map(self.find_file, (path, *bundle))), None)

    def knows(self, path: str) -> bool:
        """Return whether a path is a page, a file or a folder of the wiki."""
        return path in self.folders or self.find_file(path) is not None

    def find_address(self, address: str) -> str | None:
        """Return the page that is published under an address, or None."""
        return next(iter(self.pages_at(address)), None)

    def pages_at(self, address: str) -> Sequence[str]:
        """Return the pages that are published under an address: versions and translations.

        Not more than `MAX_PAGES_AT_ADDRESS` of them.
        """
        key = address_key(address)
        if found := self._by_address.get(key):
            return found
        post = self._posts.get(posixpath.basename(key))
        return [post] if post else []

    def find_by_name(self, written: str) -> str | None:
        """Return the page or file, in any folder, with a name or an end of its path, or None."""
        name = written.strip("/").casefold()
        if "/" in name and (found := self._find_by_end(name)):
            return found
        found = self._by_name.get(posixpath.basename(name).removesuffix(".md"))
        return found or self._by_name.get(posixpath.basename(name).replace(" ", "-"))

    def _find_by_end(self, name: str) -> str | None:
        """Return the page or file whose path ends with a path, or None."""
        last, parts = posixpath.basename(name).removesuffix(".md"), name.count("/") + 1
        if (last, parts) not in self._by_end:
            ends: dict[str, str] = {}
            for path in self._same_names.get(last, ()):
                folded = path.casefold()
                for each in (folded, posixpath.splitext(folded)[0]):
                    ends.setdefault("/".join(each.split("/")[-parts:]), path)
            self._by_end[last, parts] = ends
        return self._by_end[last, parts].get(name)

    def find_wiki_page(self, path: str) -> str | None:
        """Return the page that Gollum and the wikis of GitHub find for a path without a suffix.

        Case, and whether words are joined by spaces, hyphens or plus signs, make no difference
        (https://github.com/gollum/gollum/wiki/Page-Links).
        """
        if self._wiki_pages is None:
            self._wiki_pages = {}
            for page in sorted(self.pages):
                self._wiki_pages.setdefault(_wiki_name(posixpath.splitext(page)[0]), page)
        return self._wiki_pages.get(_wiki_name(path))

    def find_named_wiki_page(self, name: str) -> str | None:
        """Return the page that the wikis of GitHub find by its name, in whichever folder it is.

        They publish all pages in one folder.
        """
        return self._named_wiki_pages.get(_wiki_name(posixpath.basename(name)))

    @cached_property
    def _named_wiki_pages(self) -> Mapping[str, str]:
        """Return the page of each name, for the wikis of GitHub."""
        names: dict[str, str] = {}
        # Pages whose name begins with a full stop are not read, but published.
        unread = (path for path in self.files or () if path.endswith(".md"))
        for page in sorted({*self.pages, *unread}):
            names.setdefault(_wiki_name(posixpath.splitext(posixpath.basename(page))[0]), page)
        return names

    def namesakes(self, path: str) -> Sequence[str]:
        """Return the pages and files, in any folder, that have the file name of a path."""
        return self._same_names.get(posixpath.basename(path).casefold(), ())

    def has_name_below(self, name: str) -> bool:
        """Return whether a page has a name that continues this one after a full stop."""
        return any(_starting_with(f"{name.casefold()}.", self._sorted_names))

    @cached_property
    def _sorted_names(self) -> Sequence[str]:
        return sorted(self._by_name)

    @cached_property
    def _sorted_pages(self) -> Sequence[str]:
        return sorted(self.pages)

    @cached_property
    def _sorted_files(self) -> Sequence[str]:
        return sorted(self.files or ())

    def pages_below(self, folder: str) -> Iterator[str]:
        """Yield the pages in a folder and in those below it, in the order of their paths."""
        return _starting_with(f"{folder}/" if folder else "", self._sorted_pages)

    def first_file(self, beginning: str) -> str | None:
        """Return the first file whose path begins with a text, or None."""
        return next(_starting_with(beginning, self._sorted_files), None)

    def nearest_bundle(self, name: str, page: str) -> str | None:
        """Return the index of a folder with this name whose path has most in common with a page's.

        Args:
            name: The name of the folder, in any case.
            page: The path of the page; a translation links to the same translation.
        """
        bundles = self._bundles_named(name)
        if not bundles:
            return None
        position = bisect_left(bundles, page)
        neighbours = bundles[max(0, position - 1) : position + 1]
        shared = max((posixpath.commonprefix([each, page]) for each in neighbours), key=len)
        return next(_starting_with(shared, bundles))

    def _bundles_named(self, name: str) -> Sequence[str]:
        """Return the pages that are the index of a folder with a name, in the order of paths."""
        if self._bundles is None:
            self._bundles = {}
            for path in self._sorted_pages:
                folder, file = posixpath.split(path)
                if posixpath.splitext(file)[0].partition(".")[0] in {"index", "_index"}:
                    key = posixpath.basename(folder).casefold()
                    self._bundles.setdefault(key, []).append(path)
        return self._bundles.get(name.strip("/").casefold(), ())

    def find_post(self, name: str) -> str | None:
        """Return the post with the slug of a dated name, or None."""
        return self._posts.get(post_slug(name) or "")

    def addresses_of(self, page: str) -> Collection[str]:
        """Return the addresses of a page."""
        known = self._addresses.get(page)
        return known.addresses if known else ()

    def has_addresses_from_paths(self, folder: str) -> bool:
        """Return whether a page in a folder of addresses has an address that follows from its path.

        Args:
            folder: The address of the folder.
        """
        return folder in self._folders_from_paths

    def has_anchor(self, page: str, fragment: str) -> bool:
        """Return whether a page has a fragment, whatever its case and punctuation."""
        anchors = self.pages.get(page, ())
        if fragment in anchors:
            return True
        if page not in self._fragment_keys:
            self._fragment_keys[page] = frozenset(fragment_key(anchor) for anchor in anchors)
        return fragment_key(fragment) in self._fragment_keys[page]

    def has_asciidoc_id(self, fragment: str) -> bool:
        """Return whether any AsciiDoc page has a fragment, in whichever book it is."""
        if self._ids is None:
            self._ids = frozenset(
                fragment_key(anchor)
                for page, anchors in self.pages.items()
                if page.lower().endswith(ASCIIDOC_SUFFIXES)
                for anchor in anchors
            )
        return fragment_key(fragment) in self._ids

    def can_judge(self, path: str) -> bool:
        """Return whether the index is complete enough to call a missing path broken."""
        suffix = posixpath.splitext(path)[1].lower()
        return self.is_complete or suffix in _ADDRESS_SUFFIXES or suffix in source_suffixes()


def _starting_with(beginning: str, texts: Sequence[str]) -> Iterator[str]:
    """Yield the texts of a sorted sequence that begin with a text."""
    first = bisect_left(texts, beginning)
    following = (texts[number] for number in range(first, len(texts)))
    return takewhile(lambda each: each.startswith(beginning), following)


@cache
def _optional_suffixes() -> Sequence[str]:
    """Return the suffixes that a link may leave out, the likeliest first."""
    return sorted(source_suffixes(), key=lambda suffix: (suffix not in _USUAL, suffix))


def _names(path: str) -> Iterator[str]:
    """Yield the names by which a wikilink finds a page or file in any folder."""
    name = posixpath.basename(path).casefold()
    stem, suffix = posixpath.splitext(name)
    if suffix in source_suffixes():
        yield stem
    yield name


def _wiki_name(path: str) -> str:
    """Return the form in which two paths of pages are the same for Gollum."""
    return re.sub(r"[\s+]", "-", path).casefold()


def _folders(path: str) -> Iterator[str]:
    """Yield the folders around a path, the innermost first."""
    while path := posixpath.dirname(path):
        yield path
