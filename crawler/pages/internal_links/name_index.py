"""Find the pages and files of a wiki by their names, in whichever folder they are."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import takewhile

from crawler.pages.registry import source_suffixes


class NameIndex:
    """The pages and files of a wiki by name, in any case.

    Args:
        pages: The paths of the pages.
        files: The paths of all other files.
        aliases: Further names of pages (Obsidian's aliases), each with its path.
    """

    def __init__(
        self, pages: Collection[str], files: Collection[str], aliases: Mapping[str, str]
    ) -> None:
        self._pages, self._files = pages, files
        self._by_name: dict[str, str] = {}
        self._same_names: dict[str, list[str]] = {}
        # By name and number of parts: the path of each page or file by the last parts of its path
        self._by_last_parts: dict[tuple[str, int], dict[str, str]] = {}
        paths = dict.fromkeys([*pages, *files])
        # A name leads to the page that is nearest to the top.
        for path in sorted(paths, key=lambda path: (-path.count("/"), path), reverse=True):
            for name in _names(path):
                self._by_name.setdefault(name, path)
                self._same_names.setdefault(name, []).append(path)
        for name, path in aliases.items():
            self._by_name.setdefault(name.casefold(), path)

    def find(self, written: str) -> str | None:
        """Return the page or file with a name, or with a path that ends with it, or None."""
        name = written.strip("/").casefold()
        if "/" in name and (found := self._find_by_last_parts(name)):
            return found
        found = self._by_name.get(posixpath.basename(name).removesuffix(".md"))
        return found or self._by_name.get(posixpath.basename(name).replace(" ", "-"))

    def _find_by_last_parts(self, name: str) -> str | None:
        """Return the page or file whose path ends with a path in lower case, or None."""
        last, count = posixpath.basename(name).removesuffix(".md"), name.count("/") + 1
        if (last, count) not in self._by_last_parts:
            paths: dict[str, str] = {}
            for path in self._same_names.get(last, ()):
                folded = path.casefold()
                without_suffix = posixpath.splitext(folded)[0]
                for spelling in (folded, without_suffix):
                    paths.setdefault("/".join(spelling.split("/")[-count:]), path)
            self._by_last_parts[last, count] = paths
        return self._by_last_parts[last, count].get(name)

    def namesakes(self, path: str) -> Sequence[str]:
        """Return the pages and files, in any folder, that have the file name of a path."""
        return self._same_names.get(posixpath.basename(path).casefold(), ())

    def has_name_below(self, name: str) -> bool:
        """Return whether a page has a name that continues this one after a full stop."""
        return any(starting_with(f"{name.casefold()}.", self._sorted_names))

    @cached_property
    def _sorted_names(self) -> Sequence[str]:
        return sorted(self._by_name)

    def find_gollum_path(self, path: str) -> str | None:
        """Return the page that Gollum and the wikis of GitHub find for a path without a suffix.

        Case, and whether words are joined by spaces, hyphens or plus signs, make no difference
        (https://github.com/gollum/gollum/wiki/Page-Links).
        """
        return self._by_gollum_path.get(_gollum_key(path))

    @cached_property
    def _by_gollum_path(self) -> Mapping[str, str]:
        """Return the page of each key of a path."""
        by_path: dict[str, str] = {}
        for page in sorted(self._pages):
            by_path.setdefault(_gollum_key(posixpath.splitext(page)[0]), page)
        return by_path

    def find_gollum_name(self, name: str) -> str | None:
        """Return the page that the wikis of GitHub find by its name, in whichever folder it is.

        They publish all pages in one folder.
        """
        return self._by_gollum_name.get(_gollum_key(posixpath.basename(name)))

    @cached_property
    def _by_gollum_name(self) -> Mapping[str, str]:
        """Return the page of each key of a name."""
        by_name: dict[str, str] = {}
        # Pages whose name begins with a full stop are not read, but published.
        unread = (path for path in self._files if path.endswith(".md"))
        for page in sorted({*self._pages, *unread}):
            name = posixpath.splitext(posixpath.basename(page))[0]
            by_name.setdefault(_gollum_key(name), page)
        return by_name


def starting_with(beginning: str, texts: Sequence[str]) -> Iterator[str]:
    """Yield the texts of a sorted sequence that begin with a text."""
    first = bisect_left(texts, beginning)
    following = (texts[number] for number in range(first, len(texts)))
    return takewhile(lambda each: each.startswith(beginning), following)


def _names(path: str) -> Iterator[str]:
    """Yield the names by which a wikilink finds a page or file in any folder."""
    name = posixpath.basename(path).casefold()
    stem, suffix = posixpath.splitext(name)
    if suffix in source_suffixes():
        yield stem
    yield name


def _gollum_key(path: str) -> str:
    """Return the form in which two paths of pages are the same for Gollum."""
    return re.sub(r"[\s+]", "-", path).casefold()
