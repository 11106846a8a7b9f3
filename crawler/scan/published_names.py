"""Determine the addresses and the aliases of pages, from their paths and their front matter."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from crawler.files.safe_files import read_regular_file
from crawler.pages.front_matter.reader import read_front_matter
from crawler.pages.internal_links.page_addresses import PageAddresses, address_key, page_addresses
from crawler.pages.internal_links.sites import Generator, Site
from crawler.pages.registry import source_suffixes
from crawler.scan.page_source import MAX_PAGE_BYTES

# Generators whose pages cannot set their address in the front matter
_ADDRESSES_FROM_PATHS = frozenset([Generator.MKDOCS, Generator.WIKIJS])


def read_addresses(site: Site, paths: Iterable[str], folder: Path) -> Mapping[str, PageAddresses]:
    """Return the published addresses of pages, by path.

    Args:
        site: The site. Pages outside of its content folders have no address.
        paths: The wiki's pages and files, relative to `folder`.
        folder: The folder of the configuration.
    """
    page_suffixes = source_suffixes() | {".html", ".htm"}
    can_set_address = site.generator not in _ADDRESSES_FROM_PATHS
    addresses: dict[str, PageAddresses] = {}
    for path in dict.fromkeys(paths if site.content else ()):
        is_page = posixpath.splitext(path)[1].lower() in page_suffixes
        if is_page and _is_published(site, path):
            values = _front_matter(folder / path) if can_set_address else {}
            addresses[path] = page_addresses(site, path, values)
    for redirect in site.redirects:
        addresses.setdefault(redirect, PageAddresses((address_key(redirect),), is_from_path=False))
    return addresses


def _is_published(site: Site, path: str) -> bool:
    """Return whether a path is in one of a site's folders of pages, or is mounted on its own."""
    for content, _ in site.content:
        if not content or path == content or path.startswith(f"{content}/"):
            return True
    return False


def read_aliases(site: Site, pages: Collection[str], folder: Path) -> Mapping[str, str]:
    """Return the pages of an Obsidian vault by their aliases; {} for other generators."""
    if site.generator is not Generator.OBSIDIAN:
        return {}
    aliases: dict[str, str] = {}
    for path in pages:
        for key, value in _front_matter(folder / path).items():
            if value and key.lower().partition(".")[0] in {"aliases", "alias"}:
                aliases[value] = path
    return aliases


def page_source_reader(folder: Path) -> Callable[[str], str | None]:
    """Return a function that takes a page's path and returns its text, None if unreadable."""
    texts: dict[str, str | None] = {}

    def read(path: str) -> str | None:
        if path not in texts:
            texts.clear()  # one page is enough: links to the same page mostly follow each other
            texts[path] = _read_text(folder / path)
        return texts[path]

    return read


def _front_matter(file: Path) -> Mapping[str, str]:
    """Return the values in a page's front matter by key path; {} if there is none."""
    text = _read_text(file) or ""
    if not text.lstrip("\ufeff").startswith(("---", "+++", "{")):
        return {}
    return {key: value.text for key, value in read_front_matter(text).values.items()}


def _read_text(file: Path) -> str | None:
    try:
        return read_regular_file(file, MAX_PAGE_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
