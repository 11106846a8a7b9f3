"""Compute the paths and addresses that a link within a wiki may mean."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from crawler.pages.internal_links.page_addresses import without_locale
from crawler.pages.internal_links.sites import Site
from crawler.pages.internal_links.wiki_index import WikiIndex

_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}\Z")


def possible_addresses(
    site: Site, index: WikiIndex, page: str, written: str, *, as_configured: bool = False
) -> Iterator[str]:
    """Yield the addresses that a link on a page may mean, without a leading slash.

    Args:
        site: The site of the wiki.
        index: The pages and files of the wiki.
        page: The page.
        written: The path as written.
        as_configured: Resolve a relative path only from the page's address as the site's settings
            make it. Otherwise that address is tried with and without a slash at its end, as some
            servers change that.
    """
    if written.startswith("/"):
        address = posixpath.normpath(written.lstrip("/"))
        yield address
        if site.base_path and f"{address}/".startswith(f"{site.base_path}/"):
            yield address[len(site.base_path) :].strip("/")
        if (short := without_locale(address)) != address:
            yield short
        return
    for page_address in index.addresses_of(page):
        with_slash, without_slash = page_address, posixpath.dirname(page_address)
        bases = [with_slash, without_slash]
        if not site.directory_urls:
            bases = [without_slash, with_slash]
        if as_configured:
            bases = bases[:1]
        for folder in bases:
            joined = posixpath.normpath(f"/{folder}/{written}")
            yield joined.strip("/")


def suffix_in_link(path: str) -> str:
    """Return the suffix of the file that a link's path names, in lower case, or "".

    >>> suffix_in_link("a/b.MD"), suffix_in_link("v1.25"), suffix_in_link("a.md/")
    ('.md', '', '')
    """
    found = _SUFFIX.search(path.rstrip("/"))
    return found[0].lower() if found and not path.endswith("/") else ""


def join_path(base: str, path: str) -> str:
    """Return a path below a folder, normalised; "" for the top folder.

    >>> join_path("docs/a", "/../b.md"), join_path("docs", "..")
    ('docs/b.md', '')
    """
    joined = posixpath.normpath(posixpath.join(base, path.lstrip("/")))
    return "" if joined == "." else joined


def path_in_wiki(site: Site, path: str) -> str:
    """Return a path relative to the root of a site, as reports show it; other paths stay."""
    return path.removeprefix(f"{site.root}/") if site.root else path
