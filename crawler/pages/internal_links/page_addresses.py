"""Compute the addresses that generators publish a page under.

Sources: https://gohugo.io/content-management/urls/, https://jekyllrb.com/docs/permalinks/,
https://docusaurus.io/docs/create-doc#doc-urls, https://www.mkdocs.org/user-guide/configuration/
(use_directory_urls), https://starlight.astro.build/reference/frontmatter/#slug, https://hexo.io/docs/asset-folders,
https://learn.getgrav.org/content/content-pages.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from crawler.pages.internal_links.sites import Generator, Site

_PAGE_SUFFIX = re.compile(
    r"\.(?:md|mdx|markdown|mdown|mkd|html?|adoc|rst|org|ipynb)\Z", re.IGNORECASE
)
_INDEX_NAMES = frozenset(["index", "_index", "readme"])
_LANGUAGE = re.compile(r"\.[a-z]{2,3}(?:[-_][a-z]{2,4})?\Z", re.IGNORECASE)
_DATED = re.compile(r"\A(\d{4})-(\d{1,2})-(\d{1,2})[-_](?=.)")
_NUMBERED = re.compile(r"\A\d+\s*[-_.]+\s*(?=[^\d\s])")
_ADDRESS_KEYS = ("url", "permalink")
_ALIAS_KEYS = ("aliases", "redirect_from", "redirects", "alias")
# Keys of front matter that replace the name of the page in its address, and their generators
_SLUG_KEYS = {
    "slug": frozenset(
        [
            Generator.HUGO,
            Generator.DOCUSAURUS,
            Generator.ASTRO,
            Generator.JEKYLL,
            Generator.ZOLA,
            Generator.GRAV,
        ]
    ),
    "id": frozenset([Generator.HUGO, Generator.DOCUSAURUS, Generator.ASTRO, Generator.ZOLA]),
}
_WITH_DATED_NAMES = frozenset(
    [Generator.HUGO, Generator.JEKYLL, Generator.DOCUSAURUS, Generator.ZOLA, Generator.HEXO]
)
_LOCALE = re.compile(r"\A[a-z]{2}(?:-[a-z]{2})?(?:/|\Z)", re.IGNORECASE)


class PageAddresses(NamedTuple):
    """The addresses of one page, as `address_key` writes them.

    Attributes:
        addresses: All of them.
        is_from_path: The address follows from the path of the page, and is not set in front matter.
    """

    addresses: tuple[str, ...]
    is_from_path: bool


def address_key(address: str) -> str:
    """Return an address of a site in a form that is the same for all its spellings.

    >>> address_key("/Posts/My%20Page/index.html"), address_key("posts/my-page"), address_key("/")
    ('posts/my-page', 'posts/my-page', '')
    """
    path = unquote(address).replace("\\", "/").strip().strip("/").lower()
    path = _PAGE_SUFFIX.sub("", path)
    head, _, last = path.rpartition("/")
    if last in _INDEX_NAMES:
        path = head
    return re.sub(r"\s", "-", path)


def page_addresses(site: Site, path: str, front_matter: Mapping[str, str]) -> PageAddresses:
    """Return the addresses of a page.

    Args:
        site: The site.
        path: The page's path below the configuration's folder.
        front_matter: Its values by key, as `FrontMatter` names them.
    """
    keys = ("path",) if site.generator is Generator.ZOLA else _ADDRESS_KEYS
    configured = next((front_matter[key] for key in keys if front_matter.get(key)), "")
    found: list[str] = []
    for folder, prefix in site.content:
        if path == folder:  # a single file, which is mounted under another name
            found += _addresses_from_path(site.generator, prefix, front_matter)
            continue
        path_in_section = _path_from(folder, path)
        if path_in_section is None:
            continue
        published = _addresses_from_path(site.generator, path_in_section, front_matter)
        for address_in_section in published:
            address = posixpath.join(prefix, address_in_section)
            found.append(address)
            found += _aliases(front_matter, posixpath.dirname(address))
    if configured.startswith(("http://", "https://")):
        configured = urlsplit(configured).path
    if configured:
        found.append(configured)
    addresses = tuple(dict.fromkeys(map(address_key, found)))
    return PageAddresses(addresses, is_from_path=not configured and bool(addresses))


def _path_from(folder: str, path: str) -> str | None:
    """Return the path from a folder to a page in it, None if the page is elsewhere."""
    if not folder:
        return path
    return path[len(folder) + 1 :] if path.startswith(f"{folder}/") else None


def _addresses_from_path(
    generator: Generator, path_in_section: str, front_matter: Mapping[str, str]
) -> Iterator[str]:
    """Yield the addresses that follow from a page's path, its slug and its id.

    Args:
        generator: The program that publishes the page.
        path_in_section: The path of the page from its folder of `Site.content`.
        front_matter: Its values by key path.
    """
    folder, name = posixpath.split(_PAGE_SUFFIX.sub("", path_in_section))
    if generator in {Generator.HUGO, Generator.MKDOCS, Generator.ZOLA}:
        name = _LANGUAGE.sub("", name)
    if generator in {Generator.DOCUSAURUS, Generator.GRAV}:
        folder = "/".join(_NUMBERED.sub("", part) for part in folder.split("/"))
    is_index = generator is Generator.GRAV  # a page is its folder; the file names its template
    is_index |= name.lower() in _INDEX_NAMES or (
        generator is Generator.DOCUSAURUS and name == posixpath.basename(folder)
    )
    if is_index:
        folder, name = posixpath.split(folder)
    yield posixpath.join(folder, name)
    if generator is Generator.DOCUSAURUS:
        name = _NUMBERED.sub("", name)
        yield posixpath.join(folder, name)
    has_dated_names = generator in _WITH_DATED_NAMES
    if has_dated_names and (dated := _DATED.match(name)):
        rest = name[dated.end() :]
        yield posixpath.join(folder, rest)
        yield posixpath.join(folder, *dated.groups(), rest)
    for key, generators in _SLUG_KEYS.items():
        if (slug := front_matter.get(key, "")) and generator in generators:
            yield slug.lstrip("/") if slug.startswith("/") else posixpath.join(folder, slug)
            if generator is Generator.ASTRO:
                yield slug


def _aliases(front_matter: Mapping[str, str], folder: str) -> Iterator[str]:
    """Yield the addresses that redirect to a page."""
    for key, value in front_matter.items():
        if value and key.lower().partition(".")[0] in _ALIAS_KEYS:
            path = urlsplit(value).path if "://" in value else value
            yield path if path.startswith("/") else posixpath.normpath(f"{folder}/{path}")


def post_slug(path: str) -> str | None:
    """Return the slug of a dated post, or None if a page has no date in its name.

    The folders of a post's address depend on settings, so posts are found by their slugs.

    >>> post_slug("_posts/2020-01-02-lamps.md"), post_slug("about.md")
    ('lamps', None)
    """
    name = _PAGE_SUFFIX.sub("", posixpath.basename(path))
    if posixpath.basename(path).lower().startswith("index."):
        name = posixpath.basename(posixpath.dirname(path))
    dated = _DATED.match(name)
    return name[dated.end() :].lower() if dated else None


def without_locale(address: str) -> str:
    """Return an address without the language that it begins with.

    >>> without_locale("en/install"), without_locale("install")
    ('install', 'install')
    """
    return _LOCALE.sub("", address, count=1)
