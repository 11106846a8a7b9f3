"""Index the pages and files of a wiki by path, name and published address."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, cached_property

from crawler.pages.anchors import fragment_key
from crawler.pages.internal_links.name_index import NameIndex, starting_with
from crawler.pages.internal_links.page_addresses import PageAddresses, address_key, post_slug
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
        names: The pages and files by name.
    """

    def __init__(
        self,
        pages: Mapping[str, Collection[str]],
        files: Collection[str] | None = None,
        addresses: Mapping[str, PageAddresses] = {},
        aliases: Mapping[str, str] = {},
    ) -> None:
        """Index a wiki.

        Args:
            pages: The anchors of each page.
            files: All other files. None: unknown, and links to anything but pages are not checked.
            addresses: The published addresses of pages, by path.
            aliases: Further names of pages (Obsidian's), each with its path.
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
        self.names = NameIndex(pages, files or (), aliases)
        self._addresses = addresses
        self._by_address: dict[str, list[str]] = {}
        # Folders of addresses, with an address that follows from the path of its page
        self._folders_from_paths: set[str] = set()
        self._posts: dict[str, str] = {}  # paths of pages by slug
        self._fragment_keys: dict[str, frozenset[str]] = {}
        for path, published in addresses.items():
            for address in published.addresses:
                pages_at_address = self._by_address.setdefault(address, [])
                if len(pages_at_address) < MAX_PAGES_AT_ADDRESS:
                    pages_at_address.append(path)
                if published.is_from_path:
                    self._folders_from_paths.add(posixpath.dirname(address))
            if slug := post_slug(path):
                self._posts.setdefault(slug, path)

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
            if posixpath.basename(stem) == "index":  # the first page of its folder
                folder = stem.removesuffix("index")
                candidates += [f"{folder}{name}" for name in _INDEX_FILES]
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
        candidates = [path]
        if is_page:
            candidates += [f"{stem}/_index{suffix}", f"{stem}/index{suffix}"]
        return next(filter(None, map(self.find_file, candidates)), None)

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

    @cached_property
    def _sorted_pages(self) -> Sequence[str]:
        return sorted(self.pages)

    @cached_property
    def _sorted_files(self) -> Sequence[str]:
        return sorted(self.files or ())

    def pages_below(self, folder: str) -> Iterator[str]:
        """Yield the pages in a folder and in those below it, in the order of their paths."""
        return starting_with(f"{folder}/" if folder else "", self._sorted_pages)

    def first_file(self, beginning: str) -> str | None:
        """Return the first file whose path begins with a text, or None."""
        return next(starting_with(beginning, self._sorted_files), None)

    def nearest_bundle(self, name: str, page: str) -> str | None:
        """Return the index of a folder with this name whose path has most in common with a page's.

        Args:
            name: The name of the folder, in any case.
            page: The path of the page; a translation links to the same translation.
        """
        bundles = self._bundles.get(name.strip("/").casefold(), ())
        if not bundles:
            return None
        position = bisect_left(bundles, page)
        neighbours = bundles[max(0, position - 1) : position + 1]
        shared = max((posixpath.commonprefix([each, page]) for each in neighbours), key=len)
        return next(starting_with(shared, bundles))

    @cached_property
    def _bundles(self) -> Mapping[str, Sequence[str]]:
        """Return the pages that are the index of a folder, in path order, by the folder's name."""
        bundles: dict[str, list[str]] = {}
        for path in self._sorted_pages:
            folder, file = posixpath.split(path)
            if posixpath.splitext(file)[0].partition(".")[0] in {"index", "_index"}:
                name = posixpath.basename(folder).casefold()
                bundles.setdefault(name, []).append(path)
        return bundles

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
        return fragment_key(fragment) in self._asciidoc_ids

    @cached_property
    def _asciidoc_ids(self) -> frozenset[str]:
        """Return the keys of all fragments of AsciiDoc pages."""
        keys: set[str] = set()
        for page, anchors in self.pages.items():
            if page.lower().endswith(ASCIIDOC_SUFFIXES):
                keys.update(map(fragment_key, anchors))
        return frozenset(keys)

    def can_judge(self, path: str) -> bool:
        """Return whether the index is complete enough to call a missing path broken."""
        suffix = posixpath.splitext(path)[1].lower()
        return self.is_complete or suffix in _ADDRESS_SUFFIXES or suffix in source_suffixes()


@cache
def _optional_suffixes() -> Sequence[str]:
    """Return the suffixes that a link may leave out, the likeliest first."""
    return sorted(source_suffixes(), key=lambda suffix: (suffix not in _USUAL, suffix))


def _folders(path: str) -> Iterator[str]:
    """Yield the folders around a path, the innermost first."""
    while path := posixpath.dirname(path):
        yield path
